//! Random bytes.

use doorward::error::Error;
use doorward::secret;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::text::wrong_type;

/// 32 random bytes, not copied.
pub(crate) struct Random(PyBackedBytes);

impl<'a, 'py> FromPyObject<'a, 'py> for Random {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        object.extract().map(Self).map_err(|_| wrong_type("bytes", object))
    }
}

impl Random {
    /// Returns the bytes; `random_invalid` for another number of them.
    pub(crate) fn bytes(&self) -> Result<&[u8; 32], Error> {
        secret::random(&self.0)
    }
}
