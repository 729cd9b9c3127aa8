//! Who is calling. Read one by one: most callers need one or two, and each text that crosses is copied.

use doorward::error::{Claim, Error};
use doorward::host;
use doorward::oauth::scope::ScopeList;

use crate::error::Failure;
use crate::scope::join;

/// A text, or that it is missing: to hand an optional one over would take uniffi a microsecond more.
fn there(text: Option<&str>, claim: Claim) -> Result<String, Failure> {
    Ok(text.ok_or(Error::ClaimMissing { claim })?.to_owned())
}

/// The claims of a token that fulfilled its policy.
#[derive(uniffi::Object)]
pub(crate) struct Principal(pub(crate) host::Principal);

#[uniffi::export]
impl Principal {
    /// `iss`: the issuer of the token.
    pub(crate) fn issuer(&self) -> Result<String, Failure> {
        Ok(self.0.issuer().to_owned())
    }

    /// `sub`; fails if it is missing.
    pub(crate) fn subject(&self) -> Result<String, Failure> {
        there(self.0.subject(), Claim::Subject)
    }

    /// `client_id`, or the claim that the policy names in its place.
    pub(crate) fn client_id(&self) -> Result<String, Failure> {
        there(self.0.client_id(), Claim::ClientId)
    }

    /// `jti`; fails if it is missing.
    pub(crate) fn jwt_id(&self) -> Result<String, Failure> {
        there(self.0.jwt_id(), Claim::JwtId)
    }

    /// SHA-256 of the claims as they were signed.
    pub(crate) fn digest(&self) -> Result<Vec<u8>, Failure> {
        Ok(self.0.digest().to_vec())
    }

    /// Every text in `aud`.
    pub(crate) fn audience(&self) -> Result<Vec<String>, Failure> {
        Ok(self.0.audiences().map(|audience| audience.chars().collect()).collect())
    }

    /// The policy's audience that is in `aud`.
    pub(crate) fn matched_audience(&self) -> Result<Option<String>, Failure> {
        Ok(self.0.matched_audience().map(str::to_owned))
    }

    /// Whether the audience fits only by a relaxation.
    pub(crate) fn audience_matched_by_equivalence(&self) -> Result<bool, Failure> {
        Ok(self.0.audience_matched_by_equivalence())
    }

    /// The scopes that were granted.
    pub(crate) fn scopes(&self) -> Result<Vec<String>, Failure> {
        Ok(self.0.scopes().iter().map(str::to_owned).collect())
    }

    /// `exp`, in seconds since 1970.
    pub(crate) fn expires_at(&self) -> Result<i64, Failure> {
        Ok(self.0.expires_at())
    }

    /// `iat`, in seconds since 1970, if any.
    pub(crate) fn issued_at(&self) -> Result<Option<i64>, Failure> {
        Ok(self.0.issued_at())
    }

    /// `nbf`, in seconds since 1970, if any.
    pub(crate) fn not_before(&self) -> Result<Option<i64>, Failure> {
        Ok(self.0.not_before())
    }

    /// All claims, as JSON.
    pub(crate) fn claims(&self) -> Result<Vec<u8>, Failure> {
        Ok(self.0.claims().as_bytes().to_vec())
    }

    /// One claim, as JSON.
    pub(crate) fn claim(&self, name: String) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.0.claim(&name).map(|value| value.raw().as_bytes().to_vec()))
    }

    /// Refuses unless all of these scopes were granted or implied.
    pub(crate) fn require(&self, scopes: Vec<String>) -> Result<(), Failure> {
        Ok(self.0.require(ScopeList::parse(&join(&scopes)?)?)?)
    }
}
