//! Where the claims of a token are in its payload: to check them again without parsing the rest.

use crate::error::Error;
use crate::jwt::claims;
use crate::jwt::payload::Claims;
use crate::jwt::scratch::Scratch;
use crate::jwt::{Policy, Principal, Verified};
use crate::text::json::Value;
use crate::text::saturate;
use crate::time::UnixTime;

/// The byte range of a value within another, and whether it is a string with escapes.
#[derive(Clone, Copy)]
struct Span {
    start: u32,
    end: u32,
    escaped: bool,
}

fn span_in(whole: Value<'_>, value: Value<'_>) -> Span {
    let start = value.raw().as_ptr().addr().saturating_sub(whole.raw().as_ptr().addr());
    let end = start.saturating_add(value.raw().len());
    Span { start: saturate(start), end: saturate(end), escaped: value.is_escaped() }
}

/// Returns an empty value, which no rule accepts, if the span is out of range.
fn value_at<'a>(whole: Value<'a>, Span { start, end, escaped }: Span) -> Value<'a> {
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let raw = range.and_then(|(start, end)| whole.raw().get(start..end)).unwrap_or_default();
    Value::new(raw, escaped)
}

impl<V> Claims<V> {
    fn map<W>(self, each: impl Fn(V) -> W) -> Claims<W> {
        Claims {
            iss: self.iss.map(&each),
            sub: self.sub.map(&each),
            aud: self.aud.map(&each),
            exp: self.exp.map(&each),
            nbf: self.nbf.map(&each),
            iat: self.iat.map(&each),
            jti: self.jti.map(&each),
            client: self.client.map(&each),
            scope: self.scope.map(&each),
            scp: self.scp.map(&each),
            cnf: self.cnf.map(&each),
        }
    }
}

/// The spans of the claims that are subject to a rule.
#[derive(Default)]
pub(super) struct ClaimSpans(Claims<Span>);

impl ClaimSpans {
    /// Like [`Verified::check`], and also returns the spans in [`Principal::claims`].
    pub(super) fn check_first<'a, K>(
        token: Verified<'_, 'a>,
        policy: &Policy<'a, '_, K>,
        now: UnixTime,
    ) -> Result<(Principal<'a>, Self), Error> {
        let mut claims = Claims::default();
        let object = claims.read(token.payload, policy.client())?;
        let principal = claims::check(&claims, object, token.key_issuer, token.typ, token.scratch, policy, now)?;
        Ok((principal, Self(claims.map(|value| span_in(object, value)))))
    }

    /// Checks claims again; `scratch` of their length is enough. The key is the same one, and so is what it may sign.
    pub(super) fn check_again<'a, K>(
        &self,
        typ: Option<&str>,
        claims: &'a str,
        scratch: &'a mut [u8],
        policy: &Policy<'a, '_, K>,
        now: UnixTime,
    ) -> Result<Principal<'a>, Error> {
        let object = Value::new(claims, false);
        let scratch = Scratch::new(scratch, claims.len());
        claims::check(&self.0.map(|span| value_at(object, span)), object, None, typ, scratch, policy, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::json::{self, JsonString, Kind};

    #[test]
    fn a_value_is_found_again_by_its_span() {
        for (text, plain, chars) in [
            (r#"{"a":"a"}"#, Some("a"), "a"),
            (r#" {"b":["a"], "a" : "\u0061" } "#, None, "a"),
            (r#"{"a":"","b":1}"#, Some(""), ""),
            (r#"{"a":"\\"}"#, None, "\\"),
        ] {
            let whole = json::parse(text.as_bytes()).unwrap();
            let value = whole.get("a").unwrap();
            let again = value_at(Value::new(whole.raw(), false), span_in(whole, value));
            let string = again.as_string().unwrap();
            assert_eq!((again.raw(), string.plain(), string.equals(chars)), (value.raw(), plain, true), "{text}");
        }
    }

    #[test]
    fn a_span_outside_is_no_value_of_any_rule() {
        let (whole, escaped) = (Value::new("{}", false), false);
        for (start, end) in [(0, 3), (2, 1), (u32::MAX, u32::MAX)] {
            let value = value_at(whole, Span { start, end, escaped });
            assert_eq!(
                (value.kind(), value.as_string().and_then(JsonString::plain), value.seconds()),
                (Kind::Null, None, None)
            );
        }
    }
}
