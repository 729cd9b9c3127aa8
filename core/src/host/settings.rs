//! A policy's settings, and what is derived from them once they are checked.

use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use crate::alg::Alg;
use crate::error::Error;
use crate::jwt::{
    self, Audience, ClientClaim, Issuer, Recipient, Relaxation, Relaxations, RequiredClaims, ScopeSource,
};
use crate::oauth::scope::{Closure, ScopeHierarchy, ScopeList, ScopePrefix};
use crate::provider::{Binding, Defaults, Provider, TokenIssuers};
use crate::text::lines::{self, Lines, list};
use crate::time::Leeway;

/// The rules that a policy starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "bindings mirror it, and so notice what is new")]
pub enum Preset {
    /// Those of [`jwt::Policy::mcp`]: the rules of MCP.
    Mcp,
    /// Those of [`jwt::Policy::rfc9068`]: the rules of RFC 9068.
    Rfc9068,
}

/// The issuers whose tokens a policy accepts; see [`jwt::Issuers`].
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_enums, reason = "bindings mirror it, and so notice what is new")]
pub enum Issuers {
    /// The policy's own issuer alone.
    #[default]
    One,
    /// Each of these; see [`jwt::Issuers::any_of`].
    AnyOf(Vec<String>),
    /// What a template and a claim say; see [`jwt::Issuers::template`].
    Template {
        /// With the claim's name in braces.
        template: String,
        /// The claim whose value takes the place of the braces.
        claim: String,
        /// The values that are accepted.
        any_of: Vec<String>,
    },
}

/// The clients to which a token must have been issued; see [`jwt::ClientBinding`].
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct ClientBinding {
    /// The claim that names the client.
    pub claim: ClientClaim,
    /// The values that are accepted.
    pub any_of: Vec<String>,
}

/// A policy's settings, from configuration; checked by [`Policy::new`](super::Policy::new).
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers write all of it, and so decide on what is new")]
pub struct Settings {
    /// The rules to start with.
    pub preset: Preset,
    /// The issuer: the authorization server whose keys the policy's tokens are signed by.
    pub issuer: String,
    /// The issuers whose tokens are accepted.
    pub issuers: Issuers,
    /// The audiences, one of which a token must contain; none only with a client binding.
    pub audience: Vec<String>,
    /// The clients, to one of which a token must have been issued.
    pub client_binding: Option<ClientBinding>,
    /// The claim that names the client; a client binding has its own.
    pub client_claim: ClientClaim,
    /// The algorithms: either with public keys or with shared secrets.
    pub algorithms: Vec<Alg>,
    /// The allowed clock skew.
    pub leeway: Leeway,
    /// Scopes that a token must have, separated by single spaces.
    pub required_scopes: String,
    /// What precedes a scope where a client asks for it, and not in the token; see [`ScopePrefix`].
    pub scope_prefix: String,
    /// Scopes for `scopes_supported` of metadata, as clients ask for them, separated by single spaces; `None` for those
    /// that are required. See [`Policy::scopes_for_metadata`](super::Policy::scopes_for_metadata).
    pub advertised_scopes: Option<String>,
    /// Likewise, those for challenges. See [`Policy::scopes_for_challenge`](super::Policy::scopes_for_challenge).
    pub challenge_scopes: Option<String>,
    /// The claim that contains the scopes; see [`ScopeSource`].
    pub scope_source: Option<String>,
    /// A line for each scope that implies others; see [`ScopeHierarchy`].
    pub scope_hierarchy: String,
    /// Further claims that must be present.
    pub required_claims: Vec<String>,
    /// The rules that the policy relaxes.
    pub relaxations: Vec<Relaxation>,
    /// The provider whose tokens these are, so that a token must be of its access tokens' kind.
    pub provider: Option<&'static Provider>,
}

