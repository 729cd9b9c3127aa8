//! Key sets that own their keys.

use std::sync::Arc;

use doorward::alg::hmac::{self, SharedSecret};
use doorward::alg::{Alg, Algorithms, Family};
use doorward::host::{self, AnyKeys, Keys};
use doorward::jwk::Key;
use doorward::jwt::Relaxations;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::algorithms::parse_algorithms;
use crate::error::{OrRaise, not_pickled};
use crate::policy::parse_relaxations;
use crate::text::{Bytes, Text};
use crate::{ASYMMETRIC, PublicKey};

fn skipped<K>(keys: &Keys<K>) -> Vec<(u32, &'static str)> {
    keys.skipped().iter().map(|skipped| (skipped.index, skipped.error.name())).collect()
}

/// Public keys or shared secrets.
pub(crate) struct EitherKeys(pub(crate) AnyKeys<PublicKey>);

impl<'a, 'py> FromPyObject<'a, 'py> for EitherKeys {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        match (object.cast::<KeySet>(), object.cast::<SharedSecrets>()) {
            (Ok(keys), _) => Ok(Self(Family::Public(keys.get().0.clone()))),
            (_, Ok(secrets)) => Ok(Self(Family::Shared(secrets.get().0.clone()))),
            _ => Err(PyTypeError::new_err("keys: expected a KeySet or SharedSecrets")),
        }
    }
}

/// The public keys of an issuer (RFC 7517), prepared for verification. `len` counts pairs of key and algorithm: an RSA
/// key without `alg` serves six.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct KeySet(pub(crate) Arc<Keys<PublicKey>>);

#[pymethods]
impl KeySet {
    /// Parse a key set document for these algorithms (`ASYMMETRIC` if omitted), which must include those of the policy.
    ///
    /// A key that cannot be used is not an error but listed in `skipped` (RFC 7517 section 5), so the set may be empty.
    /// relax: names of relaxations, of which those for keys count. Raises `key_set_malformed`, `key_set_too_long`,
    /// `key_set_too_many_keys`, `key_set_too_costly`; `algorithm_unknown`, `algorithms_mixed` or `algorithms_empty` for
    /// the list, and `relaxation_unknown`.
    #[staticmethod]
    #[pyo3(signature = (document, algorithms=None, relax=None))]
    fn parse(
        py: Python<'_>,
        document: Bytes,
        algorithms: Option<Vec<Text>>,
        relax: Option<Vec<Text>>,
    ) -> PyResult<Self> {
        let algs = parse_algorithms(algorithms).or_raise(py)?;
        let relaxations: Relaxations = parse_relaxations(relax).or_raise(py)?.into_iter().collect();
        let document = document.as_slice();
        let parse = || Keys::parse(document, relaxations.apply_to(Algorithms::new(&host::choose(ASYMMETRIC, &algs)?)?));
        let keys = py.detach(parse).or_raise(py)?;
        Ok(Self(Arc::new(keys)))
    }

    /// For each key that was skipped: its zero-based index in the document, and the name of the error.
    #[getter]
    fn skipped(&self) -> Vec<(u32, &'static str)> {
        skipped(&self.0)
    }

    /// Raise `key_set_empty` if no key of it is in use, so that it must not replace another.
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        self.0.check().or_raise(py)
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

/// Secrets shared with an issuer, for HMAC. Not pickled or copied; `repr` shows how many there are.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct SharedSecrets(pub(crate) Arc<Keys<SharedSecret>>);

#[pymethods]
impl SharedSecrets {
    /// Return one secret for one algorithm (HS256, HS384 or HS512), with the `kid` that tokens name, if any. Raises
    /// `secret_too_short` if it has fewer bytes than the algorithm's hash (RFC 7518 section 3.2), `key_size_refused` if
    /// it is too long, `algorithms_mixed` for an algorithm with public keys.
    #[staticmethod]
    #[pyo3(signature = (secret, algorithm, kid=None))]
    fn single(py: Python<'_>, secret: PyBackedBytes, algorithm: Text, kid: Option<Text>) -> PyResult<Self> {
        let key = Alg::parse(&algorithm).and_then(|alg| Key::secret(kid.as_deref(), alg, &secret));
        Ok(Self(Arc::new(Keys::single(key.or_raise(py)?))))
    }

    /// Parse a private document of `oct` keys for these algorithms; never pass a public key set. A secret without `alg`
    /// is skipped unless the list has one algorithm (RFC 8725 section 3.1). Raises as `KeySet.parse`.
    #[staticmethod]
    fn parse(py: Python<'_>, private_document: Bytes, algorithms: Vec<Text>) -> PyResult<Self> {
        let list = parse_algorithms(Some(algorithms)).and_then(|algs| host::choose(hmac::ALL, &algs)).or_raise(py)?;
        let algorithms = Algorithms::new(&list).or_raise(py)?;
        let keys = Keys::parse_secrets(private_document.as_slice(), algorithms).or_raise(py)?;
        Ok(Self(Arc::new(keys)))
    }

    /// For each secret that was skipped: its zero-based index in the document, and the name of the error.
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
