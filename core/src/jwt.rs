//! The path of an access token: bytes, parts, key, signature, claims, principal.
//!
//! [`authenticate`] chains the steps; so does `host::Authenticator`, between which it looks up keys and caches, and
//! nothing else. Each step consumes what the one before returned: [`Unverified`] exposes only the algorithm and key
//! id, [`Verified`] nothing, [`Principal`] the claims.
//!
//! What the types rule out does not compile. The first three examples do; the others differ from them in one line each.
//!
//! ```
//! # use doorward::{alg::Alg, jwt::{Principal, Unverified, Verified}};
//! fn what_each_returns(token: Unverified<'_, '_>, _: Verified<'_, '_>, principal: Principal<'_>) {
//!     let (_, _): (Alg, Option<&str>) = (token.alg(), token.key_id());
//!     let _: &str = principal.claims();
//! }
//! ```
//! ```
//! # use doorward::{alg, jwt::{Audience, Issuer, Policy}};
//! let algorithms = alg::Algorithms::new(alg::ASYMMETRIC)?;
//! let issuer = Issuer::new("https://as.example")?;
//! let policy = Policy::mcp(issuer, Audience::new(["https://api.example/mcp"])?, algorithms);
//! # Ok::<(), doorward::Error>(())
//! ```
//! ```
//! # use doorward::jwt::Principal;
//! fn as_it_is<'a>(principal: Principal<'a>) -> Principal<'a> {
//!     principal
//! }
//! ```
//! ```compile_fail,E0599
//! # use doorward::{alg::Alg, jwt::{Principal, Unverified, Verified}};
//! fn claims_before_the_signature(token: Unverified<'_, '_>, _: Verified<'_, '_>, _: Principal<'_>) {
//!     token.claims(); // an unverified token has none
//! }
//! ```
//! ```compile_fail,E0599
//! # use doorward::{alg::Alg, jwt::{Principal, Unverified, Verified}};
//! fn claims_before_the_checks(_: Unverified<'_, '_>, token: Verified<'_, '_>, _: Principal<'_>) {
//!     token.claims(); // nor does a verified one return them, before the policy is checked
//! }
//! ```
//! ```compile_fail,E0451
//! # use doorward::jwt::Principal;
//! fn forged<'a>(principal: Principal<'a>) -> Principal<'a> {
//!     Principal { subject: Some("root"), ..principal } // only `check` makes one
//! }
//! ```
//! ```compile_fail,E0277
//! # use doorward::{alg, jwt::{Audience, Issuer, Policy}};
//! let algorithms = alg::Algorithms::new(alg::ASYMMETRIC)?;
//! let issuer = "https://as.example"; // bare text
//! let policy = Policy::mcp(issuer, Audience::new(["https://api.example/mcp"])?, algorithms);
//! # Ok::<(), doorward::Error>(())
//! ```
//! ```compile_fail,E0277
//! # use doorward::{alg, jwt::{Audience, Issuer, Policy}};
//! let algorithms = alg::Algorithms::new(alg::ASYMMETRIC)?;
//! let issuer = Issuer::new("https://as.example")?;
//! let policy = Policy::mcp(issuer, "https://api.example/mcp", algorithms); // bare text
//! # Ok::<(), doorward::Error>(())
//! ```

pub(crate) mod claims;
pub(crate) mod issuers;
mod kind;
pub(crate) mod payload;
pub(crate) mod policy;
pub(crate) mod principal;
pub(crate) mod recipient;
mod relaxation;
mod scope_source;
pub(crate) mod scratch;
mod token;

pub use issuers::{Issuer, Issuers, MAX_ISSUERS};
pub use kind::{KindRule, TokenKind};
pub use policy::{MAX_REQUIRED_CLAIMS, Policy, RequiredClaims};
pub use principal::Principal;
pub use recipient::{Audience, ClientBinding, ClientClaim, MAX_AUDIENCES, MAX_CLIENTS, Recipient};
pub use relaxation::{Relaxation, Relaxations};
pub use scope_source::{MAX_SCOPE_SOURCE_DEPTH, ScopeSource};
pub use scratch::scratch_length;
pub(crate) use token::claimed_issuer;
pub use token::{MAX_TOKEN_LENGTH, Unverified, Verified};

