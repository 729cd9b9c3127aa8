//! Assertions by which a client authenticates (RFC 7523).

use core::fmt;

use super::jws::sign;
use super::signing_key::{SigningKey, signature};
use crate::error::Error;
use crate::oauth::client_authentication::MAX_ASSERTION_LIFETIME;
use crate::oauth::metadata::IssuerUrl;
use crate::text::json::write::Object;
use crate::time::UnixTime;

/// What a client says of itself to prove that it is itself (RFC 7523 section 3).
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct ClientAssertion<'a> {
    /// `iss` and `sub`: the client that authenticates.
    pub client_id: &'a str,
    /// `aud`: the authorization server, and no other.
    pub audience: IssuerUrl<'a>,
    /// `jti`: no other assertion has it.
    pub jwt_id: &'a str,
    /// `iat`: when it is signed.
    pub issued_at: UnixTime,
    /// The seconds to `exp`, [`MAX_ASSERTION_LIFETIME`] at most; a minute is enough.
    pub lifetime: u32,
}

impl fmt::Display for ClientAssertion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issued_at = self.issued_at.seconds().unsigned_abs();
        let mut object = Object::begin(f)?;
        object.string("iss", self.client_id)?;
        object.string("sub", self.client_id)?;
        object.string("aud", self.audience.as_str())?;
        object.string("jti", self.jwt_id)?;
        object.number("iat", Some(issued_at))?;
        object.number("exp", Some(issued_at.saturating_add(self.lifetime.into())))?;
        object.end()
    }
}

impl ClientAssertion<'_> {
    /// Signs it, writes it to the beginning of `out` and returns that part.
    ///
    /// # Errors
    ///
    /// [`Error::AccessTokenInvalid`] if its lifetime is 0 or over [`MAX_ASSERTION_LIFETIME`], or client or `jti` is
    /// empty; [`Error::BufferTooSmall`].
    pub fn sign<'o>(&self, key: &SigningKey<'_>, out: &'o mut [u8]) -> Result<&'o str, Error> {
        let good = (1..=MAX_ASSERTION_LIFETIME).contains(&self.lifetime);
        if !good || [self.client_id, self.jwt_id].contains(&"") {
            return Err(Error::AccessTokenInvalid);
        }
        sign(&key.header("JWT"), self, |message| signature(key, message), out)
    }
}

#[cfg(all(test, feature = "p256", feature = "ed25519"))]
mod tests {
    use super::*;
    use crate::alg::{ASYMMETRIC, Alg, Algorithms};
    use crate::jwk::KeySet;
    use crate::jwt::Audience;
    use crate::mint::Published;
    use crate::oauth::token_request::TokenRequest;
    use std::string::ToString;
    use std::vec;

    const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);

    #[test]
    fn an_assertion_is_its_client_s() {
        for alg in [Alg::Es256, Alg::Ed25519] {
            let key = SigningKey::new(alg, &[7; 32]).unwrap();
            let audience = IssuerUrl::parse("https://as.example").unwrap();
            let good = ClientAssertion { client_id: "app", audience, jwt_id: "j", issued_at: NOW, lifetime: 60 };
            let mut out = [0; 512];
            let assertion = good.sign(&key, &mut out).unwrap();
            let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
            let body =
                std::format!("grant_type=client_credentials&client_assertion_type={kind}&client_assertion={assertion}");
            let mut room = vec![0; 4096];
            let request = TokenRequest::parse([], body.as_bytes(), &mut room).unwrap();
            let (jwks, algorithms) =
                (Published::new([&key].into_iter()).to_string(), Algorithms::new(ASYMMETRIC).unwrap());
            let keys = KeySet::<8>::parse(jwks.as_bytes(), algorithms).unwrap();
            let verify = |audience: &str| {
                let mut scratch = vec![0; 2048];
                let audience = Audience::new([audience])?;
                let checked = request.client().check_assertion(&keys, algorithms, audience, &mut scratch, NOW)?;
                Ok((checked.jwt_id() == "j", checked.remember_until()))
            };
            assert_eq!(verify("https://as.example"), Ok((true, NOW.seconds() + 60 + 60)));
            let cause = Error::AudienceMismatch.name();
            assert_eq!(verify("https://other.example"), Err(Error::ClientAuthenticationFailed { cause }));
            for bad in [
                ClientAssertion { client_id: "", ..good },
                ClientAssertion { jwt_id: "", ..good },
                ClientAssertion { lifetime: 0, ..good },
                ClientAssertion { lifetime: MAX_ASSERTION_LIFETIME + 1, ..good },
            ] {
                assert_eq!(bad.sign(&key, &mut [0; 512]), Err(Error::AccessTokenInvalid));
            }
        }
    }
}
