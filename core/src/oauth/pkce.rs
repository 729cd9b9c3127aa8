//! Proof Key for Code Exchange (RFC 7636): S256 only.

use base64ct::{Base64UrlUnpadded, Encoding};
use core::fmt;
use heapless::String;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::Error;
use crate::secret::{STACK, apart};
use crate::text::saturate;

/// Length of a challenge, and of a verifier from [`CodeVerifier::from_random`].
const LENGTH: usize = 43;

/// `code_verifier`: 43 to 128 unreserved characters (RFC 7636 section 4.1). A secret: never printed, and never copied,
/// so that wiping it is up to the owner of the text.
#[derive(Clone, Copy)]
pub struct CodeVerifier<'a>(&'a str);

impl<'a> CodeVerifier<'a> {
    /// Parses what a client sent.
    ///
    /// # Errors
    ///
    /// [`Error::CodeVerifierMalformed`] if it has another length or other characters.
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let good = (LENGTH..=128).contains(&text.len()) && text.bytes().all(unreserved);
        if good { Ok(Self(text)) } else { Err(Error::CodeVerifierMalformed) }
    }

    /// Writes a verifier of 43 characters to `out`, from 32 random bytes that the caller takes from a cryptographic
    /// generator.
    ///
    /// # Errors
    ///
    /// [`Error::BufferTooSmall`] if `out` has fewer than 43 bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::pkce::{CodeChallenge, CodeVerifier};
    ///
    /// # let random = [7; 32]; // of the system's generator
    /// let mut out = [0; 43];
    /// let verifier = CodeVerifier::from_random(&random, &mut out)?; // kept until the token request
    /// let challenge = CodeChallenge::of(&verifier)?; // sent in the authorization request
    /// assert_eq!(challenge.as_str().len(), 43);
    /// challenge.check(&verifier)?;
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn from_random(random: &[u8; 32], out: &'a mut [u8]) -> Result<Self, Error> {
        let text = apart::<STACK, _>(|| Base64UrlUnpadded::encode(random, out));
        text.map(Self).map_err(|_| Error::BufferTooSmall { needed: saturate(LENGTH) })
    }

    /// Returns the text to send to the token endpoint.
    pub fn reveal(&self) -> &'a str {
        self.0
    }

    fn digest(&self) -> [u8; 32] {
        apart::<STACK, _>(|| Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for CodeVerifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeVerifier(redacted)")
    }
}

/// `code_challenge`: the base64url of a SHA-256, 43 canonical characters (RFC 7636 section 4.2).
#[derive(Clone, Debug)]
pub struct CodeChallenge {
    text: String<LENGTH>,
    digest: [u8; 32],
}

impl CodeChallenge {
    /// Parses what a client sent.
    ///
    /// # Errors
    ///
    /// [`Error::CodeChallengeMalformed`] if it is not the base64url of 32 bytes.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut digest = [0; 32];
        let decoded = Base64UrlUnpadded::decode(text, &mut digest).map(<[u8]>::len);
        match (decoded, String::try_from(text)) {
            (Ok(32), Ok(text)) => Ok(Self { text, digest }),
            _ => Err(Error::CodeChallengeMalformed),
        }
    }

    /// Returns the challenge of a verifier; see [`CodeVerifier::from_random`].
    ///
    /// # Errors
    ///
    /// None for any valid verifier; [`Error::CodeChallengeMalformed`] is returned only if an invariant is broken.
    pub fn of(verifier: &CodeVerifier<'_>) -> Result<Self, Error> {
        Self::of_digest(&verifier.digest())
    }

    /// Creates it from the digest that it encodes.
    pub(crate) fn of_digest(digest: &[u8; 32]) -> Result<Self, Error> {
        let mut text = [0; LENGTH];
        Self::parse(Base64UrlUnpadded::encode(digest, &mut text).map_err(|_| Error::CodeChallengeMalformed)?)
    }

    pub(crate) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Returns the text to send to the authorization endpoint, with `code_challenge_method=S256`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Checks that the verifier matches (RFC 7636 section 4.6), in constant time.
    ///
    /// # Errors
    ///
    /// [`Error::CodeVerifierMismatch`] if it does not.
    pub fn check(&self, verifier: &CodeVerifier<'_>) -> Result<(), Error> {
        if bool::from(verifier.digest().ct_eq(&self.digest)) { Ok(()) } else { Err(Error::CodeVerifierMismatch) }
    }
}

