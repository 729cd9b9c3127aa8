//! Whose tokens count: one issuer, several, or those of a template.

use core::fmt;

use crate::error::{Claim, Error};
use crate::text::json::{JsonString, Value};
use crate::text::lines::Lines;

/// Maximum number of issuers of [`Issuers::any_of`], and of values of [`Issuers::template`].
pub const MAX_ISSUERS: usize = 64;

/// The issuer identifier (RFC 8414 section 2), compared byte for byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issuer<'p>(&'p str);

impl<'p> Issuer<'p> {
    /// Accepts any non-empty string: some issuers are not URLs, and only equality matters.
    ///
    /// # Errors
    ///
    /// [`Error::IssuerInvalid`] if it is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{Error, Issuer};
    ///
    /// assert_eq!(Issuer::new("https://id.example.com")?.as_str(), "https://id.example.com");
    /// assert_eq!(Issuer::new(""), Err(Error::IssuerInvalid));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new(issuer: &'p str) -> Result<Self, Error> {
        if issuer.is_empty() { Err(Error::IssuerInvalid) } else { Ok(Self::of_checked(issuer)) }
    }

    pub(crate) fn of_checked(issuer: &'p str) -> Self {
        Self(issuer)
    }

    /// Returns the issuer identifier, as passed.
    pub fn as_str(&self) -> &'p str {
        self.0
    }
}

/// The issuers whose tokens a policy accepts, compared byte for byte (RFC 8725 section 3.8). Never "any".
#[derive(Clone, Copy)]
pub struct Issuers<'p> {
    /// The issuer, a line for each, or the template.
    text: &'p str,
    /// The claim of the template.
    claim: &'p str,
    values: Lines<'p>,
    /// Without the claims: whether `iss` is one of these. A pointer, so that a device with one issuer links the rest of
    /// this file not.
    check: fn(&Issuers<'_>, JsonString<'_>, Option<Value<'_>>) -> Result<(), Error>,
}

impl fmt::Debug for Issuers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.text.split('\n')).finish()
    }
}

impl<'p> From<Issuer<'p>> for Issuers<'p> {
    fn from(issuer: Issuer<'p>) -> Self {
        Self { text: issuer.as_str(), claim: "", values: Lines::NONE, check: |own, iss, _| equal(iss.equals(own.text)) }
    }
}

impl<'p> Issuers<'p> {
    /// Accepts 1 to [`MAX_ISSUERS`] issuers, a line for each, whose keys are in one key set.
    ///
    /// # Errors
    ///
    /// [`Error::IssuerInvalid`] if there are none or more, or a line is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{Error, jwt::Issuers};
    ///
    /// let issuers = Issuers::any_of("https://id.example.com\nhttps://id.example.com/")?; // for Policy::mcp
    /// assert_eq!(Issuers::any_of("").err(), Some(Error::IssuerInvalid));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn any_of(lines: &'p str) -> Result<Self, Error> {
        let lines = Lines::parse(lines, MAX_ISSUERS).map(|_| lines).ok_or(Error::IssuerInvalid)?;
        Ok(Self::of_checked(lines))
    }

    pub(crate) fn of_checked(lines: &'p str) -> Self {
        Self {
            text: lines,
            claim: "",
            values: Lines::NONE,
            check: |own, iss, _| equal(own.text.split('\n').any(|issuer| iss.equals(issuer))),
        }
    }

    /// Accepts the template with one of these values in it, in the place of the claim's name in braces: 1 to
    /// [`MAX_ISSUERS`] values, a line for each. A token must have that very value in the claim.
    ///
    /// # Errors
    ///
    /// [`Error::IssuerInvalid`] if there are no values or more, a line is empty, the template has not this name in
    /// braces once, and no other brace, or either has a `*`: it would stand for itself, where somebody means "any".
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{Error, jwt::Issuers};
    ///
    /// let template = "https://login.example.com/{tid}/v2.0";
    /// let issuers = Issuers::template(template, "tid", "0f1e\n2d3c")?; // for Policy::mcp
    /// assert_eq!(Issuers::template(template, "tid", "").err(), Some(Error::IssuerInvalid)); // never "any"
    /// assert_eq!(Issuers::template(template, "sub", "0f1e").err(), Some(Error::IssuerInvalid));
    /// assert_eq!(Issuers::template(template, "tid", "*").err(), Some(Error::IssuerInvalid));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn template(template: &'p str, claim: &'p str, lines: &'p str) -> Result<Self, Error> {
        let values = Lines::parse(lines, MAX_ISSUERS).ok_or(Error::IssuerInvalid)?;
        let issuers = Self::of_checked_template(template, claim, values);
        let (before, name, after) = cut(template).ok_or(Error::IssuerInvalid)?;
        let others =
            [before, name, after].into_iter().any(|part| part.contains(['{', '}', '*'])) || lines.contains('*');
        if name == claim && !claim.is_empty() && !others { Ok(issuers) } else { Err(Error::IssuerInvalid) }
    }

    pub(crate) fn of_checked_template(template: &'p str, claim: &'p str, values: Lines<'p>) -> Self {
        Self { text: template, claim, values, check: |own, iss, claims| own.check_template(iss, claims) }
    }

    /// Returns the issuer, if there is one alone.
    pub(crate) fn only(&self) -> Option<&'p str> {
        Some(self.text).filter(|text| self.claim.is_empty() && !text.contains('\n'))
    }

    /// Returns whether a token that names this issuer may be one of theirs.
    pub(crate) fn include(&self, iss: JsonString<'_>) -> bool {
        (self.check)(self, iss, None).is_ok()
    }

    /// Checks `iss`, and the claim that a template is bound to.
    pub(super) fn check(&self, iss: JsonString<'_>, claims: Value<'_>) -> Result<(), Error> {
        (self.check)(self, iss, Some(claims))
    }

    fn check_template(&self, iss: JsonString<'_>, claims: Option<Value<'_>>) -> Result<(), Error> {
        let (before, _, after) = cut(self.text).ok_or(Error::IssuerMismatch)?;
        let is = |value| iss.chars().eq([before, value, after].into_iter().flat_map(str::chars));
        let value = self.values.iter().find(|value| is(value)).ok_or(Error::IssuerMismatch)?;
        let Some(claims) = claims else { return Ok(()) };
        let claim = claims.get(self.claim).ok_or(Error::ClaimMissing { claim: Claim::Template })?;
        let claim = claim.as_string().ok_or(Error::ClaimMalformed { claim: Claim::Template })?;
        equal(claim.equals(value))
    }

    /// Returns each issuer, those of a template with each value.
    #[cfg(feature = "host")]
    pub fn iter(&self) -> impl Iterator<Item = std::string::String> + use<'p> {
        let (before, lines, after) = match cut(self.text).filter(|_| !self.claim.is_empty()) {
            Some((before, _, after)) => (before, self.values, after),
            None => ("", Lines::of_checked(self.text), ""),
        };
        lines.iter().map(move |line| [before, line, after].concat())
    }
}

fn equal(equal: bool) -> Result<(), Error> {
    if equal { Ok(()) } else { Err(Error::IssuerMismatch) }
}

/// Returns what is before, in and behind the first braces.
fn cut(template: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = template.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}
