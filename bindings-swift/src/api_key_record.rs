//! What is stored of an API key, and what becomes of it.

use doorward::api_key::{ApiKeyHash, Event, Lifecycle, Record};
use doorward::oauth::scope::{GrantedScopes, ScopeList};
use doorward::time::UnixTime;

use crate::api_key::ApiKey;
use crate::error::Failure;
use crate::peppers::Peppers;
use crate::scope::join;

/// The times of a key.
#[derive(uniffi::Record)]
pub(crate) struct ApiKeyLifecycle {
    not_before: u64,
    expires_at: Option<u64>,
    rotated_until: Option<u64>,
    revoked: bool,
}

fn time(seconds: Option<u64>) -> UnixTime {
    seconds.map_or(UnixTime::MAX, UnixTime::from_seconds)
}

fn seconds(time: UnixTime) -> Option<u64> {
    Some(time.seconds().unsigned_abs()).filter(|_| time != UnixTime::MAX)
}

impl ApiKeyLifecycle {
    fn lifecycle(&self) -> Lifecycle {
        Lifecycle {
            not_before: UnixTime::from_seconds(self.not_before),
            expires_at: time(self.expires_at),
            rotated_until: time(self.rotated_until),
            revoked: self.revoked,
        }
    }

    fn after(&self, event: Event, now: u64) -> Result<Self, Failure> {
        Ok(Self::of(self.lifecycle().after(event, UnixTime::from_seconds(now))?))
    }

    fn of(lifecycle: Lifecycle) -> Self {
        Self {
            not_before: lifecycle.not_before.seconds().unsigned_abs(),
            expires_at: seconds(lifecycle.expires_at),
            rotated_until: seconds(lifecycle.rotated_until),
            revoked: lifecycle.revoked,
        }
    }
}

/// What is stored of a key.
#[derive(uniffi::Record)]
pub(crate) struct ApiKeyRecord {
    hash: String,
    scopes: Vec<String>,
    resource: Option<String>,
    lifecycle: ApiKeyLifecycle,
}

/// The name of what a key is.
#[uniffi::export]
pub(crate) fn api_key_status(lifecycle: ApiKeyLifecycle, now: u64, notice: u32) -> Result<String, Failure> {
    Ok(lifecycle.lifecycle().status(UnixTime::from_seconds(now), notice).name().to_owned())
}

/// From when on it is not valid any more.
#[uniffi::export]
pub(crate) fn api_key_end(lifecycle: ApiKeyLifecycle) -> Result<Option<u64>, Failure> {
    Ok(seconds(lifecycle.lifecycle().end()))
}

/// The times of the key that takes its place.
#[uniffi::export]
pub(crate) fn api_key_successor(
    lifecycle: ApiKeyLifecycle,
    created_at: u64,
    now: u64,
) -> Result<ApiKeyLifecycle, Failure> {
    let (created_at, now) = (UnixTime::from_seconds(created_at), UnixTime::from_seconds(now));
    Ok(ApiKeyLifecycle::of(lifecycle.lifecycle().successor(created_at, now)?))
}

/// Another key takes its place.
#[uniffi::export]
pub(crate) fn api_key_rotate(lifecycle: ApiKeyLifecycle, overlap: u32, now: u64) -> Result<ApiKeyLifecycle, Failure> {
    lifecycle.after(Event::Rotate { overlap }, now)
}

/// It is to expire at another time.
#[uniffi::export]
pub(crate) fn api_key_expire(
    lifecycle: ApiKeyLifecycle,
    at: Option<u64>,
    now: u64,
) -> Result<ApiKeyLifecycle, Failure> {
    lifecycle.after(Event::Expire { at: time(at) }, now)
}

/// Decides about a request; returns whether to hash the key anew.
#[uniffi::export]
pub(crate) fn api_key_authenticate(
    key: &ApiKey,
    record: Option<ApiKeyRecord>,
    peppers: &Peppers,
    resource: String,
    scopes: Vec<String>,
    now: u64,
) -> Result<bool, Failure> {
    let granted = record
        .as_ref()
        .map(|record| doorward::oauth::scope::granted(record.scopes.iter().map(String::as_str)).to_string());
    let granted = GrantedScopes::new(granted.as_deref().unwrap_or_default());
    let record = record.as_ref().map(|record| {
        let (hash, lifecycle) = (record.hash.parse::<ApiKeyHash>()?, record.lifecycle.lifecycle());
        Ok::<_, Failure>(Record { hash, lifecycle, scopes: granted, resource: record.resource.as_deref() })
    });
    let (record, scopes) = (record.transpose()?, join(&scopes)?);
    let (peppers, required) = (peppers.as_peppers()?, ScopeList::parse(&scopes)?);
    let now = UnixTime::from_seconds(now);
    Ok(key.as_key()?.authenticate(record.as_ref(), &peppers, &resource, required, now)?.rehash)
}

/// The regular expression for secret scanners.
#[uniffi::export]
pub(crate) fn api_key_pattern() -> Result<String, Failure> {
    Ok(doorward::api_key::PATTERN.to_owned())
}
