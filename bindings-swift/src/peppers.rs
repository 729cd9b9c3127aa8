//! The server's peppers.

use doorward::error::Error;
use doorward::secret;
use zeroize::Zeroizing;

use crate::error::Failure;

/// A pepper of the server.
#[derive(uniffi::Record)]
pub(crate) struct Pepper {
    version: u32,
    secret: Vec<u8>,
}

/// The server's peppers, the current one first.
#[derive(uniffi::Object)]
pub(crate) struct Peppers(Vec<(u32, Zeroizing<Vec<u8>>)>);

impl Peppers {
    pub(crate) fn as_peppers(&self) -> Result<Vec<secret::Pepper<'_>>, Error> {
        self.0.iter().map(|(version, secret)| secret::Pepper::new(*version, secret)).collect()
    }
}

#[uniffi::export]
impl Peppers {
    /// Creates the set of peppers: first the current one, then those before.
    #[uniffi::constructor]
    pub(crate) fn new(peppers: Vec<Pepper>) -> Result<Self, Failure> {
        let peppers = Self(peppers.into_iter().map(|one| (one.version, Zeroizing::new(one.secret))).collect());
        peppers.as_peppers()?;
        Ok(peppers)
    }
}
