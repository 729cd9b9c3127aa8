//! `doorward._core`: core's functions and types for Python. Nothing is decided here.

mod api_key;
mod api_key_record;
mod authorization;
mod authorization_request;
mod client;
mod client_authentication;
mod error;
mod grant;
mod introspection;
mod key_source;
mod keys;
mod mint;
mod oauth;
mod pkce;
mod policy;
mod principal;
mod provider;
mod rate_limit;
mod registration;
mod seal;
mod server;
mod text;
mod token;
mod upstream;

#[cfg(feature = "aws-lc")]
pub(crate) use doorward::alg::aws_lc::{ASYMMETRIC, PublicKey};
#[cfg(not(feature = "aws-lc"))]
pub(crate) use doorward::alg::{ASYMMETRIC, PublicKey};

#[pyo3::pymodule(gil_used = false)]
mod _core {
    use pyo3::prelude::*;
    use pyo3::types::PyTuple;

    #[pymodule_export]
    use crate::api_key::{ApiKey, Match, Peppers, unverified_api_key_id};
    #[pymodule_export]
    use crate::api_key_record::ApiKeyRecord;
    #[pymodule_export]
    use crate::authorization::{
        AuthorizationResponse, authorization_response_scope, authorization_response_state, check_redirect_uri,
        check_response_issuer, check_state, match_redirect_uri, may_redirect_without_consent, redirect_uri_destination,
        redirect_uri_is_on_device,
    };
    #[pymodule_export]
    use crate::authorization_request::{AuthorizationRedirect, AuthorizationRequest, ReceivedAuthorizationRequest};
    #[pymodule_export]
    use crate::client::{Client, ReceivedChallenge, client_assertion};
    #[pymodule_export]
    use crate::client_authentication::{ClientAuthentication, OutgoingAuthentication, auth_methods};
    #[pymodule_export]
    use crate::error::{DoorwardError, is_replay, keeps_client_document, wants_newer_keys, wants_newer_sealing_keys};
    #[pymodule_export]
    use crate::grant::{CodeRecord, RefreshRecord, check_grant_type, grantable, refresh_token_family};
    #[pymodule_export]
    use crate::introspection::{PendingIntrospection, PyIntrospector, TokenCheck};
    #[pymodule_export]
    use crate::key_source::{Attempt, KeySource};
    #[pymodule_export]
    use crate::keys::{KeySet, SharedSecrets};
    #[pymodule_export]
    use crate::mint::{KeyRing, SigningSecret};
    #[pymodule_export]
    use crate::oauth::{
        authorization_server_metadata_urls, bearer_credential, bearer_token, challenge, check_address,
        check_bearer_query, check_fetch_url, check_form_origin, check_issuer_metadata, check_origin,
        check_protected_resource_metadata, error_response, is_https_or_loopback, is_mcp_discovery, is_own_header,
        is_own_navigation, is_public_name, is_same_resource, is_serialized_origin, issuer_jwks_uri, may_connect,
        printable, protected_resource_metadata, protected_resource_metadata_url,
    };
    #[pymodule_export]
    use crate::pkce::{PyCodeChallenge, PyCodeVerifier, pkce_authorization_request, pkce_token_request};
    #[pymodule_export]
    use crate::policy::{
        Policy, join_scopes, named_policy, relaxation_for_typ, relaxation_is_of_key_sets, uses_shared_secrets,
    };
    #[pymodule_export]
    use crate::principal::{Authenticator, Principal, authenticate};
    #[pymodule_export]
    use crate::provider::Provider;
    #[pymodule_export]
    use crate::rate_limit::{Limiter, RateLimit, RateLimitDecision, client_address, client_key};
    #[pymodule_export]
    use crate::registration::{
        ClientMetadata, check_client_document_url, client_document_body_limit, is_client_document_url,
    };
    #[pymodule_export]
    use crate::seal::SealingKeys;
    #[pymodule_export]
    use crate::server::{AuthorizationServer, authorization_server_metadata};
    #[pymodule_export]
    use crate::text::form_field;
    #[pymodule_export]
    use crate::token::{
        RevocationRequest, TokenAnswer, TokenRequest, authorization_failure, check_content_type, endpoint_response,
        grant_failure, hash_opaque_token, is_revoked, matches_opaque_token, mint_opaque_token, page_error_response,
        renew_after, token_error_response, token_lifetime, token_response,
    };
    #[pymodule_export]
    use crate::upstream::{
        Upstream, is_own_upstream_parameter, is_upstream_endpoint, upstream_granted, upstream_granted_of,
    };

    #[pymodule_export]
    const SIGNATURES: &str = if cfg!(feature = "aws-lc") { "aws-lc" } else { "portable" };
    #[pymodule_export]
    const MAX_TOKEN_LENGTH: usize = doorward::jwt::MAX_TOKEN_LENGTH;
    #[pymodule_export]
    const ROOT_METADATA_PATH: &str = doorward::oauth::metadata::ROOT_METADATA_PATH;
    #[pymodule_export]
    const METADATA_CACHE_CONTROL: &str = doorward::oauth::metadata::METADATA_CACHE_CONTROL;
    #[pymodule_export]
    const API_KEY_PATTERN: &str = doorward::api_key::PATTERN;
    #[pymodule_export]
    const MAX_TIME: i64 = doorward::time::UnixTime::MAX.seconds();
    #[pymodule_export]
    const MAX_LEEWAY: u32 = doorward::time::Leeway::LIMIT;
    #[pymodule_export]
    const MAX_ACCESS_TOKEN_LIFETIME: u32 = doorward::mint::MAX_ACCESS_TOKEN_LIFETIME;
    #[pymodule_export]
    const MAX_CLOCK_SKEW: u32 = doorward::time::MAX_CLOCK_SKEW;
    #[pymodule_export]
    const MAX_REFRESH_GRACE: u32 = doorward::oauth::rotation::MAX_GRACE;
    #[pymodule_export]
    const MAX_KEY_SET_LENGTH: usize = doorward::jwk::MAX_KEY_SET_LENGTH;
    #[pymodule_export]
    const MAX_TOKEN_RESPONSE_LENGTH: usize = doorward::oauth::token_response::MAX_TOKEN_RESPONSE_LENGTH;

    /// What is no constant of Rust, by its value or by its name.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let py = module.py();
        let names = crate::ASYMMETRIC.iter().map(|algorithm| algorithm.alg().name()).collect::<Vec<_>>();
        module.add("ASYMMETRIC", PyTuple::new(py, names)?)?;
        let names = doorward::alg::hmac::ALL.iter().map(|algorithm| algorithm.alg().name()).collect::<Vec<_>>();
        module.add("SYMMETRIC", PyTuple::new(py, names)?)?;
        let names = doorward::jwt::Relaxation::ALL.iter().map(|each| each.name()).collect::<Vec<_>>();
        module.add("RELAXATIONS", PyTuple::new(py, names)?)?;
        let fields = doorward::oauth::client_document::ClientDocumentUrl::HEADERS;
        module.add("CLIENT_DOCUMENT_HEADERS", PyTuple::new(py, fields)?)?;
        let doorward::oauth::rotation::Lifetimes { family, idle, grace } =
            doorward::oauth::rotation::Lifetimes::DEFAULT;
        module.add("DEFAULT_REFRESH_LIFETIMES", (family, idle, grace))?;
        module.add("ERRORS", crate::error::table(py)?)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
