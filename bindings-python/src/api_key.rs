//! API keys.

use doorward::api_key::{self, ApiKeyHash, MAX_LENGTH};
use doorward::error::Error;
use doorward::secret::Pepper;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyString;
use zeroize::Zeroizing;

use crate::error::OrRaise;
use crate::keys::not_pickled;
use crate::text::{Random, Sent, Text};

/// The server's peppers, the current one first.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct Peppers(Vec<(u32, PyBackedBytes)>);

impl Peppers {
    fn lend(&self, py: Python<'_>) -> PyResult<Vec<Pepper<'_>>> {
        self.0.iter().map(|(version, secret)| Pepper::new(*version, secret).or_raise(py)).collect()
    }
}

#[pymethods]
impl Peppers {
    #[new]
    #[pyo3(signature = (current, previous=Vec::new()))]
    fn new(py: Python<'_>, current: (u32, PyBackedBytes), previous: Vec<(u32, PyBackedBytes)>) -> PyResult<Self> {
        let peppers = Self(std::iter::once(current).chain(previous).collect());
        peppers.lend(py)?;
        Ok(peppers)
    }

    fn __repr__(&self) -> String {
        format!("Peppers(versions={:?}, redacted)", self.0.iter().map(|(version, _)| version).collect::<Vec<_>>())
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("Peppers"))
    }
}

/// What came of a key that fits. Always true.
#[pyclass(frozen, get_all, module = "doorward._core")]
pub(crate) struct Match {
    /// Whether the stored hash uses an older pepper: hash the key anew and store that.
    rehash: bool,
}

#[pymethods]
impl Match {
    fn __repr__(&self) -> &'static str {
        if self.rehash { "Match(rehash=True)" } else { "Match(rehash=False)" }
    }
}

/// An API key: its text, wiped at its end.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct ApiKey(Zeroizing<Box<str>>);

impl ApiKey {
    fn lend(&self, py: Python<'_>) -> PyResult<api_key::ApiKey<'_>> {
        api_key::ApiKey::parse(&self.0).or_raise(py)
    }

    fn own(text: &str) -> Self {
        Self(Zeroizing::new(text.into()))
    }
}

#[pymethods]
impl ApiKey {
    /// Makes a key of 32 random bytes.
    #[staticmethod]
    fn mint(py: Python<'_>, prefix: Text, random: Random) -> PyResult<Self> {
        let mut out = Zeroizing::new([0; MAX_LENGTH]);
        let key = api_key::ApiKey::mint(&prefix, random.bytes()?).or_raise(py)?;
        key.reveal(&mut *out).map(Self::own).or_raise(py)
    }

    /// Reads a key that a caller sent.
    #[staticmethod]
    fn parse(py: Python<'_>, text: Sent) -> PyResult<Self> {
        let text = text.read(Error::ApiKeyMalformed).or_raise(py)?;
        api_key::ApiKey::parse(text).or_raise(py)?;
        Ok(Self::own(text))
    }

    /// The prefix.
    #[getter]
    fn prefix<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        Ok(PyString::new(py, self.lend(py)?.prefix()))
    }

    /// The public id, to look the stored hash up by.
    #[getter]
    fn id<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        Ok(PyString::new(py, self.lend(py)?.id()))
    }

    /// The whole key, to be shown to its owner once.
    fn reveal(&self) -> &str {
        &self.0
    }

    /// The hash to store.
    fn hash(&self, py: Python<'_>, peppers: &Bound<'_, Peppers>) -> PyResult<String> {
        let peppers = peppers.get().lend(py)?;
        let current = Pepper::current(&peppers).or_raise(py)?;
        self.lend(py)?.hash(current).map(|hash| hash.to_string()).or_raise(py)
    }

    /// Compares with the stored hash (`None` where the id is unknown); raises `api_key_mismatch`.
    fn check(&self, py: Python<'_>, stored: Option<Sent>, peppers: &Bound<'_, Peppers>) -> PyResult<Match> {
        let stored = stored.as_ref().map(|text| text.read(Error::ApiKeyHashMalformed)?.parse::<ApiKeyHash>());
        let stored = stored.transpose().or_raise(py)?;
        let peppers = peppers.get().lend(py)?;
        let found = self.lend(py)?.check(stored.as_ref(), &peppers).or_raise(py)?;
        Ok(Match { rehash: found.rehash })
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("{:?}", self.lend(py)?))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("ApiKey"))
    }
}
