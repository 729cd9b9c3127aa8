//! Services with their own OAuth and without registration, for which a proxy is the client.
//!
//! A profile has the endpoints, the parameters and the form of the responses. Each names its sources; none was tested
//! with a live service, and the note says what is uncertain.

mod table;

use core::fmt;

use heapless::Vec;

use super::Source;
use super::template::{check, fill, pairs, parameters};
use crate::error::Error;
use crate::oauth::client_authentication::AuthMethod;
use crate::oauth::scope::{GrantedScopes, MAX_SCOPES, ScopeList};
use crate::text::form;
use crate::text::uri::Uri;

/// Whether a service checks PKCE (RFC 7636) with S256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pkce {
    /// It says that it does.
    Supported,
    /// It does not say. RFC 6749 section 3.1 has unknown parameters ignored, so it may be sent, and may protect
    /// nothing.
    Undocumented,
}

impl Pkce {
    /// Returns its name, the same in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Undocumented => "undocumented",
        }
    }
}

/// What becomes of a refresh token that was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rotation {
    /// The used one is no longer valid: there is a new one.
    SingleUse,
    /// It stays good, with or without a new one.
    Reusable,
    /// Either, as is set in the service's console.
    Configured,
    /// The service does not say: it is to be treated as used up.
    Undocumented,
}

impl Rotation {
    /// Returns its name, the same in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SingleUse => "single_use",
            Self::Reusable => "reusable",
            Self::Configured => "configured",
            Self::Undocumented => "undocumented",
        }
    }
}

/// How a proxy obtains tokens from one service.
#[derive(Debug)]
#[non_exhaustive]
pub struct Upstream {
    /// Its name, the same in every language.
    pub name: &'static str,
    /// The name that users are shown.
    pub display_name: &'static str,
    /// Its issuer identifier: a template with the names of parameters in braces. `None` if it has none.
    pub issuer: Option<&'static str>,
    /// Where users sign in: a template.
    pub authorization_endpoint: &'static str,
    /// Where codes and refresh tokens are redeemed: a template.
    pub token_endpoint: &'static str,
    /// Where tokens are revoked as RFC 7009 has it: a template. `None` if it has none, or if that ends all that the
    /// application has of the user, since behind a proxy this is the sign-in of other clients, too.
    pub revocation_endpoint: Option<&'static str>,
    /// What authorization requests have besides, so that there are refresh tokens: lines, `name=value`.
    pub authorize_parameters: &'static str,
    /// The scope without which there are no refresh tokens.
    pub offline_scope: Option<&'static str>,
    /// The separator between scopes in authorization requests.
    pub scope_separator: &'static str,
    /// The separator between scopes in token responses.
    pub granted_separator: &'static str,
    /// Its other names for scopes in token responses: lines, `response name=name`.
    pub scope_aliases: &'static str,
    /// Whether the callback's `scope`, which RFC 6749 does not have, says what the user has granted.
    pub granted_in_callback: bool,
    /// Whether its documentation says that it verifies PKCE.
    pub pkce: Pkce,
    /// How the proxy authenticates at the token endpoint.
    pub auth_method: AuthMethod,
    /// Whether it has no public clients (RFC 6749 section 2.1): the proxy needs a secret.
    pub needs_secret: bool,
    /// Whether it sends errors with status 200.
    pub errors_as_200: bool,
    /// What becomes of a refresh token that was used.
    pub rotation: Rotation,
    /// Whether authorization responses must have `iss` (RFC 9207). Where one need not, one that has it is checked
    /// nonetheless.
    pub sends_iss: bool,
    /// What is uncertain, or must be set in the service's console.
    pub note: &'static str,
    /// Where the facts come from.
    pub sources: &'static [Source],
}

