//! Text and bytes as Python hands them over.
//!
//! pyo3's own conversions raise a `UnicodeEncodeError` for a lone surrogate, and that exception carries the whole text.

use std::ops::Deref;

use doorward::error::Error;
use doorward::oauth::scope::{self, ScopeList};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::PyString;

use crate::error::raise;

/// A `str` of the program's own, not copied; with a lone surrogate in it, core's error for that.
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

/// A `str` that somebody sent, not copied.
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
    /// `None` where there is a lone surrogate in it.
    pub(crate) fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// What is no text is malformed as others are.
    pub(crate) fn read(&self, malformed: Error) -> Result<&str, Error> {
        self.as_str().ok_or(malformed)
    }
}

/// A `str` or `bytes`, not copied.
pub(crate) enum Bytes {
    /// `str`
    Text(PyBackedStr),
    /// `bytes`
    Bytes(PyBackedBytes),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Bytes {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(text) = object.extract() {
            return Ok(Self::Text(text));
        }
        if object.is_instance_of::<PyString>() {
            // A lone surrogate: not UTF-8, and for core to judge.
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

/// 32 random bytes, not copied.
pub(crate) struct Random(PyBackedBytes);

impl<'a, 'py> FromPyObject<'a, 'py> for Random {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        object.extract().map(Self).map_err(|_| wrong_type("bytes", object))
    }
}

impl Random {
    pub(crate) fn bytes(&self) -> PyResult<&[u8; 32]> {
        self.0.as_ref().try_into().map_err(|_| PyValueError::new_err("32 bytes are asked for"))
    }
}

/// One text or several.
pub(crate) enum Texts {
    /// One.
    One(Text),
    /// Several.
    Several(Vec<Text>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Texts {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if object.is_instance_of::<PyString>() {
            return object.extract().map(Self::One);
        }
        let texts = object.try_iter().map_err(|_| wrong_type("str, or several", object))?;
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

    /// A scope list: one text holds scopes with spaces between, several hold one each.
    pub(crate) fn into_scopes(self) -> Result<String, Error> {
        let text = match self {
            Self::One(text) => text.to_owned(),
            Self::Several(texts) => scope::join(texts.iter().map(Deref::deref))?.to_string(),
        };
        ScopeList::parse(&text).map(|_| ())?;
        Ok(text)
    }

    /// Scopes that were granted, taken as they are.
    pub(crate) fn into_granted(self) -> String {
        match self {
            Self::One(text) => text.to_owned(),
            Self::Several(texts) => scope::granted(texts.iter().map(Deref::deref)).to_string(),
        }
    }
}

/// Names the type that came, never the value.
fn wrong_type(asked: &str, came: Borrowed<'_, '_, PyAny>) -> PyErr {
    match came.get_type().name() {
        Ok(name) => PyTypeError::new_err(format!("{asked} is asked for, not {name}")),
        Err(error) => error,
    }
}