use core::fmt;

use crate::alg::PublicKey;
use crate::error::Error;
use crate::jwk::Key;
use crate::time::UnixTime;

/// Verifies a token (RFC 7519 section 7.2, RFC 9068 section 4) with the keys of one issuer and one policy.
///
/// `scratch` is working memory, borrowed by the principal; [`scratch_length`] returns a length that is always enough.
/// Not checked: revocation, and whether the same token was seen before.
///
/// # Errors
///
/// Those of [`Unverified::parse`], [`Unverified::verify`] and [`Verified::check`]. On [`Error::KeyNotFound`] and
/// [`Error::SignatureInvalid`], call [`keys::Source`](crate::keys::Source) to decide whether to refetch the keys.
/// [`Error::response`] is for the caller.
///
/// # Complexity
///
/// Linear in the length of the token, of at most [`MAX_TOKEN_LENGTH`], as [`json::parse`](crate::text::json::parse) is,
/// and in the number of keys, plus one signature: keys are never tried in turn.
///
/// # Examples
///
/// ```
/// use doorward::{ASYMMETRIC, Algorithms, Audience, Issuer, KeySet, Policy, UnixTime};
/// use doorward::{Error, authenticate, jwt::scratch_length};
///
/// # let token = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/token.txt")).trim_ascii();
/// # let jwks = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/jwks.json"));
/// let algorithms = Algorithms::new(ASYMMETRIC)?;
/// let keys = KeySet::<8>::parse(jwks, algorithms)?;
/// let issuer = Issuer::new("https://id.example.com")?;
/// let policy = Policy::mcp(issuer, Audience::new(["https://mcp.example.com/mcp"])?, algorithms);
///
/// let mut scratch = vec![0; scratch_length(token.len())];
/// let principal = authenticate(token, &mut scratch, &keys, &policy, UnixTime::from_seconds(1_700_000_000))?;
/// assert_eq!((principal.subject(), principal.client_id()), (Some("alice"), Some("app")));
///
/// let later = UnixTime::from_seconds(1_800_000_000);
/// let refused = authenticate(token, &mut scratch, &keys, &policy, later).unwrap_err();
/// assert_eq!(refused.name(), "token_expired");
/// # Ok::<(), Error>(())
/// ```
pub fn authenticate<'a, K: PartialEq>(
    token: &[u8],
    scratch: &'a mut [u8],
    keys: &[Key<K>],
    policy: &Policy<'a, '_, K>,
    now: UnixTime,
) -> Result<Principal<'a>, Error> {
    Unverified::parse(token, scratch)?.verify(keys, policy.algorithms())?.check(policy, now)
}

/// One issuer: its keys, and the policy for its tokens. Keys are never used for another issuer (RFC 8725 section 3.8).
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct TrustedIssuer<'r, 'p, K = PublicKey> {
    /// The keys of this issuer alone.
    pub keys: &'r [Key<K>],
    /// What its tokens must satisfy.
    pub policy: &'r Policy<'p, 'r, K>,
}

impl<K> fmt::Debug for TrustedIssuer<'_, '_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustedIssuer").field("keys", &self.keys).field("policy", self.policy).finish()
    }
}

