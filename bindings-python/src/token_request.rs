//! Token requests.

use doorward::oauth::token_request;
use pyo3::prelude::*;
use zeroize::{Zeroize, Zeroizing};

use crate::client_authentication::ClientAuthentication;
use crate::error::OrRaise;
use crate::text::Bytes;

/// A token request of which everything is well formed (RFC 6749 sections 4.1.3, 4.4.2 and 6). Its client has still to
/// be checked, and what it has.
#[pyclass(frozen, extends = ClientAuthentication, module = "doorward._core")]
pub(crate) struct TokenRequest {
    /// `authorization_code`, `refresh_token` or `client_credentials`.
    #[pyo3(get)]
    grant_type: &'static str,
    /// `code`, of `authorization_code`, as it was sent.
    #[pyo3(get)]
    code: Option<String>,
    /// `redirect_uri`, which OAuth 2.1 leaves out.
    #[pyo3(get)]
    redirect_uri: Option<String>,
    /// `code_verifier`, as it was sent.
    #[pyo3(get)]
    code_verifier: Option<String>,
    /// `refresh_token`, of `refresh_token`, as it was sent.
    #[pyo3(get)]
    refresh_token: Option<String>,
    /// `scope` of the two other grants, separated by spaces; empty if the client leaves it to the server.
    #[pyo3(get)]
    scope: String,
    /// `resource` (RFC 8707), or None.
    #[pyo3(get)]
    resource: Option<String>,
}

impl Drop for TokenRequest {
    fn drop(&mut self) {
        [&mut self.code, &mut self.code_verifier, &mut self.refresh_token].into_iter().for_each(Zeroize::zeroize);
    }
}

#[pymethods]
impl TokenRequest {
    /// Read the body of a request, which is form encoded, and the values of the Authorization header, one for each
    /// header line.
    ///
    /// Raises `parameter_repeated`, `parameter_malformed`, `parameter_missing`, `client_id_malformed`,
    /// `client_authentication_repeated` (more than one way to authenticate), `client_authentication_failed` (one that
    /// is malformed), `grant_type_unsupported`, `client_unauthorized` (`client_credentials` of a client that does not
    /// authenticate), `scope_refused`, `resource_refused`: `token_error_response` answers it.
    #[staticmethod]
    fn parse(py: Python<'_>, authorization: Vec<Bytes>, body: Bytes) -> PyResult<Py<Self>> {
        let values = authorization.iter().map(Bytes::as_slice);
        let room = token_request::TokenRequest::room(values.clone(), body.as_slice());
        let mut out = Zeroizing::new(vec![0; room]);
        let request = token_request::TokenRequest::parse(values, body.as_slice(), &mut out).or_raise(py)?;
        let (grant, own) = (request.grant(), |text: &str| text.to_owned());
        let read = Self {
            grant_type: grant.name(),
            code: grant.code().map(own),
            redirect_uri: grant.redirect_uri().map(own),
            code_verifier: grant.code_verifier().map(own),
            refresh_token: grant.refresh_token().map(own),
            scope: own(grant.scope().as_str()),
            resource: request.resource().map(|resource| own(resource.as_str())),
        };
        Py::new(py, PyClassInitializer::from(ClientAuthentication::of(request.client())).add_subclass(read))
    }

    fn __repr__(&self) -> String {
        format!("TokenRequest({}, redacted)", self.grant_type)
    }
}
