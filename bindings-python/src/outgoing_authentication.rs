//! How this program authenticates as a client.

use doorward::oauth::outgoing_authentication as outgoing;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use zeroize::Zeroizing;

use crate::error::OrRaise;
use crate::text::Text;

/// How this program authenticates at a token endpoint, whose client it is (RFC 6749 section 2.3): by the name of a
/// method, one of `METHODS`; if omitted, a client with a secret by `client_secret_basic`, and one without not at all.
/// Raises `client_authentication_invalid` for another method, a secret that is missing, or one that is not sent.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct OutgoingAuthentication {
    header: Option<Zeroizing<String>>,
    form: Zeroizing<String>,
}

#[pymethods]
impl OutgoingAuthentication {
    #[new]
    #[pyo3(signature = (client_id, client_secret=None, *, method=None))]
    fn new(py: Python<'_>, client_id: Text, client_secret: Option<Text>, method: Option<Text>) -> PyResult<Self> {
        let (secret, method) = (client_secret.as_deref(), method.as_deref());
        let client = outgoing::OutgoingAuthentication::new(&client_id, secret, method).or_raise(py)?;
        // Three for a byte that is escaped, four for three in base64; and the names.
        let room = 32 + 4 * (client_id.len() + secret.map_or(0, str::len));
        let mut out = Zeroizing::new(vec![0; room]);
        let header = Zeroizing::new(client.write_header(&mut out).or_raise(py)?.to_owned());
        let form = Zeroizing::new(client.write_form(&mut out).or_raise(py)?.to_owned());
        Ok(Self { header: Some(header).filter(|value| !value.is_empty()), form })
    }

    /// The methods that need no key to sign with.
    #[classattr]
    #[pyo3(name = "METHODS")]
    fn methods(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        PyTuple::new(py, outgoing::OutgoingAuthentication::METHODS.iter().map(|method| method.name()))
    }

    /// Return the value of the Authorization header, which is a secret; None if requests have no such header.
    fn reveal_header(&self) -> Option<&str> {
        self.header.as_deref().map(String::as_str)
    }

    /// Return the parameters of the form, as `client_id=...`, which may contain a secret; empty if it has none.
    fn reveal_form(&self) -> &str {
        &self.form
    }

    fn __repr__(&self) -> &'static str {
        "OutgoingAuthentication(redacted)"
    }
}
