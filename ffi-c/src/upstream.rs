//! Profiles of services for which a proxy is the client.

use doorward::oauth::scope::{GrantedScopes, ScopeList, Spaced};
use doorward::provider::upstream::{self, Endpoints, Upstream};

use crate::fault::Fault;
use crate::raw::{self, guard, guard_or};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// The profile of a service with its own OAuth and without dynamic registration: how a proxy acts as its client. A
/// string is empty if the service does not have it.
#[repr(C)]
pub struct doorward_upstream {
    /// The name that users are shown.
    pub display_name: doorward_text,
    /// Its issuer identifier (RFC 8414 section 2).
    pub issuer: doorward_text,
    /// Where users sign in.
    pub authorization_endpoint: doorward_text,
    /// Where codes and refresh tokens are redeemed.
    pub token_endpoint: doorward_text,
    /// Where tokens are revoked (RFC 7009).
    pub revocation_endpoint: doorward_text,
    /// Additional parameters of authorization requests, as in "access_type=offline\nprompt=consent", without which the
    /// service issues no refresh tokens.
    pub authorize_parameters: doorward_text,
    /// The scope without which the service issues no refresh tokens.
    pub offline_scope: doorward_text,
    /// The separator between scopes in authorization requests.
    pub scope_separator: doorward_text,
    /// The separator between scopes in token responses.
    pub granted_separator: doorward_text,
    /// Other names that its token responses use for scopes, as in "response name=name", separated by "\n".
    pub scope_aliases: doorward_text,
    /// Whether it verifies PKCE with S256: "supported" or "undocumented".
    pub pkce: doorward_text,
    /// How the proxy authenticates at the token endpoint.
    pub auth_method: doorward_text,
    /// Whether a refresh token can be used again: "single_use", "reusable", "configured" or "undocumented".
    pub rotation: doorward_text,
    /// What is uncertain, or must be set in the service's console.
    pub note: doorward_text,
    /// Whether the authorization response has a `scope`, which is not in RFC 6749, with what the user has granted.
    pub granted_in_callback: bool,
    /// Whether it has no public clients (RFC 6749 section 2.1): the proxy needs a secret.
    pub needs_secret: bool,
    /// Whether it sends errors with status 200.
    pub errors_as_200: bool,
    /// Whether authorization responses must have `iss` (RFC 9207).
    pub sends_iss: bool,
}

impl doorward_upstream {
    const NONE: Self = Self {
        display_name: doorward_text::NONE,
        issuer: doorward_text::NONE,
        authorization_endpoint: doorward_text::NONE,
        token_endpoint: doorward_text::NONE,
        revocation_endpoint: doorward_text::NONE,
        authorize_parameters: doorward_text::NONE,
        offline_scope: doorward_text::NONE,
        scope_separator: doorward_text::NONE,
        granted_separator: doorward_text::NONE,
        scope_aliases: doorward_text::NONE,
        pkce: doorward_text::NONE,
        auth_method: doorward_text::NONE,
        rotation: doorward_text::NONE,
        note: doorward_text::NONE,
        granted_in_callback: false,
        needs_secret: false,
        errors_as_200: false,
        sends_iss: false,
    };

    fn of(it: &Upstream, endpoints: &Endpoints<'_>) -> Self {
        let some = |text: &str| doorward_text::maybe(Some(text).filter(|text| !text.is_empty()));
        Self {
            display_name: doorward_text::of(it.display_name),
            issuer: some(endpoints.issuer),
            authorization_endpoint: some(endpoints.authorization_endpoint),
            token_endpoint: some(endpoints.token_endpoint),
            revocation_endpoint: some(endpoints.revocation_endpoint),
            authorize_parameters: some(it.authorize_parameters),
            offline_scope: doorward_text::maybe(it.offline_scope),
            scope_separator: doorward_text::of(it.scope_separator),
            granted_separator: doorward_text::of(it.granted_separator),
            scope_aliases: some(it.scope_aliases),
            pkce: doorward_text::of(it.pkce.name()),
            auth_method: doorward_text::of(it.auth_method.name()),
            rotation: doorward_text::of(it.rotation.name()),
            note: doorward_text::of(it.note),
            granted_in_callback: it.granted_in_callback,
            needs_secret: it.needs_secret,
            errors_as_200: it.errors_as_200,
            sends_iss: it.sends_iss,
        }
    }
}

