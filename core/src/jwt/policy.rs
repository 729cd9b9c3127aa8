//! The rules that a token must satisfy. Issuer, audience or client, and algorithms are mandatory.

use core::fmt;

use heapless::Vec;

use crate::alg::{Algorithms, PublicKey};
use crate::error::Error;
use crate::jwt::issuers::Issuers;
use crate::jwt::kind::TokenKind;
use crate::jwt::payload::Claims;
use crate::jwt::recipient::{Audience, ClientBinding, ClientClaim, Recipient};
use crate::jwt::relaxation::{Relaxation, Relaxations};
use crate::jwt::scope_source::ScopeSource;
use crate::jwt::scratch::Scratch;
use crate::oauth::scope::{GrantedScopes, ScopeHierarchy, ScopeList};
use crate::text::json::Value;
use crate::text::lines::list;
use crate::time::Leeway;

/// Maximum number of claims that a policy may require by name.
pub const MAX_REQUIRED_CLAIMS: usize = 16;

/// Claims that must be present, besides those that the preset requires.
#[derive(Clone)]
pub struct RequiredClaims<'p> {
    names: Vec<&'p str, MAX_REQUIRED_CLAIMS>,
    /// A pointer, so that a device that requires none does not link the search for them.
    are_in: fn(&RequiredClaims<'_>, Value<'_>) -> bool,
}

impl Default for RequiredClaims<'_> {
    /// Returns an empty list.
    fn default() -> Self {
        Self { names: Vec::new(), are_in: |_, _| true }
    }
}

impl fmt::Debug for RequiredClaims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequiredClaims").field(&self.names).finish()
    }
}

impl<'p> RequiredClaims<'p> {
    /// Accepts at most [`MAX_REQUIRED_CLAIMS`] names, none of them empty.
    ///
    /// # Errors
    ///
    /// [`Error::RequiredClaimsInvalid`] if there are more, or one is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{Error, jwt::RequiredClaims};
    ///
    /// let claims = RequiredClaims::new(["sub", "tenant"])?; // for Policy::require_claims
    /// assert_eq!(RequiredClaims::new([""]).err(), Some(Error::RequiredClaimsInvalid));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new(names: impl IntoIterator<Item = &'p str>) -> Result<Self, Error> {
        list(names).map(Self::of_checked).ok_or(Error::RequiredClaimsInvalid)
    }

    pub(crate) fn of_checked(names: Vec<&'p str, MAX_REQUIRED_CLAIMS>) -> Self {
        Self { names, are_in: |names, object| names.are_all_in(object) }
    }

    /// Returns whether an object has members of all these names; reads it at most once.
    fn are_all_in(&self, object: Value<'_>) -> bool {
        if self.names.is_empty() {
            return true;
        }
        let found = object.members().into_iter().flatten().fold(0_u32, |found, (name, _)| {
            let equal = (0_u32..).zip(&self.names).filter(|(_, required)| name.equals(required));
            equal.fold(found, |found, (number, _)| found | 1_u32.wrapping_shl(number))
        });
        usize::try_from(found.count_ones()) == Ok(self.names.len())
    }
}

/// The rules that a token must satisfy. Borrows its strings for `'p`, as the principal does, and the algorithms for
/// `'l`.
pub struct Policy<'p, 'l, K = PublicKey> {
    issuers: Issuers<'p>,
    recipient: Recipient<'p>,
    algorithms: Algorithms<'l, K>,
    leeway: Leeway,
    required_scopes: ScopeList<'p>,
    scope_source: ScopeSource<'p>,
    hierarchy: ScopeHierarchy<'p>,
    required_claims: RequiredClaims<'p>,
    rfc9068: bool,
    kind: TokenKind,
    relaxations: Relaxations,
}

impl<K> fmt::Debug for Policy<'_, '_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Policy");
        fields
            .field("issuers", &self.issuers)
            .field("recipient", &self.recipient)
            .field("algorithms", &self.algorithms);
        fields
            .field("leeway", &self.leeway)
            .field("required_scopes", &self.required_scopes)
            .field("scope_source", &self.scope_source);
        fields.field("rfc9068", &self.rfc9068).field("relaxations", &self.relaxations).finish_non_exhaustive()
    }
}

impl<'p, 'l, K> Policy<'p, 'l, K> {
    /// Creates a policy with the rules of the MCP authorization specification: issuer, audience and expiry must be
    /// present and valid, `typ` must be `at+jwt`, and a token bound to a key is rejected as a bearer token. Takes one
    /// [`Issuer`](super::Issuer) or [`Issuers`]; an [`Audience`], a [`ClientBinding`], or a [`Recipient`] of both.
    pub fn mcp<I: Into<Issuers<'p>>, R: Into<Recipient<'p>>>(
        issuers: I,
        recipient: R,
        algorithms: Algorithms<'l, K>,
    ) -> Self {
        Self {
            issuers: issuers.into(),
            recipient: recipient.into(),
            algorithms,
            leeway: Leeway::DEFAULT,
            required_scopes: ScopeList::EMPTY,
            scope_source: ScopeSource::default(),
            hierarchy: ScopeHierarchy::NONE,
            required_claims: RequiredClaims::default(),
            rfc9068: false,
            kind: TokenKind::default(),
            relaxations: Relaxations::default(),
        }
    }

