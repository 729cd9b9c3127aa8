//! The authenticated caller, owned.

use core::fmt;
use core::ops::Range;
use std::string::String;
use std::sync::Arc;

use crate::error::Error;
use crate::host::settings::Checked;
use crate::jwt;
use crate::jwt::claims::Times;
use crate::oauth::scope::{self, GrantedScopes, ScopeList};
use crate::text::json::{JsonString, Value};
use crate::time::UnixTime;

/// The claims of a token that satisfied its policy: a [`jwt::Principal`] that borrows nothing.
pub struct Principal {
    policy: Arc<Checked>,
    claims: Arc<str>,
    /// Issuer, subject, client id, token id and scopes, concatenated and unescaped.
    texts: String,
    /// If it is not the policy's own.
    issuer: Option<Range<usize>>,
    subject: Option<Range<usize>>,
    client_id: Option<Range<usize>>,
    jwt_id: Option<Range<usize>>,
    scopes: Range<usize>,
    /// Its place among the policy's.
    matched_audience: Option<usize>,
    audience_matched_by_equivalence: bool,
    expires_at: i64,
    issued_at: Option<i64>,
    not_before: Option<i64>,
    /// Of the keys that verified the token, if an authenticator did.
    generation: Option<u64>,
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal").field("issuer", &self.issuer()).finish_non_exhaustive()
    }
}

impl Principal {
    /// Copies a principal; `claims` is what it was made from.
    pub(super) fn new(principal: &jwt::Principal<'_>, claims: Arc<str>, policy: &Arc<Checked>) -> Self {
        let (subject, client_id, jwt_id) = (principal.subject(), principal.client_id(), principal.jwt_id());
        let issuer = Some(principal.issuer()).filter(|issuer| *issuer != policy.settings.issuer);
        let scopes = principal.scopes().as_str();
        let length = [issuer, subject, client_id, jwt_id, Some(scopes)].into_iter().flatten().map(str::len).sum();
        let mut texts = String::with_capacity(length);
        let mut keep = |text: &str| {
            let start = texts.len();
            texts.push_str(text);
            start..texts.len()
        };
        let (subject, client_id, jwt_id) = (subject.map(&mut keep), client_id.map(&mut keep), jwt_id.map(&mut keep));
        let (issuer, scopes) = (issuer.map(&mut keep), keep(scopes));
        let matched_audience = principal.matched_audience();
        let matched_audience = policy.settings.audience.iter().position(|ours| matched_audience == Some(ours));
        Self {
            policy: policy.clone(),
            claims,
            texts,
            issuer,
            subject,
            client_id,
            jwt_id,
            scopes,
            matched_audience,
            audience_matched_by_equivalence: principal.audience_matched_by_equivalence(),
            expires_at: principal.expires_at(),
            issued_at: principal.issued_at(),
            not_before: principal.not_before(),
            generation: None,
        }
    }

    /// Notes which keys verified the token.
    pub(super) fn verified_by(self, generation: u64) -> Self {
        Self { generation: Some(generation), ..self }
    }

    /// Returns whether what was verified by this policy, with these keys, is so at a later time: a token's text
    /// determines what it says, so nothing but times can have changed.
    pub(super) fn is_still_valid(&self, policy: &Arc<Checked>, generation: u64, now: UnixTime) -> bool {
        let Self { expires_at, issued_at, not_before, .. } = *self;
        let times = Times { expires_at, issued_at, not_before };
        Arc::ptr_eq(&self.policy, policy)
            && self.generation == Some(generation)
            && times.check(policy.settings.leeway.seconds(), now).is_ok()
    }

    fn text(&self, range: &Range<usize>) -> &str {
        self.texts.get(range.clone()).unwrap_or_default()
    }

    /// Returns `iss`: the issuer of the policy, or one of them.
    pub fn issuer(&self) -> &str {
        self.issuer.as_ref().map_or(&self.policy.settings.issuer, |range| self.text(range))
    }

    /// Returns `sub` (RFC 7519 section 4.1.2): unique within the issuer only.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_ref().map(|range| self.text(range))
    }

    /// Returns `client_id` (RFC 9068 section 2.2), or the claim that the policy names in its place.
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_ref().map(|range| self.text(range))
    }

    /// Returns `jti` (RFC 7519 section 4.1.7).
    pub fn jwt_id(&self) -> Option<&str> {
        self.jwt_id.as_ref().map(|range| self.text(range))
    }

    /// Returns every string in `aud`.
    pub fn audiences(&self) -> impl Iterator<Item = JsonString<'_>> {
        self.claim("aud").into_iter().flat_map(Value::strings)
    }

    /// Returns the policy's audience that is in `aud`; see [`jwt::Principal::matched_audience`].
    pub fn matched_audience(&self) -> Option<&str> {
        self.policy.settings.audience.get(self.matched_audience?).map(String::as_str)
    }

    /// Returns whether the audience matched only by
    /// [`Relaxation::AudienceUriEquivalence`](jwt::Relaxation::AudienceUriEquivalence).
    pub fn audience_matched_by_equivalence(&self) -> bool {
        self.audience_matched_by_equivalence
    }

    /// Returns the granted scopes as the token lists them, without those they imply.
    pub fn scopes(&self) -> GrantedScopes<'_> {
        GrantedScopes::new(self.text(&self.scopes))
    }

    /// Returns `exp` in seconds since 1970, without the leeway.
    pub fn expires_at(&self) -> i64 {
        self.expires_at
    }

    /// Returns `iat` in seconds since 1970.
    pub fn issued_at(&self) -> Option<i64> {
        self.issued_at
    }

    /// Returns `nbf` in seconds since 1970.
    pub fn not_before(&self) -> Option<i64> {
        self.not_before
    }

    /// Returns all claims: the JSON object as the issuer signed it.
    pub fn claims(&self) -> &str {
        &self.claims
    }

    /// Returns the SHA-256 of [`Principal::claims`]; see [`jwt::Principal::digest`].
    pub fn digest(&self) -> [u8; 32] {
        jwt::principal::claims_digest(self.claims())
    }

    pub(super) fn shared_claims(&self) -> Arc<str> {
        self.claims.clone()
    }

    /// Returns one claim, by name.
    pub fn claim(&self, name: &str) -> Option<Value<'_>> {
        Value::new(&self.claims, false).get(name)
    }

    /// Checks that all of these scopes were granted, directly or through the policy's hierarchy.
    ///
    /// # Errors
    ///
    /// [`Error::InsufficientScope`] if one was not; [`scope::missing`] returns which.
    pub fn require(&self, scopes: ScopeList<'_>) -> Result<(), Error> {
        scope::require(scopes, self.scopes(), self.policy.hierarchy())
    }
}
