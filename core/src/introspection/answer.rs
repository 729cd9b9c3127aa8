//! A vendor's answer, as claims.

use core::fmt;

use super::rfc3339;
use super::token_check::Members;
use crate::error::Error;
use crate::jwt::scratch::Scratch;
use crate::text::json::write::Quoted;
use crate::text::json::{self, Kind, Value};

/// Returns the claims that an answer with nested members amounts to, in the scratch memory: nothing else of it is kept,
/// since GitHub's repeats the token.
pub(super) fn claims<'a>(
    body: &[u8],
    members: &'static Members,
    client: &'static str,
    scratch: &mut Scratch<'a>,
) -> Result<&'a [u8], Error> {
    let answer = json::parse(body).map_err(|_| Error::IntrospectionMalformed)?;
    let expires_at = match answer.get(members.expires).filter(|value| value.kind() != Kind::Null) {
        Some(value) => Some(time(value).ok_or(Error::IntrospectionMalformed)?),
        None => None,
    };
    let find = |(outer, inner)| answer.get(outer).and_then(|value: Value<'_>| value.get(inner));
    // Numbers are identifiers here.
    let known = |value: &Value<'_>| matches!(value.kind(), Kind::String | Kind::Number);
    let [client_id, subject, name] =
        [members.client, members.subject, members.name].map(|path| find(path).filter(known));
    let claims = Claims {
        client: client_id.map(|value| (client, value)),
        subject,
        name,
        scopes: answer.get(members.scopes).ok_or(Error::IntrospectionMalformed)?,
        expires_at,
    };
    // A space within an element would split one scope in two.
    let is_scope = |one: Value<'_>| one.as_string().is_some_and(|scope| scope.chars().all(|it| it != ' '));
    let are_scopes = claims.scopes.elements().is_some_and(|mut each| each.all(is_scope));
    if are_scopes { scratch.print(&claims).map(str::as_bytes) } else { Err(Error::IntrospectionMalformed) }
}

fn time(value: Value<'_>) -> Option<i64> {
    let text = value.as_string()?.plain()?;
    rfc3339::parse(text)
}

struct Claims<'v> {
    client: Option<(&'static str, Value<'v>)>,
    subject: Option<Value<'v>>,
    name: Option<Value<'v>>,
    scopes: Value<'v>,
    expires_at: Option<i64>,
}

impl fmt::Display for Claims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Validated text is written as it was.
        f.write_str("{\"scope\":\"")?;
        for (at, scope) in self.scopes.elements().into_iter().flatten().enumerate() {
            let text = scope.raw().get(1..scope.raw().len().saturating_sub(1)).unwrap_or_default();
            write!(f, "{}{text}", if at == 0 { "" } else { " " })?;
        }
        f.write_str("\"")?;
        let texts = [self.client, self.subject.map(|it| ("sub", it)), self.name.map(|it| ("preferred_username", it))];
        for (name, value) in texts.into_iter().flatten() {
            match value.kind() {
                Kind::String => write!(f, ",{}:{}", Quoted(name), value.raw())?,
                _ => write!(f, ",{}:{}", Quoted(name), Quoted(value.raw()))?,
            }
        }
        match self.expires_at {
            Some(expires_at) => write!(f, ",\"exp\":{expires_at}}}"),
            None => f.write_str("}"),
        }
    }
}
