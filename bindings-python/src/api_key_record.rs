//! The stored record of an API key, and its life cycle.

use doorward::api_key::{ApiKeyHash, Event, Lifecycle, Record};
use doorward::error::Error;
use doorward::oauth::scope::GrantedScopes;
use doorward::time::UnixTime;
use pyo3::prelude::*;

use crate::error::OrRaise;
use crate::text::{Sent, Text, Texts};

/// What is stored of an API key, under its id. Never changed: `rotate`, `expire` and `revoke` return another one, to be
/// stored in its place.
///
/// `hash` is what `ApiKey.hash` returned, `scopes` what the key may be used for, `resource` what it is for, byte for
/// byte (`None` for all of the server's); it is valid from `not_before` until `expires_at`, and until `rotated_until`
/// if another key took its place. Raises `api_key_hash_malformed`.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct ApiKeyRecord {
    hash: ApiKeyHash,
    scopes: String,
    resource: Option<String>,
    lifecycle: Lifecycle,
}

fn time(seconds: Option<u64>) -> UnixTime {
    seconds.map_or(UnixTime::MAX, UnixTime::from_seconds)
}

fn seconds(time: UnixTime) -> Option<i64> {
    Some(time.seconds()).filter(|_| time != UnixTime::MAX)
}

impl ApiKeyRecord {
    pub(crate) fn record(&self) -> Record<'_> {
        let scopes = GrantedScopes::new(&self.scopes);
        Record { hash: self.hash, lifecycle: self.lifecycle, scopes, resource: self.resource.as_deref() }
    }

    fn after(&self, py: Python<'_>, event: Event, now: u64) -> PyResult<Self> {
        let lifecycle = self.lifecycle.after(event, UnixTime::from_seconds(now)).or_raise(py)?;
        Ok(Self { hash: self.hash, scopes: self.scopes.clone(), resource: self.resource.clone(), lifecycle })
    }
}

#[pymethods]
impl ApiKeyRecord {
    #[new]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments, one for each column")]
    #[pyo3(signature = (hash, *, scopes=None, resource=None, not_before=0, expires_at=None, rotated_until=None, revoked=false))]
    fn new(
        py: Python<'_>,
        hash: Sent,
        scopes: Option<Texts>,
        resource: Option<Text>,
        not_before: u64,
        expires_at: Option<u64>,
        rotated_until: Option<u64>,
        revoked: bool,
    ) -> PyResult<Self> {
        let (expires_at, rotated_until) = (time(expires_at), time(rotated_until));
        let not_before = UnixTime::from_seconds(not_before);
        Ok(Self {
            hash: hash.read(Error::ApiKeyHashMalformed).and_then(str::parse).or_raise(py)?,
            scopes: scopes.map(Texts::into_granted).unwrap_or_default(),
            resource: resource.map(|text| text.to_owned()),
            lifecycle: Lifecycle { not_before, expires_at, rotated_until, revoked },
        })
    }

    /// The stored hash, which `ApiKey.hash()` returned.
    #[getter]
    fn hash(&self) -> String {
        self.hash.to_string()
    }

    /// The version of the pepper that the hash was made with.
    #[getter]
    fn pepper(&self) -> u32 {
        self.hash.pepper()
    }

    /// What the key may be used for.
    #[getter]
    fn scopes(&self) -> Vec<&str> {
        GrantedScopes::new(&self.scopes).iter().collect()
    }

    /// The resource that it is for.
    #[getter]
    fn resource(&self) -> Option<&str> {
        self.resource.as_deref()
    }

    /// When it becomes valid.
    #[getter]
    fn not_before(&self) -> i64 {
        self.lifecycle.not_before.seconds()
    }

    /// When it expires; `None` for never.
    #[getter]
    fn expires_at(&self) -> Option<i64> {
        seconds(self.lifecycle.expires_at)
    }

    /// If it was rotated, when the overlap ends.
    #[getter]
    fn rotated_until(&self) -> Option<i64> {
        seconds(self.lifecycle.rotated_until)
    }

    /// Whether it was revoked.
    #[getter]
    fn revoked(&self) -> bool {
        self.lifecycle.revoked
    }

    /// From when on it is not valid any more, if it is not revoked before; `None` for never.
    #[getter]
    fn ends_at(&self) -> Option<i64> {
        seconds(self.lifecycle.end())
    }

    /// Return the record of a key of this hash that is made `now` to take the place of this one, which was made at
    /// `created_at`, with its scopes and resource: it becomes valid when this one does, and expires after as long a
    /// life, counted from then or from now. Raises `api_key_hash_malformed`, and as `rotate` does.
    #[pyo3(signature = (hash, *, created_at, now))]
    fn successor(&self, py: Python<'_>, hash: Sent, created_at: u64, now: u64) -> PyResult<Self> {
        let (created_at, now) = (UnixTime::from_seconds(created_at), UnixTime::from_seconds(now));
        Ok(Self {
            hash: hash.read(Error::ApiKeyHashMalformed).and_then(str::parse).or_raise(py)?,
            scopes: self.scopes.clone(),
            resource: self.resource.clone(),
            lifecycle: self.lifecycle.successor(created_at, now).or_raise(py)?,
        })
    }

    /// Return the record with another hash of the same key, such as one by the current pepper. Raises
    /// `api_key_hash_malformed`.
    fn with_hash(&self, py: Python<'_>, hash: Sent) -> PyResult<Self> {
        Ok(Self {
            hash: hash.read(Error::ApiKeyHashMalformed).and_then(str::parse).or_raise(py)?,
            scopes: self.scopes.clone(),
            resource: self.resource.clone(),
            lifecycle: self.lifecycle,
        })
    }

    /// Return what the key is: "not_yet_valid", "active", "expiring" for the last `notice` seconds, "rotated" for the
    /// rest of the overlap, "expired" or "revoked".
    #[pyo3(signature = (now, notice=0))]
    fn status(&self, now: u64, notice: u32) -> &'static str {
        self.lifecycle.status(UnixTime::from_seconds(now), notice).name()
    }

    /// Return the record of a key whose place another one takes; both are valid for `overlap` seconds. A second
    /// rotation may end the overlap earlier, never later. Raises `api_key_revoked` and `api_key_expired` for a key that
    /// is: nothing makes it valid again; `api_key_overlap_too_long` for one over 90 days.
    fn rotate(&self, py: Python<'_>, overlap: u32, now: u64) -> PyResult<Self> {
        self.after(py, Event::Rotate { overlap }, now)
    }

    /// Return the record of a key that expires at another time, `None` for never. Raises as `rotate` does.
    fn expire(&self, py: Python<'_>, at: Option<u64>, now: u64) -> PyResult<Self> {
        self.after(py, Event::Expire { at: time(at) }, now)
    }

    /// Return the record of a revoked key.
    fn revoke(&self, py: Python<'_>) -> PyResult<Self> {
        self.after(py, Event::Revoke, 0)
    }

    fn __repr__(&self) -> String {
        format!("ApiKeyRecord({:?})", self.hash)
    }
}
