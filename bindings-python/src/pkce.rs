//! Proof Key for Code Exchange.

use doorward::error::Error;
use doorward::oauth::pkce::{self, CodeChallenge, CodeVerifier};
use pyo3::prelude::*;
use zeroize::Zeroizing;

use crate::error::OrRaise;
use crate::error::not_pickled;
use crate::random::Random;
use crate::text::Sent;

/// A `code_verifier` (RFC 7636 section 4.1), a secret. Not pickled or copied; `repr` does not show it, and the memory
/// is wiped when the object is deleted.
#[pyclass(name = "CodeVerifier", frozen, module = "doorward._core")]
pub(crate) struct PyCodeVerifier(Zeroizing<String>);

impl PyCodeVerifier {
    fn of(verifier: CodeVerifier<'_>) -> Self {
        Self(Zeroizing::new(verifier.reveal().to_owned()))
    }

    fn as_core(&self) -> Result<CodeVerifier<'_>, Error> {
        CodeVerifier::parse(&self.0)
    }
}

#[pymethods]
impl PyCodeVerifier {
    /// Parse a verifier that was kept, or sent. Raises `code_verifier_malformed`.
    #[new]
    fn new(py: Python<'_>, text: Sent) -> PyResult<Self> {
        text.read(Error::CodeVerifierMalformed).and_then(CodeVerifier::parse).map(Self::of).or_raise(py)
    }

    /// Return a new verifier of 43 characters from 32 random bytes, as of `secrets.token_bytes(32)`.
    #[staticmethod]
    fn from_random(py: Python<'_>, random: Random) -> PyResult<Self> {
        let mut out = Zeroizing::new([0; 43]);
        CodeVerifier::from_random(random.bytes().or_raise(py)?, &mut *out).map(Self::of).or_raise(py)
    }

    /// Return the text to send to the token endpoint: a secret.
    fn reveal(&self) -> &str {
        &self.0
    }

    #[expect(clippy::unused_self, reason = "nothing of it is shown")]
    fn __repr__(&self) -> &'static str {
        "CodeVerifier(redacted)"
    }

    #[expect(clippy::unused_self, reason = "nothing of it is pickled")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("CodeVerifier"))
    }
}

/// A `code_challenge` of S256 (RFC 7636 section 4.2), 43 characters, and no secret: `str` is what to send, with
/// `code_challenge_method=S256`.
#[pyclass(name = "CodeChallenge", frozen, eq, hash, module = "doorward._core")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct PyCodeChallenge(String);

impl PyCodeChallenge {
    pub(crate) fn of(challenge: &CodeChallenge) -> Self {
        Self(challenge.as_str().to_owned())
    }

    pub(crate) fn as_core(&self) -> Result<CodeChallenge, Error> {
        CodeChallenge::parse(&self.0)
    }
}

#[pymethods]
impl PyCodeChallenge {
    /// Parse a challenge that was kept, or sent. Raises `code_challenge_malformed`.
    #[new]
    fn new(py: Python<'_>, text: Sent) -> PyResult<Self> {
        let challenge = text.read(Error::CodeChallengeMalformed).and_then(CodeChallenge::parse);
        challenge.map(|challenge| Self::of(&challenge)).or_raise(py)
    }

    /// Return the challenge of a verifier.
    #[staticmethod]
    #[pyo3(name = "of")]
    fn of_verifier(py: Python<'_>, verifier: &Bound<'_, PyCodeVerifier>) -> PyResult<Self> {
        let challenge = verifier.get().as_core().and_then(|verifier| CodeChallenge::of(&verifier));
        challenge.map(|challenge| Self::of(&challenge)).or_raise(py)
    }

    /// Check that the verifier matches (RFC 7636 section 4.6), in constant time. Raises `code_verifier_mismatch`.
    fn check(&self, py: Python<'_>, verifier: &Bound<'_, PyCodeVerifier>) -> PyResult<()> {
        let verifier = verifier.get().as_core().or_raise(py)?;
        self.as_core().and_then(|challenge| challenge.check(&verifier)).or_raise(py)
    }

    fn __str__(&self) -> &str {
        &self.0
    }

    fn __repr__(&self) -> String {
        format!("CodeChallenge('{}')", self.0)
    }
}

/// Return the `code_challenge` of an authorization request, to be stored with the code; `None` is a parameter that was
/// not sent (RFC 7636 section 4.3).
///
/// Raises `code_challenge_missing`, `code_challenge_malformed`, and `code_challenge_method_refused` unless the method
/// is S256.
#[pyfunction]
pub(crate) fn pkce_authorization_request(
    py: Python<'_>,
    challenge: Option<Sent>,
    method: Option<Sent>,
) -> PyResult<PyCodeChallenge> {
    let challenge = read(challenge.as_ref(), Error::CodeChallengeMalformed);
    let method = read(method.as_ref(), Error::CodeChallengeMethodRefused);
    let challenge = challenge.and_then(|challenge| pkce::authorization_request(challenge, method?));
    challenge.map(|challenge| PyCodeChallenge::of(&challenge)).or_raise(py)
}

/// Check the `code_verifier` of a token request, as it was sent, against the stored challenge, in constant time; `None`
/// is what was not sent (RFC 7636 section 4.6, RFC 9700 section 4.8.2).
///
/// Raises `code_verifier_mismatch`, `code_verifier_malformed`; `code_verifier_missing` or `code_verifier_unexpected` if
/// only one of the two is present, and `code_challenge_missing` if neither is.
#[pyfunction]
pub(crate) fn pkce_token_request(
    py: Python<'_>,
    challenge: Option<&Bound<'_, PyCodeChallenge>>,
    verifier: Option<Sent>,
) -> PyResult<()> {
    let challenge = challenge.map(|challenge| challenge.get().as_core()).transpose().or_raise(py)?;
    let verifier = read(verifier.as_ref(), Error::CodeVerifierMalformed);
    verifier.and_then(|verifier| pkce::token_request(challenge.as_ref(), verifier)).or_raise(py)
}

fn read(text: Option<&Sent>, malformed: Error) -> Result<Option<&str>, Error> {
    text.map(|text| text.read(malformed)).transpose()
}
