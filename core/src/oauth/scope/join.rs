//! Lists of scopes, converted to the strings that the other types accept.

use core::fmt::{self, Write};

use crate::error::Error;
use crate::oauth::scope::is_scope_token;

/// Strings joined by spaces.
#[derive(Clone)]
pub struct Spaced<I>(I);

impl<'a, I: Iterator<Item = &'a str> + Clone> Spaced<I> {
    /// Accepts strings without validation; see [`join`] and [`granted`].
    pub fn new(texts: impl IntoIterator<IntoIter = I>) -> Self {
        Self(texts.into_iter())
    }
}

impl<'a, I: Iterator<Item = &'a str> + Clone> fmt::Display for Spaced<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut texts = self.0.clone();
        texts.next().map_or(Ok(()), |first| f.write_str(first))?;
        texts.try_for_each(|text| f.write_char(' ').and_then(|()| f.write_str(text)))
    }
}

impl<'a, I: Iterator<Item = &'a str> + Clone> fmt::Debug for Spaced<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spaced({} texts)", self.0.clone().count())
    }
}

/// Joins a list of scopes for [`ScopeList::parse`](super::ScopeList::parse).
///
/// # Errors
///
/// [`Error::ScopeInvalid`] if one is not a scope token: with a space in it, it would become two.
pub fn join<'a, I: Iterator<Item = &'a str> + Clone>(
    scopes: impl IntoIterator<IntoIter = I>,
) -> Result<Spaced<I>, Error> {
    let scopes = scopes.into_iter();
    if scopes.clone().all(is_scope_token) { Ok(Spaced(scopes)) } else { Err(Error::ScopeInvalid) }
}

/// Like [`join`], for the scopes that a client requests: for
/// [`ScopeList::parse_requested`](super::ScopeList::parse_requested).
///
/// # Errors
///
/// [`Error::ScopeRefused`], which is `invalid_scope` (RFC 6749 sections 4.1.2.1 and 5.2), in the place of
/// [`Error::ScopeInvalid`].
///
/// # Examples
///
/// ```
/// use doorward::{Error, oauth::scope};
///
/// assert_eq!(scope::join_requested(["read", "write"])?.to_string(), "read write");
/// assert_eq!(scope::join_requested(["read write"]).err(), Some(Error::ScopeRefused));
/// # Ok::<(), doorward::Error>(())
/// ```
pub fn join_requested<'a, I: Iterator<Item = &'a str> + Clone>(
    scopes: impl IntoIterator<IntoIter = I>,
) -> Result<Spaced<I>, Error> {
    join(scopes).map_err(|_| Error::ScopeRefused)
}

/// Joins granted scopes for [`GrantedScopes::new`](super::GrantedScopes::new). A string with a space is neither one
/// scope nor two: it is omitted.
///
/// # Examples
///
/// ```
/// use doorward::oauth::scope;
///
/// assert_eq!(scope::granted(["read", "write admin"]).to_string(), "read");
/// ```
pub fn granted<'a, I: Iterator<Item = &'a str> + Clone>(
    texts: impl IntoIterator<IntoIter = I>,
) -> Spaced<impl Iterator<Item = &'a str> + Clone> {
    Spaced(texts.into_iter().filter(|text| !text.is_empty() && !text.contains(' ')))
}

/// The lines of a [`ScopeHierarchy`](super::ScopeHierarchy), from each broader scope and those that it implies.
#[derive(Clone)]
pub struct Lines<I>(I);

impl<'a, I, J> fmt::Display for Lines<I>
where
    I: Iterator<Item = (&'a str, J)> + Clone,
    J: Iterator<Item = &'a str> + Clone,
{
    /// Omits a scope that implies nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for (broader, implied) in self.0.clone().filter(|(_, implied)| implied.clone().next().is_some()) {
            let end = if core::mem::replace(&mut first, false) { "" } else { "\n" };
            write!(f, "{end}{broader} {}", Spaced(implied))?;
        }
        Ok(())
    }
}

impl<I: Iterator + Clone> fmt::Debug for Lines<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lines({} scopes)", self.0.clone().count())
    }
}

/// Formats a scope hierarchy for [`ScopeHierarchy::parse`](super::ScopeHierarchy::parse).
///
/// # Errors
///
/// [`Error::ScopeInvalid`] if a scope, broader or implied, is not a scope token.
///
/// # Examples
///
/// ```
/// use doorward::oauth::scope;
///
/// let implied: [(&str, &[&str]); 3] = [("admin", &["write", "audit"]), ("write", &["read"]), ("read", &[])];
/// let lines = scope::lines(implied.iter().map(|(broader, implied)| (*broader, implied.iter().copied())))?;
/// assert_eq!(lines.to_string(), "admin write audit\nwrite read");
/// # Ok::<(), doorward::Error>(())
/// ```
pub fn lines<'a, I, J>(hierarchy: I) -> Result<Lines<I>, Error>
where
    I: Iterator<Item = (&'a str, J)> + Clone,
    J: Iterator<Item = &'a str> + Clone,
{
    let good = hierarchy.clone().all(|(broader, mut implied)| is_scope_token(broader) && implied.all(is_scope_token));
    if good { Ok(Lines(hierarchy)) } else { Err(Error::ScopeInvalid) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn what_holds_a_space_is_no_scope_and_not_two() {
        assert_eq!(join(["a", "b:c"]).unwrap().to_string(), "a b:c");
        assert_eq!(join([]).unwrap().to_string(), "");
        for bad in ["b c", "", " ", "b ", "\"", "é"] {
            assert_eq!(join(["a", bad]).err(), Some(Error::ScopeInvalid), "{bad}");
            assert_eq!(join_requested(["a", bad]).err(), Some(Error::ScopeRefused), "{bad}");
            for (broader, implied) in [("a", ["b", bad]), (bad, ["b", "c"])] {
                assert_eq!(
                    lines([(broader, implied.into_iter())].into_iter()).err(),
                    Some(Error::ScopeInvalid),
                    "{bad}"
                );
            }
        }
        assert_eq!(granted(["a", "b c", " ", "", "é", "d"]).to_string(), "a é d");
        assert_eq!(granted(["b c"]).to_string(), "");
    }
}
