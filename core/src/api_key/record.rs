//! The stored record of an API key, and its life cycle.

use crate::api_key::{ApiKey, ApiKeyHash, Match};
use crate::error::Error;
use crate::oauth::scope::{self, GrantedScopes, ScopeHierarchy, ScopeList};
use crate::secret::Pepper;
use crate::time::{MAX_CLOCK_SKEW, UnixTime};

/// The longest overlap after a rotation in seconds: 90 days.
pub const MAX_OVERLAP: u32 = 90 * 86_400;

/// The times of a key; without any it is valid until it is revoked. Stored, and replaced as a whole when an [`Event`]
/// changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "every store has a column for each")]
pub struct Lifecycle {
    /// When it becomes valid.
    pub not_before: UnixTime,
    /// When it expires; [`UnixTime::MAX`] for never.
    pub expires_at: UnixTime,
    /// If it was rotated, when the overlap ends; [`UnixTime::MAX`] if none did.
    pub rotated_until: UnixTime,
    /// Whether it was revoked, which no clock can undo.
    pub revoked: bool,
}

/// What an operator does with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Another key takes its place; both are valid for so many seconds.
    Rotate {
        /// The overlap in seconds, [`MAX_OVERLAP`] at most.
        overlap: u32,
    },
    /// It is to expire at another time.
    Expire {
        /// That time; [`UnixTime::MAX`] for never.
        at: UnixTime,
    },
    /// It was leaked, or is no longer needed.
    Revoke,
}

/// What a key is at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// Its time has not begun.
    NotYetValid,
    /// Valid, and not about to expire.
    Active,
    /// Valid, and about to expire.
    Expiring,
    /// Valid for the rest of the overlap: another key took its place.
    Rotated,
    /// Its time is over, or that of the overlap after its rotation.
    Expired,
    /// Revoked, whatever its times are.
    Revoked,
}

impl Status {
    /// Returns the name, the same in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotYetValid => "not_yet_valid",
            Self::Active => "active",
            Self::Expiring => "expiring",
            Self::Rotated => "rotated",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl Default for Lifecycle {
    fn default() -> Self {
        let never = UnixTime::MAX;
        Self { not_before: UnixTime::from_seconds(0), expires_at: never, rotated_until: never, revoked: false }
    }
}

impl Lifecycle {
    /// Returns when the key expires, unless it is revoked before; [`UnixTime::MAX`] for never.
    pub fn end(&self) -> UnixTime {
        self.expires_at.min(self.rotated_until)
    }

    /// Returns the times of a key that is made `now` to take the place of this one, which was made at `created_at`. It
    /// becomes valid when this one does, and expires after as long a life, counted from then or from now.
    ///
    /// # Errors
    ///
    /// As [`Lifecycle::after`].
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{UnixTime, api_key::Lifecycle};
    ///
    /// let at = UnixTime::from_seconds;
    /// let old = Lifecycle { expires_at: at(1_000), ..Lifecycle::default() };
    /// assert_eq!(old.successor(at(100), at(700))?.expires_at, at(1_600));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn successor(&self, created_at: UnixTime, now: UnixTime) -> Result<Self, Error> {
        // What cannot be rotated has none.
        self.after(Event::Rotate { overlap: 0 }, now)?;
        let Self { not_before, expires_at, .. } = *self;
        // A clock that was ahead when this one was made takes nothing from its life.
        let begun = created_at.min(now).max(not_before);
        let lifetime = expires_at.seconds().saturating_sub(begun.seconds()).max(0);
        let end = now.max(not_before).seconds().saturating_add(lifetime).unsigned_abs();
        let expires_at = if expires_at == UnixTime::MAX { expires_at } else { UnixTime::from_seconds(end) };
        Ok(Self { not_before, expires_at, ..Self::default() })
    }

    /// Returns what the key is; it is expiring for the last `notice` seconds.
    pub fn status(&self, now: UnixTime, notice: u32) -> Status {
        match self.check(now) {
            Err(Error::ApiKeyRevoked) => Status::Revoked,
            Err(Error::ApiKeyNotYetValid { .. }) => Status::NotYetValid,
            Err(_) => Status::Expired,
            Ok(()) if self.rotated_until != UnixTime::MAX => Status::Rotated,
            Ok(()) if self.end().seconds().saturating_sub(now.seconds()) <= notice.into() => Status::Expiring,
            Ok(()) => Status::Active,
        }
    }

    /// Checks that the key is valid.
    ///
    /// # Errors
    ///
    /// [`Error::ApiKeyRevoked`], [`Error::ApiKeyExpired`], [`Error::ApiKeyNotYetValid`]. Expired is also a key whose
    /// overlap would end later than any that begins now, since the clock was ahead when it began; its expiry is what
    /// the operator said, and taken at its word.
    pub fn check(&self, now: UnixTime) -> Result<(), Error> {
        let (not_before, end) = (self.not_before, self.end());
        // Where the key expires before the overlap does, it is the expiry that counts.
        let within_overlap = self.rotated_until >= self.expires_at
            || self.rotated_until.is_ahead(MAX_OVERLAP.saturating_add(MAX_CLOCK_SKEW), now);
        if self.revoked {
            Err(Error::ApiKeyRevoked)
        } else if now >= end || !within_overlap {
            Err(Error::ApiKeyExpired { expires_at: end.seconds(), now: now.seconds() })
        } else if now < not_before {
            Err(Error::ApiKeyNotYetValid { not_before: not_before.seconds(), now: now.seconds() })
        } else {
            Ok(())
        }
    }

