//! Parameters of a provider or a service, by their names.

use pyo3::prelude::*;
use pyo3::types::PyMapping;

use crate::text::{Text, wrong_type};

/// Names with their values.
pub(crate) struct Parameters(pub(crate) Vec<(String, String)>);

impl<'a, 'py> FromPyObject<'a, 'py> for Parameters {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let items = object.cast::<PyMapping>().map_err(|_| wrong_type("a dict", object))?.items()?;
        let item = |item: Bound<'py, PyAny>| {
            item.extract().map(|(name, value): (Text, Text)| (name.to_owned(), value.to_owned()))
        };
        items.iter().map(item).collect::<PyResult<_>>().map(Self)
    }
}
