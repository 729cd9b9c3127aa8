//! Signature algorithms, by their names.

use doorward::alg::{Alg, Family};
use doorward::error::Error;
use pyo3::prelude::*;

use crate::ASYMMETRIC;
use crate::error::OrRaise;
use crate::text::Text;

/// Returns algorithms by name; without names, every one with public keys.
pub(crate) fn parse_algorithms(names: Option<Vec<Text>>) -> Result<Vec<Alg>, Error> {
    match names {
        None => Ok(ASYMMETRIC.iter().map(|one| one.alg()).collect()),
        Some(names) => names.iter().map(|name| Alg::parse(name)).collect(),
    }
}

/// Return the names of algorithms as policies have them: `EdDSA` is Ed25519's older one (RFC 9864). Raises what is
/// wrong with a name.
#[pyfunction]
pub(crate) fn algorithm_names(py: Python<'_>, algorithms: Vec<Text>) -> PyResult<Vec<&'static str>> {
    let algorithms = parse_algorithms(Some(algorithms)).or_raise(py)?;
    Ok(algorithms.into_iter().map(Alg::name).collect())
}

/// Return whether algorithms are for shared secrets; if not, they are for public keys. Raises `algorithms_mixed` for
/// some of each, `algorithms_empty` for none, or what is wrong with a name.
#[pyfunction]
pub(crate) fn uses_shared_secrets(py: Python<'_>, algorithms: Vec<Text>) -> PyResult<bool> {
    let family = parse_algorithms(Some(algorithms)).and_then(Family::of).or_raise(py)?;
    Ok(family == Family::Shared(()))
}
