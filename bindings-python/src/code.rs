//! Authorization codes, which are good once.

use doorward::error::Error;
use doorward::oauth::code::{self, Family, Issue, Redemption};
use doorward::secret;
use doorward::time::UnixTime;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::OrRaise;
use crate::grantable::resource;
use crate::pkce::PyCodeChallenge;
use crate::text::{Bytes, Sent, Text};

pub(crate) fn family(bytes: &Bytes) -> Result<Family, Error> {
    secret::random(bytes.as_slice()).copied().map(Family::from_random)
}

fn sent(text: &Option<Sent>, malformed: Error) -> Result<Option<&str>, Error> {
    text.as_ref().map(|text| text.read(malformed)).transpose()
}

/// What is stored of a code, under `hash_opaque_token` of it, with scopes and user beside it. Keep it until the tokens
/// issued for it have expired.
#[pyclass(frozen, eq, module = "doorward._core")]
#[derive(PartialEq)]
pub(crate) struct CodeRecord(code::CodeRecord);

#[pymethods]
impl CodeRecord {
    /// Make what is stored of a new code, which is good for `lifetime` seconds, 600 at most, and a minute if it
    /// is left out. `family` are 16 random bytes, for all that is granted by it. Raises `code_lifetime_invalid`.
    #[staticmethod]
    #[pyo3(signature = (*, client_id, redirect_uri, code_challenge, family, now, lifetime=None, resource=None))]
    #[expect(clippy::too_many_arguments, reason = "by name")]
    fn issue(
        py: Python<'_>,
        client_id: Text,
        redirect_uri: Text,
        code_challenge: &Bound<'_, PyCodeChallenge>,
        family: Bytes,
        now: u64,
        lifetime: Option<u32>,
        resource: Option<Sent>,
    ) -> PyResult<Self> {
        let challenge = code_challenge.get().as_core().or_raise(py)?;
        let issue = Issue {
            client_id: &client_id,
            redirect_uri: &redirect_uri,
            challenge: &challenge,
            resource: self::resource(&resource).or_raise(py)?,
        };
        let family = self::family(&family).or_raise(py)?;
        let lifetime = lifetime.unwrap_or(code::DEFAULT_CODE_LIFETIME);
        code::CodeRecord::issue(&issue, family, lifetime, UnixTime::from_seconds(now)).map(Self).or_raise(py)
    }

    /// Read what was stored. Raises `grant_record_malformed`.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: Bytes) -> PyResult<Self> {
        code::CodeRecord::from_bytes(bytes.as_slice()).map(Self).or_raise(py)
    }

    /// Return the bytes to store.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.to_bytes())
    }

    /// All that is granted by it, to be revoked as one: 16 bytes.
    #[getter]
    fn family<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.family().bytes())
    }

    /// When the code can no longer be redeemed.
    #[getter]
    fn expires_at(&self) -> i64 {
        self.0.expires_at().seconds()
    }

    /// Decide about the code as it is presented by a client, which has authenticated, and return what to store in the
    /// place of this record. This must be one atomic step of the store, as compare-and-swap is: tokens are issued only
    /// if exactly this record was there. If another record is there, read it and decide again.
    ///
    /// Raises `code_replayed` if it was used before, and all else is right: revoke all of the same `family`, access
    /// tokens too. On every other error nothing changes: `code_expired`, `grant_client_mismatch`,
    /// `grant_redirect_uri_mismatch`, `code_verifier_mismatch` and the like, `resource_refused`.
    #[pyo3(signature = (*, client_id, redirect_uri, code_verifier, resource, now))]
    fn redeem(
        &self,
        py: Python<'_>,
        client_id: Text,
        redirect_uri: Option<Sent>,
        code_verifier: Option<Sent>,
        resource: Option<Sent>,
        now: u64,
    ) -> PyResult<Self> {
        let presented = Redemption {
            client_id: &client_id,
            redirect_uri: sent(&redirect_uri, Error::GrantRedirectUriMismatch).or_raise(py)?,
            code_verifier: sent(&code_verifier, Error::CodeVerifierMalformed).or_raise(py)?,
            resource: self::resource(&resource).or_raise(py)?,
        };
        self.0.redeem(&presented, UnixTime::from_seconds(now)).map(Self).or_raise(py)
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}
