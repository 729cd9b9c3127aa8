//! What signs access tokens, with secrets of its own.

use core::fmt;
use std::borrow::ToOwned;
use std::boxed::Box;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use zeroize::Zeroizing;

use crate::alg::Alg;
use crate::error::Error;
use crate::mint::{self, AccessToken, SigningKey, SigningSecret};
use crate::time::UnixTime;

/// A key of a ring, and when it signs.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct RingSecret<'a> {
    /// The algorithm that it signs with.
    pub alg: Alg,
    /// The secret: 32 bytes, which are copied.
    pub secret: &'a [u8],
    /// When it starts signing.
    pub signs_from: UnixTime,
    /// When it stops signing.
    pub signs_until: UnixTime,
}

impl fmt::Debug for RingSecret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RingSecret").field("alg", &self.alg).finish_non_exhaustive()
    }
}

struct Entry {
    alg: Alg,
    secret: Zeroizing<Box<[u8]>>,
    from: UnixTime,
    until: UnixTime,
}

/// A [`mint::KeyRing`] that owns its secrets, and wipes them in the end.
///
/// # Examples
///
/// ```
/// use doorward::UnixTime;
/// use doorward::alg::Alg;
/// use doorward::host::{KeyRing, RingSecret};
/// use doorward::mint::AccessToken;
/// use doorward::oauth::metadata::{IssuerUrl, ResourceIdentifier};
/// use doorward::oauth::scope::ScopeList;
///
/// # let secret = [7; 32]; // of the system's generator, once
/// let now = UnixTime::from_seconds(1_700_000_000);
/// let key = RingSecret { alg: Alg::Ed25519, secret: &secret, signs_from: now, signs_until: UnixTime::MAX };
/// let ring = KeyRing::new([key])?;
/// let token = ring.sign(&AccessToken {
///     issuer: IssuerUrl::parse("https://id.example")?,
///     audience: ResourceIdentifier::parse("https://mcp.example/mcp")?,
///     subject: "alice",
///     client_id: "app",
///     scope: ScopeList::parse("read")?,
///     jwt_id: "j1",
///     issued_at: now,
///     lifetime: 900,
/// })?;
/// assert_eq!(token.split('.').count(), 3);
/// assert!(ring.published(now)?.contains(r#""crv":"Ed25519""#)); // what `jwks_uri` serves
/// # Ok::<(), doorward::Error>(())
/// ```
pub struct KeyRing(Vec<Entry>);

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({} keys, redacted)", self.0.len())
    }
}

impl KeyRing {
    /// Creates a key ring from keys in any order.
    ///
    /// # Errors
    ///
    /// Those of [`SigningKey::from_slice`] and [`mint::KeyRing::new`].
    pub fn new<'a>(keys: impl IntoIterator<Item = RingSecret<'a>>) -> Result<Self, Error> {
        let own = |key: RingSecret<'_>| {
            let secret = Zeroizing::new(Box::from(key.secret));
            Entry { alg: key.alg, secret, from: key.signs_from, until: key.signs_until }
        };
        let ring = Self(keys.into_iter().map(own).collect());
        ring.with(|_| Ok(()))?;
        Ok(ring)
    }

    fn with<T>(&self, work: impl FnOnce(&mint::KeyRing<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let keys = self.0.iter().map(|entry| SigningKey::from_slice(entry.alg, &entry.secret));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let key = |(key, entry): (_, &Entry)| mint::RingKey { key, signs_from: entry.from, signs_until: entry.until };
        work(&mint::KeyRing::new(&keys.iter().zip(&self.0).map(key).collect::<Vec<_>>())?)
    }

    /// Signs a token with the key that signs when it is issued.
    ///
    /// # Errors
    ///
    /// Those of [`mint::KeyRing::signing`] and [`AccessToken::sign`].
    pub fn sign(&self, token: &AccessToken<'_>) -> Result<String, Error> {
        self.with(|ring| {
            let key = ring.signing(token.issued_at)?;
            written(|out| token.sign(key, out).map(str::len))
        })
    }

    /// Returns the key set document of now, as [`mint::KeyRing::published`] does.
    ///
    /// # Errors
    ///
    /// None: the keys were made before.
    pub fn published(&self, now: UnixTime) -> Result<String, Error> {
        self.with(|ring| Ok(ring.published(now).to_string()))
    }

    /// Returns how many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A [`SigningSecret`] that owns its bytes, and wipes them in the end.
pub struct OwnedSigningSecret {
    bytes: Zeroizing<Box<[u8]>>,
    key_id: Option<Box<str>>,
}

impl fmt::Debug for OwnedSigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(redacted)")
    }
}

impl OwnedSigningSecret {
    /// Copies it, as [`SigningSecret::new`] borrows it.
    ///
    /// # Errors
    ///
    /// Those of [`SigningSecret::new`].
    pub fn new(bytes: &[u8], key_id: Option<&str>) -> Result<Self, Error> {
        SigningSecret::new(bytes, key_id)?;
        Ok(Self { bytes: Zeroizing::new(Box::from(bytes)), key_id: key_id.map(Box::from) })
    }

    /// Signs a token, as [`AccessToken::sign_shared`] does.
    ///
    /// # Errors
    ///
    /// [`Error::AccessTokenInvalid`].
    pub fn sign(&self, token: &AccessToken<'_>) -> Result<String, Error> {
        let secret = SigningSecret::new(&self.bytes, self.key_id.as_deref())?;
        written(|out| token.sign_shared(&secret, out).map(str::len))
    }
}

/// Returns what is written where there is as much room as is asked for.
fn written(write: impl Fn(&mut [u8]) -> Result<usize, Error>) -> Result<String, Error> {
    let needed = match write(&mut []) {
        Err(Error::BufferTooSmall { needed }) => usize::try_from(needed).unwrap_or(usize::MAX),
        other => other?,
    };
    let mut out = vec![0; needed];
    let length = write(&mut out)?;
    let text = out.get(..length).and_then(|text| core::str::from_utf8(text).ok());
    Ok(text.unwrap_or_default().to_owned())
}
