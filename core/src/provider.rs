//! What the access tokens of known identity providers look like.
//!
//! A profile sets what depends on the provider where a policy follows the standard: the issuer, what the audience
//! names, where the scopes are. The rules that it relaxes are in its [`Provider::relaxations`]; what distinguishes its
//! access tokens from its ID tokens is in its [`Provider::kind`]. Each profile names its sources; none was tested with
//! a live provider.

mod binding;
mod names;
mod table;
mod template;
pub mod upstream;

pub use binding::Binding;
pub use names::{Names, Parameters, TokenIssuers};

use crate::alg::Alg;
use crate::error::{Error, ProviderParameter};
use crate::jwt::{ClientClaim, KindRule, Policy, Recipient, Relaxation, ScopeSource, TokenKind};
use crate::oauth::scope::ScopeList;
use template::{check, is_tenant, no_tenant, pairs, parameters};

/// The scopes of OpenID Connect (Core, sections 3.1.2.1, 5.4 and 11): ID tokens may say that they were granted.
const OF_ID_TOKENS: &[&str] = &["openid", "profile", "email", "address", "phone", "offline_access"];

/// Where a fact about a provider or service was read, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Source {
    /// Where it was read.
    pub url: &'static str,
    /// When, as year, month and day.
    pub date: &'static str,
}

/// What the access tokens of one provider look like, and where they come from.
#[derive(Debug)]
#[non_exhaustive]
pub struct Provider {
    /// Its name, the same in every language.
    pub name: &'static str,
    /// The authorization server that clients are sent to, whose metadata has this issuer: a template with the names of
    /// parameters in braces. `{issuer}` alone if it is the operator's choice.
    pub issuer: &'static str,
    /// The `iss` of its tokens where that is another: templates, one of which it is.
    pub token_issuers: &'static [&'static str],
    /// The claim whose value is in the braces of the only `token_issuers`: one of the tenants that the operator
    /// lists.
    pub tenant_claim: Option<&'static str>,
    /// The URL of the keys, if it is not the one in the metadata: a template.
    pub jwks_uri: Option<&'static str>,
    /// The algorithms with which it signs.
    pub algorithms: &'static [Alg],
    /// How its tokens name their recipient: by audience, client or both.
    pub binding: Binding,
    /// The claim that names the client.
    pub client_claim: ClientClaim,
    /// The claim that contains the scopes; see [`ScopeSource::parse`].
    pub scope_source: &'static str,
    /// The rules that the profile relaxes.
    pub relaxations: &'static [Relaxation],
    /// What only access tokens fulfil, beside `typ`.
    pub kind: &'static [KindRule],
    /// Whether a policy must require a scope other than OpenID Connect's standard scopes, since nothing else
    /// distinguishes its access tokens from its ID tokens.
    pub needs_scope: bool,
    /// Whether it puts the `resource` of a request (RFC 8707) into the audience.
    pub honours_resource: bool,
    /// Whether it supports PKCE with S256 but does not advertise that, so that MCP clients which check will refuse it.
    pub s256_not_advertised: bool,
    /// The header that carries the token, if not `Authorization`.
    pub header: Option<&'static str>,
    /// What is uncertain, or must be set in the provider's console.
    pub note: &'static str,
    /// Where the facts come from.
    pub sources: &'static [Source],
}

/// What a profile sets of a policy, whoever the issuer is. What an operator sets replaces it, or, of relaxations, is
/// added. What no setting replaces is not in here: [`Provider::token_kind`], and [`Provider::check`], which has the
/// last word.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers take all of it, and so decide on what is new")]
pub struct Defaults {
    /// The audience that all its tokens have, if there is one.
    pub audience: Option<&'static str>,
    /// The claim that names the client.
    pub client_claim: ClientClaim,
    /// The algorithms with which it signs.
    pub algorithms: &'static [Alg],
    /// The claim that contains the scopes; see [`ScopeSource::parse`].
    pub scope_source: &'static str,
    /// The rules that the profile relaxes.
    pub relaxations: &'static [Relaxation],
}

impl Provider {
    /// Every profile, in the order of names.
    pub const ALL: &'static [Self] = table::ALL;

