//! Proof Key for Code Exchange.

use doorward::error::Error;
use doorward::oauth::pkce::{self, CodeChallenge, CodeVerifier};

use crate::raw::{self, guard};
use crate::types::{doorward_buffer, doorward_error, doorward_random, doorward_text};

/// Writes a code verifier (RFC 7636 section 4.1), 43 characters. It is a secret: wipe it after use.
///
/// @param random 32 bytes from a cryptographic generator
#[unsafe(no_mangle)]
pub extern "C" fn doorward_pkce_verifier(random: *const doorward_random, out: *mut doorward_buffer) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let random = &raw::read(random)?.bytes;
        raw::fill(out, |room| Ok(CodeVerifier::from_random(random, room)?.reveal()))
    })
}

/// Writes the code challenge of a verifier (RFC 7636 section 4.2, S256), 43 characters.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_pkce_challenge(verifier: doorward_text, out: *mut doorward_buffer) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let challenge = CodeChallenge::of(&CodeVerifier::parse(raw::sent(verifier, Error::CodeVerifierMalformed)?)?)?;
        raw::print(out, &challenge.as_str())
    })
}

/// Checks `code_challenge` and `code_challenge_method` of an authorization request: both present, and S256 (RFC 7636
/// section 4.3, RFC 9700 section 2.1.1). None for a parameter that was not sent.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_pkce_authorization_request(
    challenge: doorward_text,
    method: doorward_text,
) -> doorward_error {
    guard(|| {
        let challenge = raw::optional_sent(challenge, Error::CodeChallengeMalformed)?;
        pkce::authorization_request(challenge, raw::optional_sent(method, Error::CodeChallengeMethodRefused)?)?;
        Ok(())
    })
}

/// Checks `code_verifier` of a token request against the challenge of the authorization request, in constant time (RFC
/// 7636 section 4.6): a verifier must be present if and only if a challenge was (RFC 9700 section 4.8.2). None for a
/// parameter that was not sent.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_pkce_token_request(challenge: doorward_text, verifier: doorward_text) -> doorward_error {
    guard(|| {
        let challenge = raw::optional_sent(challenge, Error::CodeChallengeMalformed)?;
        let challenge = challenge.map(CodeChallenge::parse).transpose()?;
        let verifier = raw::optional_sent(verifier, Error::CodeVerifierMalformed)?;
        Ok(pkce::token_request(challenge.as_ref(), verifier)?)
    })
}
