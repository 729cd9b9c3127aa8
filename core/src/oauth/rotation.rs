//! Refresh tokens, which rotate (RFC 6749 section 6, OAuth 2.1 section 4.3): each is valid once, and one that comes
//! again revokes its family (RFC 9700 section 4.14), except during a short grace, in which a lost response is repeated.

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::error::Error;
use crate::oauth::code::{Family, digest, flag, is_for, join, take, time};
use crate::oauth::metadata::ResourceIdentifier;
use crate::oauth::opaque_token;
use crate::oauth::scope::ScopeList;
use crate::secret::{STACK, apart};
use crate::text::saturate;
use crate::time::{MAX_CLOCK_SKEW, UnixTime};

/// The length of a stored record in bytes.
pub const REFRESH_RECORD_LENGTH: usize = 208;
/// The length of a refresh token: its family, a dot, its secret.
pub const REFRESH_TOKEN_LENGTH: usize = FAMILY + 1 + opaque_token::LENGTH;
const FAMILY: usize = 22;
/// The longest grace in seconds: for so long, two may use one token.
pub const MAX_GRACE: u32 = 120;
/// First byte of each record: what it is, and how it is laid out.
const VERSION: u8 = 0x21;

/// How long refresh tokens are good.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct Lifetimes {
    /// Seconds from the first token of a family to the end of the last.
    pub family: u32,
    /// Seconds for which one is valid without being used.
    pub idle: u32,
    /// Seconds for which the predecessor still returns the same successor, [`MAX_GRACE`] at most, and less by as much
    /// as the clocks of those who share the store may differ: a grace that ends later than any that begins now is
    /// none. 0 for none.
    pub grace: u32,
}

impl Lifetimes {
    /// Those that an authorization server has if it sets none: 30 days, a week without being used, and half a minute
    /// for a response that was lost.
    pub const DEFAULT: Self = Self { family: 30 * 86400, idle: 7 * 86400, grace: 30 };

    fn check(&self) -> Result<(), Error> {
        let good = self.family > 0 && self.idle > 0 && self.grace <= MAX_GRACE;
        if good { Ok(()) } else { Err(Error::RefreshLifetimesInvalid) }
    }
}

/// A received refresh token. A secret: printed nowhere, and its text is the caller's to wipe.
#[derive(Clone, Copy)]
pub struct RefreshToken<'a> {
    family: Family,
    text: &'a str,
}

impl fmt::Debug for RefreshToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(redacted)")
    }
}

impl<'a> RefreshToken<'a> {
    /// Parses what a client sent.
    ///
    /// # Errors
    ///
    /// [`Error::RefreshTokenUnknown`] if it was not issued here.
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        let unknown = Error::RefreshTokenUnknown;
        let (family, secret) = text.split_once('.').ok_or(unknown)?;
        let mut bytes = [0; 16];
        let whole = Base64UrlUnpadded::decode(family, &mut bytes).is_ok_and(|bytes| bytes.len() == 16);
        if !whole || secret.len() != opaque_token::LENGTH {
            return Err(unknown);
        }
        Ok(Self { family: Family::from_random(bytes), text })
    }

    /// Returns its family, by which its record is looked up. If no such record is stored, respond with
    /// [`Error::RefreshTokenUnknown`].
    pub fn family(&self) -> Family {
        self.family
    }
}

/// The client that presents a refresh token, and its request.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct Refresh<'a> {
    /// The client, which has authenticated as it is registered.
    pub client_id: &'a str,
    /// `resource` of the token request (RFC 8707 section 2.2), as of [`ResourceIdentifier::parse_requested`].
    pub resource: Option<ResourceIdentifier<'a>>,
    /// `scope` of the token request, as of [`ScopeList::parse_requested`]; empty for all that was granted.
    pub scope: ScopeList<'a>,
    /// The scopes of the family, as they were granted.
    pub granted: ScopeList<'a>,
}

