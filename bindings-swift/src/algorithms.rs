//! Signature algorithms, by their names.

use doorward::alg::Alg;
use doorward::error::Error;

use crate::error::Failure;

/// Returns the algorithms with these names.
pub(crate) fn parse_algorithms(names: &[String]) -> Result<Vec<Alg>, Error> {
    names.iter().map(|name| Alg::parse(name)).collect()
}

/// The registered name of an algorithm that is known by this one.
#[uniffi::export]
pub(crate) fn algorithm_name(name: String) -> Result<String, Failure> {
    Ok(Alg::parse(&name)?.name().to_owned())
}
