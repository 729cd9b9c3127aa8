//! `application/x-www-form-urlencoded` (RFC 6749 appendix B): queries, token requests, forms of the server's own pages.

use core::fmt::{self, Write};

use base64ct::{Base64, Encoding};

use crate::error::Error;
use crate::text::saturate;

/// A value that is still encoded.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a>(&'a [u8]);

/// Finds the parameters of these names in one pass.
///
/// # Errors
///
/// [`Error::ParameterRepeated`] if one of them is there twice (RFC 6749 section 3.1). Others are passed over: see
/// [`each_once`].
pub(crate) fn parameters<'a, const N: usize>(
    form: &'a [u8],
    names: [&str; N],
) -> Result<[Option<Value<'a>>; N], Error> {
    let mut found = [None; N];
    for (name, value) in pairs(form) {
        let place = names.iter().zip(&mut found).find(|(own, _)| name.is(own));
        if let Some((_, place)) = place
            && place.replace(value).is_some()
        {
            return Err(Error::ParameterRepeated);
        }
    }
    Ok(found)
}

/// Maximum number of parameters of a request.
const MAX_PARAMETERS: usize = 64;

/// Returns a field of a form that a page of the server's own was sent back with; `None` if it is left out or empty.
/// `out` receives the text; as many bytes as the form has are enough.
///
/// Whether the form is the server's own is not checked: seal what it is about into it ([`seal`](crate::seal)).
///
/// # Errors
///
/// [`Error::ParameterRepeated`] if any field is there twice, this or another, [`Error::ParameterMalformed`] if it has a
/// broken escape or is not UTF-8, or the form has more than 64 fields; [`Error::BufferTooSmall`].
///
/// # Examples
///
/// ```
/// use doorward::Error;
/// use doorward::text::form::field;
///
/// let mut out = [0; 64];
/// assert_eq!(field(b"decision=approve&note=a+b%21", "note", &mut out), Ok(Some("a b!")));
/// assert_eq!(field(b"decision=approve&decision=deny", "note", &mut out), Err(Error::ParameterRepeated));
/// ```
pub fn field<'o>(form: &[u8], name: &str, out: &'o mut [u8]) -> Result<Option<&'o str>, Error> {
    if out.len() < form.len() {
        return Err(Error::BufferTooSmall { needed: saturate(form.len()) });
    }
    each_once(form)?;
    let [value] = fields(form, [name])?;
    optional(value, out).map(|(value, _)| value).ok_or(Error::ParameterMalformed)
}

/// Checks that no parameter of a request is there twice, known or not (RFC 6749 sections 3.1 and 3.2).
///
/// Names are compared by 64 bits of each, so that the work is linear: whoever makes up two names that have these in
/// common is refused as well.
///
/// # Errors
///
/// [`Error::ParameterRepeated`], and [`Error::ParameterMalformed`] for more than [`MAX_PARAMETERS`].
pub(crate) fn each_once(form: &[u8]) -> Result<(), Error> {
    let mut known = [0; MAX_PARAMETERS];
    for (count, (name, _)) in pairs(form).enumerate() {
        let digest = name.digest();
        let (before, behind) = known.split_at_mut_checked(count).ok_or(Error::ParameterMalformed)?;
        if before.contains(&digest) {
            return Err(Error::ParameterRepeated);
        }
        *behind.first_mut().ok_or(Error::ParameterMalformed)? = digest;
    }
    Ok(())
}

/// Names and values, without what is empty.
fn pairs(form: &[u8]) -> impl Iterator<Item = (Value<'_>, Value<'_>)> {
    form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let mut parts = pair.splitn(2, |byte| *byte == b'=');
        (Value(parts.next().unwrap_or_default()), Value(parts.next().unwrap_or_default()))
    })
}

/// Finds parameters as [`parameters`], each of which counts as left out if it has no value (RFC 6749 section 3.1).
pub(crate) fn fields<'a, const N: usize>(form: &'a [u8], names: [&str; N]) -> Result<[Option<Value<'a>>; N], Error> {
    Ok(parameters(form, names)?.map(|value| value.filter(|value| !value.0.is_empty())))
}

impl<'a> Value<'a> {
    /// A value by itself, encoded.
    pub(crate) fn of(text: &'a [u8]) -> Self {
        Self(text)
    }

    /// Returns whether it is this text, decoded.
    pub(crate) fn is(self, text: &str) -> bool {
        self.bytes().eq(text.bytes().map(Some))
    }

    /// Returns FNV-1a of the decoded bytes.
    fn digest(self) -> u64 {
        self.bytes().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
            (digest ^ byte.map_or(256, u64::from)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    /// Returns a length that is enough for [`Value::decode`].
    pub(crate) fn length(self) -> usize {
        self.0.len()
    }

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

    /// Writes the decoded text to the beginning of `out`, and returns it with the rest of `out`; `None` if it has a
    /// broken escape, is not UTF-8, or does not fit. It is never longer than what is encoded.
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

/// Decodes a value if it is there.
pub(crate) fn optional<'o>(value: Option<Value<'_>>, out: &'o mut [u8]) -> Option<(Option<&'o str>, &'o mut [u8])> {
    let Some(value) = value else { return Some((None, out)) };
    let (text, out) = value.decode(out)?;
    Some((Some(text), out))
}

/// A value, encoded when it is formatted: all but unreserved characters (RFC 3986 section 2.3), a space too, since not
/// everyone reads "+" as one.
pub(crate) struct Encoded<'a>(pub(crate) &'a str);

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.bytes().try_for_each(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => write!(f, "{}", char::from(byte)),
            other => write!(f, "%{other:02X}"),
        })
    }
}

/// A value as a browser encodes it in a form: a space as "+" (RFC 6749 appendix B).
pub(crate) struct Plain<'p>(pub(crate) &'p str);

impl<'p> Plain<'p> {
    fn bytes(&self) -> impl Iterator<Item = u8> + use<'p> {
        self.0.bytes().flat_map(|byte| {
            let digit = |digit: u8| if digit < 10 { b'0' + digit } else { b'A' - 10 + digit };
            let (bytes, length) = match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'*' | b'-' | b'.' | b'_' => ([byte, 0, 0], 1),
                b' ' => ([b'+', 0, 0], 1),
                _ => ([b'%', digit(byte >> 4), digit(byte & 15)], 3),
            };
            bytes.into_iter().take(length)
        })
    }
}

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().try_for_each(|byte| f.write_char(char::from(byte)))
    }
}

/// The Authorization value of identifier and secret: each encoded as in a form, then both together in base64 (RFC 6749
/// section 2.3.1).
pub(crate) struct Credentials<'p> {
    pub(crate) id: &'p str,
    pub(crate) secret: &'p str,
}

impl fmt::Display for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Basic ")?;
        let mut bytes = Plain(self.id).bytes().chain([b':']).chain(Plain(self.secret).bytes());
        loop {
            let (mut group, mut length) = ([0; 3], 0_usize);
            for (place, byte) in group.iter_mut().zip(&mut bytes) {
                *place = byte;
                length += 1;
            }
            let (mut out, group) = ([0; 4], group.get(..length).unwrap_or_default());
            f.write_str(Base64::encode(group, &mut out).map_err(|_| fmt::Error)?)?;
            if length < 3 {
                return Ok(());
            }
        }
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
