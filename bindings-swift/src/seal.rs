//! State that somebody else keeps for the server.

use doorward::error::Error;
use doorward::seal::{self, Binding};
use doorward::time::UnixTime;
use zeroize::Zeroizing;

use crate::error::Failure;
use crate::random::Random;

/// A secret with which states are sealed.
#[derive(uniffi::Record)]
pub(crate) struct SealingKey {
    version: u32,
    secret: Vec<u8>,
}

/// Keys, the current one first.
#[derive(uniffi::Object)]
pub(crate) struct SealingKeys(Vec<(u32, Zeroizing<Vec<u8>>)>);

/// What a state is bound to.
#[derive(uniffi::Record)]
pub(crate) struct StateBinding {
    purpose: String,
    principal: String,
    request: Vec<u8>,
}

impl StateBinding {
    fn of_core(&self) -> Binding<'_> {
        Binding { purpose: &self.purpose, principal: &self.principal, request: &self.request }
    }
}

#[uniffi::export]
impl SealingKeys {
    /// The current key first.
    #[uniffi::constructor]
    pub(crate) fn new(keys: Vec<SealingKey>) -> Result<Self, Failure> {
        let keys = Self(keys.into_iter().map(|key| (key.version, Zeroizing::new(key.secret))).collect());
        keys.keys()?;
        Ok(keys)
    }

    /// Seals a state, and returns its text.
    pub(crate) fn seal(
        &self,
        state: &[u8],
        binding: StateBinding,
        expires_at: u64,
        random: Random,
    ) -> Result<String, Failure> {
        let (keys, binding, until, random) =
            (self.keys()?, binding.of_core(), UnixTime::from_seconds(expires_at), random.bytes());
        let mut out = match seal::seal(&keys, &binding, state, until, &random, &mut []) {
            Err(Error::BufferTooSmall { needed }) => vec![0; usize::try_from(needed).unwrap_or(usize::MAX)],
            other => return Ok(other?.to_owned()),
        };
        Ok(seal::seal(&keys, &binding, state, until, &random, &mut out)?.to_owned())
    }

    /// Opens a sealed state, and returns its bytes.
    pub(crate) fn open(
        &self,
        sealed: String,
        binding: StateBinding,
        max_lifetime: u32,
        now: u64,
    ) -> Result<Vec<u8>, Failure> {
        let mut out = Zeroizing::new(vec![0; sealed.len()]);
        let now = UnixTime::from_seconds(now);
        Ok(seal::open(&self.keys()?, &binding.of_core(), &sealed, max_lifetime, now, &mut out)?.to_vec())
    }
}

impl SealingKeys {
    fn keys(&self) -> Result<Vec<seal::SealingKey<'_>>, Error> {
        self.0.iter().map(|(version, secret)| seal::SealingKey::from_slice(*version, secret)).collect()
    }
}
