//! Assertions by which a client authenticates.

use doorward::alg::Alg;
use doorward::error::Error;
use doorward::mint::{self, SigningKey};
use doorward::oauth::metadata::IssuerUrl;
use doorward::time::UnixTime;
use zeroize::Zeroizing;

use crate::error::Failure;

/// An assertion by which a client authenticates.
#[uniffi::export]
pub(crate) fn client_assertion(
    algorithm: String,
    secret: Vec<u8>,
    client_id: String,
    issuer: String,
    jwt_id: String,
    issued_at: u64,
    lifetime: u32,
) -> Result<String, Failure> {
    let secret = Zeroizing::new(secret);
    let key = SigningKey::from_slice(Alg::parse(&algorithm)?, &secret)?;
    let assertion = mint::ClientAssertion {
        client_id: &client_id,
        audience: IssuerUrl::parse(&issuer)?,
        jwt_id: &jwt_id,
        issued_at: UnixTime::from_seconds(issued_at),
        lifetime,
    };
    let needed = match assertion.sign(&key, &mut []) {
        Err(Error::BufferTooSmall { needed }) => usize::try_from(needed).unwrap_or(usize::MAX),
        other => return Ok(other?.to_owned()),
    };
    Ok(assertion.sign(&key, &mut vec![0; needed])?.to_owned())
}
