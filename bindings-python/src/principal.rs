//! A token judged, and who came of it.

use doorward::alg::{Algorithms, PublicKey};
use doorward::error::Error;
use doorward::jwk::Key;
use doorward::jwt::{self, MAX_TOKEN_LENGTH, Policy as CorePolicy, Realm, Unverified};
use doorward::oauth::scope::{self, GrantedScopes, ScopeHierarchy, ScopeList};
use doorward::time::UnixTime;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyInt, PyString};

use crate::error::OrRaise;
use crate::keys::{KeySet, SharedSecrets, not_pickled};
use crate::policy::{Family, Policy};
use crate::text::{Bytes, Text, Texts};

/// Who is calling: the claims of a token that fulfilled its policy.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct Principal {
    claims: String,
    issuer: String,
    subject: Option<String>,
    client_id: Option<String>,
    jwt_id: Option<String>,
    audience: Vec<String>,
    audience_tolerated: bool,
    scopes: String,
    hierarchy: String,
    expires_at: i64,
    issued_at: Option<i64>,
    not_before: Option<i64>,
}

impl Principal {
    fn new(principal: &jwt::Principal<'_>, hierarchy: &str) -> Self {
        Self {
            claims: principal.claims().to_owned(),
            issuer: principal.issuer().to_owned(),
            subject: principal.subject().map(str::to_owned),
            client_id: principal.client_id().map(str::to_owned),
            jwt_id: principal.jwt_id().map(str::to_owned),
            audience: principal.audiences().map(|audience| audience.chars().collect()).collect(),
            audience_tolerated: principal.audience_tolerated(),
            scopes: principal.scopes().as_str().to_owned(),
            hierarchy: hierarchy.to_owned(),
            expires_at: principal.expires_at(),
            issued_at: principal.issued_at(),
            not_before: principal.not_before(),
        }
    }
}

/// What Python's own decoder makes of it; it refuses integers of more than 4300 digits, and only these.
fn decode<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    static DECODE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let new = |options: Option<&Bound<'py, PyDict>>| {
        py.import("json")?.call_method("JSONDecoder", (), options)?.getattr("decode").map(Bound::unbind)
    };
    DECODE.get_or_try_init(py, || new(None))?.bind(py).call1((json,)).or_else(|_| {
        let options = PyDict::new(py);
        options.set_item("parse_int", wrap_pyfunction!(integer, py)?)?;
        new(Some(&options))?.bind(py).call1((json,))
    })
}

/// An integer; a float where Python does not take so many digits.
#[pyfunction]
fn integer<'py>(digits: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    let py = digits.py();
    py.get_type::<PyInt>().call1((digits,)).or_else(|_| py.get_type::<PyFloat>().call1((digits,)))
}

#[pymethods]
impl Principal {
    /// `iss`.
    #[getter]
    fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `sub`: unique within the issuer only.
    #[getter]
    fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// `client_id`.
    #[getter]
    fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// `jti`.
    #[getter]
    fn jwt_id(&self) -> Option<&str> {
        self.jwt_id.as_deref()
    }

    /// SHA-256 of the claims as they were signed, for deny lists.
    #[getter]
    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &jwt::claims_digest(&self.claims))
    }

    /// Every text in `aud`.
    #[getter]
    fn audience(&self) -> Vec<String> {
        self.audience.clone()
    }

    /// Whether the audience fits only by the relaxation `audience_root_slash`.
    #[getter]
    fn audience_tolerated(&self) -> bool {
        self.audience_tolerated
    }

    /// The scopes that were granted, without what they imply.
    #[getter]
    fn scopes(&self) -> Vec<&str> {
        GrantedScopes::new(&self.scopes).iter().collect()
    }

    /// `exp`, in seconds since 1970.
    #[getter]
    fn expires_at(&self) -> i64 {
        self.expires_at
    }

    /// `iat`, in seconds since 1970.
    #[getter]
    fn issued_at(&self) -> Option<i64> {
        self.issued_at
    }

    /// `nbf`, in seconds since 1970.
    #[getter]
    fn not_before(&self) -> Option<i64> {
        self.not_before
    }

    /// All claims, made into Python objects anew each time.
    #[getter]
    fn claims<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        decode(py, &self.claims)
    }

    /// One claim; `None` where there is none.
    fn claim<'py>(&self, py: Python<'py>, name: Text) -> PyResult<Bound<'py, PyAny>> {
        let claims = doorward::text::json::parse(self.claims.as_bytes()).or_raise(py)?;
        decode(py, claims.get(&name).map_or("null", |value| value.raw()))
    }

    /// Raises `insufficient_scope` unless all of these scopes were granted, or are implied by the policy's hierarchy.
    fn require(&self, py: Python<'_>, scopes: Texts) -> PyResult<()> {
        let scopes = scopes.into_scopes().or_raise(py)?;
        let hierarchy = ScopeHierarchy::parse(&self.hierarchy).or_raise(py)?;
        let required = ScopeList::parse(&scopes).or_raise(py)?;
        match scope::missing(required, GrantedScopes::new(&self.scopes), hierarchy).next() {
            Some(_) => Err(Error::InsufficientScope).or_raise(py),
            None => Ok(()),
        }
    }

    fn __repr__(&self) -> String {
        let (issuer, subject, client_id) = (&self.issuer, &self.subject, &self.client_id);
        format!("Principal(issuer={issuer:?}, subject={subject:?}, client_id={client_id:?})")
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("Principal"))
    }
}

