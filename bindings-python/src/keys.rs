//! Key sets that own their keys.

use doorward::alg::hmac::{self, SharedSecret};
use doorward::alg::{Alg, Algorithms, Material, PublicKey};
use doorward::error::Error;
use doorward::jwk::{self, Key, Skipped};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::error::OrRaise;
use crate::policy::Family;
use crate::text::{Bytes, Text};

pub(crate) fn not_pickled(name: &str) -> PyErr {
    PyTypeError::new_err(format!("{name} is not pickled or copied"))
}

/// Keys, and why others were skipped.
struct Loaded<K> {
    keys: Vec<Key<K>>,
    skipped: Vec<(u32, &'static str)>,
}

impl<K> Loaded<K> {
    fn new() -> Self {
        Self { keys: Vec::new(), skipped: Vec::new() }
    }

    fn add(&mut self, outcome: Result<Key<K>, Skipped>) -> Result<(), Error> {
        match outcome {
            Ok(key) => self.keys.push(key),
            Err(skipped) => self.skipped.push((skipped.index, skipped.error.name())),
        }
        Ok(())
    }

    /// A key of the document that serves several algorithms counts once; its entries stand together.
    fn len(&self) -> usize {
        self.keys.chunk_by(|one, other| one.index() == other.index()).count()
    }
}

/// The public keys of an issuer (RFC 7517).
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct KeySet(Loaded<PublicKey>);

impl KeySet {
    pub(crate) fn keys(&self) -> &[Key<PublicKey>] {
        &self.0.keys
    }
}

#[pymethods]
impl KeySet {
    /// Reads a key set document.
    #[staticmethod]
    #[pyo3(signature = (document, algorithms=None))]
    fn parse(py: Python<'_>, document: Bytes, algorithms: Option<Vec<Text>>) -> PyResult<Self> {
        let Family::Public(list) = Family::parse(algorithms).or_raise(py)? else {
            return Err(Error::AlgorithmsMixed).or_raise(py);
        };
        let mut loaded = Loaded::new();
        let document = document.as_slice();
        let outcome = py.detach(|| jwk::load(document, Algorithms::new(&list)?, |outcome| loaded.add(outcome)));
        outcome.or_raise(py)?;
        Ok(Self(loaded))
    }

    /// Place in the document and error name of each key that was skipped.
    #[getter]
    fn skipped(&self) -> Vec<(u32, &'static str)> {
        self.0.skipped.clone()
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __repr__(&self) -> String {
        format!("KeySet({} keys, {} skipped)", self.0.len(), self.0.skipped.len())
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("KeySet"))
    }
}

/// Secrets shared with one issuer, for HMAC.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct SharedSecrets(Loaded<SharedSecret>);

impl SharedSecrets {
    pub(crate) fn keys(&self) -> &[Key<SharedSecret>] {
        &self.0.keys
    }
}

#[pymethods]
impl SharedSecrets {
    /// Takes one secret, for one algorithm.
    #[staticmethod]
    #[pyo3(signature = (secret, algorithm, kid=None))]
    fn single(py: Python<'_>, secret: PyBackedBytes, algorithm: Text, kid: Option<Text>) -> PyResult<Self> {
        let alg = Alg::parse(&algorithm).or_raise(py)?;
        let algorithm = hmac::ALL.iter().find(|one| one.alg() == alg).ok_or(Error::AlgorithmsMixed).or_raise(py)?;
        let prepared = algorithm.prepare(&Material::Secret { k: &secret }).or_raise(py)?;
        Ok(Self(Loaded { keys: vec![Key::new(kid.as_deref(), alg, prepared)], skipped: Vec::new() }))
    }

    /// Reads a private document of `oct` keys. A public key set does not belong here.
    #[staticmethod]
    fn parse(py: Python<'_>, private_document: Bytes, algorithms: Vec<Text>) -> PyResult<Self> {
        let Family::Shared(list) = Family::parse(Some(algorithms)).or_raise(py)? else {
            return Err(Error::AlgorithmsMixed).or_raise(py);
        };
        let mut loaded = Loaded::new();
        let algorithms = Algorithms::new(&list).or_raise(py)?;
        jwk::load_secrets(private_document.as_slice(), algorithms, |outcome| loaded.add(outcome)).or_raise(py)?;
        Ok(Self(loaded))
    }

    /// Place in the document and error name of each secret that was skipped.
    #[getter]
    fn skipped(&self) -> Vec<(u32, &'static str)> {
        self.0.skipped.clone()
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