    /// Returns the record to store after an event. A second rotation may end the overlap earlier, never later; revoking
    /// is always possible.
    ///
    /// # Errors
    ///
    /// [`Error::ApiKeyRevoked`] and [`Error::ApiKeyExpired`] for a key that is: nothing makes it valid again.
    /// [`Error::ApiKeyOverlapTooLong`] for one over [`MAX_OVERLAP`].
    pub fn after(self, event: Event, now: UnixTime) -> Result<Self, Error> {
        match (event, self.check(now)) {
            (Event::Revoke, _) => Ok(Self { revoked: true, ..self }),
            (_, Err(error @ (Error::ApiKeyRevoked | Error::ApiKeyExpired { .. }))) => Err(error),
            (Event::Rotate { overlap: actual }, _) if actual > MAX_OVERLAP => {
                Err(Error::ApiKeyOverlapTooLong { limit: MAX_OVERLAP, actual })
            }
            (Event::Rotate { overlap }, _) => {
                Ok(Self { rotated_until: self.rotated_until.min(now.after(overlap)), ..self })
            }
            (Event::Expire { at }, _) => Ok(Self { expires_at: at, ..self }),
        }
    }
}

/// The stored record of a key, found by its id.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "every store has a column for each")]
pub struct Record<'a> {
    /// The stored hash, which [`ApiKey::hash`] returned.
    pub hash: ApiKeyHash,
    /// When it is valid, and whether it was rotated or revoked.
    pub lifecycle: Lifecycle,
    /// What it may be used for.
    pub scopes: GrantedScopes<'a>,
    /// The resource that it is for, byte for byte; `None` for all of the server's.
    pub resource: Option<&'a str>,
}

impl ApiKey<'_> {
    /// Decides about a request: the key's hash is compared first, then its times, its resource and its scopes. A limit
    /// on its requests is a [`RateLimit`](crate::rate_limit::RateLimit) beside the record, to be applied afterwards.
    ///
    /// Pass `None` if nothing is stored for the id. Whatever is wrong, the same work is done and the response is the
    /// same; only the error differs, and that is for the operator.
    ///
    /// # Errors
    ///
    /// [`Error::ApiKeyUnknown`] without a record; those of [`ApiKey::check`] and [`Lifecycle::check`];
    /// [`Error::ApiKeyResourceMismatch`]; [`Error::InsufficientScope`], which alone is answered otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::api_key::{ApiKey, Lifecycle, Record};
    /// use doorward::oauth::scope::{GrantedScopes, ScopeList};
    /// use doorward::{Error, UnixTime, secret::Pepper};
    ///
    /// # let (random, secret) = ([7; 32], [1; 32]);
    /// let peppers = [Pepper::new(1, &secret)?];
    /// let key = ApiKey::mint("sk_live", &random)?;
    /// let lifecycle = Lifecycle { expires_at: UnixTime::from_seconds(2_000_000_000), ..Lifecycle::default() };
    /// let record = Record { hash: key.hash(&peppers[0])?, lifecycle, scopes: GrantedScopes::new("read"), resource: None };
    /// let (resource, read, now) = ("https://mcp.example/mcp", ScopeList::parse("read")?, UnixTime::from_seconds(1_700_000_000));
    /// assert!(key.authenticate(Some(&record), &peppers, resource, read, now).is_ok());
    /// let unknown = key.authenticate(None, &peppers, resource, read, now);
    /// assert_eq!(unknown, Err(Error::ApiKeyUnknown));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn authenticate(
        &self,
        record: Option<&Record<'_>>,
        peppers: &[Pepper<'_>],
        resource: &str,
        required: ScopeList<'_>,
        now: UnixTime,
    ) -> Result<Match, Error> {
        let outcome = self.check(record.map(|record| &record.hash), peppers);
        let Some(record) = record else { return outcome.and(Err(Error::ApiKeyUnknown)).map_err(unknown) };
        let alive = record.lifecycle.check(now);
        // A key that is over needs no pepper to be refused.
        let found = match outcome {
            Err(Error::PepperUnknown { .. }) => alive.and(outcome)?,
            outcome => outcome?,
        };
        alive?;
        if record.resource.is_some_and(|own| own != resource) {
            return Err(Error::ApiKeyResourceMismatch);
        }
        scope::require(required, record.scopes, ScopeHierarchy::NONE)?;
        Ok(found)
    }
}