/// Like [`authenticate`], for several issuers: the unverified `iss` selects the entry, and is checked again after the
/// signature. Nothing else of the unverified payload is used. List each issuer in one entry: of two, the second is
/// never reached. An issuer's several audiences belong in one policy.
///
/// # Errors
///
/// As [`authenticate`], and [`Error::IssuerUnknown`] if the token is from none of these issuers. A single entry is used
/// for every token, so a token from another issuer fails with [`Error::IssuerMismatch`] or finds no key.
///
/// # Complexity
///
/// As [`authenticate`], plus one more pass over the payload, by the grammar alone, and linear in the number of issuers.
///
/// # Examples
///
/// ```
/// use doorward::jwt::{TrustedIssuer, authenticate_any, scratch_length};
/// use doorward::{ASYMMETRIC, Algorithms, Audience, Issuer, KeySet, Policy, UnixTime};
///
/// # let token = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/token.txt")).trim_ascii();
/// # let jwks = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/jwks.json"));
/// # let other_jwks = br#"{"keys": []}"#;
/// let algorithms = Algorithms::new(ASYMMETRIC)?;
/// let audience = Audience::new(["https://mcp.example.com/mcp"])?;
/// let ours = Policy::mcp(Issuer::new("https://id.example.com")?, audience.clone(), algorithms);
/// let theirs = Policy::mcp(Issuer::new("https://id.example.org")?, audience, algorithms);
/// let (our_keys, their_keys) =
///     (KeySet::<8>::parse(jwks, algorithms)?, KeySet::<8>::parse(other_jwks, algorithms)?);
/// let issuers =
///     [TrustedIssuer { keys: &our_keys, policy: &ours }, TrustedIssuer { keys: &their_keys, policy: &theirs }];
///
/// let mut scratch = vec![0; scratch_length(token.len())];
/// let principal = authenticate_any(token, &mut scratch, &issuers, UnixTime::from_seconds(1_700_000_000))?;
/// assert_eq!(principal.issuer(), "https://id.example.com");
/// # Ok::<(), doorward::Error>(())
/// ```
pub fn authenticate_any<'a, K: PartialEq>(
    token: &[u8],
    scratch: &'a mut [u8],
    issuers: &[TrustedIssuer<'_, 'a, K>],
    now: UnixTime,
) -> Result<Principal<'a>, Error> {
    let trusted = select_issuer(token, scratch, issuers.iter(), |trusted| Ok::<_, Error>(*trusted.policy.issuers()))?;
    authenticate(token, scratch, trusted.keys, trusted.policy, now)
}

/// Returns the issuer whose keys and policy apply to a token: the only one, whatever the token says, or else the
/// [`named_issuer`].
///
/// [`authenticate_any`] is this and [`authenticate`]; use it alone where keys and policies are stored in another way.
///
/// # Errors
///
/// Those of [`named_issuer`], if there is not one alone.
///
/// # Examples
///
/// ```
/// use doorward::jwt::{Issuers, scratch_length, select_issuer};
/// use doorward::{Error, Issuer};
///
/// # let token = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/token.txt")).trim_ascii();
/// let trusted = [Issuer::new("https://id.example.org")?.into(), Issuers::any_of("https://id.example.com\nother")?];
/// let mut scratch = vec![0; scratch_length(token.len())];
/// let chosen = select_issuer(token, &mut scratch, (0..2), |index| Ok::<_, Error>(trusted[*index]))?;
/// assert_eq!(chosen, 1);
/// let none = select_issuer(token, &mut scratch, (0..2), |_| Ok::<_, Error>(trusted[0]));
/// assert_eq!(none, Err(Error::IssuerUnknown));
/// # Ok::<(), Error>(())
/// ```
pub fn select_issuer<T, E: From<Error>>(
    token: &[u8],
    scratch: &mut [u8],
    mut trusted: impl ExactSizeIterator<Item = T>,
    issuers: impl Fn(&T) -> Result<Issuers<'_>, E>,
) -> Result<T, E> {
    if trusted.len() == 1 {
        return trusted.next().ok_or(Error::IssuerUnknown.into());
    }
    named_issuer(token, scratch, trusted, issuers)
}

