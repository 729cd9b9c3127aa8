//! `doorward._core`: core's functions and types for Python. Nothing is decided here.

mod api_key;
mod error;
mod keys;
mod oauth;
mod policy;
mod principal;
mod refresh;
mod text;

#[cfg(feature = "aws-lc")]
pub(crate) use doorward::alg::aws_lc::{ASYMMETRIC, PublicKey};
#[cfg(not(feature = "aws-lc"))]
pub(crate) use doorward::alg::{ASYMMETRIC, PublicKey};

use pyo3::prelude::*;
use pyo3::types::PyTuple;

#[pymodule(gil_used = false)]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    let names = ASYMMETRIC.iter().map(|algorithm| algorithm.alg().name()).collect::<Vec<_>>();
    module.add("ASYMMETRIC", PyTuple::new(py, names)?)?;
    module.add("SIGNATURES", if cfg!(feature = "aws-lc") { "aws-lc" } else { "portable" })?;
    module.add("MAX_TOKEN_LENGTH", doorward::jwt::MAX_TOKEN_LENGTH)?;
    module.add("MAX_KEY_SET_LENGTH", doorward::jwk::MAX_KEY_SET_LENGTH)?;
    module.add("ERRORS", error::table(py)?)?;
    module.add("DoorwardError", py.get_type::<error::DoorwardError>())?;
    module.add_class::<keys::KeySet>()?;
    module.add_class::<keys::SharedSecrets>()?;
    module.add_class::<policy::Policy>()?;
    module.add_class::<principal::Principal>()?;
    module.add_class::<principal::Authenticator>()?;
    module.add_class::<refresh::Refresh>()?;
    module.add_class::<api_key::ApiKey>()?;
    module.add_class::<api_key::Match>()?;
    module.add_class::<api_key::Peppers>()?;
    module.add_function(wrap_pyfunction!(principal::authenticate, module)?)?;
    module.add_function(wrap_pyfunction!(oauth::bearer_token, module)?)?;
    module.add_function(wrap_pyfunction!(oauth::challenge, module)?)?;
    module.add_function(wrap_pyfunction!(oauth::error_response, module)?)?;
    module.add_function(wrap_pyfunction!(oauth::protected_resource_metadata, module)?)?;
    module.add_function(wrap_pyfunction!(oauth::protected_resource_metadata_url, module)?)?;
    module.add_function(wrap_pyfunction!(oauth::check_protected_resource_metadata, module)?)?;
    module.add_function(wrap_pyfunction!(oauth::authorization_server_metadata_urls, module)?)?;
    module.add_function(wrap_pyfunction!(oauth::check_issuer_metadata, module)?)?;
    module.add_function(wrap_pyfunction!(oauth::is_https_or_loopback, module)?)?;
    module.add_function(wrap_pyfunction!(oauth::printable, module)?)?;
    module.add_function(wrap_pyfunction!(oauth::pkce_verifier, module)?)?;
    module.add_function(wrap_pyfunction!(oauth::pkce_challenge, module)?)?;
    module.add_function(wrap_pyfunction!(oauth::pkce_authorization_request, module)?)?;
    module.add_function(wrap_pyfunction!(oauth::pkce_token_request, module)?)?;
    Ok(())
}
