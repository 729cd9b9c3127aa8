//! What an authorization server makes of a revocation request (RFC 7009 section 2.1).

use core::fmt;

use crate::error::Error;
use crate::oauth::client_authentication::ClientAuthentication;
use crate::text::{form, saturate};

/// A revocation request of which everything is well formed. Its client has still to be checked, and whose the token is.
#[derive(Clone, Copy)]
pub struct RevocationRequest<'o> {
    client: ClientAuthentication<'o>,
    token: &'o str,
    token_type_hint: Option<&'o str>,
}

impl fmt::Debug for RevocationRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationRequest").field("client", &self.client).finish_non_exhaustive()
    }
}

/// Returns whether the response of this status to a client's request says that its token is no longer valid: 200 alone
/// (RFC 7009 section 2.2).
pub const fn is_revoked(status: u16) -> bool {
    status == 200
}

impl<'o> RevocationRequest<'o> {
    /// Reads the body of a request, which is form encoded, and the values of the Authorization header, one for each
    /// header line. `out` receives the texts; [`RevocationRequest::room`] says how much is enough.
    ///
    /// A parameter without a value counts as left out, and those that are not known here are passed over, but for one
    /// that is there twice (RFC 6749 section 3.2) and more than 64 in all.
    ///
    /// The response to an authenticated client has status 200, whether its token was known or not (RFC 7009 section
    /// 2.2). A public client is not checked by anything: see that the token was issued to it.
    ///
    /// # Errors
    ///
    /// [`Error::ParameterRepeated`], [`Error::ParameterMalformed`], [`Error::ParameterMissing`] without a token,
    /// [`Error::ClientIdMalformed`]; [`Error::ClientAuthenticationRepeated`] for more than one way to authenticate (RFC
    /// 6749 section 2.3), and [`Error::ClientAuthenticationFailed`] for one that is malformed or unknown;
    /// [`Error::BufferTooSmall`].
    ///
    /// # Complexity
    ///
    /// Linear in the length of body and header.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::Error;
    /// use doorward::oauth::client_authentication::AuthMethod;
    /// use doorward::oauth::revocation_request::RevocationRequest;
    ///
    /// let body = b"token=45ghiukldjahdnhzdauz&token_type_hint=refresh_token&client_id=app";
    /// let mut out = [0; 512];
    /// let request = RevocationRequest::parse([], body, &mut out)?;
    /// assert_eq!(request.client().client_id(), "app");
    /// request.client().check(AuthMethod::None, None)?;
    /// assert_eq!(request.token(), "45ghiukldjahdnhzdauz");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn parse<'h, I>(authorization: I, body: &[u8], out: &'o mut [u8]) -> Result<Self, Error>
    where
        I: IntoIterator<Item = &'h [u8]>,
        I::IntoIter: Clone,
    {
        let authorization = authorization.into_iter();
        let needed = Self::room(authorization.clone(), body);
        if out.len() < needed {
            return Err(Error::BufferTooSmall { needed: saturate(needed) });
        }
        let (client, out) = ClientAuthentication::read(authorization, body, out)?;
        let [token, hint] = form::fields(body, ["token", "token_type_hint"])?;
        form::each_once(body)?;
        let (token, out) = form::optional(token, out).ok_or(Error::ParameterMalformed)?;
        let (token_type_hint, _) = form::optional(hint, out).ok_or(Error::ParameterMalformed)?;
        Ok(Self { client, token: token.ok_or(Error::ParameterMissing)?, token_type_hint })
    }

    /// Returns a length of `out` that is always enough.
    pub fn room<'h>(authorization: impl IntoIterator<Item = &'h [u8]>, body: &[u8]) -> usize {
        ClientAuthentication::room(authorization, body)
    }

    /// Returns the client's identifier and credentials: authenticate the client first.
    pub fn client(&self) -> ClientAuthentication<'o> {
        self.client
    }

    /// Returns `token`, an access token or a refresh token.
    pub fn token(&self) -> &'o str {
        self.token
    }

    /// Returns `token_type_hint`, which may be wrong or unknown: then the token is looked for elsewhere too.
    pub fn token_type_hint(&self) -> Option<&'o str> {
        self.token_type_hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    #[test]
    fn its_room_is_enough_and_its_token_is_not_shown() {
        let (header, body) = (&b"Basic YTpi"[..], &b"token=t%2B&token_type_hint=x"[..]);
        let mut out = vec![0; RevocationRequest::room([header], body)];
        let request = RevocationRequest::parse([header], body, &mut out).unwrap();
        assert_eq!((request.token(), request.token_type_hint(), request.client().reveal()), ("t+", Some("x"), "b"));
        assert!(!std::format!("{request:?}").contains("t+"));
        let short = RevocationRequest::parse([], b"client_id=a", &mut [0; 32]).err();
        assert_eq!(short, Some(Error::BufferTooSmall { needed: 33 }));
    }
}
