//! Scopes, and those that they imply.

use doorward::error::Error;
use doorward::oauth::scope::{self, GrantedScopes};
use pyo3::prelude::*;
use pyo3::types::PyMapping;

use crate::error::OrRaise;
use crate::text::{Text, Texts, wrong_type};

/// Each broader scope with those that it implies.
pub(crate) struct Hierarchy(Vec<(Text, Texts)>);

impl<'a, 'py> FromPyObject<'a, 'py> for Hierarchy {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let items = object.cast::<PyMapping>().map_err(|_| wrong_type("a dict", object))?.items()?;
        items.iter().map(|item| item.extract()).collect::<PyResult<_>>().map(Self)
    }
}

impl Hierarchy {
    /// Returns it as core parses it.
    pub(crate) fn into_lines(self) -> Result<String, Error> {
        let all = self.0.into_iter().map(|(broader, implied)| Ok((broader, implied.into_scopes()?)));
        let all = all.collect::<Result<Vec<_>, Error>>()?;
        let scopes = all.iter().map(|(broader, implied)| (&**broader, GrantedScopes::new(implied).iter()));
        Ok(scope::lines(scopes)?.to_string())
    }
}

/// Return scopes as one text, with single spaces between. Raises `scope_invalid` if they are more than 256, if one text
/// is no such list, or if one of several is no scope: with a space in it, it would become two.
#[pyfunction]
pub(crate) fn join_scopes(py: Python<'_>, scopes: Texts) -> PyResult<String> {
    scopes.into_scopes().or_raise(py)
}
