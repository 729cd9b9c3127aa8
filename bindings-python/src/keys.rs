//! Key sets that own their keys.

use std::sync::Arc;

use doorward::alg::hmac::{self, SharedSecret};
use doorward::alg::{Alg, Algorithms, Family};
use doorward::host::{self, AnyKeys, Keys};
use doorward::jwk::Key;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::error::OrRaise;
use crate::policy::parse_algorithms;
use crate::text::{Bytes, Text};
use crate::{ASYMMETRIC, PublicKey};

pub(crate) fn not_pickled(name: &str) -> PyErr {
    PyTypeError::new_err(format!("{name} is not pickled or copied"))
}

fn skipped<K>(keys: &Keys<K>) -> Vec<(u32, &'static str)> {
    keys.skipped().iter().map(|skipped| (skipped.index, skipped.error.name())).collect()
}

/// Keys of the one kind or the other.
pub(crate) struct EitherKeys(pub(crate) AnyKeys<PublicKey>);

impl<'a, 'py> FromPyObject<'a, 'py> for EitherKeys {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        match (object.cast::<KeySet>(), object.cast::<SharedSecrets>()) {
            (Ok(keys), _) => Ok(Self(Family::Public(keys.get().0.clone()))),
            (_, Ok(secrets)) => Ok(Self(Family::Shared(secrets.get().0.clone()))),
            _ => Err(PyTypeError::new_err("keys: a KeySet or SharedSecrets is asked for")),
        }
    }
}

/// The public keys of an issuer (RFC 7517).
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct KeySet(pub(crate) Arc<Keys<PublicKey>>);

#[pymethods]
impl KeySet {
    /// Reads a key set document.
    #[staticmethod]
    #[pyo3(signature = (document, algorithms=None))]
    fn parse(py: Python<'_>, document: Bytes, algorithms: Option<Vec<Text>>) -> PyResult<Self> {
        let algs = parse_algorithms(algorithms).or_raise(py)?;
        let document = document.as_slice();
        let parse = || Keys::parse(document, Algorithms::new(&host::choose(ASYMMETRIC, &algs)?)?);
        let keys = py.detach(parse).or_raise(py)?;
        Ok(Self(Arc::new(keys)))
    }

    /// Place in the document and error name of each key that was skipped.
    #[getter]
    fn skipped(&self) -> Vec<(u32, &'static str)> {
        skipped(&self.0)
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __repr__(&self) -> String {
        format!("KeySet({} keys, {} skipped)", self.0.len(), self.0.skipped().len())
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("KeySet"))
    }
}

/// Secrets shared with one issuer, for HMAC.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct SharedSecrets(pub(crate) Arc<Keys<SharedSecret>>);

#[pymethods]
impl SharedSecrets {
    /// Takes one secret, for one algorithm.
    #[staticmethod]
    #[pyo3(signature = (secret, algorithm, kid=None))]
    fn single(py: Python<'_>, secret: PyBackedBytes, algorithm: Text, kid: Option<Text>) -> PyResult<Self> {
        let key = Alg::parse(&algorithm).and_then(|alg| Key::secret(kid.as_deref(), alg, &secret));
        Ok(Self(Arc::new(Keys::single(key.or_raise(py)?))))
    }

    /// Reads a private document of `oct` keys. A public key set does not belong here.
    #[staticmethod]
    fn parse(py: Python<'_>, private_document: Bytes, algorithms: Vec<Text>) -> PyResult<Self> {
        let list = parse_algorithms(Some(algorithms)).and_then(|algs| host::choose(hmac::ALL, &algs)).or_raise(py)?;
        let algorithms = Algorithms::new(&list).or_raise(py)?;
        let keys = Keys::parse_secrets(private_document.as_slice(), algorithms).or_raise(py)?;
        Ok(Self(Arc::new(keys)))
    }

    /// Place in the document and error name of each secret that was skipped.
    #[getter]
    fn skipped(&self) -> Vec<(u32, &'static str)> {
        skipped(&self.0)
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __repr__(&self) -> String {
        format!("SharedSecrets({} secrets, redacted)", self.0.len())
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("SharedSecrets"))
    }
}