    /// Returns the profile of this name.
    ///
    /// # Errors
    ///
    /// [`Error::ProviderUnknown`] if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::provider::Provider;
    ///
    /// let cognito = Provider::from_name("cognito")?;
    /// let parameters = cognito.parse("region=eu-west-1\nuser_pool=eu-west-1_Example")?;
    /// let mut memory = [0; 256];
    /// let names = parameters.write(&mut memory)?;
    /// assert_eq!(names.issuer, "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example");
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn from_name(name: &str) -> Result<&'static Self, Error> {
        Self::ALL.iter().find(|one| one.name == name).ok_or(Error::ProviderUnknown)
    }

    /// Returns the names of its parameters, each once.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> + Clone {
        let templates = [self.issuer, self.jwks_uri.unwrap_or_default()].into_iter().chain(self.own_token_issuers());
        parameters(templates)
    }

    /// Returns the names that its [`Parameters`] have printed.
    pub fn names<'m>(&'static self, printed: &'m str) -> Names<'m> {
        let mut parts = printed.splitn(3, '\n');
        let mut part = || parts.next().unwrap_or_default();
        Names { provider: self, issuer: part(), jwks_uri: part(), token_issuers: part() }
    }

    /// Those that parameters fill.
    fn own_token_issuers(&self) -> impl Iterator<Item = &'static str> + Clone {
        let own = if self.tenant_claim.is_some() { &[] } else { self.token_issuers };
        own.iter().copied()
    }

    /// Accepts the parameters: all that [`Provider::parameters`] names, each once, and no other.
    ///
    /// # Errors
    ///
    /// [`Error::ProviderParameterInvalid`] if one is missing, unknown or repeated, or has characters that would change
    /// the URL around it: `issuer` and `server` are URLs ([`IssuerUrl`](crate::oauth::metadata::IssuerUrl)), of which
    /// `server` does not end with a slash, all others letters, digits, `-`, `.` and `_`. A `tenant` is a UUID in lower
    /// case, as tokens have it in `iss`: in none is a domain of the tenant, or an alias such as `common`.
    pub fn with<'v, V>(&'static self, values: V) -> Result<Parameters<V::IntoIter>, Error>
    where
        V: IntoIterator<Item = (&'v str, &'v str), IntoIter: Clone>,
    {
        let values = values.into_iter();
        check(self.parameters(), values.clone())?;
        if !values.clone().all(|(name, value)| name != "tenant" || is_tenant(value)) {
            return Err(no_tenant(ProviderParameter::Tenant));
        }
        Ok(Parameters { provider: self, values })
    }

    /// Accepts the parameters as lines of a text: `name=value`. Empty lines are ignored.
    ///
    /// # Errors
    ///
    /// As [`Provider::with`].
    pub fn parse<'v>(
        &'static self,
        lines: &'v str,
    ) -> Result<Parameters<impl Iterator<Item = (&'v str, &'v str)> + Clone>, Error> {
        self.with(pairs(lines))
    }

    /// Returns whether the resource is the audience where the operator sets none. It is not if the provider writes
    /// another, or if its tokens say the client instead, which they do for those with [`Binding::Either`] only if
    /// clients are listed.
    pub fn resource_is_audience(&self, lists_clients: bool) -> bool {
        match self.binding {
            Binding::Audience | Binding::Both => true,
            Binding::Either => !lists_clients,
            Binding::Named | Binding::Client | Binding::Fixed(_) => false,
        }
    }

    /// Returns what it sets of a policy beside the issuers ([`Names::issuers_of_tokens`]).
    pub const fn defaults(&self) -> Defaults {
        Defaults {
            audience: if let Binding::Fixed(audience) = self.binding { Some(audience) } else { None },
            client_claim: self.client_claim,
            algorithms: self.algorithms,
            scope_source: self.scope_source,
            relaxations: self.relaxations,
        }
    }

    /// Returns the recipient of a policy for its tokens, as [`Recipient::new`].
    ///
    /// # Errors
    ///
    /// As [`Recipient::new`], but [`Error::ClientsInvalid`] if there are neither audiences nor clients and its tokens
    /// name the client: otherwise the error would be about the audience.
    pub fn recipient<'p>(
        &self,
        audience: impl IntoIterator<Item = &'p str>,
        claim: ClientClaim,
        clients: Option<&'p str>,
    ) -> Result<Recipient<'p>, Error> {
        let mut audience = audience.into_iter().peekable();
        let by_client = matches!(self.binding, Binding::Client | Binding::Fixed(_));
        if by_client && clients.is_none() && audience.peek().is_none() {
            return Err(Error::ClientsInvalid);
        }
        Recipient::new(audience, claim, clients)
    }

    /// Makes a policy, whose scopes have been set, and their source if it is another than this provider's, one for
    /// this provider: its relaxations, the source of scopes, the claim that names the client, and the kind of token.
    /// The issuers are set with [`Names::issuers`].
    ///
    /// # Errors
    ///
    /// [`Error::AudienceInvalid`] or [`Error::ClientsInvalid`] if the policy lacks that by which this provider's tokens
    /// say for whom they are, and [`Error::ProviderNeedsScope`] if it requires no scope, or only those of
    /// OpenID Connect, where it must; [`Error::ScopeSourceInvalid`] if it then reads them from another claim, which ID
    /// tokens may have.
    pub fn apply<'p, 'l, K>(&self, policy: Policy<'p, 'l, K>) -> Result<Policy<'p, 'l, K>, Error> {
        // The policy has its recipient and its algorithms already.
        let Defaults { audience: _, algorithms: _, client_claim, scope_source, relaxations } = self.defaults();
        let policy = match policy.source_of_scopes().name() {
            "" => policy.scope_source(ScopeSource::of_checked(scope_source)),
            _ => policy,
        };
        self.check(policy.recipient(), policy.required_scopes(), policy.source_of_scopes())?;
        let policy = policy.client_claim(client_claim).of_kind(self.token_kind());
        Ok(relaxations.iter().fold(policy, |policy, one| policy.relax(*one)))
    }

    /// Returns what only its access tokens fulfil.
    pub fn token_kind(&self) -> TokenKind {
        TokenKind::of(self.kind)
    }

    /// Checks that a policy has what this provider's tokens need, as [`Provider::apply`] does.
    ///
    /// # Errors
    ///
    /// As [`Provider::apply`].
    pub fn check(
        &self,
        recipient: &Recipient<'_>,
        required_scopes: ScopeList<'_>,
        scope_source: &ScopeSource<'_>,
    ) -> Result<(), Error> {
        let (audience, client) = (&recipient.audience, &recipient.client);
        let (by_audience, by_client) = (audience.iter().next().is_some(), client.is_bound());
        let by_its_audience = match self.binding {
            Binding::Fixed(fixed) => by_audience && audience.iter().all(|one| one == fixed),
            Binding::Audience | Binding::Named | Binding::Both => by_audience,
            Binding::Client | Binding::Either => true,
        };
        let by_its_claim = !by_client || client.claim() == self.client_claim;
        let by_its_client = by_client || matches!(self.binding, Binding::Audience | Binding::Named | Binding::Either);
        if !by_its_audience {
            return Err(Error::AudienceInvalid);
        }
        if !by_its_client || !by_its_claim {
            return Err(Error::ClientsInvalid);
        }
        if !self.needs_scope {
            return Ok(());
        }
        // An ID token has roles, permissions and what the operator maps into it.
        if scope_source.name() != self.scope_source {
            return Err(Error::ScopeSourceInvalid);
        }
        let has_scope = required_scopes.iter().any(|scope| !OF_ID_TOKENS.contains(&scope));
        if has_scope { Ok(()) } else { Err(Error::ProviderNeedsScope) }
    }
}

