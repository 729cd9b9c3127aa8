//! Refresh tokens that rotate.

use doorward::oauth::rotation::{self, REFRESH_TOKEN_LENGTH, Refresh, RefreshRecord, RefreshToken};
use doorward::oauth::scope::ScopeList;
use doorward::time::UnixTime;
use zeroize::Zeroizing;

use crate::code::family;
use crate::error::Failure;
use crate::grantable::resource;
use crate::random::Random;
use crate::scope::{join, join_requested};

/// How long refresh tokens are good.
#[derive(uniffi::Record)]
pub(crate) struct RefreshLifetimes {
    family: Option<u32>,
    idle: Option<u32>,
    grace: Option<u32>,
}

impl RefreshLifetimes {
    fn of_core(&self) -> rotation::Lifetimes {
        let ours = rotation::Lifetimes::DEFAULT;
        rotation::Lifetimes {
            family: self.family.unwrap_or(ours.family),
            idle: self.idle.unwrap_or(ours.idle),
            grace: self.grace.unwrap_or(ours.grace),
        }
    }
}

/// A family that begins, or a token that has rotated.
#[derive(uniffi::Record)]
pub(crate) struct Rotated {
    record: Option<Vec<u8>>,
    refresh_token: String,
    scope: String,
}

/// Begins a family of refresh tokens.
#[uniffi::export]
pub(crate) fn refresh_begin(
    family_bytes: &[u8],
    client_id: String,
    of_resource: Option<String>,
    lifetimes: RefreshLifetimes,
    random: Random,
    now: u64,
) -> Result<Rotated, Failure> {
    let mut out = Zeroizing::new([0; REFRESH_TOKEN_LENGTH]);
    let (family, resource) = (family(family_bytes)?, resource(&of_resource)?);
    let (lifetimes, random, now) = (lifetimes.of_core(), random.bytes(), UnixTime::from_seconds(now));
    let (record, token) = RefreshRecord::begin(family, &client_id, resource, &lifetimes, &random, now, &mut *out)?;
    Ok(Rotated { record: Some(record.to_bytes().to_vec()), refresh_token: token.to_owned(), scope: String::new() })
}

/// The family of a refresh token.
#[uniffi::export]
pub(crate) fn refresh_token_family(token: String) -> Result<Vec<u8>, Failure> {
    Ok(RefreshToken::parse(&token)?.family().bytes().to_vec())
}

/// Whether a refresh token is a client's own.
#[uniffi::export]
pub(crate) fn refresh_belongs_to(record: &[u8], token: String, client_id: String) -> Result<bool, Failure> {
    Ok(RefreshRecord::from_bytes(record)?.belongs_to(&RefreshToken::parse(&token)?, &client_id))
}

/// Who presents a refresh token.
#[derive(uniffi::Record)]
pub(crate) struct RefreshPresented {
    token: String,
    client_id: String,
    resource: Option<String>,
    scopes: Vec<String>,
    granted: Vec<String>,
}

/// Decides about a refresh token.
#[uniffi::export]
pub(crate) fn refresh_rotate(
    record: &[u8],
    presented: RefreshPresented,
    lifetimes: RefreshLifetimes,
    random: Random,
    now: u64,
) -> Result<Rotated, Failure> {
    let mut out = Zeroizing::new([0; REFRESH_TOKEN_LENGTH]);
    let record = RefreshRecord::from_bytes(record)?;
    let (scopes, granted) = (join_requested(&presented.scopes)?, join(&presented.granted)?);
    let refresh = Refresh {
        client_id: &presented.client_id,
        resource: resource(&presented.resource)?,
        scope: ScopeList::parse_requested(&scopes)?,
        granted: ScopeList::parse(&granted)?,
    };
    let token = RefreshToken::parse(&presented.token)?;
    let (lifetimes, random, now) = (lifetimes.of_core(), random.bytes(), UnixTime::from_seconds(now));
    let rotated = record.rotate(&token, &refresh, &lifetimes, &random, now, &mut *out)?;
    Ok(Rotated {
        record: rotated.next.map(|next| next.to_bytes().to_vec()),
        refresh_token: rotated.refresh_token.to_owned(),
        scope: rotated.scope.as_str().to_owned(),
    })
}

/// What is stored once a family is revoked.
#[uniffi::export]
pub(crate) fn refresh_revoke(record: &[u8]) -> Result<Vec<u8>, Failure> {
    Ok(RefreshRecord::from_bytes(record)?.revoke().to_bytes().to_vec())
}

/// Whether it was, and when it ends otherwise.
#[derive(uniffi::Record)]
pub(crate) struct RefreshState {
    family: Vec<u8>,
    revoked: bool,
    ends_at: i64,
}

/// What a record says.
#[uniffi::export]
pub(crate) fn refresh_state(record: &[u8]) -> Result<RefreshState, Failure> {
    let record = RefreshRecord::from_bytes(record)?;
    Ok(RefreshState {
        family: record.family().bytes().to_vec(),
        revoked: record.is_revoked(),
        ends_at: record.ends_at().seconds(),
    })
}
