//! Who is calling, owned.

use core::fmt;
use core::ops::Range;
use std::string::String;
use std::sync::Arc;

use crate::error::Error;
use crate::host::policy::Checked;
use crate::jwt;
use crate::oauth::scope::{self, GrantedScopes, ScopeList};
use crate::text::json::{JsonString, Value};

/// The claims of a token that fulfilled its policy: a [`jwt::Principal`] that borrows nothing.
pub struct Principal {
    policy: Arc<Checked>,
    claims: Arc<str>,
    /// Subject, client id, token id and scopes behind one another, escapes undone.
    texts: String,
    subject: Option<Range<usize>>,
    client_id: Option<Range<usize>>,
    jwt_id: Option<Range<usize>>,
    scopes: Range<usize>,
    audience_matched_by_equivalence: bool,
    expires_at: i64,
    issued_at: Option<i64>,
    not_before: Option<i64>,
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal").field("issuer", &self.issuer()).finish_non_exhaustive()
    }
}

impl Principal {
    /// `claims` is what the principal was made from.
    pub(super) fn new(principal: &jwt::Principal<'_>, claims: Arc<str>, policy: &Arc<Checked>) -> Self {
        let (subject, client_id, jwt_id) = (principal.subject(), principal.client_id(), principal.jwt_id());
        let scopes = principal.scopes().as_str();
        let length = [subject, client_id, jwt_id, Some(scopes)].into_iter().flatten().map(str::len).sum();
        let mut texts = String::with_capacity(length);
        let mut keep = |text: &str| {
            let start = texts.len();
            texts.push_str(text);
            start..texts.len()
        };
        let (subject, client_id, jwt_id) = (subject.map(&mut keep), client_id.map(&mut keep), jwt_id.map(&mut keep));
        let scopes = keep(scopes);
        Self {
            policy: policy.clone(),
            claims,
            texts,
            subject,
            client_id,
            jwt_id,
            scopes,
            audience_matched_by_equivalence: principal.audience_matched_by_equivalence(),
            expires_at: principal.expires_at(),
            issued_at: principal.issued_at(),
            not_before: principal.not_before(),
        }
    }

    fn text(&self, range: &Range<usize>) -> &str {
        self.texts.get(range.clone()).unwrap_or_default()
    }

    /// `iss`: the issuer of the policy.
    pub fn issuer(&self) -> &str {
        &self.policy.settings.issuer
    }

    /// `sub` (RFC 7519 section 4.1.2): unique within the issuer only.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_ref().map(|range| self.text(range))
    }

    /// `client_id` (RFC 9068 section 2.2).
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_ref().map(|range| self.text(range))
    }

    /// `jti` (RFC 7519 section 4.1.7).
    pub fn jwt_id(&self) -> Option<&str> {
        self.jwt_id.as_ref().map(|range| self.text(range))
    }

    /// Every string in `aud`.
    pub fn audiences(&self) -> impl Iterator<Item = JsonString<'_>> {
        self.claim("aud").into_iter().flat_map(Value::strings)
    }

    /// Whether the audience fits only by [`Relaxation::AudienceUriEquivalence`](jwt::Relaxation::AudienceUriEquivalence).
    pub fn audience_matched_by_equivalence(&self) -> bool {
        self.audience_matched_by_equivalence
    }

    /// The scopes that were granted, as the token lists them: without what they imply.
    pub fn scopes(&self) -> GrantedScopes<'_> {
        GrantedScopes::new(self.text(&self.scopes))
    }

    /// `exp`, in seconds since 1970; without the leeway.
    pub fn expires_at(&self) -> i64 {
        self.expires_at
    }

    /// `iat`, in seconds since 1970.
    pub fn issued_at(&self) -> Option<i64> {
        self.issued_at
    }

    /// `nbf`, in seconds since 1970.
    pub fn not_before(&self) -> Option<i64> {
        self.not_before
    }

    /// All claims: the JSON object as the issuer signed it.
    pub fn claims(&self) -> &str {
        &self.claims
    }

    /// [`jwt::claims_digest`] of [`Principal::claims`].
    pub fn digest(&self) -> [u8; 32] {
        jwt::claims_digest(self.claims())
    }

    pub(super) fn shared_claims(&self) -> Arc<str> {
        self.claims.clone()
    }

    /// One claim, by name.
    pub fn claim(&self, name: &str) -> Option<Value<'_>> {
        Value::new(&self.claims, false).get(name)
    }

    /// Checks that all of these scopes were granted, by themselves or by what implies them in the policy's hierarchy.
    ///
    /// # Errors
    ///
    /// [`Error::InsufficientScope`] if one was not; [`scope::missing`] tells which.
    pub fn require(&self, scopes: ScopeList<'_>) -> Result<(), Error> {
        scope::require(scopes, self.scopes(), self.policy.hierarchy())
    }
}
