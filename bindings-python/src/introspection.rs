//! Introspection of opaque tokens: requests and responses.

use doorward::host::{CacheLimits, IntrospectionLookup, IntrospectionSettings, Introspector};
use doorward::http::exchange::ResponseHead;
use doorward::introspection::{Settings, Tokens, Verification};
use doorward::time::UnixTime;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::PublicKey;
use crate::error::not_pickled;
use crate::error::{OrRaise, raise};
use crate::policy::Policy;
use crate::principal::Principal;
use crate::text::{Bytes, Text};

/// An introspection request in progress: to be passed back with the response.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct PendingIntrospection(doorward::host::PendingIntrospection);

#[pymethods]
impl PendingIntrospection {
    /// SHA-256 of the token, by which others wait for the response.
    #[getter]
    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.digest())
    }
}

/// Verifies opaque tokens by introspection (RFC 7662), and caches the responses. Sends nothing; threads may share it.
/// `doorward.introspection` drives one.
///
/// check: a name of `TokenCheck`. endpoint: its URL, none for a vendor's own. authentication: "client_secret_basic",
/// "client_secret_post", "bearer" (whose token is the secret) or "none"; by what is passed if omitted. tokens: which
/// are taken: "opaque"; "both", of which JWTs are verified by keys; or "all", whatever they look like.
/// lifetime_without_exp: for how many seconds an answer counts that has no `exp`; otherwise it is refused.
/// token_type_optional: whether it may lack `token_type`. active_lifetime, refused_lifetime: seconds for which answers
/// count, never past `exp`. timeout: seconds to wait for one. pause: seconds for which an endpoint that failed is not
/// asked. max_pending: how many answers may be waited for at once. Raises `token_check_unknown`, `uri_invalid`,
/// `client_authentication_invalid` and `introspection_needs_lifetime`.
#[pyclass(frozen, module = "doorward._core", name = "Introspector")]
pub(crate) struct PyIntrospector(Introspector<PublicKey>);

/// An owned request: method, URL, header fields, body, and the seconds to wait for the response.
type Request = (&'static str, String, Vec<(&'static str, String)>, String, f64);

fn tokens(name: &str) -> PyResult<Tokens> {
    let known = Tokens::ALL.iter().find(|one| one.name() == name).copied();
    known.ok_or_else(|| {
        let names = Tokens::ALL.iter().map(|one| one.name()).collect::<Vec<_>>();
        PyValueError::new_err(format!("tokens: must be one of {}", names.join(", ")))
    })
}