/// What an operator says of a provider; checked by [`Settings::of_provider`].
#[derive(Clone, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "callers write all of it, and so decide on what is new")]
pub struct ProviderSettings {
    /// The name of its profile.
    pub name: String,
    /// The parameters of its issuer, by name; see [`Provider::parameters`].
    pub parameters: Vec<(String, String)>,
    /// The values of its [`Provider::tenant_claim`].
    pub tenants: Vec<String>,
    /// The audiences, one of which a token must contain; `None` for those that [`Provider::binding`] and `resources`
    /// determine.
    pub audience: Option<Vec<String>>,
    /// The resource's URLs: the audiences where the provider's tokens name one, and none is set.
    pub resources: Vec<String>,
    /// The clients, to one of which a token must have been issued; `None` if any client is accepted. An empty list is
    /// refused: it reads as no client, and would accept every client.
    pub clients: Option<Vec<String>>,
}

impl Settings {
    /// Creates settings with the defaults of [`jwt::Policy::mcp`].
    pub fn mcp(issuer: String, audience: Vec<String>, algorithms: Vec<Alg>) -> Self {
        Self {
            preset: Preset::Mcp,
            issuer,
            issuers: Issuers::One,
            audience,
            client_binding: None,
            client_claim: ClientClaim::default(),
            algorithms,
            leeway: Leeway::DEFAULT,
            required_scopes: String::new(),
            scope_prefix: String::new(),
            advertised_scopes: None,
            challenge_scopes: None,
            scope_source: None,
            scope_hierarchy: String::new(),
            required_claims: Vec::new(),
            relaxations: Vec::new(),
            provider: None,
        }
    }

    /// Creates settings for the tokens of a provider.
    ///
    /// # Errors
    ///
    /// The field of [`ProviderSettings`], with [`Error::ProviderUnknown`] if there is no profile of this name, those
    /// of [`Provider::with`] and [`crate::provider::Names::issuers_of_tokens`], or [`Error::AudienceInvalid`] if a list
    /// of audiences is empty. [`Policy::new`](super::Policy::new) refuses one of clients.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::host::{ProviderSettings, Settings};
    ///
    /// let chosen = ProviderSettings {
    ///     name: "auth0".into(),
    ///     parameters: vec![("domain".into(), "tenant.auth0.com".into())],
    ///     tenants: vec![],
    ///     audience: None,
    ///     resources: vec!["https://mcp.example.com/mcp".into()],
    ///     clients: None,
    /// };
    /// let settings = Settings::of_provider(&chosen).map_err(|wrong| wrong.error)?;
    /// assert_eq!(settings.issuer, "https://tenant.auth0.com/");
    ///
    /// let wrong = Settings { issuer: String::new(), ..settings };
    /// assert_eq!(wrong.check().map_err(|wrong| wrong.setting), Err("issuer"));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn of_provider(chosen: &ProviderSettings) -> Result<Self, WrongSetting> {
        let provider = Provider::from_name(&chosen.name);
        let provider = WrongSetting::of("name", "the name of a profile", provider)?;
        let parameters = chosen.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let parameters = WrongSetting::of("parameters", "those of the profile, each once", provider.with(parameters))?;
        let printed = parameters.to_string();
        let names = provider.names(&printed);
        // Where one is not a line, an empty line is refused in its place.
        let tenants = lines::join(&chosen.tenants).unwrap_or_else(|| "\n".into());
        let issuers = names.issuers_of_tokens(&tenants);
        let issuers =
            match WrongSetting::of("tenants", "one at least where the profile is for several, else none", issuers)? {
                TokenIssuers::Issuer => Issuers::One,
                TokenIssuers::AnyOf(lines) => Issuers::AnyOf(lines.split('\n').map(String::from).collect()),
                TokenIssuers::Template { template, claim, .. } => {
                    Issuers::Template { template: template.into(), claim: claim.into(), any_of: chosen.tenants.clone() }
                }
            };
        let Defaults { audience, client_claim, algorithms, scope_source, relaxations } = provider.defaults();
        let audience = match (&chosen.audience, audience) {
            (Some(audience), _) if audience.is_empty() => {
                return WrongSetting::of("audience", "one at least", Err(Error::AudienceInvalid));
            }
            (Some(audience), _) => audience.clone(),
            (None, Some(audience)) => vec![audience.into()],
            _ if provider.resource_is_audience(chosen.clients.is_some()) => chosen.resources.clone(),
            _ => Vec::new(),
        };
        let binding = |any_of| ClientBinding { claim: client_claim, any_of };
        Ok(Self {
            issuers,
            client_binding: chosen.clients.clone().map(binding),
            client_claim,
            scope_source: Some(scope_source.into()),
            relaxations: relaxations.into(),
            provider: Some(provider),
            ..Self::mcp(names.issuer.into(), audience, algorithms.into())
        })
    }
}

