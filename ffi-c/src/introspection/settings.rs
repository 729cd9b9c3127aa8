//! The settings of an introspection endpoint.

use doorward::introspection::{self, ClientAuthentication, Introspection, Pause, Settings, TokenCheck};

use super::Endpoint;
use crate::fault::Fault;
use crate::raw::{self, guard, plain};
use crate::types::{doorward_error, doorward_text};

/// An endpoint, and this server's credentials there. Start with doorward_introspection_defaults(). Times are in
/// seconds.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct doorward_introspection_settings {
    /// The check: none or "rfc7662"; or a vendor's: "google", "github", "discord".
    pub check: doorward_text,
    /// The endpoint's URL, `introspection_endpoint` of the server's metadata; none for a vendor's.
    pub endpoint: doorward_text,
    /// How this server authenticates: "client_secret_basic", "client_secret_post", "bearer" or "none"; if none, the
    /// method that fits the credentials.
    pub authentication: doorward_text,
    /// The client identifier of this server; none if it authenticates by a bearer token, or not at all.
    pub client_id: doorward_text,
    /// Its secret, or the bearer token. Borrowed, as all strings; the caller wipes it.
    pub secret: doorward_text,
    /// How long a response without `exp` is used after it was received; 0 to reject it, the default.
    pub lifetime_without_exp: u32,
    /// Not 0 to accept responses without `token_type`, for servers that omit it: a refresh token may then be accepted
    /// as an access token.
    pub token_type_optional: u32,
    /// How long a response that a token is active is used, never past `exp`; 45, 3600 at most, 0 to send a request each
    /// time.
    pub active_lifetime: u32,
    /// How long a response that a token is not active is used; 5, 20 at most.
    pub refused_lifetime: u32,
    /// How long to wait for a response; 4. A second later it counts as lost.
    pub timeout: u32,
    /// How long no request is sent after the endpoint failed; 3, 120 at most.
    pub pause: u32,
}
plain!(doorward_introspection_settings {
    check,
    endpoint,
    authentication,
    client_id,
    secret,
    lifetime_without_exp,
    token_type_optional,
    active_lifetime,
    refused_lifetime,
    timeout,
    pause,
});

impl doorward_introspection_settings {
    pub(super) const DEFAULT: Self = Self {
        check: doorward_text::NONE,
        endpoint: doorward_text::NONE,
        authentication: doorward_text::NONE,
        client_id: doorward_text::NONE,
        secret: doorward_text::NONE,
        lifetime_without_exp: 0,
        token_type_optional: 0,
        active_lifetime: introspection::DEFAULT_ACTIVE_LIFETIME,
        refused_lifetime: introspection::DEFAULT_REFUSED_LIFETIME,
        timeout: introspection::DEFAULT_TIMEOUT,
        pause: introspection::DEFAULT_PAUSE,
    };

    pub(super) fn checked(&self) -> Result<Endpoint, Fault> {
        let check = TokenCheck::named(raw::optional(self.check)?)?;
        let (id, secret) = (raw::text(self.client_id)?, raw::text(self.secret)?);
        let client = ClientAuthentication::from_name(raw::text(self.authentication)?, id, secret)?;
        let settings = Settings {
            active_lifetime: Some(self.active_lifetime),
            refused_lifetime: Some(self.refused_lifetime),
            timeout: Some(self.timeout),
            pause: Some(self.pause),
        };
        let mut introspection =
            Introspection::of(check, raw::text(self.endpoint)?, client)?.timeout(settings.timeout());
        if self.lifetime_without_exp != 0 {
            introspection = introspection.lifetime_without_exp(self.lifetime_without_exp);
        }
        if self.token_type_optional != 0 {
            introspection = introspection.token_type_optional();
        }
        introspection.check()?;
        Ok(Endpoint { introspection, settings, pause: Pause::default() })
    }
}

/// Writes the default settings: no endpoint yet.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_introspection_defaults(settings: *mut doorward_introspection_settings) -> doorward_error {
    guard(|| {
        raw::out(settings)?.set(doorward_introspection_settings::DEFAULT);
        Ok(())
    })
}
