//! What a client reads in a `WWW-Authenticate` header (RFC 9110 section 11.6.1): the Bearer challenge among those that
//! may be there (RFC 6750 section 3, RFC 9728 section 5.1). [`bearer::Challenge`](crate::oauth::bearer::Challenge)
//! writes one.

use core::fmt;

use crate::error::Error;
use crate::http::is_token_byte;
use crate::oauth::scope::ScopeList;
use crate::text::printable::Printable;
use crate::text::saturate;
use crate::text::uri::Uri;

/// Maximum length of the values together, in bytes.
pub const MAX_CHALLENGE_LENGTH: usize = 16 * 1024;

/// A Bearer challenge. Its texts are the server's: show them as [`Printable`].
///
/// A parameter counts as left out where its value is not what its standard allows.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedChallenge<'o> {
    /// `error`, such as `invalid_token` (RFC 6750 section 3.1).
    pub error: Option<&'o str>,
    /// `error_description`: a text for developers.
    pub error_description: Option<&'o str>,
    /// `scope`: what the request needs.
    pub scope: Option<ScopeList<'o>>,
    /// `resource_metadata`: an absolute URI, which is not checked further.
    pub resource_metadata: Option<&'o str>,
}

impl fmt::Debug for ReceivedChallenge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReceivedChallenge({})", Printable(self.error.unwrap_or_default()))
    }
}

/// The parameters that may be there once (RFC 6750 section 3, RFC 9728 section 5.1): those that are read, in the order
/// of the fields, and the others.
const NAMES: [&str; 6] = ["error", "error_description", "scope", "resource_metadata", "realm", "error_uri"];

type Found<'h> = [Option<Raw<'h>>; NAMES.len()];

impl<'o> ReceivedChallenge<'o> {
    /// Reads the values of the header, one for each header line, and returns the first challenge whose scheme is
    /// `Bearer` and that has `error` or `resource_metadata`: a gateway may have put one of its own before it. Without
    /// one, it is the first with that scheme. `out` receives the texts; as many bytes as the longest value has are
    /// enough.
    ///
    /// # Errors
    ///
    /// [`Error::ChallengeMissing`] if there is none; [`Error::ChallengeMalformed`] if there is none in the values that
    /// follow the grammar, but others do not, among them one that has a Bearer challenge with a parameter twice (RFC
    /// 6750 section 3), or if the values are longer than [`MAX_CHALLENGE_LENGTH`]; [`Error::BufferTooSmall`].
    ///
    /// # Complexity
    ///
    /// Linear in the length of the values.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::challenge::ReceivedChallenge;
    ///
    /// let value = br#"Basic realm="a, b", Bearer error="insufficient_scope", scope="read write""#;
    /// let mut out = [0; 128];
    /// let challenge = ReceivedChallenge::parse([value.as_slice()], &mut out)?;
    /// assert_eq!(challenge.error, Some("insufficient_scope"));
    /// assert!(challenge.scope.is_some_and(|scope| scope.iter().eq(["read", "write"])));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn parse<'h>(values: impl IntoIterator<Item = &'h [u8]>, out: &'o mut [u8]) -> Result<Self, Error> {
        let (mut length, mut outcome) = (0_usize, Error::ChallengeMissing);
        let mut first: Option<(Found<'h>, usize)> = None;
        for value in values {
            length = length.saturating_add(value.len());
            if length > MAX_CHALLENGE_LENGTH {
                return Err(Error::ChallengeMalformed);
            }
            match bearer(value) {
                Some(Some(found)) if says_more(&found) => return Self::read(found, value.len(), out),
                Some(found) => first = first.or(found.map(|found| (found, value.len()))),
                None => outcome = Error::ChallengeMalformed,
            }
        }
        let (found, length) = first.ok_or(outcome)?;
        Self::read(found, length, out)
    }

