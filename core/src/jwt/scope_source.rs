//! The claim that contains the scopes of a token.

use core::fmt;

use crate::error::{Claim, Error};
use crate::jwt::payload::{Claims, text};
use crate::jwt::scratch::Scratch;
use crate::oauth::scope::GrantedScopes;
use crate::text::json::{Kind, Value};

/// Maximum number of names in the path of a [`ScopeSource`].
pub const MAX_SCOPE_SOURCE_DEPTH: usize = 4;

/// Returns the scopes in the claim of this name; whether `scp` may be a string.
type Read = for<'a> fn(&str, &Claims<Value<'a>>, Value<'a>, bool, &mut Scratch<'a>) -> Result<GrantedScopes<'a>, Error>;

/// The one claim that contains the scopes of a token. The contents of all others do not count.
///
/// The default is `scope`, or in its absence the array `scp`.
#[derive(Clone, Copy)]
pub struct ScopeSource<'p> {
    name: &'p str,
    /// A pointer, so that a device links only the readers that it names.
    read: Read,
}

impl Default for ScopeSource<'_> {
    fn default() -> Self {
        let read: Read = |_, claims, _, scp_may_be_text, scratch| match claims.scope {
            Some(_) => string(&claims.scope, Claim::Scope, scratch),
            None => scp(claims, scp_may_be_text, scratch),
        };
        Self { name: "", read }
    }
}

impl fmt::Debug for ScopeSource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScopeSource").field(&self.name).finish()
    }
}

impl<'p> ScopeSource<'p> {
    /// `scope`, a space-separated string (RFC 6749 section 3.3, RFC 9068 section 2.2.3).
    pub const SCOPE: ScopeSource<'static> =
        ScopeSource { name: "scope", read: |_, claims, _, _, scratch| string(&claims.scope, Claim::Scope, scratch) };
    /// `scope`, an array of strings.
    pub const SCOPE_LIST: ScopeSource<'static> =
        ScopeSource { name: "scope_list", read: |_, claims, _, _, scratch| list(claims.scope, Claim::Scope, scratch) };
    /// `scp`, an array of strings; with [`Relaxation::ScpText`](super::Relaxation::ScpText) also a space-separated
    /// string.
    pub const SCP: ScopeSource<'static> =
        ScopeSource { name: "scp", read: |_, claims, _, may_be_text, scratch| scp(claims, may_be_text, scratch) };

    /// Returns the source of this name: `scope`, `scope_list` or `scp`, see the constants; or a claim that is an array
    /// of strings: `permissions`, `roles`, one within other claims, such as `realm_access.roles`, or one whose name
    /// contains a colon, as URIs do (RFC 7519 section 4.2), such as `https://example.com/roles`.
    ///
    /// A path has at most [`MAX_SCOPE_SOURCE_DEPTH`] names of letters, digits, `_` and `-`. A name with a colon is
    /// never a path, whatever dots it contains.
    ///
    /// # Errors
    ///
    /// [`Error::ScopeSourceInvalid`] for any other name.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{Error, jwt::ScopeSource};
    ///
    /// let source = ScopeSource::parse("realm_access.roles")?; // for Policy::scope_source
    /// assert_eq!(ScopeSource::parse("groups").err(), Some(Error::ScopeSourceInvalid));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn parse(name: &'p str) -> Result<Self, Error> {
        let known = matches!(name, "scope" | "scope_list" | "scp" | "permissions" | "roles");
        let good = known || name.contains(':') || is_path(name);
        if good { Ok(Self::of_checked(name)) } else { Err(Error::ScopeSourceInvalid) }
    }

    /// Returns the source of a name that [`ScopeSource::parse`] accepted.
    pub(crate) fn of_checked(name: &'p str) -> Self {
        match name {
            "scope" => Self::SCOPE,
            "scope_list" => Self::SCOPE_LIST,
            "scp" => Self::SCP,
            name => Self { name, read: |name, _, object, _, scratch| list(find(name, object)?, AT_PATH, scratch) },
        }
    }

    /// Returns its name; empty for the default.
    pub(crate) fn name(&self) -> &'p str {
        self.name
    }

    /// Returns the names of the members that lead to the claim; none for the default, which may be either of two.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{Error, jwt::ScopeSource};
    ///
    /// assert!(ScopeSource::parse("realm_access.roles")?.path().eq(["realm_access", "roles"]));
    /// assert!(ScopeSource::parse("https://example.com/roles")?.path().eq(["https://example.com/roles"]));
    /// assert!(ScopeSource::SCOPE_LIST.path().eq(["scope"]));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn path(&self) -> impl Iterator<Item = &'p str> + Clone {
        let name = match self.name {
            "scope_list" => "scope",
            name => name,
        };
        path(name).filter(|name| !name.is_empty())
    }

    pub(super) fn scopes<'a>(
        &self,
        claims: &Claims<Value<'a>>,
        object: Value<'a>,
        scp_may_be_text: bool,
        scratch: &mut Scratch<'a>,
    ) -> Result<GrantedScopes<'a>, Error> {
        (self.read)(self.name, claims, object, scp_may_be_text, scratch)
    }
}

/// The name for errors: those contain no text of the policy.
const AT_PATH: Claim = Claim::ScopeSource;

fn is_path(name: &str) -> bool {
    let names = name.split('.');
    let good = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    (2..=MAX_SCOPE_SOURCE_DEPTH).contains(&names.clone().count()) && names.clone().all(good)
}

fn path(name: &str) -> impl Iterator<Item = &str> + Clone {
    let is_path = !name.contains(':');
    name.split(move |character| is_path && character == '.')
}

/// Returns the claim, if the token has it.
fn find<'a>(name: &str, mut value: Value<'a>) -> Result<Option<Value<'a>>, Error> {
    for name in path(name) {
        if value.kind() != Kind::Object {
            return Err(Error::ClaimMalformed { claim: AT_PATH });
        }
        match value.get(name) {
            Some(inner) => value = inner,
            None => return Ok(None),
        }
    }
    Ok(Some(value))
}

fn scp<'a>(
    claims: &Claims<Value<'a>>,
    may_be_text: bool,
    scratch: &mut Scratch<'a>,
) -> Result<GrantedScopes<'a>, Error> {
    match claims.scp.filter(|scp| may_be_text && scp.kind() == Kind::String) {
        Some(_) => string(&claims.scp, Claim::Scp, scratch),
        None => list(claims.scp, Claim::Scp, scratch),
    }
}

fn string<'a>(value: &Option<Value<'a>>, claim: Claim, scratch: &mut Scratch<'a>) -> Result<GrantedScopes<'a>, Error> {
    text(value, claim, scratch).and_then(|text| few(Some(text.unwrap_or_default()), claim))
}

fn list<'a>(value: Option<Value<'a>>, claim: Claim, scratch: &mut Scratch<'a>) -> Result<GrantedScopes<'a>, Error> {
    let Some(value) = value else { return Ok(GrantedScopes::new("")) };
    few(scratch.join(value)?, claim)
}

fn few(scopes: Option<&str>, claim: Claim) -> Result<GrantedScopes<'_>, Error> {
    let scopes = scopes.map(GrantedScopes::new).filter(|scopes| scopes.is_within_budget());
    scopes.ok_or(Error::ClaimMalformed { claim })
}