fn judge<K>(token: &[u8], keys: &[Key<K>], policy: &CorePolicy<'_, K>, now: u64) -> Result<Principal, Error> {
    let mut scratch = scratch(token);
    let principal = jwt::authenticate(token, &mut scratch, keys, policy, UnixTime::from_seconds(now))?;
    Ok(Principal::new(&principal, policy.hierarchy().as_str()))
}

fn scratch(token: &[u8]) -> Vec<u8> {
    vec![0; jwt::scratch_length(token.len().min(MAX_TOKEN_LENGTH))]
}

/// Judges a token: the keys of one issuer, one policy, the clock in seconds since 1970.
#[pyfunction]
pub(crate) fn authenticate(
    py: Python<'_>,
    token: Bytes,
    keys: &Bound<'_, PyAny>,
    policy: &Bound<'_, Policy>,
    now: u64,
) -> PyResult<Principal> {
    let (token, policy) = (token.as_slice(), policy.get());
    let outcome = match (&policy.family, keys.cast::<KeySet>(), keys.cast::<SharedSecrets>()) {
        (Family::Public(list), Ok(keys), _) => {
            let keys = keys.get().keys();
            py.detach(|| judge(token, keys, &policy.lend(Algorithms::new(list)?)?, now))
        }
        // HMAC takes less time than letting the interpreter go and taking it back.
        (Family::Shared(list), _, Ok(keys)) => Algorithms::new(list)
            .and_then(|algorithms| policy.lend(algorithms))
            .and_then(|policy| judge(token, keys.get().keys(), &policy, now)),
        (_, Err(_), Err(_)) => return Err(PyTypeError::new_err("keys: a KeySet or SharedSecrets is asked for")),
        _ => Err(Error::AlgorithmsMixed),
    };
    outcome.or_raise(py)
}

/// As `authenticate`, for several issuers, each with its own keys.
#[pyfunction]
pub(crate) fn authenticate_any(
    py: Python<'_>,
    token: Bytes,
    realms: Vec<(Bound<'_, KeySet>, Bound<'_, Policy>)>,
    now: u64,
) -> PyResult<Principal> {
    let token = token.as_slice();
    let parts: Vec<(&[Key<PublicKey>], &Policy)> =
        realms.iter().map(|(keys, policy)| (keys.get().keys(), policy.get())).collect();
    py.detach(|| {
        let mut policies = Vec::new();
        for (keys, policy) in &parts {
            let Family::Public(list) = &policy.family else { return Err(Error::AlgorithmsMixed) };
            policies.push((*keys, policy.lend(Algorithms::new(list)?)?));
        }
        let realms: Vec<_> = policies.iter().map(|(keys, policy)| Realm { keys, policy }).collect();
        let mut scratch = scratch(token);
        let principal = jwt::authenticate_any(token, &mut scratch, &realms, UnixTime::from_seconds(now))?;
        let realm = realms.iter().find(|realm| realm.policy.issuer().as_str() == principal.issuer());
        let hierarchy = realm.map_or(ScopeHierarchy::NONE, |realm| realm.policy.hierarchy());
        Ok(Principal::new(&principal, hierarchy.as_str()))
    })
    .or_raise(py)
}

/// `kid` of a token that has not been checked: for `Refresh.key_not_found`, for nothing else.
#[pyfunction]
pub(crate) fn token_key_id(py: Python<'_>, token: Bytes) -> PyResult<Option<String>> {
    let token = token.as_slice();
    let mut scratch = scratch(token);
    let unverified = Unverified::parse(token, &mut scratch).or_raise(py)?;
    Ok(unverified.key_id().map(str::to_owned))
}