/// Checks `code_challenge` and `code_challenge_method` of an authorization request: both present, and S256.
///
/// A missing method means `plain` (RFC 7636 section 4.3), which is rejected (RFC 9700 section 2.1.1).
///
/// # Errors
///
/// [`Error::CodeChallengeMissing`], [`Error::CodeChallengeMethodRefused`] or [`Error::CodeChallengeMalformed`].
///
/// # Examples
///
/// ```
/// use doorward::oauth::pkce;
///
/// // RFC 7636 appendix B. The challenge is kept with the code that is issued for it.
/// let challenge = pkce::authorization_request(Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), Some("S256"))?;
/// pkce::token_request(Some(&challenge), Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"))?;
/// # Ok::<(), doorward::Error>(())
/// ```
pub fn authorization_request(challenge: Option<&str>, method: Option<&str>) -> Result<CodeChallenge, Error> {
    let challenge = challenge.ok_or(Error::CodeChallengeMissing)?;
    if method != Some("S256") {
        return Err(Error::CodeChallengeMethodRefused);
    }
    CodeChallenge::parse(challenge)
}

/// Checks `code_verifier` of a token request against the challenge of the authorization request, if it had one: a
/// verifier must be present if and only if a challenge was (RFC 9700 section 4.8.2). See [`authorization_request`].
///
/// # Errors
///
/// [`Error::CodeVerifierMismatch`] or [`Error::CodeVerifierMalformed`] for a wrong verifier,
/// [`Error::CodeVerifierMissing`] without one, [`Error::CodeVerifierUnexpected`] for one without a challenge, and
/// [`Error::CodeChallengeMissing`] without both: PKCE is not optional.
pub fn token_request(challenge: Option<&CodeChallenge>, verifier: Option<&str>) -> Result<(), Error> {
    match (challenge, verifier) {
        (Some(challenge), Some(verifier)) => challenge.check(&CodeVerifier::parse(verifier)?),
        (Some(_), None) => Err(Error::CodeVerifierMissing),
        (None, Some(_)) => Err(Error::CodeVerifierUnexpected),
        (None, None) => Err(Error::CodeChallengeMissing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_rfc_7636_appendix_b() {
        let random = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191,
            240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let mut out = [0; LENGTH];
        let short = CodeVerifier::from_random(&random, &mut out[1..]).err();
        assert_eq!(short, Some(Error::BufferTooSmall { needed: 43 }));
        let verifier = CodeVerifier::from_random(&random, &mut out).unwrap();
        assert_eq!(verifier.reveal(), VERIFIER);
        assert_eq!(CodeChallenge::of(&verifier).unwrap().as_str(), CHALLENGE);
        let challenge = authorization_request(Some(CHALLENGE), Some("S256")).unwrap();
        assert_eq!(token_request(Some(&challenge), Some(VERIFIER)), Ok(()));
    }

    #[test]
    fn p01_p03_s256_and_both_or_refused() {
        let method = |method| authorization_request(Some(CHALLENGE), method).err();
        for bad in [None, Some("plain"), Some("s256"), Some("S256 "), Some("")] {
            assert_eq!(method(bad), Some(Error::CodeChallengeMethodRefused));
        }
        assert_eq!(authorization_request(None, Some("S256")).err(), Some(Error::CodeChallengeMissing));
        let challenge = CodeChallenge::parse(CHALLENGE).unwrap();
        assert_eq!(token_request(Some(&challenge), None), Err(Error::CodeVerifierMissing));
        assert_eq!(token_request(None, Some(VERIFIER)), Err(Error::CodeVerifierUnexpected));
        assert_eq!(token_request(None, None), Err(Error::CodeChallengeMissing));
        let other = "a".repeat(43);
        assert_eq!(token_request(Some(&challenge), Some(&other)), Err(Error::CodeVerifierMismatch));
    }

    #[test]
    fn p02_lengths_and_characters() {
        for length in [0, 42, 129] {
            assert!(CodeVerifier::parse(&"a".repeat(length)).is_err());
        }
        for length in [43, 128] {
            assert!(CodeVerifier::parse(&"~".repeat(length)).is_ok());
        }
        for bad in ["\n", " ", "+", "=", "\u{e4}", "\0"] {
            assert!(CodeVerifier::parse(&("a".repeat(43) + bad)).is_err());
        }
        for bad in ["", &CHALLENGE[1..], "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN", &std::format!("{CHALLENGE}=")] {
            assert!(CodeChallenge::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(std::format!("{:?}", CodeVerifier::parse(VERIFIER).unwrap()), "CodeVerifier(redacted)");
    }
}
