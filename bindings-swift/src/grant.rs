//! Authorization codes that are good once, and refresh tokens that rotate.

use doorward::error::Error;
use doorward::oauth::code::{CodeRecord, DEFAULT_CODE_LIFETIME, Family, Issue, Redemption};
use doorward::oauth::grantable::{self, GrantRequest};
use doorward::oauth::metadata::ResourceIdentifier;
use doorward::oauth::pkce::CodeChallenge;
use doorward::oauth::rotation::{self, REFRESH_TOKEN_LENGTH, Refresh, RefreshRecord, RefreshToken};
use doorward::oauth::scope::ScopeList;
use doorward::secret;
use doorward::time::UnixTime;
use zeroize::Zeroizing;

use crate::api_key::Random;
use crate::error::Failure;
use crate::policy::join;

fn family(bytes: &[u8]) -> Result<Family, Failure> {
    Ok(Family::from_random(*secret::random(bytes)?))
}

fn resource(text: &Option<String>) -> Result<Option<ResourceIdentifier<'_>>, Failure> {
    Ok(text.as_deref().map(ResourceIdentifier::parse).transpose().map_err(|_| Error::ResourceRefused)?)
}

/// Whether a client may use a grant type.
#[uniffi::export]
pub(crate) fn check_grant_type(grant_type: String, grant_types: Vec<String>) -> Result<(), Failure> {
    Ok(grantable::check_grant_type(&grant_type, grant_types.iter().map(String::as_str))?)
}

/// What a server may grant, and to which client.
#[derive(uniffi::Record)]
pub(crate) struct Grantable {
    scopes: Vec<String>,
    resources: Vec<String>,
    grant_types: Vec<String>,
}

/// What a client may be granted.
#[derive(uniffi::Record)]
pub(crate) struct Granted {
    scope: String,
    resource: Option<String>,
}

/// Decides what a client may be granted.
#[uniffi::export]
pub(crate) fn grant(
    of: Grantable,
    grant_type: String,
    scopes: Vec<String>,
    of_resource: Option<String>,
) -> Result<Granted, Failure> {
    let (asked, own) = (scopes.join(" "), join(&of.scopes)?);
    let request = GrantRequest {
        grant_type: &grant_type,
        scope: ScopeList::parse(&asked).map_err(|_| Error::ScopeRefused)?,
        resource: resource(&of_resource)?,
    };
    let resources: Result<Vec<_>, Error> = of.resources.iter().map(|own| ResourceIdentifier::parse(own)).collect();
    let grant_types = of.grant_types.iter().map(String::as_str);
    let granted = grantable::grant(&request, grant_types, ScopeList::parse(&own)?, resources?)?;
    Ok(Granted {
        scope: granted.scope.as_str().to_owned(),
        resource: granted.resource.map(|resource| resource.as_str().to_owned()),
    })
}

/// What a code is issued for.
#[derive(uniffi::Record)]
pub(crate) struct CodeIssue {
    client_id: String,
    redirect_uri: String,
    code_challenge: String,
    resource: Option<String>,
    family: Vec<u8>,
    lifetime: Option<u32>,
}

/// What is stored of a new code.
#[uniffi::export]
pub(crate) fn code_issue(issue: CodeIssue, now: u64) -> Result<Vec<u8>, Failure> {
    let challenge = CodeChallenge::parse(&issue.code_challenge)?;
    let of = Issue {
        client_id: &issue.client_id,
        redirect_uri: &issue.redirect_uri,
        challenge: &challenge,
        resource: resource(&issue.resource)?,
    };
    let lifetime = issue.lifetime.unwrap_or(DEFAULT_CODE_LIFETIME);
    let record = CodeRecord::issue(&of, family(&issue.family)?, lifetime, UnixTime::from_seconds(now))?;
    Ok(record.to_bytes().to_vec())
}

/// Who presents a code.
#[derive(uniffi::Record)]
pub(crate) struct CodeRedemption {
    client_id: String,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    resource: Option<String>,
}

/// What is stored once a code has given tokens.
#[uniffi::export]
pub(crate) fn code_redeem(record: &[u8], presented: CodeRedemption, now: u64) -> Result<Vec<u8>, Failure> {
    let presented = Redemption {
        client_id: &presented.client_id,
        redirect_uri: presented.redirect_uri.as_deref(),
        code_verifier: presented.code_verifier.as_deref(),
        resource: resource(&presented.resource)?,
    };
    Ok(CodeRecord::from_bytes(record)?.redeem(&presented, UnixTime::from_seconds(now))?.to_bytes().to_vec())
}

/// What a code grants.
#[uniffi::export]
pub(crate) fn code_family(record: &[u8]) -> Result<Vec<u8>, Failure> {
    Ok(CodeRecord::from_bytes(record)?.family().bytes().to_vec())
}

/// When a code expires.
#[uniffi::export]
pub(crate) fn code_expires_at(record: &[u8]) -> Result<i64, Failure> {
    Ok(CodeRecord::from_bytes(record)?.expires_at().seconds())
}

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
    let (scopes, granted) = (presented.scopes.join(" "), join(&presented.granted)?);
    let refresh = Refresh {
        client_id: &presented.client_id,
        resource: resource(&presented.resource)?,
        scope: ScopeList::parse(&scopes).map_err(|_| Error::ScopeRefused)?,
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
