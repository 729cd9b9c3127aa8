//! Refresh tokens that rotate.

use doorward::error::Error;
use doorward::oauth::rotation::{self, Lifetimes, REFRESH_TOKEN_LENGTH, Refresh, RefreshToken};
use doorward::oauth::scope::ScopeList;
use doorward::time::UnixTime;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use zeroize::Zeroizing;

use crate::code::family;
use crate::error::OrRaise;
use crate::grantable::resource;
use crate::random::Random;
use crate::text::{Bytes, Sent, Text, Texts};

/// The stored record of a family of refresh tokens, under the family, with scopes and user beside it.
#[pyclass(frozen, eq, module = "doorward._core")]
#[derive(PartialEq)]
pub(crate) struct RefreshRecord(rotation::RefreshRecord);

#[pymethods]
impl RefreshRecord {
    /// Begin the family of a code: return what is stored, and the first token, from 32 random bytes. `lifetimes` are
    /// seconds: of the family, of a token that is not used, and of the grace in which a successor is returned again:
    /// 120 at most, and less by as much as the clocks of those who share the store may differ, since a grace that ends
    /// later than any that begins now is none. `DEFAULT_REFRESH_LIFETIMES` if they are left out. Raises
    /// `refresh_lifetimes_invalid`.
    #[staticmethod]
    #[pyo3(signature = (*, family, client_id, random, now, lifetimes=None, resource=None))]
    fn begin<'py>(
        py: Python<'py>,
        family: Bytes,
        client_id: Text,
        random: Random,
        now: u64,
        lifetimes: Option<(u32, u32, u32)>,
        resource: Option<Sent>,
    ) -> PyResult<(Self, Bound<'py, PyString>)> {
        let mut out = Zeroizing::new([0; REFRESH_TOKEN_LENGTH]);
        let (family, resource) = (self::family(&family).or_raise(py)?, self::resource(&resource).or_raise(py)?);
        let (lifetimes, now) = (self::lifetimes(lifetimes), UnixTime::from_seconds(now));
        let begun = rotation::RefreshRecord::begin(
            family,
            &client_id,
            resource,
            &lifetimes,
            random.bytes().or_raise(py)?,
            now,
            &mut *out,
        );
        let (record, token) = begun.or_raise(py)?;
        Ok((Self(record), PyString::new(py, token)))
    }

    /// Read what was stored. Raises `grant_record_malformed`.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: Bytes) -> PyResult<Self> {
        rotation::RefreshRecord::from_bytes(bytes.as_slice()).map(Self).or_raise(py)
    }

    /// Return the bytes to store.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.to_bytes())
    }

    /// The family: 16 bytes.
    #[getter]
    fn family<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.family().bytes())
    }

    /// When it ends, if it is not used before; past that it may be forgotten.
    #[getter]
    fn ends_at(&self) -> i64 {
        self.0.ends_at().seconds()
    }

    /// Whether it was revoked.
    #[getter]
    fn revoked(&self) -> bool {
        self.0.is_revoked()
    }

    /// Return what to store once the family is revoked: by its user, by a replay, with its code.
    fn revoke(&self) -> Self {
        Self(self.0.revoke())
    }

    /// Return whether a refresh token is a client's own to revoke (RFC 7009 section 2.1): of this family, and the
    /// client that it was issued to, which has authenticated. One that was used before, has expired or was revoked is
    /// too. If it is, store `revoke()`; the response is the same if it is not. Raises `refresh_token_unknown` if it is
    /// none of ours.
    #[pyo3(signature = (token, *, client_id))]
    fn belongs_to(&self, py: Python<'_>, token: Sent, client_id: Text) -> PyResult<bool> {
        let token = token.read(Error::RefreshTokenUnknown).and_then(RefreshToken::parse).or_raise(py)?;
        Ok(self.0.belongs_to(&token, &client_id))
    }

    /// Decide about a refresh token that is presented by a client, which has authenticated. Return what to store in the
    /// place of this record, or None if its successor is returned again; the successor; and the scopes of the access
    /// token, no more than `granted`. Storing must be one atomic step, as compare-and-swap is: the successor is sent
    /// only if exactly this record was there. Who finds another one there reads it and asks again, and gets the same
    /// successor.
    ///
    /// Raises `refresh_token_replayed` if it was used before: store `revoke()`, and revoke the access tokens. On every
    /// other error nothing changes: `refresh_token_unknown`, `refresh_token_expired`, also for one that would be good
    /// for longer than a family that begins now, since the clock was ahead or its lifetime has been shortened;
    /// `grant_client_mismatch`, `grant_revoked`, `resource_refused`, `scope_refused`, `refresh_lifetimes_invalid`.
    #[pyo3(signature = (token, *, client_id, granted, scope, resource, random, now, lifetimes=None))]
    #[expect(clippy::too_many_arguments, reason = "by name")]
    fn rotate<'py>(
        &self,
        py: Python<'py>,
        token: Sent,
        client_id: Text,
        granted: Texts,
        scope: Sent,
        resource: Option<Sent>,
        random: Random,
        now: u64,
        lifetimes: Option<(u32, u32, u32)>,
    ) -> PyResult<(Option<Self>, Bound<'py, PyString>, String)> {
        let token = token.read(Error::RefreshTokenUnknown).and_then(RefreshToken::parse).or_raise(py)?;
        let granted = granted.into_scopes().or_raise(py)?;
        let scope = scope.read(Error::ScopeRefused).or_raise(py)?;
        let refresh = Refresh {
            client_id: &client_id,
            resource: self::resource(&resource).or_raise(py)?,
            scope: ScopeList::parse_requested(scope).or_raise(py)?,
            granted: ScopeList::parse(&granted).or_raise(py)?,
        };
        let mut out = Zeroizing::new([0; REFRESH_TOKEN_LENGTH]);
        let (lifetimes, now) = (self::lifetimes(lifetimes), UnixTime::from_seconds(now));
        let rotated =
            self.0.rotate(&token, &refresh, &lifetimes, random.bytes().or_raise(py)?, now, &mut *out).or_raise(py)?;
        let scope = rotated.scope.as_str().to_owned();
        Ok((rotated.next.map(Self), PyString::new(py, rotated.refresh_token), scope))
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

fn lifetimes(set: Option<(u32, u32, u32)>) -> Lifetimes {
    set.map_or(Lifetimes::DEFAULT, |(family, idle, grace)| Lifetimes { family, idle, grace })
}

/// Return the family of a refresh token that somebody has sent, by which its record is looked up: 16 bytes. Raises
/// `refresh_token_unknown` if it was not issued here.
#[pyfunction]
pub(crate) fn refresh_token_family<'py>(py: Python<'py>, token: Sent) -> PyResult<Bound<'py, PyBytes>> {
    let token = token.read(Error::RefreshTokenUnknown).and_then(RefreshToken::parse).or_raise(py)?;
    Ok(PyBytes::new(py, token.family().bytes()))
}
