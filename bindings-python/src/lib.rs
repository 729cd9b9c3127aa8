//! `doorward._core`: core's functions and types for Python. Nothing is decided here.

mod algorithms;
mod api_key;
mod api_key_record;
mod authenticator;
mod authorization_request;
mod authorization_response;
mod bearer;
mod challenge;
mod client_address;
mod client_assertion;
mod client_authentication;
mod client_document;
mod code;
mod endpoint;
mod error;
mod fetch_url;
mod form;
mod grantable;
mod introspection;
mod key_source;
mod keys;
mod limiter;
mod mcp;
mod metadata;
mod mint;
mod oauth_client;
mod opaque_token;
mod origin;
mod outgoing_authentication;
mod parameters;
mod peppers;
mod pkce;
mod policy;
mod principal;
mod printable;
mod provider;
mod random;
mod rate_limit;
mod redirect;
mod registration;
mod response;
mod revocation_request;
mod rotation;
mod scope;
mod seal;
mod server;
mod text;
mod token_check;
mod token_request;
mod token_response;
mod upstream;
mod uri;

#[cfg(feature = "aws-lc")]
pub(crate) use doorward::alg::aws_lc::{ASYMMETRIC, PublicKey};
#[cfg(not(feature = "aws-lc"))]
pub(crate) use doorward::alg::{ASYMMETRIC, PublicKey};

#[pyo3::pymodule(gil_used = false)]
mod _core {
    use pyo3::prelude::*;
    use pyo3::types::PyTuple;

