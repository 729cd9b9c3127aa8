//! Access tokens of one's own, and the keys that sign them.

use doorward::alg::Alg;
use doorward::error::Error;
use doorward::mint::{self, RingKey};
use doorward::oauth::metadata::{IssuerUrl, ResourceIdentifier};
use doorward::oauth::scope::ScopeList;
use doorward::time::UnixTime;
use zeroize::Zeroizing;

use crate::error::Failure;
use crate::policy::join;

/// A key, and when it signs.
#[derive(uniffi::Record)]
pub(crate) struct SigningKey {
    algorithm: String,
    secret: Vec<u8>,
    signs_from: u64,
    signs_until: Option<u64>,
}

struct Entry {
    alg: Alg,
    secret: Zeroizing<[u8; 32]>,
    from: u64,
    until: u64,
}

/// Keys that sign access tokens.
#[derive(uniffi::Object)]
pub(crate) struct KeyRing(Vec<Entry>);

impl KeyRing {
    fn with<T>(&self, work: impl FnOnce(&mint::KeyRing<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let keys = self.0.iter().map(|entry| mint::SigningKey::new(entry.alg, &entry.secret));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let at = UnixTime::from_seconds;
        let ring = keys.iter().zip(&self.0);
        let ring = ring.map(|(key, entry)| RingKey { key, signs_from: at(entry.from), signs_until: at(entry.until) });
        work(&mint::KeyRing::new(&ring.collect::<Vec<_>>()))
    }
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

#[uniffi::export]
impl KeyRing {
    /// Keys in any order.
    #[uniffi::constructor]
    pub(crate) fn new(keys: Vec<SigningKey>) -> Result<Self, Failure> {
        let mut entries = Vec::new();
        for SigningKey { algorithm, secret, signs_from, signs_until } in keys {
            let secret = Zeroizing::new(secret);
            let secret: &[u8; 32] = secret.as_slice().try_into().map_err(|_| Error::SigningKeyInvalid)?;
            let (alg, secret) = (Alg::parse(&algorithm)?, Zeroizing::new(*secret));
            entries.push(Entry { alg, secret, from: signs_from, until: signs_until.unwrap_or(u64::MAX) });
        }
        let ring = Self(entries);
        ring.with(|_| Ok(()))?;
        Ok(ring)
    }

    /// An access token, signed.
    pub(crate) fn sign(&self, token: AccessToken, now: u64) -> Result<String, Failure> {
        let scopes = join(&token.scopes)?;
        let token = mint::AccessToken {
            issuer: IssuerUrl::parse(&token.issuer)?,
            audience: ResourceIdentifier::parse(&token.resource)?,
            subject: &token.subject,
            client_id: &token.client_id,
            scope: ScopeList::parse(&scopes)?,
            jwt_id: &token.jwt_id,
            issued_at: UnixTime::from_seconds(now),
            lifetime: token.lifetime,
        };
        let sign = |ring: &mint::KeyRing<'_>| {
            let key = ring.signing(token.issued_at)?;
            let Err(Error::BufferTooSmall { needed }) = token.sign(key, &mut []) else {
                return token.sign(key, &mut []).map(str::to_owned);
            };
            let mut out = vec![0; usize::try_from(needed).unwrap_or(usize::MAX)];
            token.sign(key, &mut out).map(str::to_owned)
        };
        Ok(self.with(sign)?)
    }

    /// The public keys.
    pub(crate) fn published(&self, now: u64) -> Result<String, Failure> {
        Ok(self.with(|ring| Ok(ring.published(UnixTime::from_seconds(now)).to_string()))?)
    }
}
