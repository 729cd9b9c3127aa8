//! Named exceptions to the rules, for issuers that cannot satisfy them.

use core::fmt;

use crate::alg::Algorithms;
use crate::error::Error;
use crate::jwt::recipient::Audience;
use crate::jwt::scratch::Scratch;
use crate::text::json::Value;
use crate::text::uri;

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
    /// section 6.3.1.1 prohibits it. Key sets must be parsed with [`Policy::algorithms`](super::Policy::algorithms), or
    /// with the same relaxation.
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

    /// Returns the least relaxation by which a token with this `typ` counts as an access token; none if it does without
    /// one (RFC 9068 section 4). Media types are case-insensitive (RFC 2045 section 5.1), and "application/" may be
    /// omitted (RFC 7515 section 4.1.9).
    pub(crate) fn for_typ(typ: Option<&str>) -> Option<Self> {
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

impl<K> Algorithms<'_, K> {
    /// Sets the relaxations that concern keys and headers, in place of what was set of them before: those of which
    /// `is_relaxed` says that they are allowed. A device that parses keys links nothing for the others.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::jwt::Relaxation;
    /// use doorward::{ASYMMETRIC, Algorithms};
    ///
    /// let algorithms = Algorithms::new(ASYMMETRIC)?;
    /// let algorithms = algorithms.relaxed_by(|one| one == Relaxation::ModulusLeadingZero); // for KeySet::parse
    /// # Ok::<(), doorward::Error>(())
    /// ```
    #[must_use]
    pub fn relaxed_by(self, is_relaxed: impl Fn(Relaxation) -> bool) -> Self {
        self.modulus_leading_zero(is_relaxed(Relaxation::ModulusLeadingZero))
            .cty_jwt(is_relaxed(Relaxation::CtyJwt))
            .unnamed_key(is_relaxed(Relaxation::UnnamedKey))
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

    pub(super) fn contains(&self, relaxation: Relaxation) -> bool {
        self.bits & relaxation.bit() != 0
    }

    /// Returns the audience of `ours` that the claim `aud` contains in another form, if that is relaxed.
    pub(super) fn equivalent<'a, 'p>(
        &self,
        ours: &Audience<'p>,
        aud: Value<'a>,
        scratch: &mut Scratch<'a>,
    ) -> Result<Option<&'p str>, Error> {
        (self.equivalent)(ours, aud, scratch)
    }

    /// Returns the same algorithms with those of these relaxations that concern keys and headers, for parsing keys
    /// before there is a policy.
    pub fn apply_to<'l, K>(&self, algorithms: Algorithms<'l, K>) -> Algorithms<'l, K> {
        algorithms.relaxed_by(|one| self.contains(one))
    }
}

impl FromIterator<Relaxation> for Relaxations {
    fn from_iter<I: IntoIterator<Item = Relaxation>>(relaxations: I) -> Self {
        relaxations.into_iter().fold(Self::default(), Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn a_type_needs_the_narrowest_relaxation_that_accepts_it() {
        for (typ, needed) in [
            (Some("at+jwt"), None),
            (Some("Application/AT+JWT"), None),
            (Some("jwt"), Some(Relaxation::TypJwtOrAbsent)),
            (Some("application/jwt"), Some(Relaxation::TypJwtOrAbsent)),
            (None, Some(Relaxation::TypJwtOrAbsent)),
            (Some("logout+jwt"), Some(Relaxation::TypUnchecked)),
            (Some(""), Some(Relaxation::TypUnchecked)),
        ] {
            assert_eq!(Relaxation::for_typ(typ), needed, "{typ:?}");
        }
    }

    #[test]
    fn an_unknown_relaxation_is_reported_with_all_that_there_are() {
        let error = Relaxation::from_name("everything").unwrap_err();
        let text = Error::TABLE.iter().zip(Error::TEXTS).find(|((number, ..), _)| *number == error.number()).unwrap().1;
        let (_, known) = text.split_once("Known are ").unwrap();
        let names = known.trim_end_matches('.').split(", ").map(|name| name.trim_matches('`'));
        assert!(names.eq(Relaxation::ALL.iter().map(|one| one.name())), "{text}");
        let all: std::vec::Vec<_> = Relaxation::ALL.iter().map(|one| one.name()).collect();
        assert_eq!(error.to_string(), std::format!("relaxation_unknown known={}", all.join(" ")));
    }
}
