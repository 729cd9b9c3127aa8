//! How the client of a request authenticates.

use doorward::alg::Algorithms;
use doorward::jwt::{Audience, scratch_length};
use doorward::oauth::client_authentication::{self as core, AuthMethod};
use doorward::oauth::opaque_token::Hash;
use doorward::time::UnixTime;
use pyo3::prelude::*;
use zeroize::Zeroize;

use crate::ASYMMETRIC;
use crate::error::OrRaise;
use crate::keys::KeySet;
use crate::text::Text;

/// Return the names of the ways in which clients may authenticate, preferred first.
#[pyfunction]
pub(crate) fn auth_methods() -> Vec<&'static str> {
    AuthMethod::ALL.iter().map(|method| method.name()).collect()
}

/// Who the client of a request says that it is, and its proof, which has still to be checked.
#[pyclass(frozen, subclass, module = "doorward._core")]
pub(crate) struct ClientAuthentication {
    /// The client identifier in the request, not yet authenticated.
    #[pyo3(get)]
    client_id: String,
    method: AuthMethod,
    proof: String,
}

impl Drop for ClientAuthentication {
    fn drop(&mut self) {
        self.proof.zeroize();
    }
}

impl ClientAuthentication {
    pub(crate) fn of(client: core::ClientAuthentication<'_>) -> Self {
        let (client_id, proof) = (client.client_id().to_owned(), client.reveal().to_owned());
        Self { client_id, method: client.method(), proof }
    }

    fn as_core(&self) -> core::ClientAuthentication<'_> {
        core::ClientAuthentication::new(&self.client_id, self.method, &self.proof)
    }
}

#[pymethods]
impl ClientAuthentication {
    /// How the client authenticates: `none`, `client_secret_basic`, `client_secret_post` or `private_key_jwt`.
    #[getter]
    fn auth_method(&self) -> &'static str {
        self.method.name()
    }

    /// Check a client that is registered with `none`, or with a secret, of which `hash_opaque_token` is stored. Any
    /// other way of authenticating than the registered one is refused. Raises `client_authentication_failed`.
    #[pyo3(signature = (registered, secret_hash=None))]
    fn check_client(&self, py: Python<'_>, registered: Text, secret_hash: Option<Text>) -> PyResult<()> {
        let hash = secret_hash.map(|hash| hash.parse::<Hash>()).transpose().or_raise(py)?;
        let registered = AuthMethod::from_name(&registered).or_raise(py)?;
        self.as_core().check(registered, hash.as_ref()).or_raise(py)
    }

    /// Check a client that is registered with `private_key_jwt`, by its keys (RFC 7523 section 3), and return `jti` of
    /// its assertion and until when to remember it, to refuse it when it comes again. `audiences` are the server's
    /// issuer and the URL of its token endpoint: each that the assertion has must be one of them.
    ///
    /// Raises `client_authentication_failed` if there is no assertion, if it has no `jti`, is of another subject or
    /// for another server too, expires more than an hour from now, or fails as a token: the error's `cause` says which.
    fn check_assertion(
        &self,
        py: Python<'_>,
        keys: &Bound<'_, KeySet>,
        audiences: Vec<Text>,
        now: u64,
    ) -> PyResult<(String, i64)> {
        let mut scratch = vec![0; scratch_length(self.proof.len())];
        let audience = Audience::new(audiences.iter().map(|text| &**text)).or_raise(py)?;
        let (algorithms, now) = (Algorithms::new(ASYMMETRIC).or_raise(py)?, UnixTime::from_seconds(now));
        let client = self.as_core();
        let assertion = client.check_assertion(keys.get().0.as_slice(), algorithms, audience, &mut scratch, now);
        assertion.map(|it| (it.jwt_id().to_owned(), it.remember_until())).or_raise(py)
    }

    /// Return the secret or assertion of the client, as it was sent; empty if it has none.
    fn reveal_proof(&self) -> &str {
        &self.proof
    }

    fn __repr__(&self) -> &'static str {
        "ClientAuthentication(redacted)"
    }
}
