//! Opaque tokens: introspection requests and responses.

use std::sync::Arc;

use doorward::host;
use doorward::http::exchange::ResponseHead;
use doorward::introspection::{Settings, Tokens, Verification};
use doorward::time::UnixTime;

use crate::PublicKey;
use crate::authenticator::CacheLimits;
use crate::error::Failure;
use crate::key_source::HeaderField;
use crate::policy::Policy;
use crate::principal::Principal;

/// Mirrors `introspection::Tokens`; a new variant fails to compile.
#[uniffi::remote(Enum)]
pub enum Tokens {
    /// Opaque tokens, by introspection; JWTs are rejected.
    Opaque,
    /// Opaque ones, and JWTs by keys.
    Both,
    /// All tokens by introspection, whatever their form.
    All,
}

/// Mirrors `introspection::Verification`; a new variant fails to compile.
#[uniffi::remote(Enum)]
pub enum Verification {
    /// By introspection at the endpoint.
    Endpoint,
    /// By the signature, with the issuer's keys.
    Keys,
}

/// An endpoint; core's own values where there is none.
#[derive(uniffi::Record)]
pub(crate) struct IntrospectionSettings {
    check: Option<String>,
    endpoint: String,
    authentication: Option<String>,
    client_id: String,
    secret: String,
    tokens: Tokens,
    lifetime_without_exp: Option<u32>,
    token_type_optional: bool,
    active_lifetime: Option<u32>,
    refused_lifetime: Option<u32>,
    timeout: Option<u32>,
    pause: Option<u32>,
    max_pending: Option<u32>,
    cache: CacheLimits,
}

/// What introspects tokens, and caches the results.
#[derive(uniffi::Object)]
pub(crate) struct PendingIntrospection(host::PendingIntrospection);

#[uniffi::export]
impl PendingIntrospection {
    /// SHA-256 of the token.
    pub(crate) fn digest(&self) -> Result<Vec<u8>, Failure> {
        Ok(self.0.digest().to_vec())
    }
}

/// The result of a cache lookup.
#[derive(uniffi::Enum)]
pub(crate) enum IntrospectionLookup {
    /// The claims of the token are cached.
    Hit {
        /// The claims of the token.
        principal: Arc<Principal>,
    },
    /// Nothing is cached: send the request.
    Request {
        /// Identifies the request; to be passed back with its response.
        pending: Arc<PendingIntrospection>,
    },
    /// A request about the token is in progress: wait for its result.
    Wait {
        /// The SHA-256 of the token, by which to wait.
        digest: Vec<u8>,
    },
}

/// A request about a token.
#[derive(uniffi::Record)]
pub(crate) struct IntrospectionRequest {
    method: String,
    url: String,
    fields: Vec<HeaderField>,
    body: String,
    timeout: u64,
}

/// Verifies opaque tokens by the answers of an endpoint.
#[derive(uniffi::Object)]
pub(crate) struct Introspector(host::Introspector<PublicKey>);

#[uniffi::export]
impl Introspector {
    /// For the tokens of a policy.
    #[uniffi::constructor]
    pub(crate) fn new(policy: Policy, settings: IntrospectionSettings) -> Result<Self, Failure> {
        let settings = host::IntrospectionSettings {
            check: settings.check,
            endpoint: settings.endpoint,
            authentication: settings.authentication.unwrap_or_default(),
            client_id: settings.client_id,
            secret: settings.secret.into(),
            tokens: settings.tokens,
            lifetime_without_exp: settings.lifetime_without_exp,
            token_type_optional: settings.token_type_optional,
            times: Settings {
                active_lifetime: settings.active_lifetime,
                refused_lifetime: settings.refused_lifetime,
                timeout: settings.timeout,
                pause: settings.pause,
            },
            cache: settings.cache.into_host(),
            max_pending: settings.max_pending,
        };
        Ok(Self(host::Introspector::new(policy.into_host()?, settings)?))
    }

    /// How a token is verified.
    pub(crate) fn verification(&self, token: &[u8], has_keys: bool) -> Result<Verification, Failure> {
        Ok(self.0.verification(token, has_keys)?)
    }

    /// Looks a token up in the cache.
    pub(crate) fn lookup(&self, token: &[u8], now: u64) -> Result<IntrospectionLookup, Failure> {
        Ok(match self.0.lookup(token, UnixTime::from_seconds(now)) {
            host::IntrospectionLookup::Hit(outcome) => {
                IntrospectionLookup::Hit { principal: Arc::new(Principal(outcome?)) }
            }
            host::IntrospectionLookup::Request(pending) => {
                IntrospectionLookup::Request { pending: Arc::new(PendingIntrospection(pending)) }
            }
            host::IntrospectionLookup::Wait(digest) => IntrospectionLookup::Wait { digest: digest.to_vec() },
        })
    }

    /// The request to send about a token.
    pub(crate) fn request(&self, token: &[u8]) -> Result<IntrospectionRequest, Failure> {
        let request = self.0.request(token)?;
        let field = |name: &str, value: &str| HeaderField { name: name.to_owned(), value: value.to_owned() };
        Ok(IntrospectionRequest {
            method: request.method.to_owned(),
            url: request.url.clone(),
            fields: request.fields.iter().map(|(name, value)| field(name, value)).collect(),
            body: request.body.as_str().to_owned(),
            timeout: u64::try_from(request.timeout.as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// How many bytes to read of the body of a response with this status.
    pub(crate) fn body_limit(&self, status: u16) -> Result<u64, Failure> {
        Ok(u64::try_from(self.0.body_limit(status)).unwrap_or(u64::MAX))
    }

    /// Verifies the response to a request, and caches the result.
    pub(crate) fn response(
        &self,
        pending: &PendingIntrospection,
        status: u16,
        fields: Vec<HeaderField>,
        body: &[u8],
        now: u64,
    ) -> Result<Arc<Principal>, Failure> {
        let mut head = ResponseHead::new(status, UnixTime::from_seconds(now));
        for field in &fields {
            head.field(field.name.as_bytes(), field.value.as_bytes());
        }
        Ok(Arc::new(Principal(self.0.response(&pending.0, &head, body)?)))
    }

    /// Records that a request got no response, and fails with that error.
    pub(crate) fn no_response(&self, pending: &PendingIntrospection, now: u64) -> Result<(), Failure> {
        Err(self.0.no_response(&pending.0, UnixTime::from_seconds(now)).into())
    }

    /// Records that a request was not sent.
    pub(crate) fn cancel(&self, pending: &PendingIntrospection) -> Result<(), Failure> {
        self.0.cancel(&pending.0);
        Ok(())
    }
}

/// The error of a token for whose answer nobody waits.
#[uniffi::export]
pub(crate) fn no_answer_yet() -> Result<Failure, Failure> {
    Ok(host::Introspector::<PublicKey>::no_answer_yet().into())
}
