//! The server's peppers.

use doorward::secret::Pepper;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::error::OrRaise;
use crate::error::not_pickled;

/// The server's peppers: secrets of at least 32 bytes with which API keys are hashed, each with the version number by
/// which stored hashes name it.
///
/// `current` hashes new keys; `previous` are accepted for hashes stored before. Raises `pepper_too_short`. Not pickled
/// or copied; `repr` shows versions only.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct Peppers(Vec<(u32, PyBackedBytes)>);

impl Peppers {
    pub(crate) fn as_peppers(&self, py: Python<'_>) -> PyResult<Vec<Pepper<'_>>> {
        self.0.iter().map(|(version, secret)| Pepper::new(*version, secret).or_raise(py)).collect()
    }
}

#[pymethods]
impl Peppers {
    #[new]
    #[pyo3(signature = (current, previous=Vec::new()))]
    fn new(py: Python<'_>, current: (u32, PyBackedBytes), previous: Vec<(u32, PyBackedBytes)>) -> PyResult<Self> {
        let peppers = Self(std::iter::once(current).chain(previous).collect());
        peppers.as_peppers(py)?;
        Ok(peppers)
    }

    fn __repr__(&self) -> String {
        format!("Peppers(versions={:?}, redacted)", self.0.iter().map(|(version, _)| version).collect::<Vec<_>>())
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("Peppers"))
    }
}
