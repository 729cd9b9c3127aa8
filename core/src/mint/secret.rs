//! A secret that signs access tokens for servers that share it (HS256, RFC 7518 section 3.2).

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::access_token::{AccessToken, Claims};
use super::jws::{Header, sign};
use crate::alg::hmac::check_length;
use crate::error::Error;
use crate::jwk::MAX_KEY_ID_LENGTH;
use crate::secret::{HMAC_STACK, apart};

/// As many bytes as the hash has (RFC 7518 section 3.2).
const MIN_LENGTH: usize = 32;

/// A secret that signs access tokens by HS256, for resource servers that share it. Borrows its bytes, which are the
/// caller's to keep and to wipe.
///
/// Whoever verifies by it can sign by it as well, so it is for servers of one operator alone; for all others there is
/// [`SigningKey`](super::SigningKey), as RFC 9068 section 2.1 recommends. It is no such key and cannot stand in the
/// place of one, nor be published:
/// ```compile_fail,E0271
/// # use doorward::mint::{Published, SigningSecret};
/// let secret = SigningSecret::new(&[7; 32], None).unwrap();
/// Published::new([&secret].into_iter()).to_string();
/// ```
/// ```compile_fail,E0308
/// # use doorward::mint::{AccessToken, SigningSecret};
/// fn sign(token: &AccessToken, secret: &SigningSecret) {
///     token.sign(secret, &mut [0; 1024]);
/// }
/// ```
/// A key may be both:
/// ```
/// # use doorward::mint::{AccessToken, Published, SigningKey};
/// fn sign(token: &AccessToken, key: &SigningKey) {
///     token.sign(key, &mut [0; 1024]);
///     Published::new([key].into_iter()).to_string();
/// }
/// ```
/// Neither does a key of the other kind, or what verifies, stand in its place:
/// ```compile_fail,E0308
/// # use doorward::mint::{AccessToken, SigningKey};
/// fn sign(token: &AccessToken, key: &SigningKey) {
///     token.sign_shared(key, &mut [0; 1024]);
/// }
/// ```
/// ```compile_fail,E0308
/// # use doorward::alg::hmac::SharedSecret;
/// # use doorward::mint::AccessToken;
/// fn sign(token: &AccessToken, secret: &SharedSecret) {
///     token.sign_shared(secret, &mut [0; 1024]);
/// }
/// ```
/// It alone does:
/// ```
/// # use doorward::alg::hmac::SharedSecret;
/// # use doorward::mint::{AccessToken, SigningSecret};
/// # fn verifies(_: &SharedSecret) {}
/// fn sign(token: &AccessToken, secret: &SigningSecret) {
///     token.sign_shared(secret, &mut [0; 1024]);
/// }
/// ```
#[derive(Clone, Copy)]
pub struct SigningSecret<'a> {
    bytes: &'a [u8],
    key_id: Option<&'a str>,
}

impl fmt::Debug for SigningSecret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningSecret").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl<'a> SigningSecret<'a> {
    /// Creates a signing secret from 32 to 256 random bytes, which the caller takes from a cryptographic generator: no
    /// password (RFC 8725 section 3.5). The key identifier is public: verifiers with several secrets find the one by
    /// it.
    ///
    /// # Errors
    ///
    /// [`Error::SecretTooShort`], [`Error::KeySizeRefused`] if it has more than
    /// [`MAX_SECRET_LENGTH`](crate::alg::hmac::MAX_SECRET_LENGTH) bytes, [`Error::SigningKeyInvalid`] if its identifier
    /// is longer than [`MAX_KEY_ID_LENGTH`].
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::alg::{Alg, Algorithm, hmac};
    /// use doorward::jwk::Key;
    /// use doorward::mint::{AccessToken, SigningSecret};
    /// use doorward::oauth::metadata::{IssuerUrl, ResourceIdentifier};
    /// use doorward::oauth::scope::ScopeList;
    /// use doorward::{Algorithms, Audience, Issuer, Policy, UnixTime, authenticate};
    ///
    /// # let bytes = [7; 32]; // of the system's generator, once
    /// let (secret, now) = (SigningSecret::new(&bytes, Some("2026-1"))?, UnixTime::from_seconds(1_700_000_000));
    /// let token = AccessToken {
    ///     issuer: IssuerUrl::parse("https://id.example")?,
    ///     audience: ResourceIdentifier::parse("https://mcp.example/mcp")?,
    ///     subject: "alice",
    ///     client_id: "app",
    ///     scope: ScopeList::parse("read")?,
    ///     jwt_id: "j1",
    ///     issued_at: now,
    ///     lifetime: 900,
    /// };
    /// let mut out = [0; 1024];
    /// let token = token.sign_shared(&secret, &mut out)?;
    ///
    /// // At the resource server, which has the same bytes:
    /// const ALLOWED: &[&dyn Algorithm<hmac::SharedSecret>] = &[&hmac::HS256];
    /// let (keys, algorithms) = ([Key::secret(Some("2026-1"), Alg::Hs256, &bytes)?], Algorithms::new(ALLOWED)?);
    /// let audience = Audience::new(["https://mcp.example/mcp"])?;
    /// let policy = Policy::rfc9068(Issuer::new("https://id.example")?, audience, algorithms);
    /// let mut scratch = [0; 2048];
    /// assert_eq!(authenticate(token.as_bytes(), &mut scratch, &keys, &policy, now)?.subject(), Some("alice"));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn new(bytes: &'a [u8], key_id: Option<&'a str>) -> Result<Self, Error> {
        check_length(bytes, MIN_LENGTH)?;
        if key_id.is_some_and(|id| id.len() > MAX_KEY_ID_LENGTH) {
            return Err(Error::SigningKeyInvalid);
        }
        Ok(Self { bytes, key_id })
    }
}

impl AccessToken<'_> {
    /// Signs it as [`sign`](Self::sign) does, by a secret that is shared with its resource server.
    ///
    /// # Errors
    ///
    /// As [`sign`](Self::sign).
    pub fn sign_shared<'o>(&self, secret: &SigningSecret<'_>, out: &'o mut [u8]) -> Result<&'o str, Error> {
        self.check()?;
        let code = |message: &[u8]| {
            apart::<HMAC_STACK, _>(|| {
                let mac = Hmac::<Sha256>::new_from_slice(secret.bytes).map_err(|_| Error::SigningKeyInvalid)?;
                Ok(mac.chain_update(message).finalize().into_bytes().into())
            })
        };
        sign(&Header { alg: "HS256", typ: "at+jwt", key_id: secret.key_id }, &Claims(self), code, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s09_secrets_of_the_hash_s_length_or_more() {
        let bytes = [7; 257];
        for (length, error) in [
            (0, Some(Error::SecretTooShort { needed: 32, actual: 0 })),
            (31, Some(Error::SecretTooShort { needed: 32, actual: 31 })),
            (32, None),
            (256, None),
            (257, Some(Error::KeySizeRefused { bits: 2056 })),
        ] {
            assert_eq!(SigningSecret::new(&bytes[..length], None).err(), error, "{length}");
        }
        let id = "k".repeat(MAX_KEY_ID_LENGTH + 1);
        assert!(SigningSecret::new(&bytes[..32], Some(&id[1..])).is_ok());
        assert_eq!(SigningSecret::new(&bytes[..32], Some(&id)).err(), Some(Error::SigningKeyInvalid));
        let shown = std::format!("{:?}", SigningSecret::new(&bytes[..32], Some("k1")));
        assert_eq!(shown, "Ok(SigningSecret { key_id: Some(\"k1\"), .. })");
    }
}