impl Settings {
    /// Returns which of these, other than the algorithms, [`Policy::new`](super::Policy::new) refuses first, so that
    /// the error can name it.
    ///
    /// # Errors
    ///
    /// The setting, with the error of [`Policy::new`](super::Policy::new).
    pub fn check(&self) -> Result<(), WrongSetting> {
        Checked::new(self.clone()).map(|_| ())
    }

    /// Returns the lines of [`jwt::Issuers`].
    fn joined_issuers(&self) -> Result<String, WrongSetting> {
        let joined = |any_of: &[String]| lines::join(any_of).ok_or(Error::IssuerInvalid);
        match &self.issuers {
            Issuers::One => Ok(String::new()),
            Issuers::AnyOf(any_of) => {
                let lines = joined(any_of).and_then(|lines| jwt::Issuers::any_of(&lines).map(|_| lines.clone()));
                WrongSetting::of("issuers", "one at least, none of them empty", lines)
            }
            Issuers::Template { template, claim, any_of } => {
                let read = |lines: String| jwt::Issuers::template(template, claim, &lines).map(|_| lines.clone());
                let wanted = "a text with its claim in braces once, that claim, and one value at least, none of them \
                              empty and none with `*`";
                WrongSetting::of("issuer_template", wanted, joined(any_of).and_then(read))
            }
        }
    }

    /// Checks the recipient, and returns the lines of [`jwt::ClientBinding`].
    fn joined_clients(&self) -> Result<String, WrongSetting> {
        let (claim, clients) = match &self.client_binding {
            None => (self.client_claim, Some(None)),
            Some(ClientBinding { claim, any_of }) => (*claim, lines::join(any_of).map(Some)),
        };
        let recipient = clients.ok_or(Error::ClientsInvalid).and_then(|clients| {
            let (audience, lines) = (texts(&self.audience), clients.as_deref());
            match self.provider {
                Some(provider) => provider.recipient(audience, claim, lines),
                None => Recipient::new(audience, claim, lines),
            }?;
            Ok(clients.unwrap_or_default())
        });
        let (setting, wanted) = match (&recipient, &self.client_binding) {
            (Err(Error::AudienceInvalid), _) => ("audience", "one at least, none of them empty"),
            (_, Some(_)) if self.provider.is_some() => ("clients", "one at least, none of them empty"),
            (_, Some(_)) => ("client_binding", "a claim, and one client at least, none of them empty"),
            (_, None) => ("clients", "one client, or one audience"),
        };
        WrongSetting::of(setting, wanted, recipient)
    }
}

const SCOPES: &str = "scopes of RFC 6749 section 3.3, with spaces between";

/// The setting for which there is no policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrongSetting {
    /// The name of its field in [`ProviderSettings`] or [`Settings`]: in the latter `issuer_template` for a template of
    /// [`Settings::issuers`], and `clients` for the client binding of a provider's tokens.
    pub setting: &'static str,
    /// What is wanted in its place.
    pub wanted: &'static str,
    /// What it is refused with.
    pub error: Error,
}

impl WrongSetting {
    fn of<T>(setting: &'static str, wanted: &'static str, read: Result<T, Error>) -> Result<T, Self> {
        read.map_err(|error| Self { setting, wanted, error })
    }
}

