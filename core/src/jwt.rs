//! The path of an access token: bytes, parts, key, signature, claims, principal.
//!
//! [`authenticate`] is the only place that strings the steps together. Each step consumes what the one before gave:
//! [`Unverified`] tells the algorithm and key id only, [`Verified`] tells nothing, [`Principal`] tells the claims.
//!
//! ```
//! # use doorward::{alg::Alg, jwt::{Principal, Unverified, Verified}};
//! fn what_each_tells(token: Unverified<'_, '_>, _: Verified<'_>, principal: Principal<'_>) {
//!     let (_, _): (Alg, Option<&str>) = (token.alg(), token.key_id());
//!     let _: &str = principal.claims();
//! }
//! ```
//! ```compile_fail
//! # use doorward::{alg::Alg, jwt::{Principal, Unverified, Verified}};
//! fn claims_before_the_signature(token: Unverified<'_, '_>, _: Verified<'_>, _: Principal<'_>) {
//!     token.claims(); // an unverified token has none
//! }
//! ```
//! ```compile_fail
//! # use doorward::{alg::Alg, jwt::{Principal, Unverified, Verified}};
//! fn claims_before_the_checks(_: Unverified<'_, '_>, token: Verified<'_>, _: Principal<'_>) {
//!     token.claims(); // neither has a verified one, before the policy has spoken
//! }
//! ```
//! ```compile_fail
//! # use doorward::jwt::Principal;
//! fn forged<'a>(true_one: Principal<'a>) -> Principal<'a> {
//!     Principal { subject: Some("root"), ..true_one } // only `check` makes one
//! }
//! ```
//! ```
//! # use doorward::{alg, jwt::{Audience, Issuer, Policy}};
//! let algorithms = alg::Algorithms::new(alg::ASYMMETRIC)?;
//! let issuer = Issuer::new("https://as.example")?;
//! let policy = Policy::mcp(issuer, Audience::of(["https://api.example/mcp"])?, algorithms);
//! # Ok::<(), doorward::error::Error>(())
//! ```
//! ```compile_fail
//! # use doorward::{alg, jwt::{Audience, Issuer, Policy}};
//! let algorithms = alg::Algorithms::new(alg::ASYMMETRIC)?;
//! let issuer = "https://as.example"; // bare text
//! let policy = Policy::mcp(issuer, Audience::of(["https://api.example/mcp"])?, algorithms);
//! # Ok::<(), doorward::error::Error>(())
//! ```
//! ```compile_fail
//! # use doorward::{alg, jwt::{Audience, Issuer, Policy}};
//! let algorithms = alg::Algorithms::new(alg::ASYMMETRIC)?;
//! let issuer = Issuer::new("https://as.example")?;
//! let policy = Policy::mcp(issuer, "https://api.example/mcp", algorithms); // bare text
//! # Ok::<(), doorward::error::Error>(())
//! ```

mod claims;
mod policy;
mod token;

#[cfg(feature = "std")]
pub(crate) use claims::Places;
pub use claims::{Principal, claims_digest};
pub use policy::{
    Audience, Issuer, MAX_AUDIENCES, MAX_REQUIRED_CLAIMS, Policy, Relaxation, Relaxations, RequiredClaims,
};
pub use token::{MAX_TOKEN_LENGTH, Unverified, Verified, claimed_issuer, scratch_length};

use crate::error::Error;
use crate::jwk::Key;
use crate::time::UnixTime;

/// Judges a token (RFC 7519 section 7.2, RFC 9068 section 4): the keys of one issuer, one policy.
///
/// `scratch` is working memory; [`scratch_length`] tells how many bytes are always enough. The principal borrows it.
/// On [`Error::KeyNotFound`], ask [`jwks_refresh`](crate::jwks_refresh) whether to fetch the keys anew. Without any keys
/// nothing can be said, [`Error::KeysUnavailable`].
/// Not checked: revocation, and whether the same token was seen before.
pub fn authenticate<'a, K>(
    token: &[u8],
    scratch: &'a mut [u8],
    keys: &[Key<K>],
    policy: &Policy<'a, K>,
    now: UnixTime,
) -> Result<Principal<'a>, Error> {
    Unverified::parse(token, scratch)?.verify(keys, policy.algorithms())?.check(policy, now)
}

/// One issuer: its keys, and the policy for its tokens. Keys never serve another issuer (RFC 8725 section 3.8).
pub struct Realm<'p, K> {
    /// The issuer's keys.
    pub keys: &'p [Key<K>],
    /// What its tokens must fulfil.
    pub policy: &'p Policy<'p, K>,
}

/// As [`authenticate`], for several issuers: the unverified `iss` chooses the realm, and is checked again after the
/// signature. Nothing else of the unverified payload is used. One realm for each issuer: of two, the second is never
/// reached. An issuer's several audiences belong into one policy.
pub fn authenticate_any<'a, K>(
    token: &[u8],
    scratch: &'a mut [u8],
    realms: &[Realm<'a, K>],
    now: UnixTime,
) -> Result<Principal<'a>, Error> {
    let realm = match realms {
        [only] => only,
        several => {
            let issuer = token::claimed_issuer(token, scratch)?;
            let mut realms = several.iter();
            realms.find(|realm| issuer.equals(realm.policy.issuer().as_str())).ok_or(Error::IssuerUnknown)?
        }
    };
    authenticate(token, scratch, realm.keys, realm.policy, now)
}
