//! API keys.

use doorward::api_key::{self, ApiKeyHash, MAX_LENGTH, Pepper};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::error::OrRaise;
use crate::keys::not_pickled;
use crate::text::Text;

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

/// An API key.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct ApiKey(api_key::ApiKey);

#[pymethods]
impl ApiKey {
    /// Makes a key of 32 random bytes.
    #[staticmethod]
    fn mint(py: Python<'_>, prefix: Text, random: [u8; 32]) -> PyResult<Self> {
        api_key::ApiKey::mint(&prefix, &random).map(Self).or_raise(py)
    }

    /// Reads a key that a caller sent.
    #[staticmethod]
    fn parse(py: Python<'_>, text: Text) -> PyResult<Self> {
        api_key::ApiKey::parse(&text).map(Self).or_raise(py)
    }

    /// The prefix.
    #[getter]
    fn prefix(&self) -> &str {
        self.0.prefix()
    }

    /// The public id, to look the stored hash up by.
    #[getter]
    fn id(&self) -> &str {
        self.0.id()
    }

    /// The whole key, to be shown to its owner once.
    fn reveal(&self, py: Python<'_>) -> PyResult<String> {
        self.0.reveal(&mut [0; MAX_LENGTH]).map(str::to_owned).or_raise(py)
    }

    /// The hash to store.
    fn hash(&self, py: Python<'_>, peppers: &Bound<'_, Peppers>) -> PyResult<String> {
        let peppers = peppers.get().lend(py)?;
        let current = peppers.first().ok_or(doorward::error::Error::PepperUnknown { version: 0 }).or_raise(py)?;
        self.0.hash(current).map(|hash| hash.to_string()).or_raise(py)
    }

    /// Compares with the stored hash (`None` where the id is unknown); tells whether to hash anew.
    fn check(&self, py: Python<'_>, stored: Option<Text>, peppers: &Bound<'_, Peppers>) -> PyResult<bool> {
        let stored = stored.as_deref().map(str::parse::<ApiKeyHash>).transpose().or_raise(py)?;
        let peppers = peppers.get().lend(py)?;
        self.0.check(stored.as_ref(), &peppers).map(|fits| fits.rehash).or_raise(py)
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("ApiKey"))
    }
}
