//! The stored record of an authorization code, and its redemption (RFC 6749 section 4.1.3, RFC 9700 section 4.5): good
//! once, for the client, redirect URI, challenge and resource that it was issued for.

use core::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::Error;
use crate::oauth::metadata::ResourceIdentifier;
use crate::oauth::pkce::{self, CodeChallenge};
use crate::time::UnixTime;

/// The length of a stored record in bytes.
pub const CODE_RECORD_LENGTH: usize = 160;
/// The longest lifetime of a code in seconds (RFC 6749 section 4.1.2). A code whose stored expiry is further ahead
/// than this is refused: set a shorter lifetime, by as much as the clocks of those who share the store may differ.
pub const MAX_CODE_LIFETIME: u32 = 600;
/// The lifetime of a code in seconds that an authorization server has if it sets none: a client redeems it at once.
pub const DEFAULT_CODE_LIFETIME: u32 = 60;
/// First byte of each record: what it is, and how it is laid out.
const VERSION: u8 = 0x11;

/// The identifier of all that is granted by one code, which a replay revokes. 16 random bytes, and printed nowhere:
/// whoever knows them can have it revoked.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Family([u8; 16]);

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Family(redacted)")
    }
}

impl Family {
    /// Creates a family from random bytes, which the caller takes from a cryptographic generator.
    pub fn from_random(random: [u8; 16]) -> Self {
        Self(random)
    }

    /// Returns the bytes, by which to find all that was granted.
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// What a code was issued for.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct Issue<'a> {
    /// The client that the code was issued to.
    pub client_id: &'a str,
    /// Where the code was sent.
    pub redirect_uri: &'a str,
    /// `code_challenge` of the request.
    pub challenge: &'a CodeChallenge,
    /// The resource that tokens are for: that of the request, or the server's only one.
    pub resource: Option<ResourceIdentifier<'a>>,
}

/// The client that presents a code.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct Redemption<'a> {
    /// The client, which has authenticated as it is registered.
    pub client_id: &'a str,
    /// `redirect_uri` of the token request.
    pub redirect_uri: Option<&'a str>,
    /// `code_verifier` of the token request.
    pub code_verifier: Option<&'a str>,
    /// `resource` of the token request, as of [`ResourceIdentifier::parse_requested`].
    pub resource: Option<ResourceIdentifier<'a>>,
}

impl fmt::Debug for Redemption<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redemption").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// The stored record of a code, found by its [`Hash`](crate::oauth::opaque_token::Hash), with the scopes and the user
/// beside it.
///
/// Keep it until the tokens issued for it have expired, so that a replay is detected.
///
/// | bytes | |
/// |---|---|
/// | 0 | `0x11` |
/// | 1 | 1 if it was redeemed |
/// | 2 | 1 if it is for a resource |
/// | 3 to 7 | 0 |
/// | 8 to 15 | when it expires, seconds since 1970, big endian |
/// | 16 to 31 | family |
/// | 32 to 63 | SHA-256 of the client |
/// | 64 to 95 | SHA-256 of the redirect URI |
/// | 96 to 127 | challenge |
/// | 128 to 159 | SHA-256 of the resource, its scheme and host in lower case |
#[derive(Clone, Copy)]
pub struct CodeRecord {
    redeemed: bool,
    for_resource: bool,
    expires_at: UnixTime,
    family: Family,
    client: [u8; 32],
    redirect_uri: [u8; 32],
    challenge: [u8; 32],
    resource: [u8; 32],
}

/// In constant time: a record contains hashes of secrets.
impl PartialEq for CodeRecord {
    fn eq(&self, other: &Self) -> bool {
        self.to_bytes().ct_eq(&other.to_bytes()).into()
    }
}

impl Eq for CodeRecord {}

impl fmt::Debug for CodeRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("CodeRecord");
        fields.field("redeemed", &self.redeemed).field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

pub(crate) fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Returns whether a resource may be named where tokens are for this one: the same, or none.
pub(crate) fn is_for(own: Option<&[u8; 32]>, named: Option<ResourceIdentifier<'_>>) -> bool {
    named.is_none_or(|named| own == Some(&named.digest()))
}

/// Takes the first bytes of a stored record.
pub(crate) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}