impl Upstream {
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
    /// use doorward::provider::upstream::Upstream;
    ///
    /// let entra = Upstream::from_name("entra")?;
    /// let parameters = entra.parse("tenant=contoso.onmicrosoft.com")?;
    /// let mut memory = [0; 512];
    /// let endpoints = parameters.write(&mut memory)?;
    /// assert_eq!(
    ///     endpoints.token_endpoint,
    ///     "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token"
    /// );
    /// assert_eq!(entra.offline_scope, Some("offline_access"));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn from_name(name: &str) -> Result<&'static Self, Error> {
        Self::ALL.iter().find(|one| one.name == name).ok_or(Error::ProviderUnknown)
    }

    fn templates(&self) -> impl Iterator<Item = &'static str> + Clone {
        let optional = Option::unwrap_or_default;
        let all = [optional(self.issuer), self.authorization_endpoint, self.token_endpoint];
        all.into_iter().chain([optional(self.revocation_endpoint)])
    }

    /// Returns the names of its parameters, each once.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> + Clone {
        parameters(self.templates())
    }

    /// Accepts the parameters: all that [`Upstream::parameters`] names, each once, and no other.
    ///
    /// # Errors
    ///
    /// [`Error::ProviderParameterInvalid`] as in [`Provider::with`](super::Provider::with).
    pub fn with<'v, V>(&'static self, values: V) -> Result<Parameters<V::IntoIter>, Error>
    where
        V: IntoIterator<Item = (&'v str, &'v str), IntoIter: Clone>,
    {
        let values = values.into_iter();
        check(self.parameters(), values.clone())?;
        Ok(Parameters { upstream: self, values })
    }

    /// Accepts the parameters as lines of a text: `name=value`. Empty lines are ignored.
    ///
    /// # Errors
    ///
    /// As [`Upstream::with`].
    pub fn parse<'v>(
        &'static self,
        lines: &'v str,
    ) -> Result<Parameters<impl Iterator<Item = (&'v str, &'v str)> + Clone>, Error> {
        self.with(pairs(lines))
    }
}

/// What a proxy itself says in its requests to a service (RFC 6749 sections 2.3.1, 4.1.1, 4.1.3 and 6, RFC 7636
/// sections 4.3 and 4.5, RFC 8707 section 2), and what would let no response come to it: another mode, or a request
/// object (RFC 9101).
const OWN: [&str; 16] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "code_challenge",
    "code_challenge_method",
    "grant_type",
    "code",
    "code_verifier",
    "refresh_token",
    "client_secret",
    "scope",
    "resource",
    "response_mode",
    "request",
    "request_uri",
];

/// Returns whether a parameter of requests to a service is the proxy's own to say, so that an operator may add none of
/// this name: none may be there twice (RFC 6749 sections 3.1 and 3.2).
///
/// # Examples
///
/// ```
/// use doorward::provider::upstream::is_own_parameter;
///
/// assert!(is_own_parameter("redirect_uri") && !is_own_parameter("audience"));
/// ```
pub fn is_own_parameter(name: &str) -> bool {
    OWN.contains(&name)
}

/// Returns whether an operator may name this URL as an endpoint of a service: `https`, or `http` on loopback, without
/// user information or a fragment, and without a parameter in its query that [is the proxy's own](is_own_parameter)
/// (RFC 6749 sections 3.1 and 3.2). Which host it is, is up to the operator.
///
/// # Examples
///
/// ```
/// use doorward::provider::upstream::is_endpoint;
///
/// assert!(is_endpoint("https://id.example/authorize?tenant=1"));
/// assert!(!is_endpoint("http://id.example/authorize") && !is_endpoint("https://id.example/authorize?state=1"));
/// ```
pub fn is_endpoint(url: &str) -> bool {
    Uri::parse(url).is_ok_and(|uri| {
        let query = uri.query().unwrap_or_default().as_bytes();
        let own = form::parameters(query, OWN).map_or(true, |found| found.iter().any(Option::is_some));
        uri.is_https_or_loopback() && uri.fragment().is_none() && !own
    })
}

