//! A key that signs, and its public half (RFC 7517, 7638, 6979, 8032).

use core::fmt::{self, Write};

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

use super::jws::Header;
use crate::alg::Alg;
use crate::error::Error;
use crate::secret::apart;
use crate::text::json::write::Object;

/// Maximum stack in bytes below [`apart`] that signing uses.
const SIGNING_STACK: usize = if cfg!(target_pointer_width = "64") { 16 * 1024 } else { 8 * 1024 };
/// The length of a thumbprint (RFC 7638), and of each coordinate.
const THUMBPRINT: usize = 43;

/// A key that signs access tokens. Borrows its secret, which is the caller's to keep and to wipe. It does not verify:
/// ```compile_fail,E0308
/// # use doorward::alg::PublicKey;
/// # use doorward::{jwk::Key, mint::SigningKey};
/// fn verifying(key: SigningKey<'_>) -> Key<PublicKey> {
///     key
/// }
/// ```
/// as a key of a set does:
/// ```
/// # use doorward::alg::PublicKey;
/// # use doorward::{jwk::Key, mint::SigningKey};
/// fn signing(key: SigningKey<'_>) -> SigningKey<'_> {
///     key
/// }
/// fn verifying(key: Key<PublicKey>) -> Key<PublicKey> {
///     key
/// }
/// ```
#[derive(Clone)]
pub struct SigningKey<'a> {
    alg: Alg,
    #[cfg_attr(
        not(any(feature = "p256", feature = "ed25519")),
        expect(dead_code, reason = "no algorithm is compiled in")
    )]
    secret: &'a [u8; 32],
    x: [u8; THUMBPRINT],
    y: Option<[u8; THUMBPRINT]>,
    key_id: [u8; THUMBPRINT],
}

impl fmt::Debug for SigningKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("alg", &self.alg).field("key_id", &self.key_id()).finish_non_exhaustive()
    }
}

fn text(digits: &[u8; THUMBPRINT]) -> &str {
    core::str::from_utf8(digits).unwrap_or_default()
}

fn spelled(bytes: &[u8; 32]) -> [u8; THUMBPRINT] {
    let mut out = [0; THUMBPRINT];
    // The room is what 32 bytes need, so this cannot fail; were it to, the key would be nobody's.
    let _ = Base64UrlUnpadded::encode(bytes, &mut out);
    out
}

impl<'a> SigningKey<'a> {
    /// Creates a key for ES256 or Ed25519 from 32 random bytes, which the caller takes from a cryptographic generator
    /// and stores as a secret.
    ///
    /// # Errors
    ///
    /// [`Error::SigningKeyInvalid`] if there is no such key, which happens by chance once in 2^32 times: take other
    /// bytes; [`Error::AlgorithmUnknown`] for every other algorithm, and for one whose feature is off.
    pub fn new(alg: Alg, secret: &'a [u8; 32]) -> Result<Self, Error> {
        let (x, y) = public(alg, secret)?;
        let (x, y) = (spelled(&x), y.as_ref().map(spelled));
        let mut hasher = Hasher(Sha256::new());
        // RFC 7638 section 3.2: these members, in this order.
        let _ = match &y {
            Some(y) => {
                write!(hasher, "{{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"{}\",\"y\":\"{}\"}}", text(&x), text(y))
            }
            None => write!(hasher, "{{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"{}\"}}", text(&x)),
        };
        let key_id = spelled(&hasher.0.finalize().into());
        Ok(Self { alg, secret, x, y, key_id })
    }

    /// Creates a signing key as [`new`](Self::new) does.
    ///
    /// # Errors
    ///
    /// [`Error::SigningKeyInvalid`] for another number of bytes as well.
    pub fn from_slice(alg: Alg, secret: &'a [u8]) -> Result<Self, Error> {
        Self::new(alg, secret.try_into().map_err(|_| Error::SigningKeyInvalid)?)
    }

    /// Returns the algorithm that it signs with.
    pub fn alg(&self) -> Alg {
        self.alg
    }

