//! Access tokens (RFC 9068 section 2).

use core::fmt;

use super::jws::sign;
use super::signing_key::{SigningKey, signature};
use crate::error::Error;
use crate::oauth::metadata::{IssuerUrl, ResourceIdentifier};
use crate::oauth::scope::ScopeList;
use crate::oauth::token_response::MAX_ACCESS_TOKEN_LIFETIME;
use crate::text::json::write::Object;
use crate::time::UnixTime;

/// What an access token says (RFC 9068 section 2.2).
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct AccessToken<'a> {
    /// `iss`: the authorization server that signs it.
    pub issuer: IssuerUrl<'a>,
    /// `aud`: the resource that it is for, and no other.
    pub audience: ResourceIdentifier<'a>,
    /// `sub`: the user; of `client_credentials`, the client.
    pub subject: &'a str,
    /// `client_id`: the client that it is issued to.
    pub client_id: &'a str,
    /// `scope`: what was granted; omitted if it is empty.
    pub scope: ScopeList<'a>,
    /// `jti`: no other token has it. By it the token is refused once it is revoked.
    pub jwt_id: &'a str,
    /// `iat`: when it is signed.
    pub issued_at: UnixTime,
    /// The seconds to `exp`, [`MAX_ACCESS_TOKEN_LIFETIME`] at most.
    pub lifetime: u32,
}

impl fmt::Debug for AccessToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("AccessToken");
        fields.field("issuer", &self.issuer.as_str()).field("audience", &self.audience.as_str()).finish_non_exhaustive()
    }
}

impl AccessToken<'_> {
    /// Signs it, with `typ` `at+jwt`, writes it to the beginning of `out` and returns that part.
    ///
    /// # Errors
    ///
    /// [`Error::AccessTokenInvalid`] if its lifetime is 0 or over [`MAX_ACCESS_TOKEN_LIFETIME`], or subject, client or
    /// `jti` is empty; [`Error::BufferTooSmall`].
    pub fn sign<'o>(&self, key: &SigningKey<'_>, out: &'o mut [u8]) -> Result<&'o str, Error> {
        self.check()?;
        sign(&key.header("at+jwt"), &Claims(self), |message| signature(key, message), out)
    }

    /// Checks what it says.
    pub(super) fn check(&self) -> Result<(), Error> {
        let texts = [self.subject, self.client_id, self.jwt_id];
        let good = (1..=MAX_ACCESS_TOKEN_LIFETIME).contains(&self.lifetime) && !texts.contains(&"");
        if good { Ok(()) } else { Err(Error::AccessTokenInvalid) }
    }
}

/// Its claims, as they are signed.
pub(super) struct Claims<'t>(pub(super) &'t AccessToken<'t>);

impl fmt::Display for Claims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (token, issued_at) = (self.0, self.0.issued_at.seconds().unsigned_abs());
        let mut object = Object::begin(f)?;
        object.string("iss", token.issuer.as_str())?;
        object.string("sub", token.subject)?;
        object.string("aud", token.audience.as_str())?;
        object.string("client_id", token.client_id)?;
        object.optional("scope", Some(token.scope.as_str()).filter(|scope| !scope.is_empty()))?;
        object.string("jti", token.jwt_id)?;
        object.number("iat", Some(issued_at))?;
        object.number("exp", Some(issued_at.saturating_add(token.lifetime.into())))?;
        object.end()
    }
}

#[cfg(all(test, feature = "p256", feature = "ed25519"))]
mod tests {
    use super::*;
    use crate::alg::{ASYMMETRIC, Alg, Algorithms};
    use crate::jwk::KeySet;
    use crate::jwt::{Audience, Issuer, Policy, authenticate};
    use crate::mint::Published;
    use crate::text::saturate;
    use std::string::{String, ToString};
    use std::vec;

    const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);

    fn token<'a>(subject: &'a str, jwt_id: &'a str, lifetime: u32) -> AccessToken<'a> {
        AccessToken {
            issuer: IssuerUrl::parse("https://as.example").unwrap(),
            audience: ResourceIdentifier::parse("https://mcp.example/mcp").unwrap(),
            subject,
            client_id: "app",
            scope: ScopeList::parse("a b").unwrap(),
            jwt_id,
            issued_at: NOW,
            lifetime,
        }
    }

    fn verify(token: &str, jwks: &str) -> Result<String, Error> {
        let algorithms = Algorithms::new(ASYMMETRIC).unwrap();
        let keys = KeySet::<8>::parse(jwks.as_bytes(), algorithms).unwrap();
        let audience = Audience::new(["https://mcp.example/mcp"]).unwrap();
        let policy = Policy::rfc9068(Issuer::new("https://as.example").unwrap(), audience, algorithms);
        let mut scratch = vec![0; 2 * token.len()];
        let principal = authenticate(token.as_bytes(), &mut scratch, &keys, &policy, NOW)?;
        Ok(std::format!("{} {}", principal.subject().unwrap(), principal.expires_at()))
    }

    #[test]
    fn what_is_signed_is_verified_by_what_is_published() {
        let (one, other) = ([1; 32], [2; 32]);
        for alg in [Alg::Es256, Alg::Ed25519] {
            let keys = [SigningKey::new(alg, &one).unwrap(), SigningKey::new(alg, &other).unwrap()];
            let jwks = Published::new(keys.iter()).to_string();
            assert!(!jwks.contains("\"d\""), "{jwks}");
            for subject in ["alice", "\"\\\u{e9}\n", "a", "ab"] {
                let mut out = vec![0; 1024];
                let length = token(subject, "j", 900).sign(&keys[0], &mut out).unwrap().len();
                let needed = saturate(length);
                for room in [0, 1, length / 2, length - 1] {
                    let short = token(subject, "j", 900).sign(&keys[0], &mut out[..room]).err();
                    assert_eq!(short, Some(Error::BufferTooSmall { needed }));
                }
                let signed = token(subject, "j", 900).sign(&keys[0], &mut out[..length]).unwrap();
                assert_eq!(verify(signed, &jwks), Ok(std::format!("{subject} 1700000900")));
                let alone = Published::new(keys[1..].iter()).to_string();
                assert_eq!(verify(signed, &alone), Err(Error::KeyNotFound));
            }
            let mut out = [0; 1024];
            for bad in [token("", "j", 900), token("s", "", 900), token("s", "j", 0), token("s", "j", 3601)] {
                assert_eq!(bad.sign(&keys[0], &mut out).err(), Some(Error::AccessTokenInvalid));
            }
            let shown = std::format!("{:?}{:?}", keys[0], token("alice", "j", 900));
            assert!(!shown.contains("[1, 1") && !shown.contains("alice"), "{shown}");
        }
        assert_eq!(SigningKey::new(Alg::Es256, &[0; 32]).err(), Some(Error::SigningKeyInvalid));
        assert_eq!(SigningKey::new(Alg::Es256, &[0xff; 32]).err(), Some(Error::SigningKeyInvalid));
        assert_eq!(SigningKey::new(Alg::Rs256, &one).err(), Some(Error::AlgorithmUnknown));
        assert_eq!(SigningKey::new(Alg::Hs256, &one).err(), Some(Error::AlgorithmUnknown));
    }
}
