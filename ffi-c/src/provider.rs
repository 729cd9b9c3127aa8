//! Policies for the tokens of identity providers, by their profiles.

use doorward::error::Error;
use doorward::oauth::scope::ScopeList;
use doorward::provider::{Defaults, Provider, TokenIssuers};

use crate::algorithms;
use crate::fault::Fault;
use crate::issuers::{ISSUER_LIST, ISSUER_TEMPLATE};
use crate::policy::{Part, RELAXATIONS, RecipientPart, SCOPE_SOURCE, add, doorward_policy, place};
use crate::raw::{self, Linking, guard, guard_or};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

static RECIPIENT: <RecipientPart as Linking>::Part = |policy| {
    let provider = policy.provider().ok_or(Fault::Argument)?;
    Ok(provider.recipient(policy.audiences()?, policy.client_claim()?, raw::optional(policy.clients)?)?)
};

static PROVIDER: Part = |policy, parts| {
    let provider = policy.provider().ok_or(Fault::Argument)?;
    let required = ScopeList::parse(raw::text(policy.required_scopes)?)?;
    provider.check(&policy.recipient()?, required, &parts.scope_source)?;
    parts.kind = provider.token_kind();
    Ok(())
};

/// Initializes a policy for the tokens of an identity provider, by its profile: "cognito", "entra", "keycloak" and
/// others, whose notes, sources and parameters the documentation lists. Sets issuers, algorithms, relaxations, the
/// source of scopes, the claim that names the client, and the audience where all its tokens have the same; audiences, a
/// client binding and scopes are added as with doorward_policy_mcp().
///
/// When the policy is used: DOORWARD_AUDIENCE_INVALID or DOORWARD_CLIENTS_INVALID if it lacks what identifies the
/// recipient of this provider's tokens, DOORWARD_PROVIDER_NEEDS_SCOPE if it requires no scope other than OpenID
/// Connect's standard scopes although it must, DOORWARD_SCOPE_SOURCE_INVALID if it then reads scopes from another claim
/// than the provider's.
///
/// @param policy where to write it; whatever was there is overwritten
/// @param name the profile's name; else DOORWARD_PROVIDER_UNKNOWN
/// @param parameters those of its issuer, as in "region=eu-west-1\nuser_pool=eu-west-1_Example", separated by "\n";
///        else DOORWARD_PROVIDER_PARAMETER_INVALID
/// @param tenants the tenants whose tokens are accepted, separated by "\n", for a profile of several tenants; empty
///        otherwise, else DOORWARD_PROVIDER_PARAMETER_INVALID
/// @param memory receives lines that must stay unchanged as long as the strings that are passed: the issuer; the URL of
///        its keys, empty if it is in its metadata; and each `iss` that tokens may have, if it is not the issuer
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_provider(
    policy: *mut doorward_policy,
    name: doorward_text,
    parameters: doorward_text,
    tenants: doorward_text,
    memory: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(memory)?.length = 0;
        let provider = Provider::from_name(raw::text(name)?)?;
        raw::print(memory, &provider.parse(raw::text(parameters)?)?)?;
        let memory = raw::read(memory)?;
        let names = provider.names(raw::text(doorward_text { data: memory.data, length: memory.length })?);
        let issuers = names.issuers_of_tokens(raw::text(tenants)?)?;
        let Defaults { audience, client_claim, algorithms, scope_source, relaxations } = provider.defaults();
        doorward_policy::begin(policy, doorward_text::of(names.issuer), 0)?;
        let policy = doorward_policy::change(policy)?;
        match issuers {
            TokenIssuers::Issuer => {}
            TokenIssuers::AnyOf(lines) => {
                policy.issuers = doorward_text::of(lines);
                policy.issuer_part = (&raw const ISSUER_LIST).cast();
            }
            TokenIssuers::Template { template, claim, tenants } => {
                policy.issuers = doorward_text::of(tenants);
                policy.issuer_template = doorward_text::of(template);
                policy.template_claim = doorward_text::of(claim);
                policy.issuer_part = (&raw const ISSUER_TEMPLATE).cast();
            }
        }
        if let Some(audience) = audience.map(doorward_text::of) {
            add(&mut policy.audience, &mut policy.audience_count, audience, Error::AudienceInvalid)?;
        }
        policy.name_client(client_claim)?;
        policy.recipient_part = (&raw const RECIPIENT).cast();
        // Those of the profile that this build has.
        let bits = algorithms.iter().filter_map(|alg| algorithms::bit(*alg).ok());
        policy.algorithms = bits.fold(algorithms::OF_PROVIDER, |all, bit| all | bit);
        policy.scope_source = doorward_text::of(scope_source);
        policy.parts[place::SCOPE_SOURCE] = (&raw const SCOPE_SOURCE).cast();
        policy.relaxations = relaxations.iter().fold(0, |bits, one| bits | u32::from(one.bit()));
        policy.parts[place::RELAXATIONS] = (&raw const RELAXATIONS).cast();
        policy.provider = (&raw const *provider).cast();
        policy.parts[place::PROVIDER] = (&raw const PROVIDER).cast();
        Ok(())
    })
}

/// Returns the name of the header that contains the tokens of a provider; none if that is Authorization, or if there is
/// no such profile. The string is static.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_provider_header(name: doorward_text) -> doorward_text {
    guard_or(doorward_text::NONE, || Ok(doorward_text::maybe(Provider::from_name(raw::text(name)?)?.header)))
}