/// Settings that have been checked, and what is derived from them once.
pub(super) struct Checked {
    pub(super) settings: Settings,
    closure: Option<Closure>,
    pub(super) relaxations: Relaxations,
    /// The list of issuers or of a template's values, and of clients: a line for each.
    pub(super) issuers: String,
    clients: String,
}

impl Checked {
    pub(super) fn new(settings: Settings) -> Result<Self, WrongSetting> {
        let scopes = |setting, list| WrongSetting::of(setting, SCOPES, ScopeList::parse(list));
        scopes("required_scopes", &settings.required_scopes)?;
        let prefix = ScopePrefix::parse(&settings.scope_prefix);
        WrongSetting::of("scope_prefix", "characters that scopes may have", prefix)?;
        scopes("advertised_scopes", settings.advertised_scopes.as_deref().unwrap_or_default())?;
        scopes("challenge_scopes", settings.challenge_scopes.as_deref().unwrap_or_default())?;
        let source = settings.scope_source.as_deref().map(ScopeSource::parse).transpose();
        WrongSetting::of("scope_source", "scope, scp, or another name of one claim", source)?;
        let hierarchy = ScopeHierarchy::parse(&settings.scope_hierarchy);
        WrongSetting::of("scope_hierarchy", "each scope with those that it implies", hierarchy)?;
        WrongSetting::of("issuer", "a text that is not empty", Issuer::new(&settings.issuer))?;
        let (issuers, clients) = (settings.joined_issuers()?, settings.joined_clients()?);
        let claims = RequiredClaims::new(texts(&settings.required_claims));
        WrongSetting::of("required_claims", "few names, none of them empty", claims)?;
        let closure = Some(&settings.scope_hierarchy).filter(|lines| !lines.is_empty()).map(|lines| Closure::of(lines));
        let relaxations = settings.relaxations.iter().copied().collect();
        let checked = Self { settings, closure, relaxations, issuers, clients };
        match checked.settings.provider {
            Some(provider) => checked.fits(provider).map(|()| checked),
            None => Ok(checked),
        }
    }

    /// Checks that there is what a provider's tokens need.
    fn fits(&self, provider: &Provider) -> Result<(), WrongSetting> {
        let required = ScopeList::of_checked(&self.settings.required_scopes);
        let checked = provider.check(&self.recipient(), required, &self.scope_source());
        let (setting, wanted) = match (checked, provider.binding) {
            (Err(Error::AudienceInvalid), Binding::Fixed(_)) => {
                ("audience", "the one that all its tokens have, or none")
            }
            (Err(Error::AudienceInvalid), _) => ("audience", "one at least: the profile's tokens have one"),
            (Err(Error::ClientsInvalid), _) => ("clients", "one at least, by the claim that the profile names"),
            (Err(Error::ScopeSourceInvalid), _) => {
                ("scope_source", "the profile's own, since ID tokens have other claims")
            }
            (_, _) => {
                ("required_scopes", "one other than OpenID Connect's standard scopes, such as openid and profile")
            }
        };
        WrongSetting::of(setting, wanted, checked)
    }

    pub(super) fn recipient(&self) -> Recipient<'_> {
        let Self { settings, clients, .. } = self;
        // `Checked::new` accepted the lists, so they are present.
        let audience = Audience::of_checked(list(texts(&settings.audience)).unwrap_or_default());
        match &settings.client_binding {
            None => audience.client_claim(settings.client_claim),
            Some(binding) => audience.and(jwt::ClientBinding::of_checked(binding.claim, Lines::of_checked(clients))),
        }
    }

    pub(super) fn scope_source(&self) -> ScopeSource<'_> {
        self.settings.scope_source.as_deref().map(ScopeSource::of_checked).unwrap_or_default()
    }

    pub(super) fn hierarchy(&self) -> ScopeHierarchy<'_> {
        match &self.closure {
            Some(closure) => ScopeHierarchy::of_checked(&self.settings.scope_hierarchy, Some(closure)),
            None => ScopeHierarchy::NONE,
        }
    }
}

pub(super) fn texts(list: &[String]) -> impl Iterator<Item = &str> {
    list.iter().map(String::as_str)
}
