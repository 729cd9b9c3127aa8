//! Who is calling.

use core::fmt;

use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::oauth::scope::{self, GrantedScopes, ScopeHierarchy, ScopeList};
use crate::text::json::{JsonString, Value};

/// Who is calling: the claims of a token that fulfilled its policy.
pub struct Principal<'a> {
    pub(super) claims: Value<'a>,
    pub(super) issuer: &'a str,
    pub(super) subject: Option<&'a str>,
    pub(super) client_id: Option<&'a str>,
    pub(super) jwt_id: Option<&'a str>,
    pub(super) audience: Value<'a>,
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
    /// `iss`: the issuer of the policy.
    pub fn issuer(&self) -> &'a str {
        self.issuer
    }

    /// `sub` (RFC 7519 section 4.1.2): unique within the issuer only.
    pub fn subject(&self) -> Option<&'a str> {
        self.subject
    }

    /// `client_id` (RFC 9068 section 2.2).
    pub fn client_id(&self) -> Option<&'a str> {
        self.client_id
    }

    /// `jti` (RFC 7519 section 4.1.7): names the token in deny lists, which its text does not do reliably.
    pub fn jwt_id(&self) -> Option<&'a str> {
        self.jwt_id
    }

    /// Every string in `aud`.
    pub fn audiences(&self) -> impl Iterator<Item = JsonString<'a>> + use<'a> {
        self.audience.strings()
    }

    /// Whether the audience fits only by [`Relaxation::AudienceUriEquivalence`](super::Relaxation::AudienceUriEquivalence).
    pub fn audience_matched_by_equivalence(&self) -> bool {
        self.audience_matched_by_equivalence
    }

    /// The scopes that were granted, as the token lists them: without what they imply.
    pub fn scopes(&self) -> GrantedScopes<'a> {
        self.scopes
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
    pub fn claims(&self) -> &'a str {
        self.claims.raw()
    }

    /// [`claims_digest`] of [`Principal::claims`].
    pub fn digest(&self) -> [u8; 32] {
        claims_digest(self.claims())
    }

    /// One claim, by name.
    pub fn claim(&self, name: &str) -> Option<Value<'a>> {
        self.claims.get(name)
    }

    /// Checks that all of these scopes were granted, by themselves or by what implies them in the policy's hierarchy.
    ///
    /// # Errors
    ///
    /// [`Error::InsufficientScope`] if one was not; [`scope::missing`] tells which.
    pub fn require(&self, scopes: ScopeList<'_>) -> Result<(), Error> {
        scope::require(scopes, self.scopes, self.hierarchy)
    }
}

/// SHA-256 of claims as the issuer signed them: names a token in deny lists where it has no `jti`.
///
/// The text of a token does not: an ECDSA signature has a twin that holds as well, and with it the text would be
/// another. Two tokens with the very same claims share it.
pub fn claims_digest(claims: &str) -> [u8; 32] {
    Sha256::digest(claims.as_bytes()).into()
}
