//! Token requests and responses; the codes, refresh tokens and client secrets in them.

use doorward::alg::Algorithms;
use doorward::error::Error;
use doorward::jwt::{Audience, scratch_length};
use doorward::oauth::client_authentication::{AuthMethod, ClientAuthentication};
use doorward::oauth::opaque::{self, Hash};
use doorward::oauth::scope::ScopeList;
use doorward::oauth::token_request;
use doorward::oauth::token_response::{self as response, Answer};
use doorward::response::ErrorResponse;
use doorward::time::UnixTime;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use zeroize::{Zeroize, Zeroizing};

use crate::ASYMMETRIC;
use crate::error::OrRaise;
use crate::keys::KeySet;
use crate::text::{Bytes, Random, Sent, Text, Texts};

/// A token request of which everything is well formed (RFC 6749 sections 4.1.3, 4.4.2 and 6). Its client has still to
/// be checked, and what it has.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct TokenRequest {
    /// Who the client says that it is.
    #[pyo3(get)]
    client_id: String,
    method: AuthMethod,
    proof: String,
    /// `authorization_code`, `refresh_token` or `client_credentials`.
    #[pyo3(get)]
    grant_type: &'static str,
    /// `code`, of `authorization_code`.
    #[pyo3(get)]
    code: Option<String>,
    /// `redirect_uri`, which OAuth 2.1 leaves out.
    #[pyo3(get)]
    redirect_uri: Option<String>,
    /// `code_verifier`, as it was sent.
    #[pyo3(get)]
    code_verifier: Option<String>,
    /// `refresh_token`, of `refresh_token`.
    #[pyo3(get)]
    refresh_token: Option<String>,
    /// `scope` of the two other grants, separated by spaces; empty if the client leaves it to the server.
    #[pyo3(get)]
    scope: String,
    /// `resource` (RFC 8707).
    #[pyo3(get)]
    resource: Option<String>,
}

impl Drop for TokenRequest {
    fn drop(&mut self) {
        self.proof.zeroize();
        [&mut self.code, &mut self.code_verifier, &mut self.refresh_token].into_iter().for_each(Zeroize::zeroize);
    }
}

#[pymethods]
impl TokenRequest {
    /// Read the body of a request, which is form encoded, and the values of the Authorization header, one for each
    /// header line.
    ///
    /// Raises `parameter_repeated`, `parameter_malformed`, `parameter_missing`, `client_id_invalid`,
    /// `client_authentication_repeated` (more than one way to authenticate), `client_authentication_failed` (one that
    /// is malformed), `grant_type_unsupported`, `client_unauthorized` (`client_credentials` of a client that does not
    /// authenticate), `scope_refused`, `resource_refused`: `token_error_response` answers it.
    #[staticmethod]
    fn parse(py: Python<'_>, authorization: Vec<Bytes>, body: Bytes) -> PyResult<Self> {
        let values = authorization.iter().map(Bytes::as_slice);
        let room = token_request::TokenRequest::room(values.clone(), body.as_slice());
        let mut out = Zeroizing::new(vec![0; room]);
        let request = token_request::TokenRequest::parse(values, body.as_slice(), &mut out).or_raise(py)?;
        let client = request.client();
        let (grant, own) = (request.grant(), |text: &str| text.to_owned());
        Ok(Self {
            client_id: client.client_id().to_owned(),
            method: client.method(),
            proof: client.reveal().to_owned(),
            grant_type: grant.name(),
            code: grant.code().map(own),
            redirect_uri: grant.redirect_uri().map(own),
            code_verifier: grant.code_verifier().map(own),
            refresh_token: grant.refresh_token().map(own),
            scope: own(grant.scope().as_str()),
            resource: request.resource().map(|resource| own(resource.as_str())),
        })
    }

    /// How the client authenticates: `none`, `client_secret_basic`, `client_secret_post` or `private_key_jwt`.
    #[getter]
    fn auth_method(&self) -> &'static str {
        self.method.name()
    }

    /// Check a client that is registered with `none`, or with a secret, of which `hash_opaque` is stored. Any other way
    /// of authenticating than the registered one is refused. Raises `client_authentication_failed`.
    #[pyo3(signature = (registered, secret_hash=None))]
    fn check_client(&self, py: Python<'_>, registered: Text, secret_hash: Option<Text>) -> PyResult<()> {
        let hash = secret_hash.map(|hash| hash.parse::<Hash>()).transpose().or_raise(py)?;
        let registered = AuthMethod::from_name(&registered).or_raise(py)?;
        ClientAuthentication::new(&self.client_id, self.method, &self.proof)
            .check(registered, hash.as_ref())
            .or_raise(py)
    }

    /// Check a client that is registered with `private_key_jwt`, by its keys (RFC 7523 section 3), and return `jti` of
    /// its assertion and until when to remember it, to refuse it when it comes again. `audiences` are the server's
    /// issuer and the URL of its token endpoint, of which one must fit.
    ///
    /// Raises `client_authentication_failed` if there is no assertion, if it has no `jti`, is of another subject, or
    /// expires more than an hour from now, or fails as a token: the error's `cause` says which.
    fn check_assertion(
        &self,
        py: Python<'_>,
        keys: &Bound<'_, KeySet>,
        audiences: Vec<Text>,
        now: u64,
    ) -> PyResult<(String, i64)> {
        let client = ClientAuthentication::new(&self.client_id, self.method, &self.proof);
        let mut scratch = vec![0; scratch_length(self.proof.len())];
        let audience = Audience::new(audiences.iter().map(|text| &**text)).or_raise(py)?;
        let (algorithms, now) = (Algorithms::new(ASYMMETRIC).or_raise(py)?, UnixTime::from_seconds(now));
        let assertion = client.check_assertion(keys.get().0.as_slice(), algorithms, audience, &mut scratch, now);
        assertion.map(|it| (it.jwt_id().to_owned(), it.remember_until())).or_raise(py)
    }

    /// Return the secret or assertion of the client, as it was sent; empty if it has none.
    fn reveal_proof(&self) -> &str {
        &self.proof
    }

    fn __repr__(&self) -> String {
        format!("TokenRequest({}, redacted)", self.grant_type)
    }
}

