//! Core's error as a Python exception.

use doorward::error::{Detail, Error, Remedy};
use doorward::response::ErrorResponse;
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMappingProxy};

create_exception!(
    doorward._core,
    DoorwardError,
    PyException,
    "Why something was rejected. Contains names and numbers, never text from a token, key or secret.\n\n\
     number: the permanent number; name: the permanent name, such as 'token_expired'; status: the HTTP status to\n\
     respond with; oauth_error: the OAuth error code, or None; details: a dict of values that explain it, for the log.\n\
     Numbers and names are the same in every language; `ERRORS` lists them."
);

/// Returns the exception for an error of core.
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

/// Converts core's result to Python's.
pub(crate) trait OrRaise<T> {
    /// Returns the value, or the exception.
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> OrRaise<T> for Result<T, Error> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| raise(py, error))
    }
}

/// Return whether keys that are newer than those at hand may resolve the error of this number, if the token says that
/// it is of their issuer (`Policy.claims_issuer`).
#[pyfunction]
pub(crate) fn wants_newer_keys(number: u16) -> bool {
    Remedy::of_number(number).wants_newer_keys()
}

/// Return whether the error of this number says that a code or refresh token that was used before came again, with all
/// that it is bound to: revoke the grant (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2).
#[pyfunction]
pub(crate) fn is_replay(number: u16) -> bool {
    Remedy::of_number(number).is_replay()
}

/// Return whether a client's document remains what it was when it was read before, after the error of this number: it
/// could not be fetched again, since its server is unavailable, or a limit was reached. All other errors are about the
/// document, and end what was kept of it.
#[pyfunction]
pub(crate) fn keeps_client_document(number: u16) -> bool {
    Remedy::of_number(number).keeps_client_document()
}

/// Return whether what could not be opened, with the error of this number, may have been sealed with a newer key than
/// those at hand: open it again with the keys that another process may have made since.
#[pyfunction]
pub(crate) fn wants_newer_sealing_keys(number: u16) -> bool {
    Remedy::of_number(number).wants_newer_sealing_keys()
}

/// Return whether the error of this number says that credentials, a code or a refresh token were refused as only
/// guessed, forged or stolen ones are: count it as a failed attempt of whoever sent them (RFC 6749 section 10.10). A
/// caller who sent none, or one that has expired, or may not do this one thing, has guessed nothing. Of API keys every
/// fault counts, so that nobody learns from the count what is wrong with one, and so does an inactive token, which may
/// be unknown or expired (RFC 7662 section 2.2). For what comes again see `is_replay`.
#[pyfunction]
pub(crate) fn is_failed_attempt(number: u16) -> bool {
    Remedy::of_number(number).is_failed_attempt()
}

/// Return whether the error of this number says nothing about the credentials, which can be neither accepted nor
/// refused now: keep what is known of them, and ask again later (RFC 9110 section 15.6.4).
#[pyfunction]
pub(crate) fn is_unavailable(number: u16) -> bool {
    Remedy::of_number(number).is_unavailable()
}

/// Returns number, HTTP status and OAuth error code of every error, by name.
pub(crate) fn table(py: Python<'_>) -> PyResult<Bound<'_, PyMappingProxy>> {
    let table = PyDict::new(py);
    for (number, name) in Error::TABLE {
        let response = ErrorResponse::of_number(*number, 0);
        table.set_item(*name, (*number, response.status(), response.code()))?;
    }
    Ok(PyMappingProxy::new(py, table.as_mapping()))
}

pub(crate) fn not_pickled(name: &str) -> PyErr {
    PyTypeError::new_err(format!("{name} cannot be pickled or copied"))
}