/// A key that is not there can match nothing.
fn unknown(error: Error) -> Error {
    if error == Error::ApiKeyMismatch { Error::ApiKeyUnknown } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    const LIFE: fn() -> Lifecycle = || Lifecycle { not_before: at(100), expires_at: at(200), ..Lifecycle::default() };

    #[test]
    fn a_key_is_valid_from_its_first_second_to_the_one_before_its_end() {
        for (now, status) in [
            (99, Status::NotYetValid),
            (100, Status::Active),
            (189, Status::Active),
            (190, Status::Expiring),
            (199, Status::Expiring),
            (200, Status::Expired),
            (u64::MAX, Status::Expired),
        ] {
            assert_eq!(LIFE().status(at(now), 10), status, "{now}");
        }
        assert_eq!(Lifecycle::default().status(at(0), 0), Status::Active);
        assert_eq!(Lifecycle::default().status(at(u64::MAX - 1), 0), Status::Expired, "the clock has no later second");
    }

    #[test]
    fn a_rotated_key_is_valid_for_the_overlap_and_no_longer() {
        let rotated = LIFE().after(Event::Rotate { overlap: 30 }, at(150)).unwrap();
        assert_eq!(rotated.status(at(179), 10), Status::Rotated);
        assert_eq!(rotated.check(at(180)), Err(Error::ApiKeyExpired { expires_at: 180, now: 180 }));
        let again = rotated.after(Event::Rotate { overlap: 100 }, at(160)).unwrap();
        assert_eq!(again, rotated, "never later");
        let sooner = rotated.after(Event::Rotate { overlap: 0 }, at(160)).unwrap();
        assert_eq!(sooner.status(at(160), 0), Status::Expired);
        let longer = rotated.after(Event::Expire { at: at(1000) }, at(160)).unwrap();
        assert_eq!(longer.status(at(180), 0), Status::Expired, "nor by another expiry");
        assert_eq!(LIFE().after(Event::Rotate { overlap: 50 }, at(60)).unwrap().rotated_until, at(110));
    }

    #[test]
    fn nothing_makes_a_revoked_or_expired_key_valid_again() {
        let revoked = LIFE().after(Event::Revoke, at(150)).unwrap();
        for now in [0, 99, 100, 150, 200] {
            assert_eq!(revoked.status(at(now), 0), Status::Revoked);
            assert_eq!(revoked.after(Event::Revoke, at(now)), Ok(revoked));
            for event in [Event::Expire { at: UnixTime::MAX }, Event::Rotate { overlap: u32::MAX }] {
                assert_eq!(revoked.after(event, at(now)), Err(Error::ApiKeyRevoked));
            }
        }
        let expired = Err(Error::ApiKeyExpired { expires_at: 200, now: 200 });
        assert_eq!(LIFE().after(Event::Expire { at: UnixTime::MAX }, at(200)), expired);
        assert_eq!(LIFE().after(Event::Rotate { overlap: 9 }, at(200)), expired);
        assert!(LIFE().after(Event::Revoke, at(200)).unwrap().revoked);
    }

    #[test]
    fn q02_whatever_is_wrong_the_answer_is_the_same() {
        let (pepper, other) = (Pepper::new(1, &[1; 32]).unwrap(), ApiKey::mint("sk", &[8; 32]).unwrap());
        let key = ApiKey::mint("sk", &[7; 32]).unwrap();
        let record = |key: &ApiKey<'_>, lifecycle| Record {
            hash: key.hash(&pepper).unwrap(),
            lifecycle,
            scopes: GrantedScopes::new("read"),
            resource: Some("https://a/mcp"),
        };
        let ask = |record: Option<Record<'_>>, resource, scopes, now| {
            let required = ScopeList::parse(scopes).unwrap();
            key.authenticate(record.as_ref(), &[pepper], resource, required, at(now)).map(|found| found.rehash)
        };
        let good = record(&key, LIFE());
        assert_eq!(ask(Some(good), "https://a/mcp", "read", 150), Ok(false));
        assert_eq!(ask(Some(Record { resource: None, ..good }), "https://b", "", 150), Ok(false));
        let revoked = record(&key, Lifecycle { revoked: true, ..LIFE() });
        for (record, resource, now, error) in [
            (None, "https://a/mcp", 150, "api_key_unknown"),
            (Some(record(&other, LIFE())), "https://a/mcp", 150, "api_key_mismatch"),
            (Some(record(&other, revoked.lifecycle)), "https://a/mcp", 150, "api_key_mismatch"),
            (Some(revoked), "https://a/mcp", 150, "api_key_revoked"),
            (Some(good), "https://a/mcp", 200, "api_key_expired"),
            (Some(good), "https://a/mcp", 99, "api_key_not_yet_valid"),
            (Some(good), "https://a/mcp/", 150, "api_key_resource_mismatch"),
        ] {
            let refused = ask(record, resource, "write", now).unwrap_err();
            assert_eq!((refused.name(), refused.response()), (error, Error::ApiKeyMismatch.response()));
        }
        assert_eq!(ask(Some(good), "https://a/mcp", "read write", 150), Err(Error::InsufficientScope));
        let none = key.authenticate(None, &[], "", ScopeList::EMPTY, at(0));
        assert_eq!(none, Err(Error::PepperUnknown { version: 0 }));
    }
}
