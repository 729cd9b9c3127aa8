//! Scopes: lists of them, and what a policy says of them.

use doorward::error::Error;
use doorward::oauth::scope::{self, GrantedScopes, ScopeHierarchy, ScopeList, ScopePrefix};

use crate::error::Failure;

/// A scope, and those that it implies.
#[derive(uniffi::Record)]
pub(crate) struct Implication {
    broader: String,
    implied: Vec<String>,
}

/// Scopes as core takes them.
pub(crate) fn join(scopes: &[String]) -> Result<String, Error> {
    Ok(scope::join(scopes.iter().map(String::as_str))?.to_string())
}

/// Scopes that a client requests.
pub(crate) fn join_requested(scopes: &[String]) -> Result<String, Error> {
    Ok(scope::join_requested(scopes.iter().map(String::as_str))?.to_string())
}

pub(crate) fn granted(texts: &[String]) -> String {
    scope::granted(texts.iter().map(String::as_str)).to_string()
}

pub(crate) fn lines(hierarchy: &[Implication]) -> Result<String, Error> {
    let all = hierarchy.iter().map(|one| (one.broader.as_str(), one.implied.iter().map(String::as_str)));
    Ok(scope::lines(all)?.to_string())
}

/// Those of the required scopes that the granted ones, with what they imply, do not hold.
#[uniffi::export]
pub(crate) fn missing_scopes(
    required: Vec<String>,
    granted: Vec<String>,
    hierarchy: Vec<Implication>,
) -> Result<Vec<String>, Failure> {
    let (required, granted, hierarchy) = (join(&required)?, self::granted(&granted), lines(&hierarchy)?);
    let hierarchy = ScopeHierarchy::parse(&hierarchy)?;
    let missing = scope::missing(ScopeList::parse(&required)?, GrantedScopes::new(&granted), hierarchy);
    Ok(missing.map(str::to_owned).collect())
}

/// What a policy says of scopes.
#[derive(uniffi::Record)]
pub(crate) struct ScopeRules {
    required: Vec<String>,
    advertised: Option<Vec<String>>,
    challenge: Option<Vec<String>>,
    prefix: String,
    hierarchy: Vec<Implication>,
}

impl ScopeRules {
    /// What core makes of them and two more lists of scopes.
    fn list(
        &self,
        scopes: [&[String]; 2],
        make: impl FnOnce(scope::ScopeRules<'_>, [ScopeList<'_>; 2]) -> Result<String, Error>,
    ) -> Result<Vec<String>, Failure> {
        let (required, hierarchy) = (join(&self.required)?, lines(&self.hierarchy)?);
        let advertised = self.advertised.as_deref().map(join).transpose()?;
        let challenge = self.challenge.as_deref().map(join).transpose()?;
        let rules = scope::ScopeRules {
            required: ScopeList::parse(&required)?,
            advertised: advertised.as_deref().map(ScopeList::parse).transpose()?,
            challenge: challenge.as_deref().map(ScopeList::parse).transpose()?,
            prefix: ScopePrefix::parse(&self.prefix)?,
            hierarchy: ScopeHierarchy::parse(&hierarchy)?,
        };
        let [one, other] = scopes.map(join);
        let (one, other) = (one?, other?);
        let requested = make(rules, [ScopeList::parse(&one)?, ScopeList::parse(&other)?])?;
        Ok(GrantedScopes::new(&requested).iter().map(str::to_owned).collect())
    }
}

/// The scopes to ask for where some are missing.
#[uniffi::export]
pub(crate) fn step_up_scopes(
    rules: ScopeRules,
    required: Vec<String>,
    granted: Vec<String>,
    known: Vec<String>,
) -> Result<Vec<String>, Failure> {
    let granted = self::granted(&granted);
    rules.list([&required, &known], |rules, [required, known]| {
        Ok(rules.step_up(GrantedScopes::new(&granted), required, known)?.to_string())
    })
}

/// The scopes that metadata lists.
#[uniffi::export]
pub(crate) fn scopes_for_metadata(rules: ScopeRules, others: Vec<String>) -> Result<Vec<String>, Failure> {
    rules.list([&others, &[]], |rules, [others, _]| Ok(rules.for_metadata(others)?.to_string()))
}

/// The scopes that a challenge asks for where no token was accepted.
#[uniffi::export]
pub(crate) fn scopes_for_challenge(rules: ScopeRules, operation: Vec<String>) -> Result<Vec<String>, Failure> {
    rules.list([&operation, &[]], |rules, [operation, _]| Ok(rules.for_challenge(operation)?.to_string()))
}

/// Scopes as clients ask for them.
#[uniffi::export]
pub(crate) fn requested_scopes(scopes: Vec<String>, prefix: String) -> Result<Vec<String>, Failure> {
    let scopes = join(&scopes)?;
    let requested = ScopePrefix::parse(&prefix)?.requested(ScopeList::parse(&scopes)?).to_string();
    Ok(GrantedScopes::new(&requested).iter().map(str::to_owned).collect())
}

/// The scopes that the granted ones imply, without these.
#[uniffi::export]
pub(crate) fn implied_scopes(granted: Vec<String>, hierarchy: Vec<Implication>) -> Result<Vec<String>, Failure> {
    let (granted, hierarchy) = (self::granted(&granted), lines(&hierarchy)?);
    let implied = scope::implied(GrantedScopes::new(&granted), ScopeHierarchy::parse(&hierarchy)?);
    Ok(implied.map(str::to_owned).collect())
}
