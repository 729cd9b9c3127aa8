//! For whom tokens must be: audiences, and clients.

use doorward::error::Error;
use doorward::jwt::{ClientBinding, ClientClaim, Recipient};

use crate::policy::{RecipientPart, add, doorward_policy};
use crate::raw::{self, Linking, guard};
use crate::types::{doorward_error, doorward_text};

static CLIENT: <RecipientPart as Linking>::Part =
    |policy| Ok(Recipient::new(policy.audiences()?, policy.client_claim()?, raw::optional(policy.clients)?)?);

/// Has clients read beside audiences, as a provider's policy does anyway.
fn read_clients(policy: &mut doorward_policy) {
    if policy.recipient_part.is_null() {
        policy.recipient_part = (&raw const CLIENT).cast();
    }
}

/// Adds an audience, one of which a token must contain, byte for byte (RFC 7519 section 4.1.3): 1 to 8, or none with a
/// client binding.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_audience(policy: *mut doorward_policy, audience: doorward_text) -> doorward_error {
    guard(|| {
        let policy = doorward_policy::change(policy)?;
        add(&mut policy.audience, &mut policy.audience_count, audience, Error::AudienceInvalid)
    })
}

/// Adds the resource as the audience. Call it after all other settings: it adds nothing to a policy that has an
/// audience, or whose provider writes another audience, or the client, into its tokens. If tokens contain one of
/// several URLs of the resource, add each with doorward_policy_audience() instead.
///
/// @param resource the URL of the protected resource
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_resource(policy: *mut doorward_policy, resource: doorward_text) -> doorward_error {
    guard(|| {
        let policy = doorward_policy::change(policy)?;
        let lists_clients = !policy.clients.data.is_null();
        let is_audience = policy.provider().is_none_or(|provider| provider.resource_is_audience(lists_clients));
        if policy.audience_count > 0 || !is_audience {
            return Ok(());
        }
        add(&mut policy.audience, &mut policy.audience_count, resource, Error::AudienceInvalid)
    })
}

/// Sets the clients, to one of which a token must have been issued: for an issuer that writes no audience of this
/// resource. With an audience, both must match; alone, `aud` may have any value. Only `typ`, or a required scope or
/// claim that ID tokens do not have, distinguishes an access token from an ID token of the same client. Replaces the
/// previous ones.
///
/// @param claim the claim that names the client: "client_id", "azp", "appid", "cid", "repository_owner" or
///        "namespace_path"; else DOORWARD_CLIENT_CLAIM_UNKNOWN. None for that of doorward_policy_client_claim() or of
///        the provider
/// @param clients 64 at most, separated by "\n"
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_client_binding(
    policy: *mut doorward_policy,
    claim: doorward_text,
    clients: doorward_text,
) -> doorward_error {
    guard(|| {
        let policy = doorward_policy::change(policy)?;
        let own = raw::optional(claim)?.map(ClientClaim::from_name).transpose()?;
        let own = own.map_or_else(|| policy.client_claim(), Ok)?;
        ClientBinding::new(own, raw::text(clients)?)?;
        policy.name_client(own)?;
        policy.clients = clients;
        read_clients(policy);
        Ok(())
    })
}

/// Sets the claim that doorward_principal_client_id() returns: "client_id", "azp", "appid", "cid", "repository_owner"
/// or "namespace_path"; else DOORWARD_CLIENT_CLAIM_UNKNOWN. The claim of a client binding is not changed.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_client_claim(policy: *mut doorward_policy, claim: doorward_text) -> doorward_error {
    guard(|| {
        let policy = doorward_policy::change(policy)?;
        read_clients(policy);
        let claim = ClientClaim::from_name(raw::text(claim)?)?;
        if policy.clients.data.is_null() { policy.name_client(claim) } else { Ok(()) }
    })
}
