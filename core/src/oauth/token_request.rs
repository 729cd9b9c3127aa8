//! What an authorization server makes of a token request (RFC 6749 sections 4.1.3, 4.4.2 and 6).

use core::fmt;

use crate::error::Error;
use crate::oauth::client_authentication::{AuthMethod, ClientAuthentication};
use crate::oauth::metadata::ResourceIdentifier;
use crate::oauth::scope::ScopeList;
use crate::text::{form, saturate};

/// What the client has, for tokens.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Grant<'o> {
    /// `authorization_code`: a code is redeemed (RFC 6749 section 4.1.3).
    AuthorizationCode {
        /// `code`, as it was sent.
        code: &'o str,
        /// `redirect_uri`; OAuth 2.1 leaves it out.
        redirect_uri: Option<&'o str>,
        /// `code_verifier`, as it was sent.
        code_verifier: Option<&'o str>,
    },
    /// `refresh_token`: a sign-in is continued (RFC 6749 section 6).
    RefreshToken {
        /// `refresh_token`, as it was sent.
        refresh_token: &'o str,
        /// `scope`, if the client wants less than it was granted.
        scope: ScopeList<'o>,
    },
    /// `client_credentials`: only for a client that authenticates (RFC 6749 section 4.4).
    ClientCredentials {
        /// `scope`; none, if the client leaves it to the server.
        scope: ScopeList<'o>,
    },
}

impl<'o> Grant<'o> {
    /// Returns `code`, of `authorization_code`.
    pub const fn code(&self) -> Option<&'o str> {
        if let Self::AuthorizationCode { code, .. } = self { Some(code) } else { None }
    }

    /// Returns `redirect_uri`, of `authorization_code`.
    pub const fn redirect_uri(&self) -> Option<&'o str> {
        if let Self::AuthorizationCode { redirect_uri, .. } = self { *redirect_uri } else { None }
    }

    /// Returns `code_verifier`, of `authorization_code`.
    pub const fn code_verifier(&self) -> Option<&'o str> {
        if let Self::AuthorizationCode { code_verifier, .. } = self { *code_verifier } else { None }
    }

    /// Returns `refresh_token`, of `refresh_token`.
    pub const fn refresh_token(&self) -> Option<&'o str> {
        if let Self::RefreshToken { refresh_token, .. } = self { Some(refresh_token) } else { None }
    }

    /// Returns `scope`, which `authorization_code` does not have.
    pub const fn scope(&self) -> ScopeList<'o> {
        match self {
            Self::AuthorizationCode { .. } => ScopeList::EMPTY,
            Self::RefreshToken { scope, .. } | Self::ClientCredentials { scope } => *scope,
        }
    }

    /// Returns the value of `grant_type`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AuthorizationCode { .. } => "authorization_code",
            Self::RefreshToken { .. } => "refresh_token",
            Self::ClientCredentials { .. } => "client_credentials",
        }
    }
}

impl fmt::Debug for Grant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Grant({}, redacted)", self.name())
    }
}

/// A token request of which everything is well formed. Its client has still to be checked, and what it has.
#[derive(Clone, Copy, Debug)]
pub struct TokenRequest<'o> {
    client: ClientAuthentication<'o>,
    grant: Grant<'o>,
    resource: Option<ResourceIdentifier<'o>>,
}

