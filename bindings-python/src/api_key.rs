//! API keys.

use doorward::api_key::{self, ApiKeyHash};
use doorward::error::Error;
use doorward::host::OwnedApiKey;
use doorward::oauth::scope::ScopeList;
use doorward::secret::Pepper;
use doorward::time::UnixTime;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::api_key_record::ApiKeyRecord;
use crate::error::OrRaise;
use crate::error::not_pickled;
use crate::peppers::Peppers;
use crate::random::Random;
use crate::text::{Sent, Text, Texts};

/// The result of `ApiKey.check` for a key that matches. Always true: a key that does not match raises.
#[pyclass(frozen, get_all, module = "doorward._core")]
pub(crate) struct Match {
    /// Whether the stored hash uses a previous pepper: hash the key again, and store that.
    rehash: bool,
}

#[pymethods]
impl Match {
    fn __repr__(&self) -> &'static str {
        if self.rehash { "Match(rehash=True)" } else { "Match(rehash=False)" }
    }
}

/// An API key: prefix, public id, secret and checksum. Not pickled or copied; `repr` shows prefix and id only, and the
/// memory is wiped when the object is deleted.
#[pyclass(frozen, module = "doorward._core")]
pub(crate) struct ApiKey(OwnedApiKey);

impl ApiKey {
    fn as_key(&self, py: Python<'_>) -> PyResult<api_key::ApiKey<'_>> {
        self.0.as_key().or_raise(py)
    }
}

#[pymethods]
impl ApiKey {
    /// Return a new key from 32 random bytes, as of `secrets.token_bytes(32)`; the prefix is 1 to 24 characters of
    /// `a-z`, `0-9` and single inner `_`. Raises `api_key_prefix_invalid`.
    #[staticmethod]
    fn mint(py: Python<'_>, prefix: Text, random: Random) -> PyResult<Self> {
        OwnedApiKey::mint(&prefix, random.bytes().or_raise(py)?).map(Self).or_raise(py)
    }

    /// Parse a key that a caller sent; only `check` decides whether it is valid. Raises `api_key_malformed`, and
    /// `api_key_checksum_invalid` for a typo or a truncated key.
    #[staticmethod]
    fn parse(py: Python<'_>, text: Sent) -> PyResult<Self> {
        text.read(Error::ApiKeyMalformed).and_then(OwnedApiKey::parse).map(Self).or_raise(py)
    }

    /// The prefix, which says whose key this is.
    #[getter]
    fn prefix<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        Ok(PyString::new(py, self.as_key(py)?.prefix()))
    }

    /// The public id, by which to look up the stored hash.
    #[getter]
    fn id<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        Ok(PyString::new(py, self.as_key(py)?.id()))
    }

    /// Return the whole text of the key, to be shown to its owner once: a secret.
    fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// Return the hash to store, keyed with the current pepper: text of 80 characters at most, not a secret.
    fn hash(&self, py: Python<'_>, peppers: &Bound<'_, Peppers>) -> PyResult<String> {
        let peppers = peppers.get().as_peppers(py)?;
        let current = Pepper::current(&peppers).or_raise(py)?;
        self.as_key(py)?.hash(current).map(|hash| hash.to_string()).or_raise(py)
    }

    /// Compare with the stored hash, in constant time. Pass `None` if no hash is stored for the id: the same work is
    /// done, so that timing does not reveal which ids exist. Raises `api_key_mismatch`; `api_key_hash_malformed` and
    /// `pepper_unknown` if the stored hash cannot be used.
    fn check(&self, py: Python<'_>, stored: Option<Sent>, peppers: &Bound<'_, Peppers>) -> PyResult<Match> {
        let stored = stored.as_ref().map(|text| text.read(Error::ApiKeyHashMalformed)?.parse::<ApiKeyHash>());
        let stored = stored.transpose().or_raise(py)?;
        let peppers = peppers.get().as_peppers(py)?;
        let found = self.as_key(py)?.check(stored.as_ref(), &peppers).or_raise(py)?;
        Ok(Match { rehash: found.rehash })
    }

    /// Decide about a request by the record of the key's id, `None` if there is none: the hash is compared first, then
    /// the times, the resource and the scopes. Whatever is wrong, the same work is done and the response is the same;
    /// only the error says which check failed, and that is for the operator.
    ///
    /// Raises `api_key_unknown`, those of `check`, `api_key_revoked`, `api_key_expired`, `api_key_not_yet_valid`,
    /// `api_key_resource_mismatch`, and `insufficient_scope`, which alone is answered otherwise.
    #[pyo3(signature = (record, peppers, *, resource, now, required_scopes=None))]
    fn authenticate(
        &self,
        py: Python<'_>,
        record: Option<&Bound<'_, ApiKeyRecord>>,
        peppers: &Bound<'_, Peppers>,
        resource: Text,
        now: u64,
        required_scopes: Option<Texts>,
    ) -> PyResult<Match> {
        let required = required_scopes.map(Texts::into_scopes).transpose().or_raise(py)?.unwrap_or_default();
        let required = ScopeList::parse(&required).or_raise(py)?;
        let record = record.map(|record| record.get().record());
        let (peppers, now) = (peppers.get().as_peppers(py)?, UnixTime::from_seconds(now));
        let found = self.as_key(py)?.authenticate(record.as_ref(), &peppers, &resource, required, now).or_raise(py)?;
        Ok(Match { rehash: found.rehash })
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("{:?}", self.as_key(py)?))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled("ApiKey"))
    }
}

/// Return the part of a text in the form of a key where its id belongs, which nothing has confirmed; `None` for another
/// text.
#[pyfunction]
pub(crate) fn unverified_api_key_id(text: Sent) -> Option<String> {
    api_key::unverified_id(text.as_str()?).map(str::to_owned)
}