/// Returns the scopes in the `scope` of a service's response, under all of their names: where it is known, separated as
/// it does that and each by its own name besides, if the service calls it otherwise there; of one without a profile,
/// separated by spaces or commas, since some put commas in between whatever was asked (RFC 6749 section 3.3).
///
/// # Examples
///
/// ```
/// use doorward::provider::upstream::{Upstream, granted};
///
/// let github = Upstream::from_name("github")?;
/// assert!(granted(Some(github), "repo,read:org").eq(["repo", "read:org"]));
/// # Ok::<(), doorward::Error>(())
/// ```
pub fn granted<'a>(by: Option<&'static Upstream>, scope: &'a str) -> impl Iterator<Item = &'a str> + Clone {
    let (between, aliases) = by.map_or((",", ""), |by| (by.granted_separator, by.scope_aliases));
    let scopes = scope.split(move |character| character == ' ' || between.contains(character));
    scopes.filter(|scope| !scope.is_empty()).flat_map(move |scope| {
        let names = pairs(aliases).filter(move |(alias, _)| *alias == scope).map(|(_, name)| name);
        [scope].into_iter().chain(names)
    })
}

/// Returns those of the `requested` scopes that a service has granted, by the scopes in its `response`, which
/// [`granted`] returns. If these contain none of the `known` ones, the service calls its scopes otherwise or names
/// none, and all requested ones are granted (RFC 6749 section 5.1); if they contain any, what they omit is not.
///
/// # Complexity
///
/// Linear in the length of the response; sorts each list once.
///
/// # Examples
///
/// ```
/// use doorward::oauth::scope::{GrantedScopes, ScopeList};
/// use doorward::provider::upstream::granted_of;
///
/// let requested = ScopeList::parse("read write")?;
/// assert!(granted_of(requested, requested, GrantedScopes::new("read")).eq(["read"]));
/// assert!(granted_of(requested, requested, GrantedScopes::new("")).eq(["read", "write"]));
/// # Ok::<(), doorward::Error>(())
/// ```
pub fn granted_of<'a>(
    requested: ScopeList<'a>,
    known: ScopeList<'_>,
    response: GrantedScopes<'_>,
) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
    let names_none = places(known, response) == [0; WORDS];
    let granted = if names_none { [u64::MAX; WORDS] } else { places(requested, response) };
    (0..).zip(requested.iter()).filter(move |(place, _)| has(&granted, *place)).map(|(_, scope)| scope)
}

/// Of a bit for each scope of a [`ScopeList`].
const WORDS: usize = MAX_SCOPES.div_ceil(64);

fn has(places: &[u64; WORDS], place: usize) -> bool {
    places.get(place / 64).is_some_and(|word| word & (1 << (place % 64)) != 0)
}

/// Returns which scopes of a list are in a response. Each of the response is searched for among these, since a service
/// may name any number: to compare it with each would take as many comparisons as the one list is long times the other.
fn places(list: ScopeList<'_>, response: GrantedScopes<'_>) -> [u64; WORDS] {
    let mut sorted = Vec::<(&str, usize), MAX_SCOPES>::new();
    // No list has more than there is room for.
    for entry in list.iter().zip(0..) {
        let _ = sorted.push(entry);
    }
    sorted.sort_unstable();
    let mut places = [0; WORDS];
    for scope in response.iter() {
        let first = sorted.partition_point(|(own, _)| *own < scope);
        for (own, place) in sorted.get(first..).unwrap_or_default() {
            // What is named again is there already, however often it is in the list.
            if *own != scope || has(&places, *place) {
                break;
            }
            if let Some(word) = places.get_mut(place / 64) {
                *word |= 1 << (place % 64);
            }
        }
    }
    places
}

/// A service's parameters, whose names with values are `V`.
#[derive(Clone, Debug)]
pub struct Parameters<V> {
    upstream: &'static Upstream,
    values: V,
}

impl<'v, V: Iterator<Item = (&'v str, &'v str)> + Clone> Parameters<V> {
    /// Writes the service's endpoints into `memory`.
    ///
    /// # Errors
    ///
    /// [`Error::BufferTooSmall`] if they do not fit.
    pub fn write<'m>(&self, memory: &'m mut [u8]) -> Result<Endpoints<'m>, Error> {
        crate::text::write(memory, self).map(Endpoints::printed)
    }
}

