//! The claims of a token with a valid signature, checked against the policy.

use crate::error::{Claim, Error};
use crate::jwk::issuer;
use crate::jwk::name::Name;
use crate::jwt::payload::{Claims, text};
use crate::jwt::policy::Policy;
use crate::jwt::principal::Principal;
use crate::jwt::relaxation::Relaxation;
use crate::jwt::scratch::Scratch;
use crate::jwt::token::Verified;
use crate::oauth::scope;
use crate::text::json::{JsonString, Value};
use crate::time::UnixTime;

impl<'a> Verified<'_, 'a> {
    /// Checks the claims against the policy (RFC 7519 section 7.2, RFC 9068 section 4), in this order. Every claim of a
    /// type other than its rule's is [`Error::ClaimMalformed`], and a missing one that is required
    /// [`Error::ClaimMissing`].
    ///
    /// | claim | rule | relaxed or changed by | error |
    /// |---|---|---|---|
    /// | `iss` | required; one of the policy's issuers, byte for byte (RFC 7519 section 4.1.1, RFC 8725 section 3.8) | [`Issuers`]: several, or a template that a second claim must match | [`Error::IssuerMismatch`] |
    /// | `iss` | the `issuer` of the key that verified the signature, if it has one (a member in Entra's key sets) | | [`Error::KeyIssuerMismatch`] |
    /// | `aud` | required; a string, or an array of strings, with one of the policy's audiences, byte for byte (RFC 7519 section 4.1.3, RFC 8707 section 2) | [`Relaxation::AudienceUriEquivalence`]; a [`ClientBinding`] without an [`Audience`]: then it may be missing, or have any audience | [`Error::AudienceMismatch`] |
    /// | `client_id`, or another [`ClientClaim`] | with a [`ClientBinding`]: required, and one of its clients | | [`Error::ClientMismatch`] |
    /// | `exp` | required; later than now (RFC 7519 section 4.1.4) | [`Policy::leeway`] | [`Error::TokenExpired`] |
    /// | `nbf` | if present: not later than now (RFC 7519 section 4.1.5) | [`Policy::leeway`] | [`Error::TokenNotYetValid`] |
    /// | `iat` | if present: not later than now (RFC 7519 section 4.1.6) | [`Policy::leeway`] | [`Error::TokenIssuedInFuture`] |
    /// | `typ`, of the header | `at+jwt`, or `application/at+jwt` (RFC 9068 section 4, RFC 8725 section 3.11) | [`Relaxation::TypJwtOrAbsent`], [`Relaxation::TypUnchecked`] | [`Error::TypRefused`] |
    /// | those of [`Policy::of_kind`] | its rules, if it has any: what access tokens of a [`provider`](crate::provider) have, and its other tokens have not | | [`Error::TokenKindRefused`] |
    /// | `cnf` | absent: the token is bound to a key (RFC 7800, RFC 8705, RFC 9449), and this is a bearer token's check | | [`Error::TokenSenderConstrained`] |
    /// | `sub`, `client_id`, `jti` | if present: strings | | |
    /// | `scope` (RFC 9068 section 2.2.3), or in its absence `scp` | if present: a string of scopes; `scp` an array of them | [`Policy::scope_source`], [`Relaxation::ScpText`] | |
    /// | `sub`, `client_id`, `iat`, `jti` | with [`Policy::rfc9068`]: required (RFC 9068 section 2.2) | [`Relaxation::ClientIdOptional`] | |
    /// | those of [`Policy::require_claims`] | required, with any value | | |
    /// | the scopes | all of [`Policy::require_scopes`], by [`Policy::scope_hierarchy`] (RFC 6750 section 3.1) | | [`Error::InsufficientScope`] |
    ///
    /// # Errors
    ///
    /// Those of the table, the first that applies; before them, one of the `Json` errors if the payload is not one JSON
    /// object; and [`Error::ScratchTooSmall`].
    ///
    /// [`Audience`]: super::Audience
    /// [`ClientBinding`]: super::ClientBinding
    /// [`ClientClaim`]: super::ClientClaim
    /// [`Issuers`]: super::Issuers
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::jwt::{Audience, Issuer, Policy, Unverified};
    /// use doorward::{ASYMMETRIC, Algorithms, Error, KeySet, UnixTime};
    ///
    /// # let token = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/token.txt")).trim_ascii();
    /// # let jwks = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/jwks.json"));
    /// let algorithms = Algorithms::new(ASYMMETRIC)?;
    /// let keys = KeySet::<4>::parse(jwks, algorithms)?;
    /// let elsewhere = Audience::new(["https://other.example.com/mcp"])?;
    /// let policy = Policy::mcp(Issuer::new("https://id.example.com")?, elsewhere, algorithms);
    ///
    /// let mut scratch = [0; 4096];
    /// let verified = Unverified::parse(token, &mut scratch)?.verify(&keys, algorithms)?; // its signature is good
    /// let refused = verified.check(&policy, UnixTime::from_seconds(1_700_000_000));
    /// assert_eq!(refused.err(), Some(Error::AudienceMismatch));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn check<K>(self, policy: &Policy<'a, '_, K>, now: UnixTime) -> Result<Principal<'a>, Error> {
        let mut claims = Claims::default();
        let object = claims.read(self.payload, policy.client())?;
        check(&claims, object, self.key_issuer, self.typ, self.scratch, policy, now)
    }
}

