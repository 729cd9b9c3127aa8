//! Tokens verified, and the caller.

use doorward::alg::Family;
use doorward::host::{self, AnyAuthenticator, CacheLimits, Lookup};
use doorward::oauth::scope::ScopeList;
use doorward::text::printable::Printable;
use doorward::time::UnixTime;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyInt, PyString};

use crate::PublicKey;
use crate::error::OrRaise;
use crate::keys::{EitherKeys, not_pickled};
use crate::policy::Policy;
use crate::text::{Bytes, Text, Texts};

/// The authenticated caller: the claims of a token that satisfied its policy.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct Principal(pub(crate) host::Principal);

/// Decodes a JSON value by Python's own decoder, which rejects integers of more than 4300 digits and nothing else.
fn decode<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    static DECODE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let new = |options: Option<&Bound<'py, PyDict>>| {
        py.import("json")?.call_method("JSONDecoder", (), options)?.getattr("raw_decode").map(Bound::unbind)
    };
    // Not `decode`, which looks for white space around a value: core returns the value alone.
    let decoded = DECODE.get_or_try_init(py, || new(None))?.bind(py).call1((json,)).or_else(|_| {
        let options = PyDict::new(py);
        options.set_item("parse_int", wrap_pyfunction!(integer, py)?)?;
        new(Some(&options))?.bind(py).call1((json,))
    })?;
    decoded.get_item(0)
}

/// Returns an integer, or a float if it has too many digits for Python.
#[pyfunction]
fn integer<'py>(digits: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    let py = digits.py();
    py.get_type::<PyInt>().call1((digits,)).or_else(|_| py.get_type::<PyFloat>().call1((digits,)))
}

#[pymethods]
impl Principal {
    /// `iss`: the issuer of the policy.
    #[getter]
    fn issuer(&self) -> &str {
        self.0.issuer()
    }

    /// `sub`: unique within the issuer only; `None` if the token has none.
    #[getter]
    fn subject(&self) -> Option<&str> {
        self.0.subject()
    }

    /// `client_id` (RFC 9068 section 2.2), or the claim that the policy names in its place; `None` if the token has
    /// none.
    #[getter]
    fn client_id(&self) -> Option<&str> {
        self.0.client_id()
    }

    /// `jti`: identifies the token in deny lists; `None` if the token has none.
    #[getter]
    fn jwt_id(&self) -> Option<&str> {
        self.0.jwt_id()
    }

    /// SHA-256 of the claims as they were signed, 32 bytes: identifies a token without `jti` in deny lists.
    #[getter]
    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.digest())
    }

    /// Every string in `aud`.
    #[getter]
    fn audience(&self) -> Vec<String> {
        self.0.audiences().map(|audience| audience.chars().collect()).collect()
    }

    /// The policy's audience that is in `aud`, as the policy writes it: of several, the first that the token has, an
    /// exact one before an equivalent one. `None` if the client binding alone makes the token ours.
    #[getter]
    fn matched_audience(&self) -> Option<&str> {
        self.0.matched_audience()
    }

    /// Whether the audience matched only by the relaxation `audience_uri_equivalence`.
    #[getter]
    fn audience_matched_by_equivalence(&self) -> bool {
        self.0.audience_matched_by_equivalence()
    }

    /// The granted scopes as the token lists them, without those they imply; `require` considers both.
    #[getter]
    fn scopes(&self) -> Vec<&str> {
        self.0.scopes().iter().collect()
    }

    /// `exp` in seconds since 1970, without the leeway.
    #[getter]
    fn expires_at(&self) -> i64 {
        self.0.expires_at()
    }

    /// `iat` in seconds since 1970; `None` if the token has none.
    #[getter]
    fn issued_at(&self) -> Option<i64> {
        self.0.issued_at()
    }

    /// `nbf` in seconds since 1970; `None` if the token has none.
    #[getter]
    fn not_before(&self) -> Option<i64> {
        self.0.not_before()
    }

    /// All claims as a dict, decoded from JSON at each access.
    #[getter]
    fn claims<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        decode(py, self.0.claims())
    }

    /// Return one claim as a Python object; `None` if there is none.
    fn claim<'py>(&self, py: Python<'py>, name: Text) -> PyResult<Bound<'py, PyAny>> {
        decode(py, self.0.claim(&name).map_or("null", |value| value.raw()))
    }

    /// Check that all of these scopes were granted, directly or through the policy's hierarchy. Raises
    /// `insufficient_scope` if one was not, and `scope_invalid` if they are no scopes.
    fn require(&self, py: Python<'_>, scopes: Texts) -> PyResult<()> {
        let scopes = scopes.into_scopes().or_raise(py)?;
        ScopeList::parse(&scopes).and_then(|scopes| self.0.require(scopes)).or_raise(py)
    }

    fn __repr__(&self) -> String {
        let shown = |text: Option<&str>| text.map_or("None".to_owned(), |text| format!("'{}'", Printable(text)));
        let (issuer, subject) = (shown(Some(self.0.issuer())), shown(self.0.subject()));
        format!("Principal(issuer={issuer}, subject={subject}, client_id={})", shown(self.0.client_id()))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("Principal"))
    }
}

