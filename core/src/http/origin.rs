//! Which pages' requests are let in (RFC 6454): MCP's transport has servers validate `Origin`, against DNS rebinding.

use crate::error::Error;

/// Checks the values of the Origin header, one for each header line, against the origins that are let in, each as
/// browsers serialize it (RFC 6454 section 6.2): compared byte for byte, and `*` for every one. A request without the
/// header is none of a page's; `null`, which every page can come to have (section 7.1), counts only where it is listed.
///
/// Whether an origin of the list is one that a browser would ever send is not checked.
///
/// # Errors
///
/// [`Error::OriginRefused`] if it is none of them, empty, a list of several, or there more than once (section 7.3).
///
/// # Examples
///
/// ```
/// use doorward::{Error, http::origin};
///
/// let origins = ["https://app.example.com"];
/// origin::check(["https://app.example.com"], origins)?;
/// origin::check([""; 0], origins)?; // no browser's
/// assert_eq!(origin::check(["https://app.example.com:8443"], origins), Err(Error::OriginRefused));
/// assert_eq!(origin::check(["null"], origins), Err(Error::OriginRefused));
/// # Ok::<(), Error>(())
/// ```
pub fn check(
    values: impl IntoIterator<Item = impl AsRef<[u8]>>,
    origins: impl IntoIterator<Item = impl AsRef<[u8]>>,
) -> Result<(), Error> {
    let mut values = values.into_iter();
    let Some(value) = values.next() else { return Ok(()) };
    let value = value.as_ref();
    let is_listed = |origin: &[u8]| origin == value || origin == b"*";
    let listed = !value.is_empty() && origins.into_iter().any(|origin| is_listed(origin.as_ref()));
    if listed && values.next().is_none() { Ok(()) } else { Err(Error::OriginRefused) }
}
