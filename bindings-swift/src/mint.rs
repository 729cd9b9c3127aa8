//! Access tokens of one's own, and the keys that sign them.

use doorward::alg::Alg;
use doorward::error::Error;
use doorward::host::{self, OwnedSigningSecret, RingSecret};
use doorward::mint;
use doorward::oauth::metadata::{IssuerUrl, ResourceIdentifier};
use doorward::oauth::scope::ScopeList;
use doorward::time::UnixTime;
use zeroize::Zeroizing;

use crate::error::Failure;
use crate::scope::join;

/// A key, and when it signs.
#[derive(uniffi::Record)]
pub(crate) struct SigningKey {
    algorithm: String,
    secret: Vec<u8>,
    signs_from: u64,
    signs_until: Option<u64>,
}

/// What an access token says.
#[derive(uniffi::Record)]
pub(crate) struct AccessToken {
    issuer: String,
    resource: String,
    subject: String,
    client_id: String,
    scopes: Vec<String>,
    jwt_id: String,
    lifetime: u32,
}

impl AccessToken {
    fn sign(
        &self,
        now: u64,
        sign: impl FnOnce(&mint::AccessToken<'_>) -> Result<String, Error>,
    ) -> Result<String, Failure> {
        let scopes = join(&self.scopes)?;
        Ok(sign(&mint::AccessToken {
            issuer: IssuerUrl::parse(&self.issuer)?,
            audience: ResourceIdentifier::parse(&self.resource)?,
            subject: &self.subject,
            client_id: &self.client_id,
            scope: ScopeList::parse(&scopes)?,
            jwt_id: &self.jwt_id,
            issued_at: UnixTime::from_seconds(now),
            lifetime: self.lifetime,
        })?)
    }
}

/// Keys that sign access tokens.
#[derive(uniffi::Object)]
pub(crate) struct KeyRing(host::KeyRing);

#[uniffi::export]
impl KeyRing {
    /// Keys in any order.
    #[uniffi::constructor]
    pub(crate) fn new(keys: Vec<SigningKey>) -> Result<Self, Failure> {
        let wiped = |key: SigningKey| (Zeroizing::new(key.secret), key.algorithm, key.signs_from, key.signs_until);
        let keys: Vec<_> = keys.into_iter().map(wiped).collect();
        let (mut ring, at) = (Vec::new(), UnixTime::from_seconds);
        for (secret, algorithm, from, until) in &keys {
            let (alg, signs_until) = (Alg::parse(algorithm)?, until.map_or(UnixTime::MAX, at));
            ring.push(RingSecret { alg, secret, signs_from: at(*from), signs_until });
        }
        Ok(Self(host::KeyRing::new(ring)?))
    }

    /// An access token, signed.
    pub(crate) fn sign(&self, token: AccessToken, now: u64) -> Result<String, Failure> {
        token.sign(now, |token| self.0.sign(token))
    }

    /// The key set of the public keys, as JSON.
    pub(crate) fn published(&self, now: u64) -> Result<String, Failure> {
        Ok(self.0.published(UnixTime::from_seconds(now))?)
    }
}

/// A secret that signs access tokens.
#[derive(uniffi::Object)]
pub(crate) struct SigningSecret(OwnedSigningSecret);

#[uniffi::export]
impl SigningSecret {
    /// Creates a secret from its bytes.
    #[uniffi::constructor]
    pub(crate) fn new(secret: &[u8], key_id: Option<String>) -> Result<Self, Failure> {
        Ok(Self(OwnedSigningSecret::new(secret, key_id.as_deref())?))
    }

    /// An access token, signed.
    pub(crate) fn sign(&self, token: AccessToken, now: u64) -> Result<String, Failure> {
        token.sign(now, |token| self.0.sign(token))
    }
}
