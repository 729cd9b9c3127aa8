//! Assertions by which a client authenticates.

use doorward::alg::Alg;
use doorward::error::Error;
use doorward::mint::{self, SigningKey};
use doorward::oauth::metadata::IssuerUrl;
use doorward::time::UnixTime;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::error::OrRaise;
use crate::text::Text;

/// Return a signed assertion by which a client proves that it is itself (RFC 7523 section 3): the algorithm (`ES256` or
/// `Ed25519`), 32 secret bytes, the issuer of the authorization server as its audience, `jwt_id` that is no other
/// assertion's, and its lifetime in seconds, for which a minute is enough. Raises `signing_key_invalid`,
/// `algorithm_unknown`, `access_token_invalid`, `uri_invalid`.
#[pyfunction]
#[pyo3(signature = (algorithm, secret, *, client_id, audience, jwt_id, now, lifetime))]
#[expect(clippy::too_many_arguments, reason = "by name")]
pub(crate) fn client_assertion(
    py: Python<'_>,
    algorithm: Text,
    secret: PyBackedBytes,
    client_id: Text,
    audience: Text,
    jwt_id: Text,
    now: u64,
    lifetime: u32,
) -> PyResult<String> {
    let key = SigningKey::from_slice(Alg::parse(&algorithm).or_raise(py)?, &secret).or_raise(py)?;
    let audience = IssuerUrl::parse(&audience).or_raise(py)?;
    let issued_at = UnixTime::from_seconds(now);
    let assertion = mint::ClientAssertion { client_id: &client_id, audience, jwt_id: &jwt_id, issued_at, lifetime };
    let mut out = Vec::new();
    if let Err(Error::BufferTooSmall { needed }) = assertion.sign(&key, &mut []) {
        out.resize(usize::try_from(needed).unwrap_or(usize::MAX), 0);
    }
    assertion.sign(&key, &mut out).map(str::to_owned).or_raise(py)
}
