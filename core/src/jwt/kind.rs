//! What distinguishes an issuer's access tokens from its other tokens, where `typ` does not.

use core::fmt;

use crate::text::json::Value;

/// A rule about one claim, which access tokens of an issuer fulfil and its ID tokens do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KindRule {
    /// The claim is present.
    Has(&'static str),
    /// One of these claims is present.
    HasOneOf(&'static [&'static str]),
    /// The claim is absent.
    Lacks(&'static str),
    /// The claim is this string.
    Is(&'static str, &'static str),
}

impl KindRule {
    /// Returns its name, the same in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Has(_) => "has",
            Self::HasOneOf(_) => "has_one_of",
            Self::Lacks(_) => "lacks",
            Self::Is(..) => "is",
        }
    }

    fn matches(&self, claims: Value<'_>) -> bool {
        let has = |name: &str| claims.get(name).is_some();
        match self {
            Self::Has(name) => has(name),
            Self::HasOneOf(names) => names.iter().any(|name| has(name)),
            Self::Lacks(name) => !has(name),
            Self::Is(name, text) => claims.get(name).and_then(Value::as_string).is_some_and(|value| value.equals(text)),
        }
    }
}

/// What tokens of a kind fulfil beside `typ`; by default, anything.
#[derive(Clone, Copy)]
pub struct TokenKind {
    rules: &'static [KindRule],
    /// A pointer, so that a device without rules does not link the look-up.
    matches: fn(&[KindRule], Value<'_>) -> bool,
}

impl Default for TokenKind {
    fn default() -> Self {
        Self { rules: &[], matches: |_, _| true }
    }
}

impl fmt::Debug for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rules.fmt(f)
    }
}

impl TokenKind {
    pub(crate) const fn of(rules: &'static [KindRule]) -> Self {
        Self { rules, matches: |rules, claims| rules.iter().all(|rule| rule.matches(claims)) }
    }

    pub(super) fn matches(&self, claims: Value<'_>) -> bool {
        (self.matches)(self.rules, claims)
    }
}