/// Checks the claims. Callers see the first error alone, so their order is part of what the vectors hold. `key_issuer`
/// is whose tokens the key signs, if it says so and was not asked before.
pub(crate) fn check<'a, K>(
    claims: &Claims<Value<'a>>,
    object: Value<'a>,
    key_issuer: Option<&Name>,
    typ: Option<&str>,
    mut scratch: Scratch<'a>,
    policy: &Policy<'a, '_, K>,
    now: UnixTime,
) -> Result<Principal<'a>, Error> {
    let issuer = check_issuer(claims, object, policy, &mut scratch)?;
    if key_issuer.is_some_and(|key_issuer| !issuer::includes(key_issuer, issuer)) {
        return Err(Error::KeyIssuerMismatch);
    }
    let audience = check_audience(claims, policy, &mut scratch)?;
    policy.client().check(claims.client)?;
    let times = check_times(claims, policy.leeway_seconds(), now)?;
    check_typ(typ, policy)?;
    if !policy.kind().matches(object) {
        return Err(Error::TokenKindRefused);
    }
    if claims.cnf.is_some() {
        return Err(Error::TokenSenderConstrained);
    }
    let subject = text(&claims.sub, Claim::Subject, &mut scratch)?;
    let client_id = text(&claims.client, policy.client().claim().claim(), &mut scratch)?;
    let jwt_id = text(&claims.jti, Claim::JwtId, &mut scratch)?;
    let scopes = policy.scopes(claims, object, &mut scratch)?;
    check_required(claims, object, policy)?;
    scope::require(policy.required_scopes(), scopes, policy.hierarchy())?;
    Ok(Principal {
        claims: object,
        issuer,
        subject,
        client_id,
        jwt_id,
        audience: claims.aud,
        matched_audience: audience.ours,
        audience_matched_by_equivalence: audience.by_equivalence,
        scopes,
        hierarchy: policy.hierarchy(),
        expires_at: times.expires_at,
        issued_at: times.issued_at,
        not_before: times.not_before,
    })
}

/// Compares `iss` byte for byte (RFC 7519 section 4.1.1, RFC 8725 section 3.8).
fn check_issuer<'a, K>(
    claims: &Claims<Value<'a>>,
    object: Value<'a>,
    policy: &Policy<'a, '_, K>,
    scratch: &mut Scratch<'a>,
) -> Result<&'a str, Error> {
    let value = claims.iss.ok_or(Error::ClaimMissing { claim: Claim::Issuer })?;
    let issuer = value.as_string().ok_or(Error::ClaimMalformed { claim: Claim::Issuer })?;
    policy.issuers().check(issuer, object)?;
    scratch.text(issuer)
}

struct Match<'p> {
    ours: Option<&'p str>,
    by_equivalence: bool,
}