/// Reads a stored flag.
pub(crate) fn flag(byte: u8) -> Option<bool> {
    match byte {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// Reads a stored time.
pub(crate) fn time(bytes: [u8; 8]) -> Option<UnixTime> {
    let seconds = u64::from_be_bytes(bytes);
    Some(UnixTime::from_seconds(seconds)).filter(|time| time.seconds().unsigned_abs() == seconds)
}

/// Writes parts of a record one after the other.
pub(crate) fn join<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut record = [0; N];
    let bytes = parts.iter().flat_map(|part| part.iter());
    record.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
    record
}

impl CodeRecord {
    /// Creates what is stored of a new code, which is valid for `lifetime` seconds, [`MAX_CODE_LIFETIME`] at most:
    /// [`DEFAULT_CODE_LIFETIME`] is enough.
    ///
    /// # Errors
    ///
    /// [`Error::CodeLifetimeInvalid`] if `lifetime` is 0 or greater than [`MAX_CODE_LIFETIME`].
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::code::{CodeRecord, DEFAULT_CODE_LIFETIME, Family, Issue, Redemption};
    /// use doorward::oauth::opaque_token::{self, Hash};
    /// use doorward::oauth::pkce::CodeChallenge;
    /// use doorward::{Error, UnixTime};
    ///
    /// # let (random, more) = ([7; 32], [8; 16]);
    /// let challenge = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")?;
    /// let issue = Issue { client_id: "app", redirect_uri: "https://app.example/cb", challenge: &challenge, resource: None };
    /// let now = UnixTime::from_seconds(1_700_000_000);
    /// let record = CodeRecord::issue(&issue, Family::from_random(more), DEFAULT_CODE_LIFETIME, now)?;
    /// let mut out = [0; opaque_token::LENGTH];
    /// let code = opaque_token::mint(&random, &mut out)?; // to the client
    /// let stored = (Hash::of(code).to_string(), record.to_bytes()); // with scopes and user
    ///
    /// // The token request: what is stored is looked up by the hash of `code`.
    /// let record = CodeRecord::from_bytes(&stored.1)?;
    /// let presented = Redemption {
    ///     client_id: "app",
    ///     redirect_uri: Some("https://app.example/cb"),
    ///     code_verifier: Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
    ///     resource: None,
    /// };
    /// let next = record.redeem(&presented, now)?;
    /// // Stored in place of `record` by compare-and-swap; tokens are issued only if that succeeded.
    /// assert_eq!(next.redeem(&presented, now), Err(Error::CodeReplayed)); // and all of `next.family()` is revoked
    /// # Ok::<(), Error>(())
    /// ```
    pub fn issue(issue: &Issue<'_>, family: Family, lifetime: u32, now: UnixTime) -> Result<Self, Error> {
        if !(1..=MAX_CODE_LIFETIME).contains(&lifetime) {
            return Err(Error::CodeLifetimeInvalid);
        }
        Ok(Self {
            redeemed: false,
            for_resource: issue.resource.is_some(),
            expires_at: now.after(lifetime),
            family,
            client: digest(issue.client_id),
            redirect_uri: digest(issue.redirect_uri),
            challenge: *issue.challenge.digest(),
            resource: issue.resource.map_or([0; 32], |resource| resource.digest()),
        })
    }

    /// Returns the bytes to store.
    pub fn to_bytes(&self) -> [u8; CODE_RECORD_LENGTH] {
        let head = [VERSION, self.redeemed.into(), self.for_resource.into(), 0, 0, 0, 0, 0];
        let expires_at = self.expires_at.seconds().to_be_bytes();
        join(&[
            &head,
            &expires_at,
            self.family.bytes(),
            &self.client,
            &self.redirect_uri,
            &self.challenge,
            &self.resource,
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
        let [VERSION, redeemed, for_resource, 0, 0, 0, 0, 0] = take(&mut bytes)? else { return None };
        let record = Self {
            redeemed: flag(redeemed)?,
            for_resource: flag(for_resource)?,
            expires_at: time(take(&mut bytes)?)?,
            family: Family(take(&mut bytes)?),
            client: take(&mut bytes)?,
            redirect_uri: take(&mut bytes)?,
            challenge: take(&mut bytes)?,
            resource: take(&mut bytes)?,
        };
        bytes.is_empty().then_some(record)
    }

    /// Returns what is granted by this code, to be revoked as one.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Returns when it expires.
    pub fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// Decides about a code that is presented, and returns what to store in the place of this record.
    ///
    /// **This must be one atomic step of the store**: the next record takes the place of exactly this one, as
    /// compare-and-swap does, and tokens are issued only if it did. If another record is there, read it and decide
    /// again. A store that reports success without having done it causes tokens to be issued twice for one code.
    ///
    /// # Errors
    ///
    /// [`Error::CodeReplayed`] if it was redeemed, and all else is right: the caller revokes all that has the same
    /// [`CodeRecord::family`], access tokens too. On every other error nothing changes: [`Error::CodeExpired`], also
    /// for one that expires later than any code that is issued now, since the clock was ahead;
    /// [`Error::GrantClientMismatch`], [`Error::GrantRedirectUriMismatch`] (it may be left out, as in OAuth 2.1, since
    /// the challenge binds), those of [`pkce::token_request`], [`Error::ResourceRefused`] for another resource than the
    /// code is for.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::code::{CodeRecord, Family, Issue, Redemption};
    /// use doorward::oauth::pkce::CodeChallenge;
    /// use doorward::{Error, UnixTime};
    ///
    /// let challenge = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")?;
    /// let issue = Issue { client_id: "app", redirect_uri: "https://app.example/cb", challenge: &challenge, resource: None };
    /// let at = UnixTime::from_seconds;
    /// let record = CodeRecord::issue(&issue, Family::from_random([8; 16]), 60, at(1000))?;
    /// let code_verifier = Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    /// let presented = Redemption { client_id: "app", redirect_uri: None, code_verifier, resource: None };
    /// assert!(record.redeem(&presented, at(1059)).is_ok());
    /// assert_eq!(record.redeem(&presented, at(1060)), Err(Error::CodeExpired));
    /// let stolen = Redemption { code_verifier: None, ..presented };
    /// assert_eq!(record.redeem(&stolen, at(1000)), Err(Error::CodeVerifierMissing));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn redeem(&self, presented: &Redemption<'_>, now: UnixTime) -> Result<Self, Error> {
        if !bool::from(self.client.ct_eq(&digest(presented.client_id))) {
            return Err(Error::GrantClientMismatch);
        }
        if presented.redirect_uri.is_some_and(|uri| self.redirect_uri != digest(uri)) {
            return Err(Error::GrantRedirectUriMismatch);
        }
        let challenge = CodeChallenge::of_digest(&self.challenge)?;
        pkce::token_request(Some(&challenge), presented.code_verifier)?;
        if !is_for(self.for_resource.then_some(&self.resource), presented.resource) {
            return Err(Error::ResourceRefused);
        }
        // Last: a used code lies in histories and logs, and is worth nothing to who cannot prove that it is theirs.
        if self.redeemed {
            return Err(Error::CodeReplayed);
        }
        if !self.expires_at.is_ahead(MAX_CODE_LIFETIME, now) {
            return Err(Error::CodeExpired);
        }
        Ok(Self { redeemed: true, ..*self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn at(seconds: u64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    fn resource(text: &str) -> Option<ResourceIdentifier<'_>> {
        Some(ResourceIdentifier::parse(text).unwrap())
    }

    fn issued(resource: Option<ResourceIdentifier<'_>>) -> CodeRecord {
        let challenge = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        let issue = Issue { client_id: "app", redirect_uri: "https://app.example/cb", challenge: &challenge, resource };
        CodeRecord::issue(&issue, Family::from_random([9; 16]), 60, at(1000)).unwrap()
    }

    const GOOD: Redemption<'static> = Redemption {
        client_id: "app",
        redirect_uri: Some("https://app.example/cb"),
        code_verifier: Some(VERIFIER),
        resource: None,
    };

    #[test]
    fn p07_good_once_for_whom_it_was_issued() {
        let record = issued(resource("https://MCP.example"));
        let next = record.redeem(&GOOD, at(1059)).unwrap();
        for now in [0, 1059, 1060, u64::MAX] {
            assert_eq!(next.redeem(&GOOD, at(now)), Err(Error::CodeReplayed));
        }
        assert_eq!((next.family(), next.expires_at()), (Family::from_random([9; 16]), at(1060)));
        assert_eq!(std::format!("{:?}", next.family()), "Family(redacted)");
        for now in [1060, 1061, u64::MAX] {
            assert_eq!(record.redeem(&GOOD, at(now)), Err(Error::CodeExpired));
        }
        // Who cannot prove that a used code is theirs has nothing revoked by it.
        for (presented, error) in [
            (Redemption { client_id: "other", ..GOOD }, Error::GrantClientMismatch),
            (Redemption { code_verifier: None, ..GOOD }, Error::CodeVerifierMissing),
        ] {
            assert_eq!(next.redeem(&presented, at(1000)), Err(error));
        }
        for same in [None, resource("https://mcp.example/"), resource("HTTPS://mcp.EXAMPLE")] {
            assert_eq!(record.redeem(&Redemption { resource: same, ..GOOD }, at(1000)), Ok(next));
        }
        assert_eq!(record.redeem(&Redemption { redirect_uri: None, ..GOOD }, at(1000)), Ok(next));
        let other = "a".repeat(43);
        for (presented, error) in [
            (Redemption { client_id: "App", ..GOOD }, Error::GrantClientMismatch),
            (Redemption { redirect_uri: Some("https://app.example/cb/"), ..GOOD }, Error::GrantRedirectUriMismatch),
            (Redemption { redirect_uri: Some(""), ..GOOD }, Error::GrantRedirectUriMismatch),
            (Redemption { code_verifier: None, ..GOOD }, Error::CodeVerifierMissing),
            (Redemption { code_verifier: Some("short"), ..GOOD }, Error::CodeVerifierMalformed),
            (Redemption { code_verifier: Some(&other), ..GOOD }, Error::CodeVerifierMismatch),
            (Redemption { resource: resource("https://mcp.example/mcp"), ..GOOD }, Error::ResourceRefused),
        ] {
            assert_eq!(record.redeem(&presented, at(1000)), Err(error));
        }
        let none = issued(None);
        assert_eq!(
            none.redeem(&Redemption { resource: resource("https://a"), ..GOOD }, at(1000)),
            Err(Error::ResourceRefused)
        );
        assert!(none.redeem(&GOOD, at(1000)).is_ok());
    }

    #[test]
    fn what_is_stored_is_read_and_nothing_else() {
        let record = issued(resource("https://mcp.example"));
        let bytes = record.to_bytes();
        assert_eq!(CodeRecord::from_bytes(&bytes), Ok(record));
        let next = record.redeem(&GOOD, at(1000)).unwrap();
        assert_eq!(CodeRecord::from_bytes(&next.to_bytes()), Ok(next));
        let differ = bytes.iter().zip(next.to_bytes()).filter(|(one, other)| **one != *other).count();
        assert_eq!(differ, 1);
        for length in 0..bytes.len() {
            assert_eq!(CodeRecord::from_bytes(&bytes[..length]), Err(Error::GrantRecordMalformed));
        }
        assert!(CodeRecord::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
        for place in 0..8 {
            let mut other = bytes;
            other[place] = 2;
            assert_eq!(CodeRecord::from_bytes(&other), Err(Error::GrantRecordMalformed), "{place}");
        }
        // Each byte of its values counts.
        for place in 9..bytes.len() {
            let mut other = bytes;
            other[place] ^= 1;
            assert!(CodeRecord::from_bytes(&other).is_ok_and(|other| other != record), "{place}");
        }
        let mut late = bytes;
        late[8] = 0xff;
        assert!(CodeRecord::from_bytes(&late).is_err());
        let shown = std::format!("{record:?}{GOOD:?}");
        assert!(!shown.contains("dBjft") && !shown.contains("[9, 9"), "{shown}");
        let challenge = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        let issue = Issue { client_id: "a", redirect_uri: "b", challenge: &challenge, resource: None };
        for lifetime in [0, MAX_CODE_LIFETIME + 1, u32::MAX] {
            let outcome = CodeRecord::issue(&issue, Family::from_random([0; 16]), lifetime, at(0));
            assert_eq!(outcome, Err(Error::CodeLifetimeInvalid));
        }
    }
}