/// Returns the first of these whose issuers have the one that a token says, unverified, it is of: whose newer keys
/// could help it, and in whose log its rejection is worth a line. Its keys and policy decide whether that is so. The
/// token is read once, however many there are. `issuers` returns those of an entry, `scratch` is as for
/// [`authenticate`].
///
/// # Errors
///
/// [`Error::IssuerUnknown`] if the token is from none of them; else those of [`Unverified::parse`] for the payload, and
/// the errors of `issuers`.
///
/// # Examples
///
/// ```
/// use doorward::jwt::{Issuers, named_issuer, scratch_length};
/// use doorward::{Error, Issuer};
///
/// # let token = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/token.txt")).trim_ascii();
/// let trusted = [Issuers::from(Issuer::new("https://id.example.org")?), Issuers::any_of("https://id.example.com")?];
/// let mut scratch = vec![0; scratch_length(token.len())];
/// let named = named_issuer(token, &mut scratch, 0..2, |place| Ok::<_, Error>(trusted[*place]));
/// assert_eq!(named, Ok(1));
/// let named = named_issuer(token, &mut scratch, 0..1, |place| Ok::<_, Error>(trusted[*place]));
/// assert_eq!(named, Err(Error::IssuerUnknown)); // one alone is looked at, too
/// # Ok::<(), Error>(())
/// ```
pub fn named_issuer<T, E: From<Error>>(
    token: &[u8],
    scratch: &mut [u8],
    trusted: impl IntoIterator<Item = T>,
    issuers: impl Fn(&T) -> Result<Issuers<'_>, E>,
) -> Result<T, E> {
    let claimed = claimed_issuer(token, scratch)?;
    for one in trusted {
        if issuers(&one)?.include(claimed) {
            return Ok(one);
        }
    }
    Err(Error::IssuerUnknown.into())
}

/// Returns whether these issuers have the one that a token says it is of; see [`named_issuer`].
pub fn claims_issuer(token: &[u8], scratch: &mut [u8], issuers: &Issuers<'_>) -> bool {
    named_issuer(token, scratch, [issuers], |issuers| Ok::<_, Error>(**issuers)).is_ok()
}

#[cfg(all(test, feature = "ed25519"))]
mod tests {
    use super::*;
    use crate::alg::{ASYMMETRIC, Algorithms, hmac};
    use crate::jwk::KeySet;
    use std::string::String;
    use std::{format, vec};

    #[test]
    fn y02_no_debug_shows_a_token_or_a_secret() {
        let token = include_bytes!("../doc/token.txt").trim_ascii();
        let algorithms = Algorithms::new(ASYMMETRIC).unwrap();
        let keys = KeySet::<8>::parse(include_bytes!("../doc/jwks.json"), algorithms).unwrap();
        let audience = Audience::new(["https://mcp.example.com/mcp"]).unwrap();
        let policy = Policy::mcp(Issuer::new("https://id.example.com").unwrap(), audience, algorithms);
        let mut scratch = vec![0; scratch_length(token.len())];
        let mut shown = String::new();
        let unverified = Unverified::parse(token, &mut scratch).unwrap();
        shown += &format!("{unverified:?}");
        let verified = unverified.verify(&keys, algorithms).unwrap();
        shown += &format!("{verified:?}");
        let principal = verified.check(&policy, UnixTime::from_seconds(1_700_000_000)).unwrap();
        let subject = principal.claim("sub").unwrap();
        shown += &format!("{principal:?}{subject:?}{:?}{:?}", subject.as_string(), principal.scopes());
        shown += &format!("{keys:?}{:?}{policy:?}", TrustedIssuer { keys: &keys, policy: &policy });
        let mut secrets = KeySet::<1, _>::new();
        let document = br#"{"keys":[{"kty":"oct","k":"c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3JldA"}]}"#;
        secrets.read_secrets(document, Algorithms::new(&[&hmac::HS256]).unwrap()).unwrap();
        shown += &format!("{secrets:?}{:?}", secrets.first().unwrap().prepared());
        for part in ["alice", "k1", "notes", "eyJ", "Q4VV", "c2Vj", "secret", "115, 101"] {
            assert!(!shown.contains(part), "{part}: {shown}");
        }
        for part in ["Unverified { alg: Ed25519, .. }", "https://id.example.com", "SharedSecret(HS256, redacted)"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
    }
}