    #[pymodule_export]
    use crate::algorithms::{algorithm_names, uses_shared_secrets};
    #[pymodule_export]
    use crate::api_key::{ApiKey, Match, unverified_api_key_id};
    #[pymodule_export]
    use crate::api_key_record::ApiKeyRecord;
    #[pymodule_export]
    use crate::authenticator::{Authenticator, authenticate};
    #[pymodule_export]
    use crate::authorization_request::{AuthorizationRedirect, AuthorizationRequest, ReceivedAuthorizationRequest};
    #[pymodule_export]
    use crate::authorization_response::{
        AuthorizationResponse, authorization_failure, authorization_response_scope, authorization_response_state,
        check_response_issuer, check_state,
    };
    #[pymodule_export]
    use crate::bearer::{bearer_credential, bearer_token, check_bearer_query, is_credential_header};
    #[pymodule_export]
    use crate::challenge::{ReceivedChallenge, challenge};
    #[pymodule_export]
    use crate::client_address::{client_address, client_key};
    #[pymodule_export]
    use crate::client_assertion::client_assertion;
    #[pymodule_export]
    use crate::client_authentication::{ClientAuthentication, auth_methods};
    #[pymodule_export]
    use crate::client_document::{check_client_document_url, client_document_body_limit, is_client_document_url};
    #[pymodule_export]
    use crate::code::CodeRecord;
    #[pymodule_export]
    use crate::endpoint::{check_content_type, endpoint_response};
    #[pymodule_export]
    use crate::error::{
        DoorwardError, is_failed_attempt, is_replay, is_unavailable, keeps_client_document, wants_newer_keys,
        wants_newer_sealing_keys,
    };
    #[pymodule_export]
    use crate::fetch_url::{check_address, check_fetch_url, is_public_name, may_connect};
    #[pymodule_export]
    use crate::form::form_field;
    #[pymodule_export]
    use crate::grantable::{check_grant_type, grantable};
    #[pymodule_export]
    use crate::introspection::{PendingIntrospection, PyIntrospector};
    #[pymodule_export]
    use crate::key_source::{Attempt, KeySource};
    #[pymodule_export]
    use crate::keys::{KeySet, SharedSecrets};
    #[pymodule_export]
    use crate::limiter::Limiter;
    #[pymodule_export]
    use crate::mcp::{is_mcp_discovery, is_mcp_discovery_body};
    #[pymodule_export]
    use crate::metadata::{
        authorization_server_metadata_urls, check_issuer_metadata, check_protected_resource_metadata, issuer_jwks_uri,
        protected_resource_metadata, protected_resource_metadata_url,
    };
    #[pymodule_export]
    use crate::mint::{KeyRing, SigningSecret};
    #[pymodule_export]
    use crate::oauth_client::Client;
    #[pymodule_export]
    use crate::opaque_token::{hash_opaque_token, matches_opaque_token, mint_opaque_token};
    #[pymodule_export]
    use crate::origin::{check_form_origin, check_origin, is_own_navigation, is_serialized_origin};
    #[pymodule_export]
    use crate::outgoing_authentication::OutgoingAuthentication;
    #[pymodule_export]
    use crate::peppers::Peppers;
    #[pymodule_export]
    use crate::pkce::{PyCodeChallenge, PyCodeVerifier, pkce_authorization_request, pkce_token_request};
    #[pymodule_export]
    use crate::policy::{Policy, named_policy, relaxation_is_of_key_sets};
    #[pymodule_export]
    use crate::principal::Principal;
    #[pymodule_export]
    use crate::printable::printable;
    #[pymodule_export]
    use crate::provider::Provider;
    #[pymodule_export]
    use crate::rate_limit::{RateLimit, RateLimitDecision};
    #[pymodule_export]
    use crate::redirect::{
        check_redirect_uri, match_redirect_uri, may_redirect_without_consent, redirect_uri_destination,
        redirect_uri_is_on_device,
    };
    #[pymodule_export]
    use crate::registration::ClientMetadata;
    #[pymodule_export]
    use crate::response::{error_problem, error_response, page_error_response, token_error_response};
    #[pymodule_export]
    use crate::revocation_request::{RevocationRequest, is_revoked};
    #[pymodule_export]
    use crate::rotation::{RefreshRecord, refresh_token_family};
    #[pymodule_export]
    use crate::scope::join_scopes;
    #[pymodule_export]
    use crate::seal::SealingKeys;
    #[pymodule_export]
    use crate::server::{AuthorizationServer, authorization_server_metadata};
    #[pymodule_export]
    use crate::token_check::TokenCheck;
    #[pymodule_export]
    use crate::token_request::TokenRequest;
    #[pymodule_export]
    use crate::token_response::{
        TokenAnswer, grant_failure, kept_refresh_token, renew_after, token_lifetime, token_response,
    };
    #[pymodule_export]
    use crate::upstream::{
        Upstream, is_own_upstream_parameter, is_upstream_endpoint, upstream_granted, upstream_granted_of,
    };
    #[pymodule_export]
    use crate::uri::{is_at_host, is_https_or_loopback, is_same_resource};

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
    const MAX_STATE_LENGTH: usize = doorward::seal::MAX_STATE_LENGTH;
    #[pymodule_export]
    const MAX_KEY_SET_LENGTH: usize = doorward::jwk::MAX_KEY_SET_LENGTH;
    #[pymodule_export]
    const MAX_TOKEN_RESPONSE_LENGTH: usize = doorward::oauth::token_response::MAX_TOKEN_RESPONSE_LENGTH;
    #[pymodule_export]
    const MAX_MCP_MESSAGES: usize = doorward::mcp::MAX_MESSAGES;

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
        let names = doorward::jwt::ClientClaim::ALL.iter().map(|each| each.name()).collect::<Vec<_>>();
        module.add("CLIENT_CLAIMS", PyTuple::new(py, names)?)?;
        let fields = doorward::oauth::client_document::ClientDocumentUrl::HEADERS;
        module.add("CLIENT_DOCUMENT_HEADERS", PyTuple::new(py, fields)?)?;
        let doorward::oauth::rotation::Lifetimes { family, idle, grace } =
            doorward::oauth::rotation::Lifetimes::DEFAULT;
        module.add("DEFAULT_REFRESH_LIFETIMES", (family, idle, grace))?;
        module.add("ERRORS", crate::error::table(py)?)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
