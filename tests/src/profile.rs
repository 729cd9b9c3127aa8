//! A provider's profile, as cases name it.

use doorward::error::Error;
use doorward::provider::{Names, Provider};

/// A profile, with what it is called.
pub struct Profile {
    provider: &'static Provider,
    parameters: Vec<(String, String)>,
    tenants: String,
    memory: Vec<u8>,
}

impl Profile {
    /// The profile of this name, with parameters and tenants.
    pub fn of(name: &str, parameters: Vec<(String, String)>, tenants: &[&str]) -> Result<Self, Error> {
        let provider = Provider::from_name(name)?;
        Ok(Self { provider, parameters, tenants: tenants.join("\n"), memory: vec![0; 4096] })
    }

    /// What a block names in its words: `NAME PARAMETER=VALUE…`, and the tenants.
    pub fn of_words<'t>(words: impl Iterator<Item = &'t str>, tenants: &[&str]) -> Result<Option<Self>, Error> {
        let mut words = words;
        let Some(name) = words.next() else { return Ok(None) };
        let parameter = |word: &str| word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self::of(name, words.map(|word| parameter(word).expect(word)).collect(), tenants).map(Some)
    }

    /// Writes the names down.
    pub fn names(&mut self) -> Result<(&'static Provider, Names<'_>, &str), Error> {
        let parameters = self.parameters.iter().map(|(name, value)| (&name[..], &value[..]));
        Ok((self.provider, self.provider.with(parameters)?.write(&mut self.memory)?, &self.tenants))
    }
}
