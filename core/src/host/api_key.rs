//! API keys that own their text.

use core::fmt;
use std::boxed::Box;

use zeroize::Zeroizing;

use crate::api_key::{self, ApiKey, MAX_LENGTH};
use crate::error::Error;

/// An [`ApiKey`] that owns its text, and wipes it in the end. Its checksum was verified when it was parsed, and is not
/// verified again at each use.
pub struct OwnedApiKey {
    text: Zeroizing<Box<str>>,
    id: [u8; api_key::ID],
}

impl OwnedApiKey {
    /// Creates a key as [`ApiKey::mint`] does.
    ///
    /// # Errors
    ///
    /// [`Error::ApiKeyPrefixInvalid`].
    pub fn mint(prefix: &str, random: &[u8; 32]) -> Result<Self, Error> {
        let mut out = Zeroizing::new([0; MAX_LENGTH]);
        Self::parse(ApiKey::mint(prefix, random)?.reveal(&mut *out)?)
    }

    /// Parses a key as [`ApiKey::parse`] does.
    ///
    /// # Errors
    ///
    /// [`Error::ApiKeyMalformed`], [`Error::ApiKeyChecksumInvalid`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let id = ApiKey::parse(text)?.id_digits();
        Ok(Self { text: Zeroizing::new(text.into()), id })
    }

    /// Returns the key, borrowed from this one.
    ///
    /// # Errors
    ///
    /// None: it was parsed before.
    pub fn as_key(&self) -> Result<ApiKey<'_>, Error> {
        ApiKey::parsed_before(&self.text, self.id)
    }

    /// Returns the whole text of the key: a secret.
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for OwnedApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_key() {
            Ok(key) => key.fmt(f),
            Err(_) => f.write_str("ApiKey(redacted)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Pepper;
    use std::format;

    #[test]
    fn an_owned_key_is_the_key_that_was_parsed() {
        let owned = OwnedApiKey::mint("sk_live", &[7; 32]).unwrap();
        let (text, pepper) = (owned.reveal(), Pepper::new(1, &[1; 32]).unwrap());
        let (key, parsed) = (owned.as_key().unwrap(), ApiKey::parse(text).unwrap());
        assert_eq!((key.prefix(), key.id()), (parsed.prefix(), parsed.id()));
        let stored = parsed.hash(&pepper).unwrap();
        assert!(key.check(Some(&stored), &[pepper]).is_ok());
        assert_eq!(key.reveal(&mut [0; MAX_LENGTH]), Ok(text));
        assert_eq!(OwnedApiKey::parse(&text.replace("live", "test")).err(), Some(Error::ApiKeyChecksumInvalid));
        assert_eq!(OwnedApiKey::parse("").err(), Some(Error::ApiKeyMalformed));
        assert_eq!(OwnedApiKey::mint("_", &[7; 32]).err(), Some(Error::ApiKeyPrefixInvalid));
        assert_eq!(format!("{owned:?}"), format!("{parsed:?}"));
    }
}