/// The issuer and the endpoints, a line for each, for [`Endpoints::printed`].
impl<'v, V: Iterator<Item = (&'v str, &'v str)> + Clone> fmt::Display for Parameters<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fill(f, self.upstream.templates(), &self.values)
    }
}

/// Where a service is, with its parameters in place.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Endpoints<'m> {
    /// Its issuer identifier; empty if it has none.
    pub issuer: &'m str,
    /// Where users sign in, with the parameters in their places.
    pub authorization_endpoint: &'m str,
    /// Where codes and refresh tokens are redeemed.
    pub token_endpoint: &'m str,
    /// Where tokens are revoked; empty if nowhere, or not as RFC 7009 has it.
    pub revocation_endpoint: &'m str,
}

impl<'m> Endpoints<'m> {
    /// Returns what [`Parameters`] have printed.
    pub fn printed(lines: &'m str) -> Self {
        let mut lines = lines.split('\n');
        let mut line = || lines.next().unwrap_or_default();
        Self { issuer: line(), authorization_endpoint: line(), token_endpoint: line(), revocation_endpoint: line() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ProviderParameter;
    use crate::oauth::metadata::IssuerUrl;
    use std::string::ToString;
    use std::vec::Vec;

    #[test]
    fn what_is_granted_is_what_was_asked_for_and_said() {
        let mut state = 1_u32;
        let mut draw = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % below
        };
        for round in 0..300 {
            let names = [3, 20, 300][round % 3];
            let mut list = |count: u32| -> std::string::String {
                (0..count).map(|_| std::format!("s{}", draw(names))).collect::<Vec<_>>().join(" ")
            };
            let (requested, known, response) = (list(names.min(256)), list(names / 3), list([0, 1, 40][round / 3 % 3]));
            let parse = |text| ScopeList::parse(text).unwrap();
            let named = GrantedScopes::new(&response);
            let names_none = !parse(&known).iter().any(|scope| named.contains(scope));
            let expected = parse(&requested).iter().filter(|scope| names_none || named.contains(scope));
            let found = granted_of(parse(&requested), parse(&known), named);
            assert!(found.eq(expected), "{requested} | {known} | {response}");
        }
    }

    #[test]
    fn profiles_are_sorted_sourced_and_whole() {
        assert!(Upstream::ALL.is_sorted_by(|one, next| one.name < next.name));
        for upstream in Upstream::ALL {
            let name = upstream.name;
            assert!(!upstream.sources.is_empty() && upstream.note.ends_with('.'), "{name}");
            let dated = |source: &Source| source.url.starts_with("https://") && source.date.len() == 10;
            assert!(upstream.sources.iter().all(dated), "{name}");
            assert!(matches!(upstream.auth_method, AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost));
            assert!(!upstream.sends_iss || upstream.issuer.is_some(), "{name}");
            let separators = [upstream.scope_separator, upstream.granted_separator];
            assert!(separators.iter().all(|separator| matches!(*separator, " " | ",")), "{name}");
            assert!(pairs(upstream.authorize_parameters).all(|(name, value)| !name.is_empty() && !value.is_empty()));
            let values: Vec<_> = upstream
                .parameters()
                .map(|name| (name, if name == "server" { "https://id.example.com" } else { "v.1" }))
                .collect();
            let text = upstream.with(values.iter().copied()).unwrap().to_string();
            assert!(!text.contains(['{', '}']) && text.split('\n').count() == 4, "{text}");
            let endpoints = Endpoints::printed(&text);
            for endpoint in [endpoints.authorization_endpoint, endpoints.token_endpoint] {
                assert!(IssuerUrl::parse(endpoint).is_ok(), "{endpoint}");
            }
            assert_eq!(endpoints.revocation_endpoint.is_empty(), upstream.revocation_endpoint.is_none());
            for left_out in 0..values.len() {
                let mut fewer = values.clone();
                fewer.remove(left_out);
                assert_eq!(upstream.with(fewer).err(), Some(ProviderParameter::invalid(values[left_out].0)));
            }
        }
    }
}