/// What comes of a valid refresh token.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Rotation<'o> {
    /// What to store in the place of the record; `None` if nothing changes, since the successor is returned again.
    pub next: Option<RefreshRecord>,
    /// The successor, to the client.
    pub refresh_token: &'o str,
    /// What the access token may be used for: no more than was granted.
    pub scope: ScopeList<'o>,
}

impl fmt::Debug for Rotation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rotation").field("next", &self.next).finish_non_exhaustive()
    }
}

/// The stored record of a family of refresh tokens, one record under the [`Family`], with the scopes and the user
/// beside it.
///
/// Tokens are there as hashes. The seed derives a successor from its predecessor, and is useless without it: so a lost
/// response can be repeated, and reading the store yields no token.
///
/// | bytes | |
/// |---|---|
/// | 0 | `0x21` |
/// | 1 | 1 if it was revoked |
/// | 2 | 1 if it is for a resource |
/// | 3 | 1 if there is a predecessor |
/// | 4 to 7 | how often it has rotated, big endian |
/// | 8 to 15 | when the family ends, seconds since 1970, big endian |
/// | 16 to 23 | when the token ends if it is not used |
/// | 24 to 31 | until when the successor is returned again |
/// | 32 to 47 | family |
/// | 48 to 79 | SHA-256 of the client |
/// | 80 to 111 | SHA-256 of the resource, its scheme and host in lower case |
/// | 112 to 143 | SHA-256 of the token |
/// | 144 to 175 | SHA-256 of its predecessor |
/// | 176 to 207 | seed |
#[derive(Clone, Copy)]
pub struct RefreshRecord {
    revoked: bool,
    for_resource: bool,
    has_predecessor: bool,
    rotations: u32,
    ends_at: UnixTime,
    idle_until: UnixTime,
    again_until: UnixTime,
    family: Family,
    client: [u8; 32],
    resource: [u8; 32],
    token: [u8; 32],
    predecessor: [u8; 32],
    seed: [u8; 32],
}

/// In constant time: a record contains hashes of secrets.
impl PartialEq for RefreshRecord {
    fn eq(&self, other: &Self) -> bool {
        self.to_bytes().ct_eq(&other.to_bytes()).into()
    }
}

impl Eq for RefreshRecord {}

impl fmt::Debug for RefreshRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("RefreshRecord");
        fields.field("revoked", &self.revoked).field("rotations", &self.rotations).field("ends_at", &self.ends_at);
        fields.finish_non_exhaustive()
    }
}

/// Writes a token of a family.
fn write<'o>(family: Family, secret: &[u8; 32], out: &'o mut [u8]) -> Result<&'o str, Error> {
    let small = Error::BufferTooSmall { needed: saturate(REFRESH_TOKEN_LENGTH) };
    let out = out.get_mut(..REFRESH_TOKEN_LENGTH).ok_or(small)?;
    let (first, rest) = out.split_at_mut_checked(FAMILY).ok_or(small)?;
    let (dot, rest) = rest.split_first_mut().ok_or(small)?;
    Base64UrlUnpadded::encode(family.bytes(), first).map_err(|_| small)?;
    *dot = b'.';
    apart::<STACK, _>(|| Base64UrlUnpadded::encode(secret, rest).map(|_| ())).map_err(|_| small)?;
    core::str::from_utf8(out).map_err(|_| small)
}

fn hash(text: &str) -> [u8; 32] {
    apart::<STACK, _>(|| digest(text))
}

/// Writes the successor of a token, which only this token and the seed together make.
fn successor<'o>(token: &RefreshToken<'_>, seed: &[u8; 32], out: &'o mut [u8]) -> Result<&'o str, Error> {
    apart::<STACK, _>(|| {
        let mut mac = Hmac::<Sha256>::new_from_slice(token.text.as_bytes()).map_err(|_| Error::RefreshTokenUnknown)?;
        mac.update(b"doorward refresh token");
        mac.update(seed);
        write(token.family, &mac.finalize().into_bytes().into(), out)
    })
}

