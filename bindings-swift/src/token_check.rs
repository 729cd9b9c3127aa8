//! The checks of opaque tokens.

use doorward::introspection::TokenCheck;

use crate::error::Failure;

/// A check's name and issuer, the settings that it requires, and a note for the operator.
#[derive(uniffi::Record)]
pub(crate) struct TokenCheckFacts {
    name: String,
    issuer: Option<String>,
    needs_client: bool,
    needs_lifetime: bool,
    note: String,
}

/// The facts about every check of core.
#[uniffi::export]
pub(crate) fn token_checks() -> Result<Vec<TokenCheckFacts>, Failure> {
    let facts = |check: &&TokenCheck| TokenCheckFacts {
        name: check.name.to_owned(),
        issuer: Some(check.issuer.to_owned()).filter(|issuer| !issuer.is_empty()),
        needs_client: check.needs_client,
        needs_lifetime: check.needs_lifetime,
        note: check.note.to_owned(),
    };
    Ok(TokenCheck::ALL.iter().map(facts).collect())
}
