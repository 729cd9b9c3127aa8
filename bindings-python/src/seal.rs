//! State that somebody else keeps for the server.

use doorward::error::Error;
use doorward::seal::{self, Binding, SealingKey};
use doorward::time::UnixTime;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use zeroize::Zeroizing;

use crate::error::OrRaise;
use crate::error::not_pickled;
use crate::random::Random;
use crate::text::{Bytes, Sent, Text};

/// Keys that seal state for a client to keep (XChaCha20-Poly1305): `state` of authorization requests, MCP's
/// `requestState`. What is sealed cannot be read, changed, or used by another principal, for another request, or past
/// its time; it can be opened more than once until then.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct SealingKeys(Vec<(u32, Zeroizing<Box<[u8]>>)>);

impl SealingKeys {
    fn keys(&self) -> Result<Vec<SealingKey<'_>>, Error> {
        self.0.iter().map(|(version, secret)| SealingKey::from_slice(*version, secret)).collect()
    }
}

#[pymethods]
impl SealingKeys {
    /// Create sealing keys from the key to seal with, and those of states that are still to be opened: a version and 32
    /// secret bytes of a cryptographic generator. Raises `sealing_key_invalid` for another number of bytes.
    #[new]
    #[pyo3(signature = (current, previous=vec![]))]
    fn new(py: Python<'_>, current: (u32, PyBackedBytes), previous: Vec<(u32, PyBackedBytes)>) -> PyResult<Self> {
        let all = std::iter::once(current).chain(previous);
        let keys = Self(all.map(|(version, secret)| (version, Zeroizing::new(Box::from(&*secret)))).collect());
        keys.keys().or_raise(py)?;
        Ok(keys)
    }

    /// Return a sealed state, for this purpose (`requestState` for example), principal and request alone; `random` are
    /// 32 bytes of a cryptographic generator. Raises `state_too_long`.
    #[pyo3(signature = (state, *, purpose, principal, request, expires_at, random))]
    #[expect(clippy::too_many_arguments, reason = "by name")]
    fn seal(
        &self,
        py: Python<'_>,
        state: Bytes,
        purpose: Text,
        principal: Text,
        request: Bytes,
        expires_at: u64,
        random: Random,
    ) -> PyResult<String> {
        let (binding, until) = (
            Binding { purpose: &purpose, principal: &principal, request: request.as_slice() },
            UnixTime::from_seconds(expires_at),
        );
        let (keys, state, random) = (self.keys().or_raise(py)?, state.as_slice(), random.bytes().or_raise(py)?);
        let mut out = match seal::seal(&keys, &binding, state, until, random, &mut []) {
            Err(Error::BufferTooSmall { needed }) => vec![0; usize::try_from(needed).unwrap_or(usize::MAX)],
            other => return other.map(str::to_owned).or_raise(py),
        };
        seal::seal(&keys, &binding, state, until, random, &mut out).map(str::to_owned).or_raise(py)
    }

    /// Return the state that was sealed for this purpose, principal and request. Raises `state_invalid` if it was
    /// changed, is bound to something else, or sealed with another key; `state_expired`, also for one that expires
    /// later than any that is sealed now: `max_lifetime` is the longest time, in seconds, for which one of this purpose
    /// is.
    #[pyo3(signature = (sealed, *, purpose, principal, request, max_lifetime, now))]
    #[expect(clippy::too_many_arguments, reason = "by name")]
    fn open<'py>(
        &self,
        py: Python<'py>,
        sealed: Sent,
        purpose: Text,
        principal: Text,
        request: Bytes,
        max_lifetime: u32,
        now: u64,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let binding = Binding { purpose: &purpose, principal: &principal, request: request.as_slice() };
        let sealed = sealed.read(Error::StateInvalid).or_raise(py)?;
        let mut out = Zeroizing::new(vec![0; sealed.len()]);
        let (keys, now) = (self.keys().or_raise(py)?, UnixTime::from_seconds(now));
        let state = seal::open(&keys, &binding, sealed, max_lifetime, now, &mut out).or_raise(py)?;
        Ok(PyBytes::new(py, state))
    }

    fn __repr__(&self) -> &'static str {
        "SealingKeys(redacted)"
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("SealingKeys"))
    }
}
