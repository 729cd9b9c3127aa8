//! Revocation requests.

use doorward::oauth::revocation_request;
use pyo3::prelude::*;
use zeroize::{Zeroize, Zeroizing};

use crate::client_authentication::ClientAuthentication;
use crate::error::OrRaise;
use crate::text::Bytes;

/// A revocation request of which everything is well formed (RFC 7009 section 2.1). Its client has still to be checked,
/// and whose the token is.
#[pyclass(frozen, extends = ClientAuthentication, module = "doorward._core")]
pub(crate) struct RevocationRequest {
    /// `token`, an access token or a refresh token.
    #[pyo3(get)]
    token: String,
    /// `token_type_hint`, which may be wrong or unknown.
    #[pyo3(get)]
    token_type_hint: Option<String>,
}

impl Drop for RevocationRequest {
    fn drop(&mut self) {
        self.token.zeroize();
    }
}

#[pymethods]
impl RevocationRequest {
    /// Read the body of a request, which is form encoded, and the values of the Authorization header, one for each
    /// header line. The response to a client that is good has status 200, whether its token was known or not.
    ///
    /// Raises `parameter_repeated`, `parameter_malformed`, `parameter_missing`, `client_id_malformed`,
    /// `client_authentication_repeated` (more than one way to authenticate), `client_authentication_failed` (one that
    /// is malformed): `token_error_response` answers it.
    #[staticmethod]
    fn parse(py: Python<'_>, authorization: Vec<Bytes>, body: Bytes) -> PyResult<Py<Self>> {
        let values = authorization.iter().map(Bytes::as_slice);
        let room = revocation_request::RevocationRequest::room(values.clone(), body.as_slice());
        let mut out = Zeroizing::new(vec![0; room]);
        let request = revocation_request::RevocationRequest::parse(values, body.as_slice(), &mut out).or_raise(py)?;
        let read =
            Self { token: request.token().to_owned(), token_type_hint: request.token_type_hint().map(str::to_owned) };
        Py::new(py, PyClassInitializer::from(ClientAuthentication::of(request.client())).add_subclass(read))
    }

    fn __repr__(&self) -> &'static str {
        "RevocationRequest(redacted)"
    }
}

/// Return whether the response of this status to a revocation request says that the token is worth nothing any more
/// (RFC 7009 section 2.2).
#[pyfunction]
pub(crate) fn is_revoked(status: u16) -> bool {
    revocation_request::is_revoked(status)
}
