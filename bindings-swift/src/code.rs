//! Authorization codes, which are good once.

use doorward::oauth::code::{CodeRecord, DEFAULT_CODE_LIFETIME, Family, Issue, Redemption};
use doorward::oauth::pkce::CodeChallenge;
use doorward::secret;
use doorward::time::UnixTime;

use crate::error::Failure;
use crate::grantable::resource;

pub(crate) fn family(bytes: &[u8]) -> Result<Family, Failure> {
    Ok(Family::from_random(*secret::random(bytes)?))
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

/// What is stored once tokens were issued for a code.
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
