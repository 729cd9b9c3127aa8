//! How the client of a request authenticates.

use doorward::oauth::client_authentication::{AuthMethod, ClientAuthentication};
use doorward::oauth::opaque_token::Hash;

use crate::fault::Fault;
use crate::raw::{self, guard, plain};
use crate::types::{doorward_error, doorward_text};

/// The client identifier of a request and its proof, not yet verified. The proof is secret: never log it.
#[repr(C)]
pub struct doorward_client_authentication {
    /// The client identifier in the request, not yet authenticated.
    pub client_id: doorward_text,
    /// How it authenticates: "none", "client_secret_basic", "client_secret_post" or "private_key_jwt".
    pub method: doorward_text,
    /// Its secret or assertion; empty if it has none.
    pub proof: doorward_text,
}
plain!(doorward_client_authentication { client_id, method, proof });

impl doorward_client_authentication {
    pub(crate) const NONE: Self =
        Self { client_id: doorward_text::NONE, method: doorward_text::NONE, proof: doorward_text::NONE };

    pub(crate) fn of(client: ClientAuthentication<'_>) -> Self {
        Self {
            client_id: doorward_text::of(client.client_id()),
            method: doorward_text::of(client.method().name()),
            proof: doorward_text::of(client.reveal()),
        }
    }

    pub(crate) fn read(&self) -> Result<ClientAuthentication<'_>, Fault> {
        let method = AuthMethod::from_name(raw::text(self.method)?)?;
        Ok(ClientAuthentication::new(raw::text(self.client_id)?, method, raw::text(self.proof)?))
    }
}

/// Authenticates a client that is registered with "none", or with a secret: 0 or DOORWARD_CLIENT_AUTHENTICATION_FAILED,
/// also if it uses another method than the registered one.
///
/// @param registered its `token_endpoint_auth_method`
/// @param secret_hash what doorward_opaque_token_hash() wrote for its secret; none if it has none
#[unsafe(no_mangle)]
pub extern "C" fn doorward_client_authentication_check(
    client: *const doorward_client_authentication,
    registered: doorward_text,
    secret_hash: doorward_text,
) -> doorward_error {
    guard(|| {
        let client = raw::read(client)?.read()?;
        let hash = raw::optional(secret_hash)?.map(str::parse::<Hash>).transpose()?;
        Ok(client.check(AuthMethod::from_name(raw::text(registered)?)?, hash.as_ref())?)
    })
}
