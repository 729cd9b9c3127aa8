//! The authenticated caller.

use doorward::host;
use doorward::oauth::scope::ScopeList;
use doorward::text::printable::Printable;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyInt, PyString};

use crate::error::OrRaise;
use crate::error::not_pickled;
use crate::text::{Text, Texts};

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
