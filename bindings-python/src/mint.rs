//! Access tokens of one's own, and the keys that sign them.

use doorward::alg::Alg;
use doorward::error::Error;
use doorward::mint::{self, RingKey, SigningKey};
use doorward::oauth::metadata::{IssuerUrl, ResourceIdentifier};
use doorward::oauth::scope::ScopeList;
use doorward::time::UnixTime;
use pyo3::prelude::*;
use zeroize::Zeroizing;

use crate::error::OrRaise;
use crate::keys::not_pickled;
use crate::text::{Random, Text, Texts};

/// A key, and when it signs.
struct Entry {
    alg: Alg,
    secret: Zeroizing<[u8; 32]>,
    from: u64,
    until: u64,
}

/// Keys that sign access tokens. They overlap: one signs, while the next is published already and the tokens of the last one
/// are still good.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct KeyRing(Vec<Entry>);

impl KeyRing {
    fn with<T>(&self, work: impl FnOnce(&mint::KeyRing<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let keys = self.0.iter().map(|entry| SigningKey::new(entry.alg, &entry.secret));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let at = UnixTime::from_seconds;
        let ring = keys.iter().zip(&self.0);
        let ring = ring.map(|(key, entry)| RingKey { key, signs_from: at(entry.from), signs_until: at(entry.until) });
        work(&mint::KeyRing::new(&ring.collect::<Vec<_>>()))
    }
}

#[pymethods]
impl KeyRing {
    /// Create it from keys in any order: the algorithm (`ES256` or `Ed25519`), 32 secret bytes of a cryptographic generator,
    /// from when on the key signs, and when it stops, or None. A key should sign later than it is first published by as
    /// long as verifiers keep a key set. Raises `signing_key_invalid`, `algorithm_unknown`.
    #[new]
    fn new(py: Python<'_>, keys: Vec<(Text, Random, u64, Option<u64>)>) -> PyResult<Self> {
        let mut entries = Vec::new();
        for (algorithm, secret, from, until) in keys {
            let alg = Alg::parse(&algorithm).or_raise(py)?;
            let secret = Zeroizing::new(*secret.bytes()?);
            entries.push(Entry { alg, secret, from, until: until.unwrap_or(u64::MAX) });
        }
        let ring = Self(entries);
        ring.with(|_| Ok(())).or_raise(py)?;
        Ok(ring)
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
        let scope = scope.into_scopes().or_raise(py)?;
        let token = mint::AccessToken {
            issuer: IssuerUrl::parse(&issuer).or_raise(py)?,
            audience: ResourceIdentifier::parse(&resource).or_raise(py)?,
            subject: &subject,
            client_id: &client_id,
            scope: ScopeList::parse(&scope).or_raise(py)?,
            jwt_id: &jwt_id,
            issued_at: UnixTime::from_seconds(now),
            lifetime,
        };
        let sign = |ring: &mint::KeyRing<'_>| {
            let key = ring.signing(token.issued_at)?;
            let Err(Error::BufferTooSmall { needed }) = token.sign(key, &mut []) else {
                return token.sign(key, &mut []).map(str::to_owned);
            };
            let mut out = vec![0; usize::try_from(needed).unwrap_or(usize::MAX)];
            token.sign(key, &mut out).map(str::to_owned)
        };
        self.with(sign).or_raise(py)
    }

    /// Return the key set document that verifiers fetch (RFC 7517 section 5), JSON: the public halves, of each key until no
    /// token that it has signed can be good.
    fn published(&self, py: Python<'_>, now: u64) -> PyResult<String> {
        self.with(|ring| Ok(ring.published(UnixTime::from_seconds(now)).to_string())).or_raise(py)
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __repr__(&self) -> String {
        format!("KeyRing({} keys, redacted)", self.0.len())
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("KeyRing"))
    }
}