#[pymethods]
impl PyIntrospector {
    #[new]
    #[pyo3(signature = (
        policy, *, check=None, endpoint=None, authentication=None, client_id=None, secret=None, tokens=None,
        lifetime_without_exp=None, token_type_optional=false, active_lifetime=None, refused_lifetime=None, timeout=None,
        pause=None, max_pending=None, cache_entries=CacheLimits::DEFAULT.entries, cache_bytes=CacheLimits::DEFAULT.bytes
    ))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        policy: &Bound<'_, Policy>,
        check: Option<Text>,
        endpoint: Option<Text>,
        authentication: Option<Text>,
        client_id: Option<Text>,
        secret: Option<Text>,
        tokens: Option<Text>,
        lifetime_without_exp: Option<u32>,
        token_type_optional: bool,
        active_lifetime: Option<u32>,
        refused_lifetime: Option<u32>,
        timeout: Option<u32>,
        pause: Option<u32>,
        max_pending: Option<u32>,
        cache_entries: u32,
        cache_bytes: u32,
    ) -> PyResult<Self> {
        let owned = |text: Option<Text>| text.map(|text| text.to_owned()).unwrap_or_default();
        let settings = IntrospectionSettings {
            check: check.map(|name| name.to_owned()),
            endpoint: owned(endpoint),
            authentication: owned(authentication),
            client_id: owned(client_id),
            secret: owned(secret).into(),
            tokens: tokens.map_or(Ok(Tokens::default()), |name| self::tokens(&name))?,
            lifetime_without_exp,
            token_type_optional,
            times: Settings { active_lifetime, refused_lifetime, timeout, pause },
            cache: CacheLimits { entries: cache_entries, bytes: cache_bytes },
            max_pending,
        };
        Introspector::new(policy.get().0.clone(), settings).map(Self).or_raise(py)
    }

    /// How a token is verified: "keys", if it is a JWT and the introspector takes both, or "endpoint". Raises
    /// `token_form_refused`, also for a JWT if the caller has no keys.
    #[pyo3(signature = (token, *, has_keys))]
    fn verification(&self, py: Python<'_>, token: Bytes, has_keys: bool) -> PyResult<&'static str> {
        Ok(match self.0.verification(token.as_slice(), has_keys).or_raise(py)? {
            Verification::Keys => "keys",
            Verification::Endpoint => "endpoint",
        })
    }

    /// Return what the cache has for a token, as a pair: "hit" and the caller; "request" and what is pending: send
    /// `request`, and report its outcome to `response`, `no_response` or `cancel`; "wait" and the digest of the token,
    /// if a request is in progress. Raises why the token is refused.
    fn lookup<'py>(&self, py: Python<'py>, token: Bytes, now: u64) -> PyResult<(&'static str, Bound<'py, PyAny>)> {
        match self.0.lookup(token.as_slice(), UnixTime::from_seconds(now)) {
            IntrospectionLookup::Hit(outcome) => {
                Ok(("hit", Bound::new(py, Principal(outcome.or_raise(py)?))?.into_any()))
            }
            IntrospectionLookup::Request(pending) => {
                Ok(("request", Bound::new(py, PendingIntrospection(pending))?.into_any()))
            }
            IntrospectionLookup::Wait(digest) => Ok(("wait", PyBytes::new(py, &digest).into_any())),
        }
    }

    /// Return the request to send about a token: method, URL, header fields, body, and the seconds to wait for the
    /// whole response. Fields and body contain secrets: do not log them. Redirects must not be followed.
    fn request(&self, py: Python<'_>, token: Bytes) -> PyResult<Request> {
        let request = self.0.request(token.as_slice()).or_raise(py)?;
        let fields = request.fields.iter().map(|(name, value)| (*name, value.to_string())).collect();
        let timeout = request.timeout.as_secs_f64();
        Ok((request.method, request.url.clone(), fields, request.body.to_string(), timeout))
    }

    /// Return how many bytes of the body to read from a response with this status; cut off what is longer.
    fn body_limit(&self, status: u16) -> usize {
        self.0.body_limit(status)
    }

    /// Verify the response, with all its header fields, and return the caller. Raises what the token fails for, such as
    /// `token_inactive`, or why nothing is known of it, such as `introspection_refused`.
    fn response(
        &self,
        py: Python<'_>,
        pending: &PendingIntrospection,
        status: u16,
        headers: Vec<(Bytes, Bytes)>,
        body: Bytes,
        now: u64,
    ) -> PyResult<Principal> {
        let mut head = ResponseHead::new(status, UnixTime::from_seconds(now));
        for (name, value) in &headers {
            head.field(name.as_slice(), value.as_slice());
        }
        self.0.response(&pending.0, &head, body.as_slice()).map(Principal).or_raise(py)
    }

    /// No response came in time: raises `response_missing`.
    fn no_response(&self, py: Python<'_>, pending: &PendingIntrospection, now: u64) -> PyResult<()> {
        Err(raise(py, self.0.no_response(&pending.0, UnixTime::from_seconds(now))))
    }

    /// Return the error of a token for whose answer the caller does not wait, or no longer.
    #[staticmethod]
    fn no_answer_yet(py: Python<'_>) -> PyErr {
        raise(py, Introspector::<PublicKey>::no_answer_yet())
    }

    /// The request was not sent: another caller may send one.
    fn cancel(&self, pending: &PendingIntrospection) {
        self.0.cancel(&pending.0);
    }

    fn __repr__(&self) -> String {
        format!("Introspector(check='{}', endpoint={:?})", self.0.check().name, self.0.settings().endpoint)
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("Introspector"))
    }
}
