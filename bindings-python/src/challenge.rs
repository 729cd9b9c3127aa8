//! Challenges: written, and as a client receives them.

use doorward::error::Error;
use doorward::oauth::bearer::Challenge;
use doorward::oauth::challenge as received;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::OrRaise;
use crate::text::{Bytes, Text, Texts};

/// Return the value of a WWW-Authenticate header (RFC 6750 section 3): `realm`, `error`, `error_description`,
/// `error_uri`, `scope`, `resource_metadata` by name, in the order passed; `None` omits one.
///
/// Raises `challenge_value_invalid` for another name, for a value that is not allowed there (nothing is escaped), and
/// without a parameter.
#[pyfunction]
#[pyo3(signature = (**parameters))]
pub(crate) fn challenge(py: Python<'_>, parameters: Option<&Bound<'_, PyDict>>) -> PyResult<String> {
    let mut texts = Vec::new();
    for (name, value) in parameters.into_iter().flatten() {
        if let Some(value) = value.extract::<Option<Texts>>()? {
            let value = match value {
                Texts::One(text) => text.to_owned(),
                scopes => scopes.into_scopes().map_err(|_| Error::ChallengeValueInvalid).or_raise(py)?,
            };
            texts.push((name.extract::<Text>()?, value));
        }
    }
    let parameters = texts.iter().map(|(name, value)| (&**name, value.as_str()));
    Challenge::new(parameters).map(|challenge| challenge.to_string()).or_raise(py)
}

/// The Bearer challenge of a WWW-Authenticate header (RFC 6750 section 3). Its texts are the server's: `printable`
/// shows them.
#[pyclass(frozen, get_all, module = "doorward._core")]
pub(crate) struct ReceivedChallenge {
    /// `error`, such as "invalid_token" (RFC 6750 section 3.1), or None.
    error: Option<String>,
    /// `error_description`: a text for developers, or None.
    error_description: Option<String>,
    /// `scope`, separated by spaces.
    scope: Option<String>,
    /// `resource_metadata`: a URL, which is not checked further.
    resource_metadata: Option<String>,
}

#[pymethods]
impl ReceivedChallenge {
    /// Read the values of the header, one for each header line: the first challenge whose scheme is Bearer. A parameter
    /// counts as left out where its value is not what its standard allows. Raises `challenge_missing`,
    /// `challenge_malformed`.
    #[staticmethod]
    fn parse(py: Python<'_>, values: Vec<Bytes>) -> PyResult<Self> {
        let values = || values.iter().map(Bytes::as_slice);
        let mut out = vec![0; values().map(<[u8]>::len).max().unwrap_or_default()];
        let found = received::ReceivedChallenge::parse(values(), &mut out).or_raise(py)?;
        Ok(Self {
            error: found.error.map(str::to_owned),
            error_description: found.error_description.map(str::to_owned),
            scope: found.scope.map(|scope| scope.as_str().to_owned()),
            resource_metadata: found.resource_metadata.map(str::to_owned),
        })
    }
}
