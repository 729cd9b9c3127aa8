//! Core's error as a Python exception.

use doorward::error::{Detail, Error};
use doorward::response::ErrorResponse;
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMappingProxy};

create_exception!(
    doorward._core,
    DoorwardError,
    PyException,
    "Something was refused. Holds names and numbers, never a token, key or secret."
);

/// The exception for an error of core.
pub(crate) fn raise(py: Python<'_>, error: Error) -> PyErr {
    let exception = DoorwardError::new_err(error.to_string());
    let details = PyDict::new(py);
    let mut outcome = Ok(());
    error.details(|name, detail| {
        let set = match detail {
            Detail::Number(number) => details.set_item(name, number),
            Detail::Name(text) => details.set_item(name, text),
        };
        outcome = std::mem::replace(&mut outcome, Ok(())).and(set);
    });
    let value = exception.value(py);
    let attributes = outcome.and_then(|()| {
        value.setattr("number", error.number())?;
        value.setattr("name", error.name())?;
        value.setattr("status", error.response().status())?;
        value.setattr("oauth_error", error.response().code())?;
        value.setattr("details", details)
    });
    match attributes {
        Ok(()) => exception,
        Err(error) => error,
    }
}

/// Core's result as Python's.
pub(crate) trait OrRaise<T> {
    /// The value, or the exception.
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> OrRaise<T> for Result<T, Error> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| raise(py, error))
    }
}

/// Number, HTTP status and OAuth code of every error, by name.
pub(crate) fn table(py: Python<'_>) -> PyResult<Bound<'_, PyMappingProxy>> {
    let table = PyDict::new(py);
    for (number, name) in Error::TABLE {
        let response = ErrorResponse::of_number(*number, 0);
        table.set_item(*name, (*number, response.status(), response.code()))?;
    }
    Ok(PyMappingProxy::new(py, table.as_mapping()))
}