impl RefreshRecord {
    /// Begins a family: writes its first token to `out`, of [`REFRESH_TOKEN_LENGTH`] bytes, from 32 random bytes that
    /// the caller takes from a cryptographic generator, and returns what is stored. `family` is that of the code.
    ///
    /// # Errors
    ///
    /// [`Error::RefreshLifetimesInvalid`] if a lifetime is 0, or the grace over [`MAX_GRACE`];
    /// [`Error::BufferTooSmall`].
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::code::Family;
    /// use doorward::oauth::rotation::{Lifetimes, REFRESH_TOKEN_LENGTH, Refresh, RefreshRecord, RefreshToken};
    /// use doorward::oauth::scope::ScopeList;
    /// use doorward::{Error, UnixTime};
    ///
    /// # let (random, other, more) = ([7; 32], [9; 32], [8; 16]);
    /// let lifetimes = Lifetimes::DEFAULT;
    /// let now = UnixTime::from_seconds(1_700_000_000);
    /// let (mut first, mut second) = ([0; REFRESH_TOKEN_LENGTH], [0; REFRESH_TOKEN_LENGTH]);
    /// let family = Family::from_random(more);
    /// let (record, token) = RefreshRecord::begin(family, "app", None, &lifetimes, &random, now, &mut first)?;
    ///
    /// // The token request: the record is looked up by `sent.family()`.
    /// let sent = RefreshToken::parse(token)?;
    /// let granted = ScopeList::parse("read write")?;
    /// let scope = ScopeList::parse_requested("read")?;
    /// let refresh = Refresh { client_id: "app", resource: None, scope, granted };
    /// let rotation = record.rotate(&sent, &refresh, &lifetimes, &other, now, &mut second)?;
    /// // Stored in place of `record` by compare-and-swap; the successor is sent only if that succeeded.
    /// let next = rotation.next.ok_or(Error::GrantRevoked)?;
    /// let successor = rotation.refresh_token;
    ///
    /// // The response was lost: the client gets the same again. Later, the family is revoked.
    /// let mut third = [0; REFRESH_TOKEN_LENGTH];
    /// assert_eq!(next.rotate(&sent, &refresh, &lifetimes, &other, now, &mut third)?.refresh_token, successor);
    /// let later = UnixTime::from_seconds(1_700_000_060);
    /// let replayed = next.rotate(&sent, &refresh, &lifetimes, &other, later, &mut third);
    /// assert_eq!(replayed.err(), Some(Error::RefreshTokenReplayed)); // `next.revoke()` is stored
    /// # Ok::<(), Error>(())
    /// ```
    pub fn begin<'o>(
        family: Family,
        client_id: &str,
        resource: Option<ResourceIdentifier<'_>>,
        lifetimes: &Lifetimes,
        random: &[u8; 32],
        now: UnixTime,
        out: &'o mut [u8],
    ) -> Result<(Self, &'o str), Error> {
        lifetimes.check()?;
        let token = write(family, random, out)?;
        let record = Self {
            revoked: false,
            for_resource: resource.is_some(),
            has_predecessor: false,
            rotations: 0,
            ends_at: now.after(lifetimes.family),
            idle_until: now.after(lifetimes.idle),
            again_until: UnixTime::from_seconds(0),
            family,
            client: digest(client_id),
            resource: resource.map_or([0; 32], |resource| resource.digest()),
            token: hash(token),
            predecessor: [0; 32],
            seed: [0; 32],
        };
        Ok((record, token))
    }

    /// Returns the bytes to store.
    pub fn to_bytes(&self) -> [u8; REFRESH_RECORD_LENGTH] {
        let head = [VERSION, self.revoked.into(), self.for_resource.into(), self.has_predecessor.into()];
        let [ends_at, idle_until, again_until] =
            [self.ends_at, self.idle_until, self.again_until].map(|time| time.seconds().to_be_bytes());
        join(&[
            &head,
            &self.rotations.to_be_bytes(),
            &ends_at,
            &idle_until,
            &again_until,
            self.family.bytes(),
            &self.client,
            &self.resource,
            &self.token,
            &self.predecessor,
            &self.seed,
        ])
    }

    /// Reads what was stored.
    ///
    /// # Errors
    ///
    /// [`Error::GrantRecordMalformed`], for one of another version too.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(bytes).ok_or(Error::GrantRecordMalformed)
    }

    fn read(mut bytes: &[u8]) -> Option<Self> {
        let [VERSION, revoked, for_resource, has_predecessor] = take(&mut bytes)? else { return None };
        let record = Self {
            revoked: flag(revoked)?,
            for_resource: flag(for_resource)?,
            has_predecessor: flag(has_predecessor)?,
            rotations: u32::from_be_bytes(take(&mut bytes)?),
            ends_at: time(take(&mut bytes)?)?,
            idle_until: time(take(&mut bytes)?)?,
            again_until: time(take(&mut bytes)?)?,
            family: Family::from_random(take(&mut bytes)?),
            client: take(&mut bytes)?,
            resource: take(&mut bytes)?,
            token: take(&mut bytes)?,
            predecessor: take(&mut bytes)?,
            seed: take(&mut bytes)?,
        };
        bytes.is_empty().then_some(record)
    }

    /// Returns the family that the record is about.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Returns when it ends, used or not; past that it may be forgotten.
    pub fn ends_at(&self) -> UnixTime {
        self.ends_at.min(self.idle_until)
    }

    /// Returns whether it was revoked.
    pub fn is_revoked(&self) -> bool {
        self.revoked
    }

    /// Returns what to store once the family is revoked: by its user, by a replay, with its code.
    #[must_use]
    pub fn revoke(self) -> Self {
        Self { revoked: true, ..self }
    }

    /// Returns whether a token is this client's own to revoke (RFC 7009 section 2.1): of this family, and the client
    /// that it was issued to, which has authenticated. One that was used before or was made up by who has another of
    /// the family, that has expired or was revoked, is too: revoking it is harmless, and what it is, a replay may be.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::code::Family;
    /// use doorward::oauth::rotation::{Lifetimes, REFRESH_TOKEN_LENGTH, RefreshRecord, RefreshToken};
    /// use doorward::{Error, UnixTime};
    ///
    /// # let (random, more) = ([7; 32], [8; 16]);
    /// let (mut out, now) = ([0; REFRESH_TOKEN_LENGTH], UnixTime::from_seconds(1_700_000_000));
    /// let family = Family::from_random(more);
    /// let (record, token) = RefreshRecord::begin(family, "app", None, &Lifetimes::DEFAULT, &random, now, &mut out)?;
    /// let sent = RefreshToken::parse(token)?;
    /// assert!(record.belongs_to(&sent, "app")); // `record.revoke()` is stored
    /// assert!(!record.belongs_to(&sent, "other")); // its response is the same
    /// # Ok::<(), Error>(())
    /// ```
    pub fn belongs_to(&self, token: &RefreshToken<'_>, client_id: &str) -> bool {
        self.check_owner(token, client_id).is_ok()
    }

    fn check_owner(&self, token: &RefreshToken<'_>, client_id: &str) -> Result<(), Error> {
        // Who knows a family can have it revoked.
        if !bool::from(self.family.bytes().ct_eq(token.family.bytes())) {
            return Err(Error::RefreshTokenUnknown);
        }
        if !bool::from(self.client.ct_eq(&digest(client_id))) {
            return Err(Error::GrantClientMismatch);
        }
        Ok(())
    }

    /// Decides about a refresh token that is presented, and writes its successor to `out`. `random` is as that of
    /// [`RefreshRecord::begin`].
    ///
    /// **This must be one atomic step of the store**: the next record takes the place of exactly this one, as
    /// compare-and-swap does, and the successor is sent only if it did. Who finds another one there reads it and asks
    /// again: so of many that present one token at once, all get the same successor. A store that reports success
    /// without having done it causes two successors to be issued, one of which then revokes the family.
    ///
    /// # Errors
    ///
    /// [`Error::RefreshTokenReplayed`] for a token of this family that is neither the last nor its predecessor within
    /// the grace, which ends within [`MAX_GRACE`] of now: the caller stores [`RefreshRecord::revoke`], and revokes the
    /// access tokens. On every other error nothing changes: [`Error::RefreshTokenUnknown`] for one of another family,
    /// [`Error::GrantClientMismatch`], [`Error::GrantRevoked`]; [`Error::RefreshTokenExpired`], also for one that would
    /// be valid for longer than a family that begins now, since the clock was ahead or its lifetime has been
    /// shortened; [`Error::ResourceRefused`] for another resource than the family is for, [`Error::ScopeRefused`] for
    /// more scopes than were granted; [`Error::RefreshLifetimesInvalid`], [`Error::BufferTooSmall`].
    pub fn rotate<'o>(
        &self,
        token: &RefreshToken<'_>,
        refresh: &Refresh<'o>,
        lifetimes: &Lifetimes,
        random: &[u8; 32],
        now: UnixTime,
        out: &'o mut [u8],
    ) -> Result<Rotation<'o>, Error> {
        self.check_owner(token, refresh.client_id)?;
        if self.revoked {
            return Err(Error::GrantRevoked);
        }
        let presented = hash(token.text);
        let is_last = bool::from(self.token.ct_eq(&presented));
        let is_predecessor = bool::from(self.predecessor.ct_eq(&presented)) && self.has_predecessor;
        lifetimes.check()?;
        // By the family's lifetime for both: if the idle one were shortened, those used last would be refused longest.
        if !self.ends_at().is_ahead(lifetimes.family.saturating_add(MAX_CLOCK_SKEW), now) {
            return Err(Error::RefreshTokenExpired);
        }
        let is_good = is_last || (is_predecessor && self.again_until.is_ahead(MAX_GRACE, now));
        if !is_good {
            return Err(Error::RefreshTokenReplayed);
        }
        if !is_for(self.for_resource.then_some(&self.resource), refresh.resource) {
            return Err(Error::ResourceRefused);
        }
        let scope = refresh.scope.within(refresh.granted)?;
        if !is_last {
            return Ok(Rotation { next: None, refresh_token: successor(token, &self.seed, out)?, scope });
        }
        let refresh_token = successor(token, random, out)?;
        let next = Self {
            has_predecessor: true,
            rotations: self.rotations.saturating_add(1),
            // Sooner, where the clock was ahead when the family began or its lifetime has been shortened since.
            ends_at: self.ends_at.min(now.after(lifetimes.family)),
            idle_until: now.after(lifetimes.idle),
            again_until: now.after(lifetimes.grace),
            token: hash(refresh_token),
            predecessor: presented,
            seed: *random,
            ..*self
        };
        Ok(Rotation { next: Some(next), refresh_token, scope })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString};

    const LIFETIMES: Lifetimes = Lifetimes { family: 1000, idle: 100, grace: 10 };

    fn at(seconds: u64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    fn refresh(scope: &'static str) -> Refresh<'static> {
        let [scope, granted] = [scope, "a b"].map(|text| ScopeList::parse(text).unwrap());
        Refresh { client_id: "app", resource: None, scope, granted }
    }

    fn begun() -> (RefreshRecord, String) {
        let mut out = [0; REFRESH_TOKEN_LENGTH];
        let resource = Some(ResourceIdentifier::parse("https://mcp.example").unwrap());
        let family = Family::from_random([9; 16]);
        let (record, token) =
            RefreshRecord::begin(family, "app", resource, &LIFETIMES, &[1; 32], at(0), &mut out).unwrap();
        (record, token.to_string())
    }

    fn rotate(
        record: &RefreshRecord,
        token: &str,
        random: u8,
        now: u64,
    ) -> Result<(Option<RefreshRecord>, String), Error> {
        let mut out = [0; REFRESH_TOKEN_LENGTH];
        let token = RefreshToken::parse(token)?;
        let rotation = record.rotate(&token, &refresh(""), &LIFETIMES, &[random; 32], at(now), &mut out)?;
        assert_eq!(rotation.scope.as_str(), "a b");
        Ok((rotation.next, rotation.refresh_token.to_string()))
    }

    #[test]
    fn p08_each_is_good_once_and_a_replay_shows() {
        let (record, first) = begun();
        let (next, second) = rotate(&record, &first, 2, 50).unwrap();
        let next = next.unwrap();
        assert_ne!(first, second);
        // Lost: the same again, whatever is random now, and nothing is stored.
        for now in [50, 59] {
            assert_eq!(rotate(&next, &first, 3, now), Ok((None, second.clone())));
        }
        assert_eq!(rotate(&next, &first, 3, 60), Err(Error::RefreshTokenReplayed));
        // Once the successor was used, its predecessor's predecessor is none any more, grace or not.
        let (last, third) = rotate(&next, &second, 4, 51).unwrap();
        let last = last.unwrap();
        assert_eq!(rotate(&last, &first, 5, 52), Err(Error::RefreshTokenReplayed));
        assert_eq!(rotate(&last, &second, 5, 52), Ok((None, third.clone())));
        let revoked = last.revoke();
        for token in [&first, &second, &third] {
            assert_eq!(rotate(&revoked, token, 6, 52), Err(Error::GrantRevoked));
        }
        assert!(revoked.is_revoked() && revoked.revoke() == revoked);
        // Another random number makes another successor, and only one of the two is stored.
        assert_ne!(rotate(&record, &first, 7, 50).unwrap().1, second);
        let guessed = std::format!("{}.{}", &first[..FAMILY], "A".repeat(43));
        assert_eq!(rotate(&record, &guessed, 8, 50), Err(Error::RefreshTokenReplayed));
    }

    #[test]
    fn l01_nothing_of_a_clock_that_was_ahead_outlives_its_lifetime() {
        let (record, first) = begun();
        let ahead = RefreshRecord { ends_at: at(9000), idle_until: at(9000), ..record };
        let (next, second) = rotate(&ahead, &first, 2, 8000).unwrap();
        let next = next.unwrap();
        // A server that shortens the time without being used refuses none of those that were used just now.
        let shortened = RefreshRecord { idle_until: at(900), ..record };
        assert!(rotate(&shortened, &first, 2, 10).is_ok());
        for (now, error) in
            [(0, Error::RefreshTokenExpired), (50, Error::RefreshTokenExpired), (7889, Error::RefreshTokenReplayed)]
        {
            assert_eq!(rotate(&next, &first, 3, now), Err(error), "{now}");
        }
        assert_eq!(rotate(&next, &first, 3, 7890), Ok((None, second.clone())));
        let longest = i64::from(LIFETIMES.family + MAX_CLOCK_SKEW);
        let nearly = u64::try_from(next.ends_at().seconds() - longest).unwrap();
        assert_eq!(rotate(&next, &second, 3, nearly - 1), Err(Error::RefreshTokenExpired));
        let healed = rotate(&next, &second, 3, nearly).unwrap().0.unwrap();
        assert_eq!((healed.ends_at, healed.idle_until), (at(nearly + 1000), at(nearly + 100)));
        assert_eq!(healed.again_until, at(nearly + 10));
        assert_eq!(rotate(&healed, &second, 3, nearly).unwrap().0, None);
    }

    #[test]
    fn p08_for_whom_and_what_it_was_granted_and_no_longer() {
        let (record, first) = begun();
        let mut out = [0; REFRESH_TOKEN_LENGTH];
        let token = RefreshToken::parse(&first).unwrap();
        let ask = |refresh: &Refresh<'static>, now| {
            let mut out = [0; REFRESH_TOKEN_LENGTH];
            record
                .rotate(&token, refresh, &LIFETIMES, &[2; 32], at(now), &mut out)
                .map(|it| it.scope.as_str().to_string())
        };
        let resource = |text| Some(ResourceIdentifier::parse(text).unwrap());
        assert_eq!(ask(&refresh("b"), 0).as_deref(), Ok("b"));
        assert_eq!(
            ask(&Refresh { resource: resource("https://MCP.example/"), ..refresh("b a") }, 99).as_deref(),
            Ok("b a")
        );
        for (refresh, now, error) in [
            (Refresh { client_id: "other", ..refresh("") }, 0, Error::GrantClientMismatch),
            (Refresh { resource: resource("https://other.example"), ..refresh("") }, 0, Error::ResourceRefused),
            (refresh("a c"), 0, Error::ScopeRefused),
            (refresh("A"), 0, Error::ScopeRefused),
            (refresh(""), 100, Error::RefreshTokenExpired),
        ] {
            assert_eq!(ask(&refresh, now), Err(error));
        }
        // Used in time each time, it ends all the same.
        let (mut record, mut text) = begun();
        for now in (90..1000).step_by(90) {
            let (next, token) = rotate(&record, &text, 3, now).unwrap();
            (record, text) = (next.unwrap(), token);
        }
        assert_eq!((record.ends_at(), rotate(&record, &text, 3, 1000)), (at(1000), Err(Error::RefreshTokenExpired)));
        let other = Family::from_random([8; 16]);
        let wrong = [
            Lifetimes { family: 0, ..LIFETIMES },
            Lifetimes { idle: 0, ..LIFETIMES },
            Lifetimes { grace: MAX_GRACE + 1, ..LIFETIMES },
        ];
        for lifetimes in wrong {
            let outcome = RefreshRecord::begin(other, "app", None, &lifetimes, &[1; 32], at(0), &mut out);
            assert_eq!(outcome.err(), Some(Error::RefreshLifetimesInvalid));
        }
        let (_, stranger) = RefreshRecord::begin(other, "app", None, &LIFETIMES, &[1; 32], at(0), &mut out).unwrap();
        assert_eq!(rotate(&record, stranger, 3, 0), Err(Error::RefreshTokenUnknown));
        let needed = saturate(REFRESH_TOKEN_LENGTH);
        let mut short = [0; 65];
        let short = RefreshRecord::begin(other, "app", None, &LIFETIMES, &[1; 32], at(0), &mut short);
        assert_eq!(short.err(), Some(Error::BufferTooSmall { needed }));
        for bad in ["", ".", &first[1..], &first[..65], &first.replace('.', "-"), &std::format!("{first}A"), "\u{e9}"] {
            assert_eq!(RefreshToken::parse(bad).err(), Some(Error::RefreshTokenUnknown), "{bad}");
        }
    }

    #[test]
    fn what_is_stored_is_read_and_holds_no_token() {
        let (record, first) = begun();
        let (next, second) = rotate(&record, &first, 2, 50).unwrap();
        for record in [record, next.unwrap(), record.revoke()] {
            let bytes = record.to_bytes();
            assert_eq!(RefreshRecord::from_bytes(&bytes), Ok(record));
            for length in 0..bytes.len() {
                assert_eq!(RefreshRecord::from_bytes(&bytes[..length]), Err(Error::GrantRecordMalformed));
            }
            for place in 0..4 {
                let mut other = bytes;
                other[place] = 2;
                assert_eq!(RefreshRecord::from_bytes(&other), Err(Error::GrantRecordMalformed), "{place}");
            }
            // Each byte of its values counts.
            for place in (4..8).chain(32..bytes.len()) {
                let mut other = bytes;
                other[place] ^= 1;
                assert!(RefreshRecord::from_bytes(&other).is_ok_and(|other| other != record), "{place}");
            }
            for token in [&first, &second] {
                let mut secret = [0; 32];
                Base64UrlUnpadded::decode(&token[FAMILY + 1..], &mut secret).unwrap();
                assert!(!bytes.windows(8).any(|window| secret.windows(8).any(|own| own == window) && window != [1; 8]));
            }
        }
        let shown = std::format!("{next:?}{:?}", RefreshToken::parse(&first));
        assert!(!shown.contains(&first[23..30]) && shown.contains("redacted"), "{shown}");
    }
}
