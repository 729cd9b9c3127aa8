//! Access tokens of one's own, and the keys that sign them.

use doorward::alg::Alg;
use doorward::error::Error;
use doorward::host::{self, OwnedSigningSecret, RingSecret};
use doorward::mint::AccessToken;
use doorward::oauth::metadata::{IssuerUrl, ResourceIdentifier};
use doorward::oauth::scope::ScopeList;
use doorward::time::UnixTime;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::error::OrRaise;
use crate::error::not_pickled;
use crate::text::{Text, Texts};

/// What an access token says.
struct Claims {
    issuer: Text,
    resource: Text,
    subject: Text,
    client_id: Text,
    scope: Texts,
    jwt_id: Text,
    now: u64,
    lifetime: u32,
}

impl Claims {
    fn sign(self, sign: impl FnOnce(&AccessToken<'_>) -> Result<String, Error>) -> Result<String, Error> {
        let scope = self.scope.into_scopes()?;
        sign(&AccessToken {
            issuer: IssuerUrl::parse(&self.issuer)?,
            audience: ResourceIdentifier::parse(&self.resource)?,
            subject: &self.subject,
            client_id: &self.client_id,
            scope: ScopeList::parse(&scope)?,
            jwt_id: &self.jwt_id,
            issued_at: UnixTime::from_seconds(self.now),
            lifetime: self.lifetime,
        })
    }
}

/// Keys that sign access tokens. They overlap: one signs, while the next is published already and the tokens of the
/// last one are still good.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct KeyRing(host::KeyRing);

#[pymethods]
impl KeyRing {
    /// Create a key ring from keys in any order: the algorithm (`ES256` or `Ed25519`), 32 secret bytes of a
    /// cryptographic generator, from when on the key signs, and when it stops, or None. A key should sign later than it
    /// is first published by as long as verifiers keep a key set. Raises `signing_key_invalid`, `algorithm_unknown`,
    /// `signing_key_missing` for no key.
    #[new]
    fn new(py: Python<'_>, keys: Vec<(Text, PyBackedBytes, u64, Option<u64>)>) -> PyResult<Self> {
        let (mut ring, at) = (Vec::new(), UnixTime::from_seconds);
        for (algorithm, secret, from, until) in &keys {
            let (alg, signs_until) = (Alg::parse(algorithm).or_raise(py)?, until.map_or(UnixTime::MAX, at));
            ring.push(RingSecret { alg, secret, signs_from: at(*from), signs_until });
        }
        host::KeyRing::new(ring).map(Self).or_raise(py)
    }

    /// Return a signed access token (RFC 9068), of `typ` `at+jwt`. `resource` is its audience, `jwt_id` is no other
    /// token's, `lifetime` is in seconds and at most an hour. Raises `signing_key_missing` if no key signs now,
    /// `access_token_invalid`, `uri_invalid`, `scope_invalid`.
    #[pyo3(signature = (*, issuer, resource, subject, client_id, scope, jwt_id, now, lifetime))]
    #[expect(clippy::too_many_arguments, reason = "by name")]
    fn sign_access_token(
        &self,
        py: Python<'_>,
        issuer: Text,
        resource: Text,
        subject: Text,
        client_id: Text,
        scope: Texts,
        jwt_id: Text,
        now: u64,
        lifetime: u32,
    ) -> PyResult<String> {
        let claims = Claims { issuer, resource, subject, client_id, scope, jwt_id, now, lifetime };
        claims.sign(|token| self.0.sign(token)).or_raise(py)
    }

    /// Return the key set document that verifiers fetch (RFC 7517 section 5), JSON: the public halves, of each key
    /// until no token that it has signed can be good.
    fn published(&self, py: Python<'_>, now: u64) -> PyResult<String> {
        self.0.published(UnixTime::from_seconds(now)).or_raise(py)
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("KeyRing"))
    }
}

/// A secret that signs access tokens by HS256, for resource servers that share it: they verify by `SharedSecrets` of
/// the same bytes. Whoever verifies by it can sign as well, so it is for servers of one operator; for all others there
/// is `KeyRing`. It is never published.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct SigningSecret(OwnedSigningSecret);

#[pymethods]
impl SigningSecret {
    /// Create a signing secret from 32 to 256 bytes of a cryptographic generator, and the `kid` that tokens name, if
    /// any. Raises `secret_too_short`, `key_size_refused`, `signing_key_invalid`.
    #[new]
    #[pyo3(signature = (secret, kid=None))]
    fn new(py: Python<'_>, secret: PyBackedBytes, kid: Option<Text>) -> PyResult<Self> {
        OwnedSigningSecret::new(&secret, kid.as_deref()).map(Self).or_raise(py)
    }

    /// Return a signed access token, as `KeyRing.sign_access_token` does. Raises `access_token_invalid`, `uri_invalid`,
    /// `scope_invalid`.
    #[pyo3(signature = (*, issuer, resource, subject, client_id, scope, jwt_id, now, lifetime))]
    #[expect(clippy::too_many_arguments, reason = "by name")]
    fn sign_access_token(
        &self,
        py: Python<'_>,
        issuer: Text,
        resource: Text,
        subject: Text,
        client_id: Text,
        scope: Texts,
        jwt_id: Text,
        now: u64,
        lifetime: u32,
    ) -> PyResult<String> {
        let claims = Claims { issuer, resource, subject, client_id, scope, jwt_id, now, lifetime };
        claims.sign(|token| self.0.sign(token)).or_raise(py)
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("SigningSecret"))
    }
}