/// Checks `aud` (RFC 7519 section 4.1.3, RFC 8707 section 2): a string or an array of strings, one of which is ours if
/// the policy has any. Of several, the first that the token has, an exact one before an equivalent one.
fn check_audience<'a, K>(
    claims: &Claims<Value<'a>>,
    policy: &Policy<'a, '_, K>,
    scratch: &mut Scratch<'a>,
) -> Result<Match<'a>, Error> {
    let none = Match { ours: None, by_equivalence: false };
    let by_client_alone = policy.audience().is_empty();
    let value = match claims.aud {
        Some(value) => value,
        None if by_client_alone => return Ok(none),
        None => return Err(Error::ClaimMissing { claim: Claim::Audience }),
    };
    let ours = |audience: JsonString<'_>| policy.audience().iter().find(|ours| audience.equals(ours));
    let found = match (value.as_string(), value.elements()) {
        (Some(only), _) => ours(only),
        (None, Some(mut elements)) if elements.clone().all(|element| element.as_string().is_some()) => {
            elements.find_map(|element| element.as_string().and_then(ours))
        }
        _ => return Err(Error::ClaimMalformed { claim: Claim::Audience }),
    };
    if found.is_some() {
        return Ok(Match { ours: found, by_equivalence: false });
    }
    let found = policy.equivalent(value, scratch)?;
    if found.is_some() {
        return Ok(Match { ours: found, by_equivalence: true });
    }
    if by_client_alone { Ok(none) } else { Err(Error::AudienceMismatch) }
}

/// The times of a token, in seconds since 1970.
pub(crate) struct Times {
    pub(crate) expires_at: i64,
    pub(crate) issued_at: Option<i64>,
    pub(crate) not_before: Option<i64>,
}

impl Times {
    /// Checks them (RFC 7519 sections 4.1.4 to 4.1.6). A NumericDate past 2^53 is malformed, so no sum can overflow.
    pub(crate) fn check(&self, leeway: i64, now: UnixTime) -> Result<(), Error> {
        let Self { expires_at, issued_at, not_before } = *self;
        let now = now.seconds();
        if now >= expires_at + leeway {
            return Err(Error::TokenExpired { expires_at, now });
        }
        if let Some(not_before) = not_before.filter(|not_before| now < not_before - leeway) {
            return Err(Error::TokenNotYetValid { not_before, now });
        }
        if let Some(issued_at) = issued_at.filter(|issued_at| *issued_at > now + leeway) {
            return Err(Error::TokenIssuedInFuture { issued_at, now });
        }
        Ok(())
    }
}

/// Reads the times and checks them.
fn check_times(claims: &Claims<Value<'_>>, leeway: i64, now: UnixTime) -> Result<Times, Error> {
    let expires_at = seconds(claims.exp, Claim::ExpirationTime)?;
    let expires_at = expires_at.ok_or(Error::ClaimMissing { claim: Claim::ExpirationTime })?;
    let not_before = seconds(claims.nbf, Claim::NotBefore)?;
    let issued_at = seconds(claims.iat, Claim::IssuedAt)?;
    let times = Times { expires_at, issued_at, not_before };
    times.check(leeway, now).map(|()| times)
}

fn seconds(value: Option<Value<'_>>, claim: Claim) -> Result<Option<i64>, Error> {
    value.map(|value| value.seconds().ok_or(Error::ClaimMalformed { claim })).transpose()
}

/// Checks `typ` (RFC 9068 section 4, RFC 8725 section 3.11).
fn check_typ<K>(typ: Option<&str>, policy: &Policy<'_, '_, K>) -> Result<(), Error> {
    match Relaxation::for_typ(typ) {
        Some(needed) if !policy.relaxes(needed) && !policy.relaxes(Relaxation::TypUnchecked) => {
            Err(Error::TypRefused { relaxation: needed.name() })
        }
        _ => Ok(()),
    }
}

/// Checks for the claims required by the preset (RFC 9068 section 2.2) and by the policy.
fn check_required<K>(claims: &Claims<Value<'_>>, object: Value<'_>, policy: &Policy<'_, '_, K>) -> Result<(), Error> {
    let client_id = claims.client.is_some() || policy.relaxes(Relaxation::ClientIdOptional);
    let demanded = [
        (Claim::Subject, claims.sub.is_some()),
        (policy.client().claim().claim(), client_id),
        (Claim::IssuedAt, claims.iat.is_some()),
        (Claim::JwtId, claims.jti.is_some()),
    ];
    if policy.is_rfc9068()
        && let Some((claim, _)) = demanded.into_iter().find(|(_, there)| !there)
    {
        return Err(Error::ClaimMissing { claim });
    }
    if policy.has_required_claims(object) { Ok(()) } else { Err(Error::ClaimMissing { claim: Claim::Required }) }
}