    /// Returns its identifier: the thumbprint (RFC 7638).
    pub fn key_id(&self) -> &str {
        text(&self.key_id)
    }

    /// Returns `alg` as it is written in headers: by its name of RFC 8037, which every verifier knows.
    fn header_alg(&self) -> &'static str {
        if self.y.is_some() { self.alg.name() } else { "EdDSA" }
    }

    /// Returns the header of a token that it signs.
    pub(super) fn header(&self, typ: &'static str) -> Header<'_> {
        Header { alg: self.header_alg(), typ, key_id: Some(self.key_id()) }
    }

    /// Writes its public half as a JWK (RFC 7517 section 4).
    pub(super) fn write_public(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut object = Object::begin(f)?;
        object.string("kty", if self.y.is_some() { "EC" } else { "OKP" })?;
        object.string("crv", if self.y.is_some() { "P-256" } else { "Ed25519" })?;
        object.string("alg", self.header_alg())?;
        object.string("use", "sig")?;
        object.string("kid", self.key_id())?;
        object.string("x", text(&self.x))?;
        object.optional("y", self.y.as_ref().map(text))?;
        object.end()
    }
}

struct Hasher(Sha256);

impl Write for Hasher {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text);
        Ok(())
    }
}

type Public = ([u8; 32], Option<[u8; 32]>);

#[cfg_attr(
    not(any(feature = "p256", feature = "ed25519")),
    expect(unused_variables, reason = "no algorithm is compiled in")
)]
fn public(alg: Alg, secret: &[u8; 32]) -> Result<Public, Error> {
    apart::<SIGNING_STACK, _>(|| match alg {
        #[cfg(feature = "p256")]
        Alg::Es256 => {
            use p256::elliptic_curve::point::AffineCoordinates;
            let key = p256::ecdsa::SigningKey::from_slice(secret).map_err(|_| Error::SigningKeyInvalid)?;
            let point = key.verifying_key().as_affine();
            Ok((point.x().into(), Some(point.y().into())))
        }
        #[cfg(feature = "ed25519")]
        Alg::Ed25519 => Ok((ed25519_dalek::SigningKey::from_bytes(secret).verifying_key().to_bytes(), None)),
        _ => Err(Error::AlgorithmUnknown),
    })
}

/// Returns the signature of a message, in the form of RFC 7518 section 3.4 or RFC 8037 section 3.1.
#[cfg_attr(
    not(any(feature = "p256", feature = "ed25519")),
    expect(unused_variables, reason = "no algorithm is compiled in")
)]
pub(super) fn signature(key: &SigningKey<'_>, message: &[u8]) -> Result<[u8; 64], Error> {
    apart::<SIGNING_STACK, _>(|| match key.alg {
        #[cfg(feature = "p256")]
        Alg::Es256 => {
            use p256::ecdsa::{Signature, signature::Signer};
            let key = p256::ecdsa::SigningKey::from_slice(key.secret).map_err(|_| Error::SigningKeyInvalid)?;
            // RFC 6979: no random number, so none can be bad.
            let signature: Signature = key.try_sign(message).map_err(|_| Error::SigningKeyInvalid)?;
            Ok(signature.to_bytes().into())
        }
        #[cfg(feature = "ed25519")]
        Alg::Ed25519 => {
            use ed25519_dalek::Signer;
            Ok(ed25519_dalek::SigningKey::from_bytes(key.secret).sign(message).to_bytes())
        }
        _ => Err(Error::AlgorithmUnknown),
    })
}

#[cfg(all(test, feature = "p256", feature = "ed25519"))]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_rfc_8037_has_its_thumbprint() {
        // Appendix A.1 to A.4.
        let mut secret = [0; 32];
        Base64UrlUnpadded::decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", &mut secret).unwrap();
        let key = SigningKey::new(Alg::Ed25519, &secret).unwrap();
        assert_eq!(key.key_id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(text(&key.x), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        let signed = signature(&key, b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc").unwrap();
        let mut out = [0; 86];
        let text = Base64UrlUnpadded::encode(&signed, &mut out).unwrap();
        assert!(
            text.starts_with("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
        );
    }
}