#[cfg(all(test, feature = "rsa"))]
mod tests {
    use super::*;
    use crate::alg::{ASYMMETRIC, Algorithms};
    use crate::jwt::{Audience, ClientBinding, Issuer};
    use crate::oauth::metadata::IssuerUrl;
    use std::collections::BTreeSet;
    use std::string::ToString;
    use std::vec::Vec;

    #[test]
    fn profiles_are_sorted_and_sourced() {
        assert!(Provider::ALL.is_sorted_by(|one, next| one.name < next.name));
        for provider in Provider::ALL {
            assert!(!provider.sources.is_empty() && !provider.note.is_empty(), "{}", provider.name);
            assert!(
                provider.sources.iter().all(|source| source.url.starts_with("https://") && source.date.len() == 10)
            );
            assert!(ScopeSource::parse(provider.scope_source).is_ok() && !provider.algorithms.is_empty());
            // What lets in more than `at+jwt` has a rule of its own against ID tokens.
            let typed = provider.relaxations.contains(&Relaxation::TypJwtOrAbsent);
            assert!(!typed || !provider.kind.is_empty(), "{}", provider.name);
        }
    }

    #[test]
    fn templates_take_their_parameters_and_no_other() {
        for provider in Provider::ALL {
            let names: Vec<_> = provider.parameters().collect();
            assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len());
            let value = |name| match name {
                "issuer" | "server" => "https://id.example.com",
                "tenant" => "11111111-2222-3333-4444-555555555555",
                _ => "x-1",
            };
            let values: Vec<_> = names.iter().map(|name| (*name, value(name))).collect();
            let text = provider.with(values.iter().copied()).unwrap().to_string();
            let lines: Vec<_> = values.iter().map(|(name, value)| std::format!("\n{name}={value}\n")).collect();
            assert_eq!(provider.parse(&lines.concat()).unwrap().to_string(), text);
            assert!(text.split('\n').next().is_some_and(|issuer| IssuerUrl::parse(issuer).is_ok()), "{text}");
            assert!(!text.contains(['{', '}']), "{text}");
            for (at, name) in names.iter().enumerate() {
                // Each has a name of its own in errors.
                assert_eq!(ProviderParameter::ALL.iter().filter(|one| one.name() == *name).count(), 1, "{name}");
                let (mut fewer, mut wrong) = (values.clone(), values.clone());
                fewer.remove(at);
                assert_eq!(provider.with(fewer).err(), Some(ProviderParameter::invalid(name)));
                wrong[at].1 = "https://id.example.com/?";
                assert_eq!(provider.with(wrong).err(), Some(ProviderParameter::invalid(name)));
            }
        }
    }

    #[test]
    fn a_binding_names_the_provider_s_claim() {
        let algorithms = Algorithms::new(ASYMMETRIC).unwrap();
        let keycloak = Provider::from_name("keycloak").unwrap();
        for (claim, error) in [(ClientClaim::Azp, None), (ClientClaim::ClientId, Some(Error::ClientsInvalid))] {
            let recipient = Audience::new(["a"]).unwrap().and(ClientBinding::new(claim, "c1").unwrap());
            assert_eq!(keycloak.apply(Policy::mcp(Issuer::new("i").unwrap(), recipient, algorithms)).err(), error);
        }
    }
}
