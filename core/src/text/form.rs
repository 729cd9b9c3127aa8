//! `application/x-www-form-urlencoded` (RFC 6749 appendix B): the query of a redirect.

use crate::error::Error;

/// A value that is still encoded.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a>(&'a [u8]);

/// Finds the parameters of these names in one pass.
///
/// # Errors
///
/// [`Error::ParameterRepeated`] if one of them is there twice (RFC 6749 section 3.1). Others may be, and are passed over.
pub(crate) fn parameters<'a, const N: usize>(
    form: &'a [u8],
    names: [&str; N],
) -> Result<[Option<Value<'a>>; N], Error> {
    let mut found = [None; N];
    for pair in form.split(|byte| *byte == b'&') {
        let mut parts = pair.splitn(2, |byte| *byte == b'=');
        let name = Value(parts.next().unwrap_or_default());
        let value = Value(parts.next().unwrap_or_default());
        let place = names.iter().zip(&mut found).find(|(own, _)| name.bytes().eq(own.bytes().map(Some)));
        if let Some((_, place)) = place
            && place.replace(value).is_some()
        {
            return Err(Error::ParameterRepeated);
        }
    }
    Ok(found)
}

impl Value<'_> {
    /// Returns the decoded bytes; `None` in place of an escape that is none, which ends them.
    fn bytes(self) -> impl Iterator<Item = Option<u8>> {
        let mut rest = self.0.iter();
        core::iter::from_fn(move || {
            Some(match rest.next()? {
                b'+' => Some(b' '),
                b'%' => {
                    let high = rest.next().copied().and_then(hex);
                    high.zip(rest.next().copied().and_then(hex)).map(|(high, low)| high << 4 | low)
                }
                byte => Some(*byte),
            })
        })
    }

    /// Writes the decoded text to the beginning of `out`, and returns it with the rest of `out`; `None` if it has a broken
    /// escape, is not UTF-8, or does not fit. It is never longer than what is encoded.
    pub(crate) fn decode(self, out: &mut [u8]) -> Option<(&str, &mut [u8])> {
        let mut length = 0;
        for byte in self.bytes() {
            *out.get_mut(length)? = byte?;
            length += 1;
        }
        let (text, rest) = out.split_at_mut_checked(length)?;
        Some((core::str::from_utf8(text).ok()?, rest))
    }
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
