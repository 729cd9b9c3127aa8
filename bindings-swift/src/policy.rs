//! What a token must fulfil, as it crosses the bridge.

use doorward::alg::{Alg, Algorithm};
use doorward::error::Error;
use doorward::host;
use doorward::jwt;
use doorward::oauth::scope::{self, GrantedScopes, ScopeHierarchy, ScopeList};
use doorward::time::Leeway;

use crate::error::Failure;

/// Which rules a policy begins with.
#[derive(uniffi::Enum)]
pub(crate) enum Preset {
    /// MCP's.
    Mcp,
    /// Those, and RFC 9068's.
    Rfc9068,
}

/// A rule that is given up.
#[derive(Clone, Copy, uniffi::Enum)]
pub(crate) enum Relaxation {
    /// `typ_jwt_or_absent`
    TypJwtOrAbsent,
    /// `typ_unchecked`
    TypUnchecked,
    /// `audience_uri_equivalence`
    AudienceUriEquivalence,
    /// `scp_text`
    ScpText,
    /// `client_id_optional`
    ClientIdOptional,
}

impl From<Relaxation> for jwt::Relaxation {
    fn from(relaxation: Relaxation) -> Self {
        match relaxation {
            Relaxation::TypJwtOrAbsent => Self::TypJwtOrAbsent,
            Relaxation::TypUnchecked => Self::TypUnchecked,
            Relaxation::AudienceUriEquivalence => Self::AudienceUriEquivalence,
            Relaxation::ScpText => Self::ScpText,
            Relaxation::ClientIdOptional => Self::ClientIdOptional,
        }
    }
}

/// A policy.
#[derive(uniffi::Record)]
pub(crate) struct Policy {
    preset: Preset,
    issuer: String,
    audience: Vec<String>,
    algorithms: Vec<String>,
    leeway: u32,
    required_scopes: Vec<String>,
    scope_hierarchy: Vec<Implication>,
    required_claims: Vec<String>,
    relaxations: Vec<Relaxation>,
}

/// A scope, and those that it implies.
#[derive(uniffi::Record)]
pub(crate) struct Implication {
    broader: String,
    implied: Vec<String>,
}

/// Scopes with a space between, none of which holds one.
pub(crate) fn join(scopes: &[String]) -> Result<String, Error> {
    if scopes.iter().all(|one| scope::is_scope_token(one)) { Ok(scopes.join(" ")) } else { Err(Error::ScopeInvalid) }
}

/// A hierarchy as core reads it. What implies nothing has no line.
fn lines(hierarchy: &[Implication]) -> Result<String, Error> {
    let mut lines = Vec::new();
    for Implication { broader, implied } in hierarchy {
        let (broader, implied) = (join(std::slice::from_ref(broader))?, join(implied)?);
        if !implied.is_empty() {
            lines.push(format!("{broader} {implied}"));
        }
    }
    Ok(lines.join("\n"))
}

impl Policy {
    /// Whether it is about shared secrets: then the first algorithm tells, and core refuses a list of both.
    pub(crate) fn is_shared(&self) -> bool {
        self.algorithms.first().and_then(|name| Alg::parse(name).ok()).is_some_and(Alg::is_symmetric)
    }

    /// As core has it, checked.
    pub(crate) fn into_host<K>(self, set: &[&'static dyn Algorithm<K>]) -> Result<host::Policy<K>, Error> {
        let settings = host::Settings {
            preset: match self.preset {
                Preset::Mcp => host::Preset::Mcp,
                Preset::Rfc9068 => host::Preset::Rfc9068,
            },
            issuer: self.issuer,
            audience: self.audience,
            algorithms: self.algorithms.iter().map(|name| Alg::parse(name)).collect::<Result<_, _>>()?,
            leeway: Leeway::from_seconds(self.leeway)?,
            required_scopes: join(&self.required_scopes)?,
            scope_hierarchy: lines(&self.scope_hierarchy)?,
            required_claims: self.required_claims,
            relaxations: self.relaxations.into_iter().map(Into::into).collect(),
        };
        host::Policy::new(settings, set)
    }
}

/// The registered name of an algorithm that is known by this one.
#[uniffi::export]
pub(crate) fn algorithm_name(name: String) -> Result<String, Failure> {
    Ok(Alg::parse(&name)?.name().to_owned())
}

/// Those of the required scopes that the granted ones, with what they imply, do not hold. A granted text that holds a
/// space is no scope, and not two either.
#[uniffi::export]
pub(crate) fn missing_scopes(
    required: Vec<String>,
    mut granted: Vec<String>,
    hierarchy: Vec<Implication>,
) -> Result<Vec<String>, Failure> {
    granted.retain(|one| !one.contains(' '));
    let (required, granted, hierarchy) = (join(&required)?, granted.join(" "), lines(&hierarchy)?);
    let hierarchy = ScopeHierarchy::parse(&hierarchy)?;
    let missing = scope::missing(ScopeList::parse(&required)?, GrantedScopes::new(&granted), hierarchy);
    Ok(missing.map(str::to_owned).collect())
}

/// The scopes that the granted ones imply, without these.
#[uniffi::export]
pub(crate) fn implied_scopes(mut granted: Vec<String>, hierarchy: Vec<Implication>) -> Result<Vec<String>, Failure> {
    granted.retain(|one| !one.contains(' '));
    let (granted, hierarchy) = (granted.join(" "), lines(&hierarchy)?);
    let implied = scope::implied(GrantedScopes::new(&granted), ScopeHierarchy::parse(&hierarchy)?);
    Ok(implied.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_relaxation_is_here() {
        use Relaxation::*;
        let here: Vec<jwt::Relaxation> =
            [TypJwtOrAbsent, TypUnchecked, AudienceUriEquivalence, ScpText, ClientIdOptional].map(Into::into).to_vec();
        assert_eq!(here, jwt::Relaxation::ALL);
    }
}
