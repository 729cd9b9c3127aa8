//! Codes, refresh tokens and client secrets.

use doorward::error::Error;
use doorward::oauth::opaque_token::{self, Hash};
use pyo3::prelude::*;
use pyo3::types::PyString;
use zeroize::Zeroizing;

use crate::error::OrRaise;
use crate::random::Random;
use crate::text::{Sent, Text};

/// Return a new code, refresh token or client secret from 32 random bytes, as of `secrets.token_bytes(32)`: 43
/// characters, a secret. Store `hash_opaque_token` of it.
#[pyfunction]
pub(crate) fn mint_opaque_token<'py>(py: Python<'py>, random: Random) -> PyResult<Bound<'py, PyString>> {
    let mut out = Zeroizing::new([0; opaque_token::LENGTH]);
    Ok(PyString::new(py, opaque_token::mint(random.bytes().or_raise(py)?, &mut *out).or_raise(py)?))
}

/// Return what is stored of a code, refresh token or client secret: its SHA-256, 64 hexadecimal digits.
#[pyfunction]
pub(crate) fn hash_opaque_token(py: Python<'_>, text: Sent) -> PyResult<String> {
    Ok(Hash::of(text.read(Error::ParameterMalformed).or_raise(py)?).to_string())
}

/// Return whether a text has this hash, in constant time. Raises `opaque_hash_malformed`.
#[pyfunction]
pub(crate) fn matches_opaque_token(py: Python<'_>, hash: Text, text: Sent) -> PyResult<bool> {
    let hash: Hash = hash.parse().or_raise(py)?;
    Ok(text.as_str().is_some_and(|text| hash.matches(text)))
}
