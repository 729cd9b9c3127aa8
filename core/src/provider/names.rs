//! What a provider is called, once its parameters are known.

use core::fmt;

use super::Provider;
use super::template::{fill, is_tenant, no_tenant};
use crate::error::{Error, ProviderParameter};
use crate::jwt::{Issuer, Issuers};

/// A provider's parameters, whose names with values are `V`.
#[derive(Clone, Debug)]
pub struct Parameters<V> {
    pub(super) provider: &'static Provider,
    pub(super) values: V,
}

impl<'v, V: Iterator<Item = (&'v str, &'v str)> + Clone> Parameters<V> {
    /// Writes the provider's names into `memory`.
    ///
    /// # Errors
    ///
    /// [`Error::BufferTooSmall`] if they do not fit.
    pub fn write<'m>(&self, memory: &'m mut [u8]) -> Result<Names<'m>, Error> {
        Ok(self.provider.names(crate::text::write(memory, self)?))
    }
}

/// All names, a line for each, for [`Provider::names`].
impl<'v, V: Iterator<Item = (&'v str, &'v str)> + Clone> fmt::Display for Parameters<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { provider, values } = self;
        let first = [provider.issuer, provider.jwks_uri.unwrap_or_default()].into_iter();
        fill(f, first.chain(provider.own_token_issuers()), values)
    }
}

/// What a provider is called, with its parameters in place.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Names<'m> {
    pub(super) provider: &'static Provider,
    /// The authorization server: for the resource's metadata, and whose keys and metadata are fetched.
    pub issuer: &'m str,
    /// The URL of the keys; empty if it is the one in the metadata.
    pub jwks_uri: &'m str,
    /// Each `iss` that tokens may have, on a line; empty if that is the issuer, or a tenant's.
    pub token_issuers: &'m str,
}

/// Which issuers the tokens of a provider have in `iss`.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a policy has one of these")]
pub enum TokenIssuers<'m> {
    /// The issuer of the authorization server.
    Issuer,
    /// Each of these lines.
    AnyOf(&'m str),
    /// A template, with the tenants in the place of a claim.
    Template {
        /// With the claim's name in braces.
        template: &'static str,
        /// The claim that names the tenant.
        claim: &'static str,
        /// The tenants, a line for each.
        tenants: &'m str,
    },
}

impl<'m> Names<'m> {
    /// Returns which issuers the tokens have, for a policy that accepts these tenants: a line for each value of
    /// [`Provider::tenant_claim`], and an empty string if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::ProviderParameterInvalid`] if it lists tenants and the provider has none, or none and the provider has
    /// some, or one that is no UUID in lower case, which no token would have; those of [`Issuers::template`].
    pub fn issuers_of_tokens(&self, tenants: &'m str) -> Result<TokenIssuers<'m>, Error> {
        let issuers = self.select(tenants)?;
        self.accept(issuers).map(|_| issuers)
    }

    /// Returns the issuers whose tokens count, for [`Policy::mcp`](crate::jwt::Policy::mcp).
    ///
    /// # Errors
    ///
    /// Those of [`Names::issuers_of_tokens`].
    pub fn issuers(&self, tenants: &'m str) -> Result<Issuers<'m>, Error> {
        self.accept(self.select(tenants)?)
    }

    fn select(&self, tenants: &'m str) -> Result<TokenIssuers<'m>, Error> {
        match (self.provider.tenant_claim, self.provider.token_issuers) {
            (Some(_), [_]) if tenants.is_empty() => {
                let wanted = "the tenants whose tokens count, one at least";
                Err(Error::ProviderParameterInvalid { parameter: ProviderParameter::Tenants, wanted })
            }
            (Some(_), [_]) if !tenants.split('\n').all(is_tenant) => Err(no_tenant(ProviderParameter::Tenants)),
            (Some(claim), [template]) => Ok(TokenIssuers::Template { template, claim, tenants }),
            _ if !tenants.is_empty() => Err(ProviderParameter::invalid("tenants")),
            _ if self.token_issuers.is_empty() => Ok(TokenIssuers::Issuer),
            _ => Ok(TokenIssuers::AnyOf(self.token_issuers)),
        }
    }

    fn accept(&self, issuers: TokenIssuers<'m>) -> Result<Issuers<'m>, Error> {
        match issuers {
            TokenIssuers::Issuer => Issuer::new(self.issuer).map(Issuers::from),
            TokenIssuers::AnyOf(lines) => Issuers::any_of(lines),
            TokenIssuers::Template { template, claim, tenants } => Issuers::template(template, claim, tenants),
        }
    }
}
