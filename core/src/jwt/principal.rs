//! The authenticated caller.

use core::fmt;

use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::oauth::scope::{self, GrantedScopes, ScopeHierarchy, ScopeList};
use crate::text::json::{JsonString, Value};

/// The authenticated caller: the claims of a token that satisfied its policy.
pub struct Principal<'a> {
    pub(super) claims: Value<'a>,
    pub(super) issuer: &'a str,
    pub(super) subject: Option<&'a str>,
    pub(super) client_id: Option<&'a str>,
    pub(super) jwt_id: Option<&'a str>,
    pub(super) audience: Option<Value<'a>>,
    pub(super) matched_audience: Option<&'a str>,
    pub(super) audience_matched_by_equivalence: bool,
    pub(super) scopes: GrantedScopes<'a>,
    pub(super) hierarchy: ScopeHierarchy<'a>,
    pub(super) expires_at: i64,
    pub(super) issued_at: Option<i64>,
    pub(super) not_before: Option<i64>,
}

impl fmt::Debug for Principal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl<'a> Principal<'a> {
    /// Returns `iss`: the issuer of the policy, or one of them.
    pub fn issuer(&self) -> &'a str {
        self.issuer
    }

    /// Returns `sub` (RFC 7519 section 4.1.2): unique within the issuer only.
    pub fn subject(&self) -> Option<&'a str> {
        self.subject
    }

    /// Returns `client_id` (RFC 9068 section 2.2), or the claim that the policy names in its place:
    /// [`Audience::client_claim`](super::Audience::client_claim), or that of a [`ClientBinding`](super::ClientBinding).
    pub fn client_id(&self) -> Option<&'a str> {
        self.client_id
    }

    /// Returns `jti` (RFC 7519 section 4.1.7): identifies the token in deny lists, which its text does not do reliably.
    pub fn jwt_id(&self) -> Option<&'a str> {
        self.jwt_id
    }

    /// Returns every string in `aud`.
    pub fn audiences(&self) -> impl Iterator<Item = JsonString<'a>> + use<'a> {
        self.audience.into_iter().flat_map(Value::strings)
    }

    /// Returns the policy's audience that is in `aud`, as the policy writes it: of several, the first that the token
    /// has, an exact one before an equivalent one. Always one, unless the policy has none and the token is for its
    /// resource by the [`ClientBinding`](super::ClientBinding) alone.
    pub fn matched_audience(&self) -> Option<&'a str> {
        self.matched_audience
    }

    /// Returns whether the audience matched only by
    /// [`Relaxation::AudienceUriEquivalence`](super::Relaxation::AudienceUriEquivalence).
    pub fn audience_matched_by_equivalence(&self) -> bool {
        self.audience_matched_by_equivalence
    }

    /// Returns the granted scopes as the token lists them, without those they imply.
    pub fn scopes(&self) -> GrantedScopes<'a> {
        self.scopes
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
    pub fn claims(&self) -> &'a str {
        self.claims.raw()
    }

    /// Returns the SHA-256 of [`Principal::claims`]: identifies a token in deny lists where it has no `jti`.
    ///
    /// The text of a token does not: every ECDSA signature has a second valid form, and so does the token. Two tokens
    /// with identical claims share the digest.
    pub fn digest(&self) -> [u8; 32] {
        claims_digest(self.claims())
    }

    /// Returns one claim, by name.
    pub fn claim(&self, name: &str) -> Option<Value<'a>> {
        self.claims.get(name)
    }

    /// Checks that all of these scopes were granted, directly or through the policy's hierarchy.
    ///
    /// # Errors
    ///
    /// [`Error::InsufficientScope`] if one was not; [`scope::missing`] returns which.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{Error, Principal, oauth::scope::ScopeList};
    ///
    /// fn delete(principal: &Principal<'_>) -> Result<(), Error> {
    ///     principal.require(ScopeList::parse("notes:write")?) // a 403 with a challenge by `Error::response`
    /// }
    /// ```
    pub fn require(&self, scopes: ScopeList<'_>) -> Result<(), Error> {
        scope::require(scopes, self.scopes, self.hierarchy)
    }
}

/// Returns the digest of a principal with these claims.
pub(crate) fn claims_digest(claims: &str) -> [u8; 32] {
    Sha256::digest(claims.as_bytes()).into()
}