impl<'o> TokenRequest<'o> {
    /// Reads the body of a request, which is form encoded, and the values of the Authorization header, one for each
    /// header line. `out` receives the texts; [`TokenRequest::room`] says how much is enough.
    ///
    /// A parameter without a value counts as left out, and those that are not known here are passed over, but for one
    /// that is there twice (RFC 6749 section 3.2) and more than 64 in all.
    ///
    /// # Errors
    ///
    /// [`Error::ParameterRepeated`], [`Error::ParameterMalformed`], [`Error::ParameterMissing`],
    /// [`Error::ClientIdMalformed`]; [`Error::ClientAuthenticationRepeated`] for more than one way to authenticate (RFC
    /// 6749 section 2.3), and [`Error::ClientAuthenticationFailed`] for one that is malformed or unknown;
    /// [`Error::GrantTypeUnsupported`]; [`Error::ClientUnauthorized`] for `client_credentials` of a client that does
    /// not authenticate (RFC 6749 section 4.4); [`Error::ScopeRefused`], [`Error::ResourceRefused`];
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
    /// use doorward::oauth::token_request::{Grant, TokenRequest};
    ///
    /// let body = b"grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&client_id=app\
    ///     &code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    /// let mut out = [0; 512];
    /// let request = TokenRequest::parse([], body, &mut out)?;
    /// // How it is registered is looked up by its identifier.
    /// assert_eq!(request.client().client_id(), "app");
    /// request.client().check(AuthMethod::None, None)?;
    /// assert!(matches!(request.grant(), Grant::AuthorizationCode { code: "SplxlOBeZQQYbYS6WxSbIA", .. }));
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
        let [resource] = form::fields(body, ["resource"]).map_err(|_| Error::ResourceRefused)?;
        let names = ["grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope"];
        let [kind, code, redirect_uri, verifier, refresh_token, scope] = form::fields(body, names)?;
        form::each_once(body)?;
        let decode = |value, out| form::optional(value, out).ok_or(Error::ParameterMalformed);
        let (resource, out) = decode(resource, out)?;
        let resource = resource.map(ResourceIdentifier::parse_requested).transpose()?;
        let (scope, out) = decode(scope, out)?;
        let scope = ScopeList::parse_requested(scope.unwrap_or_default())?;
        let kind = kind.ok_or(Error::ParameterMissing)?;
        let grant = if kind.is("authorization_code") {
            let (code, out) = decode(code, out)?;
            let (redirect_uri, out) = decode(redirect_uri, out)?;
            let (code_verifier, _) = decode(verifier, out)?;
            Grant::AuthorizationCode { code: code.ok_or(Error::ParameterMissing)?, redirect_uri, code_verifier }
        } else if kind.is("refresh_token") {
            let (refresh_token, _) = decode(refresh_token, out)?;
            Grant::RefreshToken { refresh_token: refresh_token.ok_or(Error::ParameterMissing)?, scope }
        } else if kind.is("client_credentials") {
            if client.method() == AuthMethod::None {
                return Err(Error::ClientUnauthorized);
            }
            Grant::ClientCredentials { scope }
        } else {
            return Err(Error::GrantTypeUnsupported);
        };
        Ok(Self { client, grant, resource })
    }

    /// Returns a length of `out` that is always enough.
    pub fn room<'h>(authorization: impl IntoIterator<Item = &'h [u8]>, body: &[u8]) -> usize {
        ClientAuthentication::room(authorization, body)
    }

    /// Returns the client's identifier and credentials: authenticate the client first.
    pub fn client(&self) -> ClientAuthentication<'o> {
        self.client
    }

    /// Returns the grant of the request: a code, a refresh token, or the client's own.
    pub fn grant(&self) -> Grant<'o> {
        self.grant
    }

    /// Returns `resource` (RFC 8707 section 2.2).
    pub fn resource(&self) -> Option<ResourceIdentifier<'o>> {
        self.resource
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client_authentication::FAILED;
    use crate::oauth::opaque_token::Hash;
    use std::vec;
    use std::vec::Vec;

    fn parse<'o>(headers: &[&str], body: &str, out: &'o mut Vec<u8>) -> Result<TokenRequest<'o>, Error> {
        let headers = headers.iter().map(|value| value.as_bytes());
        *out = vec![0; TokenRequest::room(headers.clone(), body.as_bytes())];
        TokenRequest::parse(headers, body.as_bytes(), out)
    }

    /// `a b:c+` and its secret `s%:`.
    const BASIC: &str = "Basic YSUyMGIlM0FjJTJCOnMlMjUlM0E=";

    #[test]
    fn exactly_one_way_to_authenticate() {
        let mut out = Vec::new();
        for (headers, body, client_id, method, secret) in [
            (&[][..], "client_id=a", "a", AuthMethod::None, None),
            (&[], "client_id=a&client_secret=", "a", AuthMethod::None, None),
            (&[BASIC], "", "a b:c+", AuthMethod::ClientSecretBasic, Some("s%:")),
            (&[BASIC], "client_id=a+b%3Ac%2B", "a b:c+", AuthMethod::ClientSecretBasic, Some("s%:")),
            (&["bASIC  YTpi"], "", "a", AuthMethod::ClientSecretBasic, Some("b")),
            (&["Basic YTpiOmM="], "", "a", AuthMethod::ClientSecretBasic, Some("b:c")),
            (&[], "client_id=a&client_secret=%2B+s", "a", AuthMethod::ClientSecretPost, Some("+ s")),
        ] {
            let body = std::format!("grant_type=refresh_token&refresh_token=r&{body}");
            let client = parse(headers, &body, &mut out).unwrap().client();
            assert_eq!((client.client_id(), client.method()), (client_id, method), "{body}");
            let stored = secret.map(Hash::of);
            for registered in AuthMethod::ALL {
                let good = *registered == method;
                assert_eq!(client.check(*registered, stored.as_ref()).is_ok(), good, "{body} {registered:?}");
                let other = client.check(*registered, Some(&Hash::of("other")));
                assert_eq!(other.is_ok(), good && method == AuthMethod::None, "{body} {registered:?}");
                let none = client.check(*registered, None);
                assert_eq!(none.is_ok(), good && method == AuthMethod::None, "{body} {registered:?}");
            }
            assert!(!std::format!("{client:?}").contains("s%"), "{client:?}");
        }
        let jwt = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=a.b.c";
        for (headers, body, error) in [
            (&[][..], "", Error::ClientIdMalformed),
            (&[], "client_id=", Error::ClientIdMalformed),
            (&[], "client_id=%0a", Error::ClientIdMalformed),
            (&[], "client_secret=s", Error::ClientIdMalformed),
            (&[], "client_id=a&client_id=a", Error::ParameterRepeated),
            (&[], "client_id=a&client_secret=s&client_secret=s", Error::ParameterRepeated),
            (&[BASIC, BASIC], "", Error::ClientAuthenticationRepeated),
            (&[BASIC], "client_secret=s", Error::ClientAuthenticationRepeated),
            (&[BASIC], "client_id=other", Error::ClientAuthenticationRepeated),
            (&[BASIC], jwt, Error::ClientAuthenticationRepeated),
            (&[], &std::format!("client_id=a&client_secret=s&{jwt}"), Error::ClientAuthenticationRepeated),
            (&[], "client_id=a&client_assertion_type=x", Error::ClientAuthenticationRepeated),
            (&[], "client_id=a&client_assertion=a.b.c", FAILED),
            (&[], "client_id=a&client_assertion=a.b.c&client_assertion_type=x", FAILED),
            (&[], jwt, FAILED),
            (&["Bearer abc"], "client_id=a", FAILED),
            (&["Basic"], "", FAILED),
            (&["Basic YQ=="], "", FAILED),
            (&["Basic YTpi "], "", FAILED),
            (&["Basic YTpiOmM"], "", FAILED),
            (&["Basic YSV6ejpi"], "", FAILED),
            (&["Basic OmI="], "", FAILED),
        ] {
            let body = std::format!("grant_type=client_credentials&{body}");
            assert_eq!(parse(headers, &body, &mut out).err(), Some(error), "{headers:?} {body}");
        }
    }

    #[test]
    fn grants() {
        let mut out = Vec::new();
        let body = "grant_type=authorization_code&client_id=a&code=c%2B&redirect_uri=com.example.app%3A%2Fcb&code_verifier=v\
             &resource=https%3A%2F%2Fh%2Fmcp&x=1&y=2&scope=";
        let request = parse(&[], body, &mut out).unwrap();
        let Grant::AuthorizationCode { code, redirect_uri, code_verifier } = request.grant() else { panic!() };
        assert_eq!((code, redirect_uri, code_verifier), ("c+", Some("com.example.app:/cb"), Some("v")));
        assert_eq!(request.resource().map(|resource| resource.as_str()), Some("https://h/mcp"));
        assert!(!std::format!("{request:?}").contains("c+"));
        let request = parse(&[], "grant_type=refresh_token&client_id=a&refresh_token=r&scope=a+b", &mut out).unwrap();
        let Grant::RefreshToken { refresh_token, scope } = request.grant() else { panic!() };
        assert_eq!((refresh_token, scope.as_str(), request.resource()), ("r", "a b", None));
        let request = parse(&[BASIC], "grant_type=client_credentials", &mut out).unwrap();
        assert!(matches!(request.grant(), Grant::ClientCredentials { scope: ScopeList::EMPTY }));
        for (body, error) in [
            ("", Error::ParameterMissing),
            ("grant_type=", Error::ParameterMissing),
            ("grant_type=password&username=a&password=b", Error::GrantTypeUnsupported),
            ("grant_type=Refresh_token&refresh_token=r", Error::GrantTypeUnsupported),
            ("grant_type=authorization_code", Error::ParameterMissing),
            ("grant_type=authorization_code&code=", Error::ParameterMissing),
            ("grant_type=authorization_code&code=a&code=a", Error::ParameterRepeated),
            ("grant_type=authorization_code&grant_type=authorization_code&code=a", Error::ParameterRepeated),
            ("grant_type=authorization_code&code=%ff", Error::ParameterMalformed),
            ("grant_type=client_credentials", Error::ClientUnauthorized),
            ("grant_type=client_credentials&client_secret=", Error::ClientUnauthorized),
            ("grant_type=refresh_token", Error::ParameterMissing),
            ("grant_type=refresh_token&refresh_token=a&scope=a++b", Error::ScopeRefused),
            ("grant_type=refresh_token&refresh_token=a&resource=a&resource=b", Error::ResourceRefused),
            ("grant_type=refresh_token&refresh_token=a&resource=https://h/%23f", Error::ResourceRefused),
        ] {
            assert_eq!(parse(&[], &std::format!("{body}&client_id=a"), &mut out).err(), Some(error), "{body}");
        }
        let short = TokenRequest::parse([], b"client_id=a", &mut [0; 32]).err();
        assert_eq!(short, Some(Error::BufferTooSmall { needed: 33 }));
    }
}
