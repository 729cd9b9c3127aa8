//! Challenges: written, and as a client receives them.

use doorward::oauth::bearer::Challenge;
use doorward::oauth::challenge;
use doorward::oauth::scope::ScopeList;
use doorward::response::ErrorResponse;

use crate::error::Failure;
use crate::scope::join;

/// A parameter of a challenge.
#[derive(uniffi::Record)]
pub(crate) struct Parameter {
    name: String,
    value: String,
}

/// A challenge with these parameters.
#[uniffi::export]
pub(crate) fn challenge(parameters: Vec<Parameter>) -> Result<String, Failure> {
    let parameters = parameters.iter().map(|Parameter { name, value }| (name.as_str(), value.as_str()));
    Ok(Challenge::new(parameters)?.to_string())
}

/// The challenge for an error, by its number; none where the answer wants none.
#[uniffi::export]
pub(crate) fn challenge_for(
    number: u16,
    scopes: Vec<String>,
    resource_metadata: Option<String>,
) -> Result<Option<String>, Failure> {
    let scopes = join(&scopes)?;
    let response = ErrorResponse::of_number(number, 0);
    let challenge = response.challenge(ScopeList::parse(&scopes)?, resource_metadata.as_deref())?;
    Ok(challenge.map(|challenge| challenge.to_string()))
}

/// A Bearer challenge, as it was received.
#[derive(uniffi::Record)]
pub(crate) struct ReceivedChallenge {
    error: Option<String>,
    error_description: Option<String>,
    scope: Option<String>,
    resource_metadata: Option<String>,
}

/// The first Bearer challenge in the values of the header.
#[uniffi::export]
pub(crate) fn read_challenge(values: Vec<String>) -> Result<ReceivedChallenge, Failure> {
    let mut out = vec![0; values.iter().map(String::len).max().unwrap_or_default()];
    let found = challenge::ReceivedChallenge::parse(values.iter().map(String::as_bytes), &mut out)?;
    Ok(ReceivedChallenge {
        error: found.error.map(str::to_owned),
        error_description: found.error_description.map(str::to_owned),
        scope: found.scope.map(|scope| scope.as_str().to_owned()),
        resource_metadata: found.resource_metadata.map(str::to_owned),
    })
}
