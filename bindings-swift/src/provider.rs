//! Identity providers, by their names.

use doorward::provider::Provider;

use crate::error::Failure;

/// A parameter of a provider.
#[derive(uniffi::Record)]
pub(crate) struct ProviderParameter {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// Where a provider's keys are, if not where its metadata says.
#[uniffi::export]
pub(crate) fn provider_jwks_uri(name: String, parameters: Vec<ProviderParameter>) -> Result<Option<String>, Failure> {
    let provider = Provider::from_name(&name)?;
    let printed = provider.with(parameters.iter().map(|one| (one.name.as_str(), one.value.as_str())))?.to_string();
    let uri = provider.names(&printed).jwks_uri;
    Ok(Some(uri.to_owned()).filter(|uri| !uri.is_empty()))
}

/// The header that carries a provider's tokens, if that is not Authorization.
#[uniffi::export]
pub(crate) fn provider_header(name: String) -> Result<Option<String>, Failure> {
    Ok(Provider::from_name(&name)?.header.map(str::to_owned))
}