    /// Like [`Policy::mcp`], and requires every claim of RFC 9068 section 2.2: `sub`, `client_id`, `iat` and `jti` too.
    pub fn rfc9068<I: Into<Issuers<'p>>, R: Into<Recipient<'p>>>(
        issuers: I,
        recipient: R,
        algorithms: Algorithms<'l, K>,
    ) -> Self {
        Self { rfc9068: true, ..Self::mcp(issuers, recipient, algorithms) }
    }

    /// Sets the allowed clock skew; the default is [`Leeway::DEFAULT`].
    #[must_use]
    pub fn leeway(self, leeway: Leeway) -> Self {
        Self { leeway, ..self }
    }

    /// Sets the scopes that a token must have.
    #[must_use]
    pub fn require_scopes(self, required_scopes: ScopeList<'p>) -> Self {
        Self { required_scopes, ..self }
    }

    /// Sets which claim contains the scopes; the default is `scope`, or in its absence the array `scp`.
    #[must_use]
    pub fn scope_source(self, scope_source: ScopeSource<'p>) -> Self {
        Self { scope_source, ..self }
    }

    /// Sets which scope implies which.
    #[must_use]
    pub fn scope_hierarchy(self, hierarchy: ScopeHierarchy<'p>) -> Self {
        Self { hierarchy, ..self }
    }

    /// Sets further claims that must be present, with any value.
    #[must_use]
    pub fn require_claims(self, required_claims: RequiredClaims<'p>) -> Self {
        Self { required_claims, ..self }
    }

    /// Adds a relaxation to those of the policy.
    #[must_use]
    pub fn relax(self, relaxation: Relaxation) -> Self {
        let relaxations = self.relaxations.clone().with(relaxation);
        self.relaxations(relaxations)
    }

    /// Sets the relaxations, replacing any before.
    #[must_use]
    pub fn relaxations(self, relaxations: Relaxations) -> Self {
        Self { algorithms: relaxations.apply_to(self.algorithms), relaxations, ..self }
    }

    /// Sets what a token must fulfil beside `typ` to be an access token.
    #[must_use]
    pub fn of_kind(self, kind: TokenKind) -> Self {
        Self { kind, ..self }
    }

    /// Sets the claim that names the client, unless the policy binds one.
    pub(crate) fn client_claim(mut self, claim: ClientClaim) -> Self {
        self.recipient.client = self.recipient.client.named_by(claim);
        self
    }

    pub(super) fn kind(&self) -> TokenKind {
        self.kind
    }

    /// Returns the issuers whose tokens are accepted.
    pub fn issuers(&self) -> &Issuers<'p> {
        &self.issuers
    }

    /// Returns the recipient that tokens must name.
    pub(crate) fn recipient(&self) -> &Recipient<'p> {
        &self.recipient
    }

    /// Returns the audiences: none beside a [`ClientBinding`] alone.
    pub fn audience(&self) -> &Audience<'p> {
        &self.recipient.audience
    }

    pub(crate) fn client(&self) -> &ClientBinding<'p> {
        &self.recipient.client
    }

    /// Returns the algorithms, with what is relaxed about keys and headers.
    pub fn algorithms(&self) -> Algorithms<'l, K> {
        self.algorithms
    }

    /// Returns the scopes that a token must have.
    pub fn required_scopes(&self) -> ScopeList<'p> {
        self.required_scopes
    }

    /// Returns which scope implies which.
    pub fn hierarchy(&self) -> ScopeHierarchy<'p> {
        self.hierarchy
    }

    pub(crate) fn source_of_scopes(&self) -> &ScopeSource<'p> {
        &self.scope_source
    }

    /// Returns the scopes in the claims, from where this policy looks for them.
    pub(crate) fn scopes<'a>(
        &self,
        claims: &Claims<Value<'a>>,
        object: Value<'a>,
        scratch: &mut Scratch<'a>,
    ) -> Result<GrantedScopes<'a>, Error> {
        self.scope_source.scopes(claims, object, self.relaxes(Relaxation::ScpText), scratch)
    }

    pub(super) fn leeway_seconds(&self) -> i64 {
        self.leeway.seconds()
    }

    pub(crate) fn has_required_claims(&self, object: Value<'_>) -> bool {
        (self.required_claims.are_in)(&self.required_claims, object)
    }

    pub(super) fn is_rfc9068(&self) -> bool {
        self.rfc9068
    }

    /// Returns the audience of the policy that the claim `aud` contains in another form, if that is relaxed.
    pub(super) fn equivalent<'a>(&self, aud: Value<'a>, scratch: &mut Scratch<'a>) -> Result<Option<&'p str>, Error> {
        self.relaxations.equivalent(self.audience(), aud, scratch)
    }

    pub(super) fn relaxes(&self, relaxation: Relaxation) -> bool {
        self.relaxations.contains(relaxation)
    }
}
