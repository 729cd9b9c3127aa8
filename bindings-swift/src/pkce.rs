//! Proof Key for Code Exchange.

use doorward::oauth::pkce::{self, CodeChallenge, CodeVerifier};
use zeroize::Zeroizing;

use crate::error::Failure;
use crate::random::Random;

/// A `code_verifier` of 32 random bytes.
#[uniffi::export]
pub(crate) fn pkce_verifier(random: Random) -> Result<String, Failure> {
    Ok(CodeVerifier::from_random(&random.bytes(), &mut *Zeroizing::new([0; 43]))?.reveal().to_owned())
}

/// Whether a text is a verifier.
#[uniffi::export]
pub(crate) fn pkce_check_verifier(verifier: String) -> Result<(), Failure> {
    CodeVerifier::parse(&Zeroizing::new(verifier))?;
    Ok(())
}

/// Whether a text is a challenge.
#[uniffi::export]
pub(crate) fn pkce_check_challenge(challenge: String) -> Result<(), Failure> {
    CodeChallenge::parse(&challenge)?;
    Ok(())
}

/// The S256 `code_challenge` of a verifier.
#[uniffi::export]
pub(crate) fn pkce_challenge(verifier: String) -> Result<String, Failure> {
    Ok(CodeChallenge::of(&CodeVerifier::parse(&Zeroizing::new(verifier))?)?.as_str().to_owned())
}

/// The challenge of an authorization request, to be kept with the code.
#[uniffi::export]
pub(crate) fn pkce_authorization_request(challenge: Option<String>, method: Option<String>) -> Result<String, Failure> {
    Ok(pkce::authorization_request(challenge.as_deref(), method.as_deref())?.as_str().to_owned())
}

/// Whether the verifier of a token request fits the challenge that was kept.
#[uniffi::export]
pub(crate) fn pkce_token_request(challenge: Option<String>, verifier: Option<String>) -> Result<(), Failure> {
    let challenge = challenge.as_deref().map(CodeChallenge::parse).transpose()?;
    let verifier = verifier.map(Zeroizing::new);
    Ok(pkce::token_request(challenge.as_ref(), verifier.as_ref().map(|verifier| verifier.as_str()))?)
}
