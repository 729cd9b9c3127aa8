//! How the client of a request authenticates.

use doorward::alg::Algorithms;
use doorward::jwt::{Audience, scratch_length};
use doorward::oauth::client_authentication::{self as core, AuthMethod};
use doorward::oauth::opaque_token::Hash;
use doorward::time::UnixTime;
use zeroize::{Zeroize, Zeroizing};

use crate::PUBLIC;
use crate::error::Failure;
use crate::keys::KeySet;

/// Who the client of a request says that it is, and its proof.
#[derive(uniffi::Record)]
pub(crate) struct ClientAuthentication {
    client_id: String,
    method: String,
    proof: String,
}

impl ClientAuthentication {
    pub(crate) fn of(client: core::ClientAuthentication<'_>) -> Self {
        Self {
            client_id: client.client_id().to_owned(),
            method: client.method().name().to_owned(),
            proof: client.reveal().to_owned(),
        }
    }
}

/// One that came over the bridge, which hands over a copy: the proof is wiped, whatever comes of it.
struct Received(ClientAuthentication);

impl Received {
    fn as_core(&self) -> Result<core::ClientAuthentication<'_>, Failure> {
        let Self(ClientAuthentication { client_id, method, proof }) = self;
        Ok(core::ClientAuthentication::new(client_id, AuthMethod::from_name(method)?, proof))
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        self.0.proof.zeroize();
    }
}

/// Checks a client that is registered with `none` or a secret.
#[uniffi::export]
pub(crate) fn check_client(
    client: ClientAuthentication,
    registered: String,
    secret_hash: Option<String>,
) -> Result<(), Failure> {
    let client = Received(client);
    let hash = secret_hash.map(|hash| hash.parse::<Hash>()).transpose()?;
    Ok(client.as_core()?.check(AuthMethod::from_name(&registered)?, hash.as_ref())?)
}

/// An assertion that is good, once.
#[derive(uniffi::Record)]
pub(crate) struct Assertion {
    jwt_id: String,
    remember_until: i64,
}

/// Checks a client that is registered with `private_key_jwt`.
#[uniffi::export]
pub(crate) fn check_assertion(
    client: ClientAuthentication,
    keys: &KeySet,
    audiences: Vec<String>,
    now: u64,
) -> Result<Assertion, Failure> {
    let client = Received(client);
    let mut scratch = Zeroizing::new(vec![0; scratch_length(client.0.proof.len())]);
    let audience = Audience::new(audiences.iter().map(String::as_str))?;
    let (algorithms, now) = (Algorithms::new(PUBLIC)?, UnixTime::from_seconds(now));
    let client = client.as_core()?;
    let assertion = client.check_assertion(keys.0.as_slice(), algorithms, audience, &mut scratch, now)?;
    Ok(Assertion { jwt_id: assertion.jwt_id().to_owned(), remember_until: assertion.remember_until() })
}