/// Writes the profile of a service: "auth0", "cognito", "discord", "entra", "github", "google", "keycloak", "okta",
/// "strava" or "whoop".
///
/// @param name the profile's name; else DOORWARD_PROVIDER_UNKNOWN
/// @param parameters those of its endpoints, as in "tenant=contoso.onmicrosoft.com", separated by "\n"; else
/// DOORWARD_PROVIDER_PARAMETER_INVALID
/// @param memory memory for the endpoints, within which these texts lie; all others are static
/// @param upstream set to the profile; to none on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_upstream_profile(
    name: doorward_text,
    parameters: doorward_text,
    memory: *mut doorward_buffer,
    upstream: *mut doorward_upstream,
) -> doorward_error {
    guard(|| {
        let place = raw::out(upstream)?;
        place.set(doorward_upstream::NONE);
        raw::change(memory)?.length = 0;
        let it = Upstream::from_name(raw::text(name)?)?;
        raw::print(memory, &it.parse(raw::text(parameters)?)?)?;
        let memory = raw::read(memory)?;
        let printed = raw::text(doorward_text { data: memory.data, length: memory.length })?;
        place.set(doorward_upstream::of(it, &Endpoints::printed(printed)));
        Ok(())
    })
}

/// Returns whether an operator may configure this URL as an endpoint of a service: `https`, or `http` on loopback,
/// without user information or fragment, and without a query parameter that the proxy sends itself (RFC 6749 sections
/// 3.1 and 3.2).
#[unsafe(no_mangle)]
pub extern "C" fn doorward_upstream_is_endpoint(url: doorward_text) -> bool {
    guard_or(false, || Ok(upstream::is_endpoint(raw::text(url)?)))
}

/// Returns whether the proxy sends a parameter of this name itself, so that an operator may not add one: a request must
/// not contain a parameter twice (RFC 6749 sections 3.1 and 3.2). True if the name is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_upstream_is_own_parameter(name: doorward_text) -> bool {
    guard_or(true, || Ok(upstream::is_own_parameter(raw::text(name)?)))
}

/// Writes the scopes in the `scope` of a service's response, under all of their names, separated by spaces. With a
/// profile, they are separated as the service does it, and a scope for which its responses use another name is written
/// under both.
///
/// @param name the profile's name, else DOORWARD_PROVIDER_UNKNOWN; none for a service without one, which separates
/// scopes by spaces or commas
/// @param scope the `scope` of its response
#[unsafe(no_mangle)]
pub extern "C" fn doorward_upstream_granted(
    name: doorward_text,
    scope: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    raw::printed(out, || {
        let by = raw::optional(name)?.map(Upstream::from_name).transpose()?;
        Ok(Spaced::new(upstream::granted(by, raw::text(scope)?)))
    })
}

/// Writes the requested scopes that a service has granted, separated by spaces. If its response contains none of the
/// known scopes, all requested ones are granted (RFC 6749 section 5.1); if it contains any, the requested scopes that
/// it omits are not. DOORWARD_SCOPE_INVALID for what is no list of scopes, or too long a one.
///
/// @param requested the requested scopes, separated by spaces
/// @param known the scopes that its responses may contain, separated by spaces
/// @param response what doorward_upstream_granted() wrote; none if its response has no `scope`
#[unsafe(no_mangle)]
pub extern "C" fn doorward_upstream_granted_of(
    requested: doorward_text,
    known: doorward_text,
    response: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    raw::printed(out, || {
        let scopes = |text| Ok::<_, Fault>(ScopeList::parse(raw::text(text)?)?);
        let response = GrantedScopes::new(raw::text(response)?);
        Ok(Spaced::new(upstream::granted_of(scopes(requested)?, scopes(known)?, response)))
    })
}
