//! Proof Key for Code Exchange.

use doorward::error::Error;
use doorward::oauth::pkce::{self, CodeChallenge, CodeVerifier};

use crate::fault::Fault;
use crate::raw::{self, guard};
use crate::types::{doorward_buffer, doorward_error, doorward_random, doorward_text};

/// A `code_verifier`, which is secret: a type of its own, so that it is not sent instead of the challenge.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct doorward_code_verifier {
    /// What doorward_pkce_verifier() wrote, or what a client sent.
    pub text: doorward_text,
}

impl doorward_code_verifier {
    pub(crate) const NONE: Self = Self { text: doorward_text::NONE };

    pub(crate) fn sent<'a>(self) -> Result<Option<&'a str>, Fault> {
        raw::optional_sent(self.text, Error::CodeVerifierMalformed)
    }
}

/// A `code_challenge` for S256: the SHA-256 of a verifier, not secret.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct doorward_code_challenge {
    /// What doorward_pkce_challenge() wrote, or what a client sent.
    pub text: doorward_text,
}

impl doorward_code_challenge {
    pub(crate) const NONE: Self = Self { text: doorward_text::NONE };

    pub(crate) fn sent<'a>(self) -> Result<Option<&'a str>, Fault> {
        raw::optional_sent(self.text, Error::CodeChallengeMalformed)
    }
}

/// Writes a code verifier (RFC 7636 section 4.1), 43 characters. It is secret: wipe it after use.
///
/// @param random 32 bytes from a cryptographically secure generator
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
pub extern "C" fn doorward_pkce_challenge(
    verifier: doorward_code_verifier,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let verifier = raw::sent(verifier.text, Error::CodeVerifierMalformed)?;
        let challenge = CodeChallenge::of(&CodeVerifier::parse(verifier)?)?;
        raw::print(out, &challenge.as_str())
    })
}

/// Checks `code_challenge` and `code_challenge_method` of an authorization request: both present, and S256 (RFC 7636
/// section 4.3, RFC 9700 section 2.1.1). None for a parameter that was not sent.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_pkce_authorization_request(
    challenge: doorward_code_challenge,
    method: doorward_text,
) -> doorward_error {
    guard(|| {
        let challenge = challenge.sent()?;
        pkce::authorization_request(challenge, raw::optional_sent(method, Error::CodeChallengeMethodRefused)?)?;
        Ok(())
    })
}

/// Checks `code_verifier` of a token request against the challenge of the authorization request, in constant time (RFC
/// 7636 section 4.6): a verifier must be present if and only if a challenge was (RFC 9700 section 4.8.2). None for a
/// parameter that was not sent.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_pkce_token_request(
    challenge: doorward_code_challenge,
    verifier: doorward_code_verifier,
) -> doorward_error {
    guard(|| {
        let challenge = challenge.sent()?.map(CodeChallenge::parse).transpose()?;
        Ok(pkce::token_request(challenge.as_ref(), verifier.sent()?)?)
    })
}
