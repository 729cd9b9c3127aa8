//! The rules that a token must satisfy. Issuer, audience or client, and algorithms are mandatory.

use core::fmt;

use heapless::Vec;

use crate::alg::{Algorithms, PublicKey};
use crate::error::Error;
use crate::jwt::issuers::Issuers;
use crate::jwt::kind::TokenKind;
use crate::jwt::payload::Claims;
use crate::jwt::recipient::{Audience, ClientBinding, ClientClaim, Recipient};
use crate::jwt::scope_source::ScopeSource;
use crate::jwt::scratch::Scratch;
use crate::oauth::scope::{GrantedScopes, ScopeHierarchy, ScopeList};
use crate::text::json::Value;
use crate::text::lines::list;
use crate::text::uri;
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

macro_rules! relaxations {
    ($($(#[$doc:meta])+ $bit:literal $variant:ident = $name:literal,)*) => {
        /// A named exception to a rule, for issuers that cannot satisfy it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Relaxation { $($(#[$doc])+ $variant,)* }

        impl Relaxation {
            /// Every relaxation, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// The names of all.
            const NAMES: &'static str = concat!($($name, " "),*).trim_ascii();

            /// Returns a bit that no other relaxation has, for programs that store sets of them.
            pub const fn bit(self) -> u8 {
                match self { $(Self::$variant => $bit,)* }
            }

            /// Returns the name of this relaxation, the same in every language.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

relaxations! {
    /// `typ` may also be `JWT`, or missing: many issuers do not write `at+jwt`. Then only the audience keeps ID tokens
    /// out (RFC 9068 section 5).
    0x01 TypJwtOrAbsent = "typ_jwt_or_absent",
    /// `typ` is not checked: a token issued for another purpose is accepted if all else matches.
    0x02 TypUnchecked = "typ_unchecked",
    /// Audiences may differ in the case of scheme and host and in a "/" after the host (RFC 8707 section 2,
    /// RFC 3986 section 6.2.3). Then
    /// [`Principal::audience_matched_by_equivalence`](super::Principal::audience_matched_by_equivalence) is true.
    0x04 AudienceUriEquivalence = "audience_uri_equivalence",
    /// `scp` may be a space-separated string instead of an array.
    0x08 ScpText = "scp_text",
    /// `client_id` may be missing, although RFC 9068 section 2.2 requires it.
    0x10 ClientIdOptional = "client_id_optional",
    /// `cty` may be `JWT` in the header of a token that contains claims and no other token (RFC 7519 section 5.2).
    0x20 CtyJwt = "cty_jwt",
    /// In a key set, one zero byte may precede the modulus `n` of an RSA key, as in a signed integer, although RFC 7518
    /// section 6.3.1.1 prohibits it. Key sets must be parsed with [`Policy::algorithms`], or with the same relaxation.
    0x40 ModulusLeadingZero = "modulus_leading_zero",
    /// A key without `kid` also verifies tokens that name one: a key that an operator was given in a file has no name.
    /// Where several different keys fit, the token is rejected, as one without `kid` is.
    0x80 UnnamedKey = "unnamed_key",
}

impl Relaxation {
    /// Returns the relaxation of this name.
    ///
    /// # Errors
    ///
    /// [`Error::RelaxationUnknown`], which contains all names, if there is none.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        let unknown = Error::RelaxationUnknown { known: Self::NAMES };
        Self::ALL.iter().copied().find(|one| one.name() == name).ok_or(unknown)
    }

    /// Returns whether it is about how key sets are read: it has to be known when one is read, before there is a token.
    /// What else is relaxed about keys and headers is so where a token is verified.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::jwt::Relaxation;
    ///
    /// assert!(Relaxation::ModulusLeadingZero.is_of_key_sets());
    /// assert!(!Relaxation::UnnamedKey.is_of_key_sets()); // the key is read as it is, and chosen otherwise
    /// ```
    pub const fn is_of_key_sets(self) -> bool {
        matches!(self, Self::ModulusLeadingZero)
    }

    /// Returns the algorithms with those relaxations that concern keys and headers and of which `is_relaxed` says that
    /// they are allowed. A device that parses keys links nothing for the others.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::jwt::Relaxation;
    /// use doorward::{ASYMMETRIC, Algorithms};
    ///
    /// let algorithms = Algorithms::new(ASYMMETRIC)?;
    /// let algorithms = Relaxation::apply_to(algorithms, |one| one == Relaxation::ModulusLeadingZero); // for KeySet::parse
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn apply_to<K>(algorithms: Algorithms<'_, K>, is_relaxed: impl Fn(Self) -> bool) -> Algorithms<'_, K> {
        algorithms
            .modulus_leading_zero(is_relaxed(Self::ModulusLeadingZero))
            .cty_jwt(is_relaxed(Self::CtyJwt))
            .unnamed_key(is_relaxed(Self::UnnamedKey))
    }

    /// Returns the least relaxation by which a token with this `typ` counts as an access token; none if it does without
    /// one (RFC 9068 section 4). Media types are case-insensitive (RFC 2045 section 5.1), and "application/" may be
    /// omitted (RFC 7515 section 4.1.9).
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::jwt::Relaxation;
    ///
    /// assert_eq!(Relaxation::for_typ(Some("at+jwt")), None);
    /// assert_eq!(Relaxation::for_typ(Some("application/jwt")), Some(Relaxation::TypJwtOrAbsent));
    /// assert_eq!(Relaxation::for_typ(Some("logout+jwt")), Some(Relaxation::TypUnchecked));
    /// ```
    pub fn for_typ(typ: Option<&str>) -> Option<Self> {
        let Some(typ) = typ else { return Some(Self::TypJwtOrAbsent) };
        let is = |name: &str| typ.eq_ignore_ascii_case(name);
        if is("at+jwt") || is("application/at+jwt") {
            None
        } else if is("JWT") || is("application/jwt") {
            Some(Self::TypJwtOrAbsent)
        } else {
            Some(Self::TypUnchecked)
        }
    }
}

/// Returns the audience to which one in the claim is equivalent as a URI; of several, the first that the claim has.
type Equivalent = for<'a, 'p> fn(&Audience<'p>, Value<'a>, &mut Scratch<'a>) -> Result<Option<&'p str>, Error>;

const EQUIVALENT: Equivalent = |ours, claim, scratch| {
    for audience in claim.strings() {
        let audience = scratch.text(audience)?;
        if let Some(ours) = ours.iter().find(|ours| uri::same_resource(ours, audience)) {
            return Ok(Some(ours));
        }
    }
    Ok(None)
};

/// The relaxations of a policy.
#[derive(Clone)]
pub struct Relaxations {
    bits: u8,
    /// Set with [`Relaxation::AudienceUriEquivalence`]: a device that never relaxes does not link the URI parser.
    equivalent: Equivalent,
}

impl Default for Relaxations {
    /// Returns no relaxation: all rules apply.
    fn default() -> Self {
        Self { bits: 0, equivalent: |_, _, _| Ok(None) }
    }
}

impl fmt::Debug for Relaxations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(Relaxation::ALL.iter().filter(|one| self.contains(**one))).finish()
    }
}

impl Relaxations {
    /// Adds a relaxation to these.
    #[must_use]
    pub fn with(mut self, relaxation: Relaxation) -> Self {
        self.bits |= relaxation.bit();
        if relaxation == Relaxation::AudienceUriEquivalence {
            self.equivalent = EQUIVALENT;
        }
        self
    }

    fn contains(&self, relaxation: Relaxation) -> bool {
        self.bits & relaxation.bit() != 0
    }

    /// Returns the same algorithms with those of these relaxations that concern keys and headers, for parsing keys
    /// before there is a policy.
    pub fn apply_to<'l, K>(&self, algorithms: Algorithms<'l, K>) -> Algorithms<'l, K> {
        Relaxation::apply_to(algorithms, |one| self.contains(one))
    }
}

impl FromIterator<Relaxation> for Relaxations {
    fn from_iter<I: IntoIterator<Item = Relaxation>>(relaxations: I) -> Self {
        relaxations.into_iter().fold(Self::default(), Self::with)
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
        (self.relaxations.equivalent)(self.audience(), aud, scratch)
    }

    pub(super) fn relaxes(&self, relaxation: Relaxation) -> bool {
        self.relaxations.contains(relaxation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn whoever_misspells_a_relaxation_is_told_all() {
        let error = Relaxation::from_name("everything").unwrap_err();
        let text = Error::TABLE.iter().zip(Error::TEXTS).find(|((number, ..), _)| *number == error.number()).unwrap().1;
        let (_, known) = text.split_once("Known are ").unwrap();
        let names = known.trim_end_matches('.').split(", ").map(|name| name.trim_matches('`'));
        assert!(names.eq(Relaxation::ALL.iter().map(|one| one.name())), "{text}");
        let all: std::vec::Vec<_> = Relaxation::ALL.iter().map(|one| one.name()).collect();
        assert_eq!(error.to_string(), std::format!("relaxation_unknown known={}", all.join(" ")));
    }
}