/// Return the body of the response that has tokens (RFC 6749 section 5.1), JSON. Its status is 200, and it has
/// `Cache-Control: no-store`. Raises `scope_invalid`.
#[pyfunction]
#[pyo3(signature = (access_token, *, expires_in=None, refresh_token=None, scope=None))]
pub(crate) fn token_response(
    py: Python<'_>,
    access_token: Text,
    expires_in: Option<u64>,
    refresh_token: Option<Text>,
    scope: Option<Texts>,
) -> PyResult<String> {
    let scope = scope.map(Texts::into_scopes).transpose().or_raise(py)?;
    let response = response::TokenResponse {
        access_token: &access_token,
        expires_in,
        refresh_token: refresh_token.as_deref(),
        scope: scope.as_deref().map(ScopeList::parse).transpose().or_raise(py)?,
    };
    Ok(response.to_string())
}

/// Return after how many seconds to renew a token that is good for so many.
#[pyfunction]
pub(crate) fn renew_after(expires_in: u64) -> u64 {
    response::renew_after(expires_in)
}

/// Return the response of a token or registration endpoint to a request that was rejected with the error of this
/// number: status, headers (names in lower case) and body, which is JSON (RFC 6749 section 5.2). `retry_after` is the
/// error's detail of that name, in seconds.
#[pyfunction]
#[pyo3(signature = (number, *, retry_after=0))]
pub(crate) fn token_error_response<'py>(
    py: Python<'py>,
    number: u16,
    retry_after: u32,
) -> PyResult<(u16, Bound<'py, PyDict>, String)> {
    let response = ErrorResponse::of_number(number, retry_after);
    let headers = PyDict::new(py);
    headers.set_item("cache-control", "no-store")?;
    if let Some(challenge) = response.client_challenge() {
        headers.set_item("www-authenticate", challenge)?;
    }
    if let Some(seconds) = response.retry_after() {
        headers.set_item("retry-after", seconds.to_string())?;
    }
    Ok((response.status(), headers, response.body().to_string()))
}

/// What a client makes of a token response: tokens, or an `error`. `printable` shows the server's texts; tokens are
/// secret.
#[pyclass(frozen, get_all, module = "doorward._core")]
pub(crate) struct TokenAnswer {
    /// `access_token`; if it is None, there is an `error`.
    access_token: Option<String>,
    /// `expires_in`, in seconds.
    expires_in: Option<u64>,
    /// `refresh_token`.
    refresh_token: Option<String>,
    /// `scope`; None if it is what was asked for.
    scope: Option<String>,
    /// `error` (RFC 6749 section 5.2).
    error: Option<String>,
    /// `error_description`.
    error_description: Option<String>,
}

#[pymethods]
impl TokenAnswer {
    /// Read status and body of a response (RFC 6749 sections 5.1 and 5.2): an object with `error` is one whatever its
    /// status. Raises `token_response_malformed`, and `response_status` if it has another status than 200 and is no
    /// JSON.
    #[staticmethod]
    fn parse(py: Python<'_>, status: u16, body: Bytes) -> PyResult<Self> {
        let mut out = Zeroizing::new(vec![0; body.as_slice().len()]);
        let none = Self {
            access_token: None,
            expires_in: None,
            refresh_token: None,
            scope: None,
            error: None,
            error_description: None,
        };
        Ok(match Answer::parse(status, body.as_slice(), &mut out).or_raise(py)? {
            Answer::Tokens(tokens) => Self {
                access_token: Some(tokens.access_token.to_owned()),
                expires_in: tokens.expires_in,
                refresh_token: tokens.refresh_token.map(str::to_owned),
                scope: tokens.scope.map(|scope| scope.as_str().to_owned()),
                ..none
            },
            Answer::Error { error, error_description } => {
                Self { error: Some(error.to_owned()), error_description: error_description.map(str::to_owned), ..none }
            }
        })
    }

    fn __repr__(&self) -> &'static str {
        "TokenAnswer(redacted)"
    }
}

/// Return a new code, refresh token or client secret from 32 random bytes, as of `secrets.token_bytes(32)`: 43
/// characters, a secret. Store `hash_opaque` of it.
#[pyfunction]
pub(crate) fn mint_opaque<'py>(py: Python<'py>, random: Random) -> PyResult<Bound<'py, PyString>> {
    let mut out = Zeroizing::new([0; opaque::LENGTH]);
    Ok(PyString::new(py, opaque::mint(random.bytes().or_raise(py)?, &mut *out).or_raise(py)?))
}

/// Return what is stored of a code, refresh token or client secret: its SHA-256, 64 hexadecimal digits.
#[pyfunction]
pub(crate) fn hash_opaque(py: Python<'_>, text: Sent) -> PyResult<String> {
    Ok(Hash::of(text.read(Error::ParameterMalformed).or_raise(py)?).to_string())
}

/// Return whether a text has this hash, in constant time. Raises `opaque_hash_malformed`.
#[pyfunction]
pub(crate) fn matches_opaque(py: Python<'_>, hash: Text, text: Sent) -> PyResult<bool> {
    let hash: Hash = hash.parse().or_raise(py)?;
    Ok(text.as_str().is_some_and(|text| hash.matches(text)))
}
