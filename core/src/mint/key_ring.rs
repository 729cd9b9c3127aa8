//! Keys that sign one after another.

use super::published::Published;
use super::signing_key::SigningKey;
use crate::error::Error;
use crate::oauth::token_response::MAX_ACCESS_TOKEN_LIFETIME;
use crate::time::UnixTime;

/// A key of a ring, and when it is what.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct RingKey<'k> {
    /// The key that signs.
    pub key: &'k SigningKey<'k>,
    /// From when on it signs: later than it is first published by as long as verifiers keep a key set.
    pub signs_from: UnixTime,
    /// When it stops to sign: the next key signs from then on, or earlier.
    pub signs_until: UnixTime,
}

/// Keys that overlap: one signs, while the next is known already and the last one's tokens are still good.
#[derive(Clone, Copy, Debug)]
pub struct KeyRing<'k>(&'k [RingKey<'k>]);

impl<'k> KeyRing<'k> {
    /// Creates a key ring from keys in any order.
    ///
    /// # Errors
    ///
    /// [`Error::SigningKeyMissing`] for none at all, with which nothing could ever be signed or verified.
    pub fn new(keys: &'k [RingKey<'k>]) -> Result<Self, Error> {
        if keys.is_empty() { Err(Error::SigningKeyMissing) } else { Ok(Self(keys)) }
    }

    /// Returns the key that signs now: of those that do, the newest.
    ///
    /// # Errors
    ///
    /// [`Error::SigningKeyMissing`] if none does.
    pub fn signing(&self, now: UnixTime) -> Result<&'k SigningKey<'k>, Error> {
        let signs = self.0.iter().filter(|one| one.signs_from <= now && now < one.signs_until);
        signs.max_by_key(|one| one.signs_from.seconds()).map(|one| one.key).ok_or(Error::SigningKeyMissing)
    }

    /// Returns the keys that are published now: until no token that they have signed can be good, with leeway.
    pub fn published(&self, now: UnixTime) -> Published<impl Iterator<Item = &'k SigningKey<'k>> + Clone + use<'k>> {
        let good = i64::from(MAX_ACCESS_TOKEN_LIFETIME) + i64::from(crate::time::Leeway::LIMIT);
        let ends = move |one: &&RingKey<'_>| now.seconds() < one.signs_until.seconds().saturating_add(good);
        Published::new(self.0.iter().filter(ends).map(|one| one.key))
    }
}

#[cfg(all(test, feature = "p256", feature = "ed25519"))]
mod tests {
    use super::*;
    use crate::alg::Alg;
    use std::string::ToString;

    #[test]
    fn one_key_signs_while_others_are_known() {
        let secrets = [[1; 32], [2; 32], [3; 32]];
        let keys = secrets.each_ref().map(|secret| SigningKey::new(Alg::Ed25519, secret).unwrap());
        let at = UnixTime::from_seconds;
        let spans = [(0, 10_000), (5_000, 20_000), (30_000, 40_000)];
        let entry = |(key, (from, until))| RingKey { key, signs_from: at(from), signs_until: at(until) };
        let ring: std::vec::Vec<_> = keys.iter().zip(spans).map(entry).collect();
        let ring = KeyRing::new(&ring).unwrap();
        let place = |found: &SigningKey<'_>| keys.iter().position(|key| key.key_id() == found.key_id()).unwrap();
        let last = 10_000 + 3600 + 300;
        for (now, signs, published) in [
            (0, Some(0), 3),
            (4_999, Some(0), 3),
            (5_000, Some(1), 3),
            (last - 1, Some(1), 3),
            (last, Some(1), 2),
            (20_000, None, 2),
            (30_000, Some(2), 1),
            (40_000, None, 1),
            (50_000, None, 0),
        ] {
            assert_eq!(ring.signing(at(now)).ok().map(place), signs, "{now}");
            assert_eq!(ring.published(at(now)).to_string().matches("\"kty\"").count(), published, "{now}");
        }
        assert_eq!(ring.signing(at(50_000)).err(), Some(Error::SigningKeyMissing));
        assert_eq!(KeyRing::new(&[]).err(), Some(Error::SigningKeyMissing));
    }
}