    /// Reads what was found in a value of this length.
    fn read(found: Found<'_>, length: usize, mut out: &'o mut [u8]) -> Result<Self, Error> {
        if out.len() < length {
            return Err(Error::BufferTooSmall { needed: saturate(length) });
        }
        let [error, error_description, scope, resource_metadata, ..] = found.map(|raw| {
            let (text, rest) = raw?.unescape(core::mem::take(&mut out))?;
            out = rest;
            core::str::from_utf8(text).ok().filter(|text| !text.is_empty())
        });
        Ok(Self {
            error,
            error_description,
            scope: scope.and_then(|text| ScopeList::parse(text).ok()),
            resource_metadata: resource_metadata.filter(|text| Uri::parse(text).is_ok()),
        })
    }
}

/// Returns whether a challenge says what went wrong, or where to look.
fn says_more(found: &Found<'_>) -> bool {
    let [error, _, _, resource_metadata, ..] = found;
    error.is_some() || resource_metadata.is_some()
}

/// Finds the parameters of the Bearer challenge of a value that counts; `None` in place of all if the value does not
/// follow the grammar.
fn bearer<'h>(value: &'h [u8]) -> Option<Option<Found<'h>>> {
    // The one that counts so far, and the one that is being read.
    let (mut reader, mut chosen, mut found): (_, _, Option<Found<'h>>) = (Reader(value), None, None);
    let choose = |chosen: Option<Found<'h>>, found: Option<Found<'h>>| match chosen {
        Some(chosen) if says_more(&chosen) || !found.as_ref().is_some_and(says_more) => Some(chosen),
        _ => found,
    };
    // Whether a parameter may come.
    let mut parameters = false;
    loop {
        // Elements of a list may be empty (RFC 9110 section 5.6.1.2).
        reader.skip(|byte| matches!(byte, b' ' | b'\t' | b','));
        if reader.0.is_empty() {
            return Some(choose(chosen, found));
        }
        let whole = reader;
        let name = reader.token()?;
        reader.skip(is_space);
        if reader.0.first() == Some(&b'=') {
            // Not the first parameter of its challenge, which stands beside the scheme.
            reader = whole;
            let (name, raw) = reader.parameter().filter(|_| parameters)?;
            put(found.as_mut(), name, raw)?;
        } else {
            chosen = choose(chosen, found);
            found = name.eq_ignore_ascii_case(b"Bearer").then_some([None; NAMES.len()]);
            parameters = true;
            if !matches!(reader.0.first(), None | Some(b',')) {
                // A space was between, or this were still the token.
                let mut ahead = reader;
                match ahead.parameter() {
                    Some((name, raw)) => {
                        reader = ahead;
                        put(found.as_mut(), name, raw)?;
                    }
                    None => {
                        reader.token68()?;
                        parameters = false;
                    }
                }
            }
        }
        reader.skip(is_space);
        if !matches!(reader.0.first(), None | Some(b',')) {
            return None;
        }
    }
}

/// Keeps a parameter that is read; `None` if it is there already.
fn put<'h>(found: Option<&mut Found<'h>>, name: &[u8], raw: Raw<'h>) -> Option<()> {
    let places = NAMES.iter().zip(found.into_iter().flatten());
    let place = places.into_iter().find(|(own, _)| name.eq_ignore_ascii_case(own.as_bytes()));
    if place.is_some_and(|(_, place)| place.replace(raw).is_some()) { None } else { Some(()) }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// A value as it was sent: a token, or what is between the quotes.
#[derive(Clone, Copy)]
struct Raw<'h>(&'h [u8]);

impl Raw<'_> {
    /// Writes it to the beginning of `out`, without the backslashes of quoted pairs, and returns it with the rest.
    fn unescape(self, out: &mut [u8]) -> Option<(&[u8], &mut [u8])> {
        let (mut bytes, mut length) = (self.0.iter(), 0);
        while let Some(byte) = bytes.next() {
            let byte = if *byte == b'\\' { bytes.next()? } else { byte };
            *out.get_mut(length)? = *byte;
            length += 1;
        }
        let (text, rest) = out.split_at_mut_checked(length)?;
        Some((text, rest))
    }
}

/// What is left to read.
#[derive(Clone, Copy)]
struct Reader<'h>(&'h [u8]);

