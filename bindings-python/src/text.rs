//! Text and bytes as Python hands them over.
//!
//! pyo3's own conversions raise a `UnicodeEncodeError` for a lone surrogate, and that exception carries the whole text.

use std::ops::Deref;

use doorward::error::Error;
use doorward::oauth::scope::{self, ScopeList};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::{PyMapping, PyString};

use crate::error::raise;

/// A `str` from the calling program, not copied; a lone surrogate raises `text_invalid`.
pub(crate) struct Text(PyBackedStr);

impl<'a, 'py> FromPyObject<'a, 'py> for Text {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if !object.is_instance_of::<PyString>() {
            return Err(wrong_type("str", object));
        }
        object.extract().map(Self).map_err(|_: PyErr| raise(object.py(), Error::TextInvalid))
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// A `str` that a client sent, not copied.
pub(crate) struct Sent(Option<PyBackedStr>);

impl<'a, 'py> FromPyObject<'a, 'py> for Sent {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if !object.is_instance_of::<PyString>() {
            return Err(wrong_type("str", object));
        }
        Ok(Self(object.extract().ok()))
    }
}

impl Sent {
    /// Returns the text; `None` if it has a lone surrogate.
    pub(crate) fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Returns the text; `malformed` if it has a lone surrogate.
    pub(crate) fn read(&self, malformed: Error) -> Result<&str, Error> {
        self.as_str().ok_or(malformed)
    }
}

/// A `str` or `bytes`, not copied.
pub(crate) enum Bytes {
    Text(PyBackedStr),
    Bytes(PyBackedBytes),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Bytes {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if object.is_instance_of::<PyString>() {
            if let Ok(text) = object.extract() {
                return Ok(Self::Text(text));
            }
            // A lone surrogate: not UTF-8, which core rejects.
            let bytes = object.call_method1("encode", ("utf-8", "surrogatepass"))?;
            return Ok(Self::Bytes(bytes.extract()?));
        }
        object.extract().map(Self::Bytes).map_err(|_| wrong_type("str or bytes", object))
    }
}

impl Bytes {
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// One text or several.
pub(crate) enum Texts {
    One(Text),
    Several(Vec<Text>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Texts {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if object.is_instance_of::<PyString>() {
            return object.extract().map(Self::One);
        }
        let wrong = || wrong_type("a str, or an iterable of them", object);
        // A mapping is one of its names.
        if object.cast::<PyMapping>().is_ok() {
            return Err(wrong());
        }
        let texts = object.try_iter().map_err(|_| wrong())?;
        texts.map(|text| text?.extract()).collect::<PyResult<_>>().map(Self::Several)
    }
}

impl Texts {
    pub(crate) fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text.to_owned()],
            Self::Several(texts) => texts.iter().map(|text| text.to_string()).collect(),
        }
    }

    /// Returns a scope list, separated by spaces: one text is such a list, several are one scope each.
    pub(crate) fn into_scopes(self) -> Result<String, Error> {
        let text = match self {
            Self::One(text) => text.to_owned(),
            Self::Several(texts) => scope::join(texts.iter().map(Deref::deref))?.to_string(),
        };
        ScopeList::parse(&text).map(|_| ())?;
        Ok(text)
    }

    /// Returns granted scopes, which are not validated.
    pub(crate) fn into_granted(self) -> String {
        match self {
            Self::One(text) => text.to_owned(),
            Self::Several(texts) => scope::granted(texts.iter().map(Deref::deref)).to_string(),
        }
    }
}

/// Returns an error that names the type, never the value.
pub(crate) fn wrong_type(expected: &str, found: Borrowed<'_, '_, PyAny>) -> PyErr {
    match found.get_type().name() {
        Ok(name) => PyTypeError::new_err(format!("expected {expected}, not {name}")),
        Err(error) => error,
    }
}
