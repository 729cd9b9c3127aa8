//! API keys.

use doorward::api_key::{self, ApiKeyHash};
use doorward::error::Error;
use doorward::host::OwnedApiKey;
use doorward::secret;
use zeroize::Zeroizing;

use crate::error::Failure;
use crate::peppers::Peppers;
use crate::random::Random;

/// The text in place of the id in a text that has the form of a key.
#[uniffi::export]
pub(crate) fn unverified_api_key_id(text: String) -> Result<Option<String>, Failure> {
    Ok(api_key::unverified_id(&Zeroizing::new(text)).map(str::to_owned))
}

/// An API key: its text.
#[derive(uniffi::Object)]
pub(crate) struct ApiKey(OwnedApiKey);

impl ApiKey {
    pub(crate) fn as_key(&self) -> Result<api_key::ApiKey<'_>, Error> {
        self.0.as_key()
    }
}

#[uniffi::export]
impl ApiKey {
    /// Makes a key of random bytes.
    #[uniffi::constructor]
    pub(crate) fn mint(prefix: String, random: Random) -> Result<Self, Failure> {
        Ok(Self(OwnedApiKey::mint(&prefix, &random.bytes())?))
    }

    /// Reads a key that a caller sent.
    #[uniffi::constructor]
    pub(crate) fn parse(text: String) -> Result<Self, Failure> {
        Ok(Self(OwnedApiKey::parse(&Zeroizing::new(text))?))
    }

    /// The prefix, which says whose key this is.
    pub(crate) fn prefix(&self) -> Result<String, Failure> {
        Ok(self.as_key()?.prefix().to_owned())
    }

    /// The public id, by which its record is found.
    pub(crate) fn id(&self) -> Result<String, Failure> {
        Ok(self.as_key()?.id().to_owned())
    }

    /// The whole key, which is secret.
    pub(crate) fn reveal(&self) -> Result<String, Failure> {
        Ok(self.0.reveal().to_owned())
    }

    /// The hash to store.
    pub(crate) fn hash(&self, peppers: &Peppers) -> Result<String, Failure> {
        let peppers = peppers.as_peppers()?;
        Ok(self.as_key()?.hash(secret::Pepper::current(&peppers)?)?.to_string())
    }

    /// Compares with the stored hash; returns whether to hash anew.
    pub(crate) fn check(&self, stored: Option<String>, peppers: &Peppers) -> Result<bool, Failure> {
        let stored = stored.as_deref().map(str::parse::<ApiKeyHash>).transpose()?;
        Ok(self.as_key()?.check(stored.as_ref(), &peppers.as_peppers()?)?.rehash)
    }
}