impl<'h> Reader<'h> {
    /// Passes over bytes, and returns them.
    fn skip(&mut self, good: impl Fn(u8) -> bool) -> &'h [u8] {
        let end = self.0.iter().position(|byte| !good(*byte)).unwrap_or(self.0.len());
        let (passed, rest) = self.0.split_at_checked(end).unwrap_or_default();
        self.0 = rest;
        passed
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        self.0 = self.0.split_first().filter(|(first, _)| **first == byte)?.1;
        Some(())
    }

    /// Reads a token (RFC 9110 section 5.6.2).
    fn token(&mut self) -> Option<&'h [u8]> {
        let token = self.skip(is_token_byte);
        Some(token).filter(|token| !token.is_empty())
    }

    /// Reads `token68` (RFC 9110 section 11.2).
    fn token68(&mut self) -> Option<()> {
        let body = self.skip(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte));
        self.skip(|byte| byte == b'=');
        if body.is_empty() { None } else { Some(()) }
    }

    /// Reads `auth-param` (RFC 9110 section 11.2).
    fn parameter(&mut self) -> Option<(&'h [u8], Raw<'h>)> {
        let name = self.token()?;
        self.skip(is_space);
        self.eat(b'=')?;
        self.skip(is_space);
        let raw = if self.0.first() == Some(&b'"') { self.quoted()? } else { self.token()? };
        Some((name, Raw(raw)))
    }

    /// Reads a quoted string (RFC 9110 section 5.6.4).
    fn quoted(&mut self) -> Option<&'h [u8]> {
        self.eat(b'"')?;
        let (inner, mut escaped) = (self.0, false);
        let end = inner.iter().position(|byte| {
            let ends = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        })?;
        let (inner, rest) = inner.split_at_checked(end)?;
        self.0 = rest;
        self.eat(b'"')?;
        // No control character but a tab.
        let good = inner.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~' | 0x80..));
        Some(inner).filter(|_| good)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::bearer::Challenge;

    fn parse<'o>(value: &str, out: &'o mut [u8]) -> Result<ReceivedChallenge<'o>, Error> {
        ReceivedChallenge::parse([value.as_bytes()], out)
    }

    #[test]
    fn the_bearer_challenge_among_others() {
        let mut out = [0; 256];
        let scope = "read write";
        for value in [
            r#"Bearer scope="read write""#,
            r#"bEARER   realm=x , SCOPE = "read write","#,
            r#", ,Basic realm="a, Bearer scope=\"x\"" ,Bearer scope="read write", Bearer scope="y""#,
            r#"Negotiate abc==, Bearer scope="re\ad write", DPoP algs="ES256", scope="z""#,
            r#"Negotiate, Bearer realm="", scope="read write", Basic"#,
            r#"Bearer realm="gateway", scope="x", Bearer error="insufficient_scope", scope="read write""#,
            r#"Bearer, Bearer scope="read write", resource_metadata="https://h/", Bearer error="x", scope="y""#,
        ] {
            let found = parse(value, &mut out).unwrap();
            assert_eq!(found.scope.map(|scope| scope.as_str()), Some(scope), "{value}");
        }
        let values = [br#"Bearer realm="gateway""#.as_slice(), br#"Bearer error="invalid_token""#];
        assert_eq!(ReceivedChallenge::parse(values, &mut out).unwrap().error, Some("invalid_token"));
        assert_eq!(parse("Bearer", &mut out), Ok(ReceivedChallenge::default()));
        for token68 in ["Bearer abc=", "Bearer scope="] {
            assert_eq!(parse(token68, &mut out), Ok(ReceivedChallenge::default()));
        }
        let values = [b"Basic".as_slice(), b"Bearer \"", b"Bearer error=invalid_token"];
        assert_eq!(ReceivedChallenge::parse(values, &mut out).unwrap().error, Some("invalid_token"));
        assert_eq!(ReceivedChallenge::parse([], &mut out), Err(Error::ChallengeMissing));
        assert_eq!(parse("Basic realm=\"Bearer\"", &mut out), Err(Error::ChallengeMissing));
    }

    #[test]
    fn values_that_their_standards_do_not_allow_count_as_left_out() {
        let mut out = [0; 256];
        for value in [
            r#"Bearer scope="a  b", resource_metadata="/here", error="", error_description="""#,
            r#"Bearer scope="a\"b", resource_metadata="https://h/\\""#,
        ] {
            assert_eq!(parse(value, &mut out), Ok(ReceivedChallenge::default()), "{value}");
        }
        let latin = b"Bearer error_description=\"\xe9\", error=invalid_token";
        let found = ReceivedChallenge::parse([latin.as_slice()], &mut out).unwrap();
        assert_eq!((found.error, found.error_description), (Some("invalid_token"), None));
    }

    #[test]
    fn u07_what_does_not_follow_the_grammar() {
        let mut out = [0; 256];
        for value in [
            r#"Bearer scope="a"#,
            r#"Bearer scope="a\""#,
            r#"Bearer scope="a" error="b""#,
            r#"Bearer scope="a", scope="b""#,
            r#"Bearer error=a, ERROR=a"#,
            r#"Bearer realm="a", realm="b", scope="x""#,
            r#"Bearer error_uri="https://h/", scope=a, error_uri="https://h/""#,
            r#"Bearer error=a, Bearer scope=a, scope=b"#,
            "Bearer scope=a/b=",
            "Bearer =",
            "Bearer abc, scope=a",
            "scope=a",
            "\u{1}",
            "Bearer error=\"a\nb\"",
            "Bearer resource_metadata=https://h/",
        ] {
            assert_eq!(parse(value, &mut out), Err(Error::ChallengeMalformed), "{value:?}");
        }
        let long = std::format!("Bearer realm=\"{}\"", "a".repeat(MAX_CHALLENGE_LENGTH - 15));
        assert_eq!(parse(&long, &mut std::vec![0; long.len()]), Ok(ReceivedChallenge::default()));
        let longer = std::format!("{long} ");
        assert_eq!(parse(&longer, &mut std::vec![0; longer.len()]), Err(Error::ChallengeMalformed));
    }

    #[test]
    fn y02_no_debug_shows_what_a_server_echoes() {
        let header = r#"Bearer error="invalid_token", error_description="no such token: s3cret", scope="s3cret",
            resource_metadata="https://h/?s3cret""#;
        let mut out = [0; 256];
        let shown = std::format!("{:?}", parse(&header.replace('\n', ""), &mut out).unwrap());
        assert_eq!(shown, "ReceivedChallenge(invalid_token)");
        let shown = std::format!("{:?}", ReceivedChallenge { error: Some("a\nb"), ..ReceivedChallenge::default() });
        assert_eq!(shown, r"ReceivedChallenge(a\nb)");
    }

    #[test]
    fn what_is_written_is_read() {
        let (mut header, mut out) = ([0; 256], [0; 256]);
        let written = Challenge::new([
            ("realm", "r"),
            ("error", "insufficient_scope"),
            ("error_description", "more, please"),
            ("scope", "a b"),
            ("resource_metadata", "https://h/.well-known/x?a=b,c"),
        ])
        .unwrap();
        let value = written.write(&mut header).unwrap();
        let needed = saturate(value.len());
        assert_eq!(parse(value, &mut out[..value.len() - 1]), Err(Error::BufferTooSmall { needed }));
        // What is enough is as long as the value that counts, whatever comes before it.
        let two = [br#"Bearer realm="r""#.as_slice(), value.as_bytes()];
        for room in [0, value.len() - 1] {
            let short = ReceivedChallenge::parse(two, &mut out[..room]);
            assert_eq!(short, Err(Error::BufferTooSmall { needed }), "{room}");
        }
        let expected = ReceivedChallenge {
            error: Some("insufficient_scope"),
            error_description: Some("more, please"),
            scope: ScopeList::parse("a b").ok(),
            resource_metadata: Some("https://h/.well-known/x?a=b,c"),
        };
        assert_eq!(parse(value, &mut out[..value.len()]), Ok(expected));
    }
}