/// Verify a token with the keys of one issuer and one policy, and return the caller; `now` is in seconds since 1970.
///
/// Caches nothing: see `Authenticator`. Raises what the token fails for, such as `token_expired`, and
/// `keys_unavailable` if there are no keys. Whether the token was revoked is not checked.
#[pyfunction]
pub(crate) fn authenticate(
    py: Python<'_>,
    token: Bytes,
    keys: EitherKeys,
    policy: &Bound<'_, Policy>,
    now: u64,
) -> PyResult<Principal> {
    let (token, now) = (token.as_slice(), UnixTime::from_seconds(now));
    let outcome = match policy.get().0.as_ref().with(keys.0).or_raise(py)? {
        Family::Public((policy, keys)) => py.detach(|| host::authenticate(token, &keys, policy, now)),
        // HMAC takes less time than letting the interpreter go and taking it back.
        Family::Shared((policy, keys)) => host::authenticate(token, &keys, policy, now),
    };
    outcome.map(Principal).or_raise(py)
}

/// Verifies tokens of one or several issuers, one policy for each; threads may share it.
///
/// A token that was verified is cached until its issuer's keys change: every claim is checked again, the signature is
/// not. `cache_entries` and `cache_bytes` limit the cache; 0 turns it off. Tokens with shared secrets are never cached.
/// Raises `issuer_invalid` without a policy or for an issuer with two, and `algorithms_mixed` if policies mix public
/// keys and shared secrets.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct Authenticator(pub(crate) AnyAuthenticator<PublicKey>);

#[pymethods]
impl Authenticator {
    #[new]
    #[pyo3(signature = (*policies, cache_entries=CacheLimits::DEFAULT.entries, cache_bytes=CacheLimits::DEFAULT.bytes))]
    fn new(py: Python<'_>, policies: Vec<Bound<'_, Policy>>, cache_entries: u32, cache_bytes: u32) -> PyResult<Self> {
        let limits = CacheLimits { entries: cache_entries, bytes: cache_bytes };
        let policies = policies.iter().map(|policy| policy.get().0.clone());
        AnyAuthenticator::new(policies, limits).map(Self).or_raise(py)
    }

    /// Replace an issuer's keys; tokens that the old ones verified leave the cache. Raises `issuer_unknown` if no
    /// policy names the issuer, `algorithms_mixed` for keys of the other kind, and `key_set_empty` if the policy can
    /// use none of them: then the old ones stay.
    fn set_keys(&self, py: Python<'_>, issuer: Text, keys: EitherKeys) -> PyResult<()> {
        self.0.set_keys(&issuer, keys.0).or_raise(py)
    }

    /// Verify a token by the policy of its issuer, and return the caller; `now` is in seconds since 1970.
    ///
    /// Raises what the token fails for, such as `token_expired`; `issuer_unknown` if no policy names its issuer,
    /// `key_not_found` if there may be newer keys to fetch, and `keys_unavailable` before `set_keys`.
    fn authenticate(&self, py: Python<'_>, token: Bytes, now: u64) -> PyResult<Principal> {
        let (token, now) = (token.as_slice(), UnixTime::from_seconds(now));
        let outcome = match &self.0 {
            Family::Public(authenticator) => match authenticator.lookup(token, now) {
                Lookup::Hit(outcome) => outcome,
                Lookup::Miss(pending) => py.detach(|| pending.verify()),
            },
            Family::Shared(authenticator) => authenticator.authenticate(token, now),
        };
        outcome.map(Principal).or_raise(py)
    }

    /// Return whether a caller whom `authenticate` returned is one at a later time, if the same token comes again: the
    /// issuer's keys are the same ones, and its times allow it. If not, authenticate anew.
    fn is_still_valid(&self, principal: &Bound<'_, Principal>, now: u64) -> bool {
        self.0.is_still_valid(&principal.get().0, UnixTime::from_seconds(now))
    }

    fn __repr__(&self) -> &'static str {
        "Authenticator()"
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("Authenticator"))
    }
}
