//! The claims of a payload that are subject to a rule.

use crate::error::{Claim, Error};
use crate::jwt::recipient::ClientBinding;
use crate::jwt::scratch::Scratch;
use crate::text::json::{self, Kind, Value};

/// Claims that are subject to a rule, undecoded: values, or spans of values.
#[derive(Clone, Copy)]
pub(crate) struct Claims<V> {
    pub(crate) iss: Option<V>,
    pub(crate) sub: Option<V>,
    pub(crate) aud: Option<V>,
    pub(crate) exp: Option<V>,
    pub(crate) nbf: Option<V>,
    pub(crate) iat: Option<V>,
    pub(crate) jti: Option<V>,
    /// The claim that the policy says names the client.
    pub(crate) client: Option<V>,
    pub(crate) scope: Option<V>,
    pub(crate) scp: Option<V>,
    pub(crate) cnf: Option<V>,
}

impl<V> Default for Claims<V> {
    fn default() -> Self {
        Self {
            iss: None,
            sub: None,
            aud: None,
            exp: None,
            nbf: None,
            iat: None,
            jti: None,
            client: None,
            scope: None,
            scp: None,
            cnf: None,
        }
    }
}

impl<'a> Claims<Value<'a>> {
    /// Fills `self` in place, since it is large.
    pub(crate) fn read(&mut self, payload: &'a [u8], client: &ClientBinding<'_>) -> Result<Value<'a>, Error> {
        let object = json::parse_members(payload, |name, value| {
            if let Some(place) = self.place(name) {
                *place = Some(value);
            }
        })
        .map_err(json::Error::of_token)?;
        if object.kind() != Kind::Object {
            return Err(Error::JsonNotObject);
        }
        self.client = client.find(self.client, object);
        Ok(object)
    }

    fn place(&mut self, name: &[u8]) -> Option<&mut Option<Value<'a>>> {
        Some(match name {
            b"iss" => &mut self.iss,
            b"sub" => &mut self.sub,
            b"aud" => &mut self.aud,
            b"exp" => &mut self.exp,
            b"nbf" => &mut self.nbf,
            b"iat" => &mut self.iat,
            b"jti" => &mut self.jti,
            b"client_id" => &mut self.client,
            b"scope" => &mut self.scope,
            b"scp" => &mut self.scp,
            b"cnf" => &mut self.cnf,
            _ => return None,
        })
    }
}

/// Returns a claim that must be a string, unescaped; `None` if it is missing.
pub(super) fn text<'a>(
    value: &Option<Value<'a>>,
    claim: Claim,
    scratch: &mut Scratch<'a>,
) -> Result<Option<&'a str>, Error> {
    let Some(value) = value else { return Ok(None) };
    let text = value.as_string().ok_or(Error::ClaimMalformed { claim })?;
    scratch.text(text).map(Some)
}
