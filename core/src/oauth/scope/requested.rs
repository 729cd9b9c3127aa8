//! Scopes as clients ask for them, where tokens say something else.

use core::fmt::{self, Write};

use heapless::Vec;

use crate::error::Error;
use crate::oauth::scope::{GrantedScopes, MAX_SCOPES, ScopeHierarchy, ScopeList, is_scope_token, lacking, once};

/// What precedes a scope where a client asks for it, and not in the token: `api://id/` where clients ask for
/// `api://id/read` and tokens say `read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopePrefix<'a>(&'a str);

impl<'a> ScopePrefix<'a> {
    /// No prefix: clients ask for what tokens say.
    pub const NONE: ScopePrefix<'static> = ScopePrefix("");

    /// Accepts characters of scopes (RFC 6749 section 3.3); an empty string is no prefix.
    ///
    /// # Errors
    ///
    /// [`Error::ScopeInvalid`] if there are other characters.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::scope::{ScopeList, ScopePrefix};
    ///
    /// let requested = ScopePrefix::parse("api://id/")?.requested(ScopeList::parse("read write")?);
    /// assert_eq!(requested.to_string(), "api://id/read api://id/write"); // for challenges and metadata
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        if text.is_empty() || is_scope_token(text) { Ok(Self(text)) } else { Err(Error::ScopeInvalid) }
    }

    /// Returns scopes of a policy as clients ask for them: a scope list (RFC 6749 section 3.3) when formatted.
    pub fn requested(self, scopes: ScopeList<'a>) -> RequestedScopes<'a, impl Iterator<Item = &'a str> + Clone> {
        RequestedScopes { prefix: self.0, scopes: scopes.iter() }
    }
}

/// Scopes as clients ask for them. Returned by [`ScopePrefix::requested`] and the functions of [`ScopeRules`].
#[derive(Clone)]
pub struct RequestedScopes<'a, I> {
    prefix: &'a str,
    scopes: I,
}

impl<'a, I: Iterator<Item = &'a str> + Clone> fmt::Display for RequestedScopes<'_, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.scopes.clone().enumerate() {
            if index > 0 {
                f.write_char(' ')?;
            }
            f.write_str(self.prefix)?;
            f.write_str(scope)?;
        }
        Ok(())
    }
}

impl<I: Iterator + Clone> fmt::Debug for RequestedScopes<'_, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestedScopes({} scopes)", self.scopes.clone().count())
    }
}

/// The rules of a policy for scopes.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers write all of it, and so decide on what is new")]
pub struct ScopeRules<'p> {
    /// What every token must have.
    pub required: ScopeList<'p>,
    /// What metadata advertises, as clients ask for it; `None` to derive it: see [`ScopeRules::for_metadata`].
    pub advertised: Option<ScopeList<'p>>,
    /// Likewise, what challenges ask for; see [`ScopeRules::for_challenge`].
    pub challenge: Option<ScopeList<'p>>,
    /// What precedes a scope where clients ask for it.
    pub prefix: ScopePrefix<'p>,
    /// Which scope implies which.
    pub hierarchy: ScopeHierarchy<'p>,
}

impl<'p> ScopeRules<'p> {
    /// Returns the scopes for `scopes_supported` of metadata (RFC 9728 section 2), as clients ask for them: the
    /// advertised ones alone, or if there is no such list the required ones, then `others`, which operations require
    /// beside them; each once.
    ///
    /// # Errors
    ///
    /// [`Error::ScopeInvalid`] if there are more than a [`ScopeList`] may have.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::scope::{ScopeHierarchy, ScopeList, ScopePrefix, ScopeRules};
    ///
    /// let rules = ScopeRules {
    ///     required: ScopeList::parse("notes:read")?,
    ///     advertised: None,
    ///     challenge: Some(ScopeList::parse("api://id/notes:read offline_access")?),
    ///     prefix: ScopePrefix::parse("api://id/")?,
    ///     hierarchy: ScopeHierarchy::NONE,
    /// };
    /// let write = ScopeList::parse("notes:write")?;
    /// assert_eq!(rules.for_metadata(write)?.to_string(), "api://id/notes:read api://id/notes:write");
    /// assert_eq!(rules.for_challenge(write)?.to_string(), "api://id/notes:read offline_access");
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn for_metadata<'s>(
        self,
        others: ScopeList<'s>,
    ) -> Result<RequestedScopes<'s, impl Iterator<Item = &'s str> + Clone>, Error>
    where
        'p: 's,
    {
        self.shown(self.advertised, others)
    }

    /// Returns the scopes that a challenge asks for where no token was accepted (RFC 6750 section 3, MCP authorization,
    /// "Scope Selection Strategy"), as clients ask for them: those for challenges alone, or if there is no such list
    /// the required ones, then `operation`, which the requested operation requires beside them; each once. For a token
    /// that was accepted and lacks scopes: [`ScopeRules::step_up`].
    ///
    /// # Errors
    ///
    /// [`Error::ScopeInvalid`] if there are more than a [`ScopeList`] may have.
    pub fn for_challenge<'s>(
        self,
        operation: ScopeList<'s>,
    ) -> Result<RequestedScopes<'s, impl Iterator<Item = &'s str> + Clone>, Error>
    where
        'p: 's,
    {
        self.shown(self.challenge, operation)
    }

    /// Returns a list that was set, or what is required, and more.
    fn shown<'s>(
        self,
        set: Option<ScopeList<'s>>,
        more: ScopeList<'s>,
    ) -> Result<RequestedScopes<'s, impl Iterator<Item = &'s str> + Clone>, Error>
    where
        'p: 's,
    {
        let Self { required, prefix: ScopePrefix(prefix), .. } = self;
        let (prefix, own, more) = set.map_or((prefix, required, more), |set| ("", set, ScopeList::EMPTY));
        let scopes = once(own.iter().chain(more.iter()));
        if scopes.clone().nth(MAX_SCOPES).is_some() {
            Err(Error::ScopeInvalid)
        } else {
            Ok(RequestedScopes { prefix, scopes })
        }
    }

    /// Returns the scopes to ask for, as clients do, where a token lacks some of those that an operation requires
    /// beside the policy's own (MCP authorization, "Step-Up Authorization Flow"): those granted that count here, so
    /// that none is lost, then those missing; each once. What counts is required, advertised, in `known`, which other
    /// operations need, or in the hierarchy.
    ///
    /// # Errors
    ///
    /// [`Error::ScopeInvalid`] if what is required, known or returned is more than a [`ScopeList`] may have.
    ///
    /// # Complexity
    ///
    /// Compares each scope of the lists with each before it, and once with the granted ones. What is returned has two
    /// words for each of [`MAX_SCOPES`].
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::scope::{GrantedScopes, ScopeHierarchy, ScopeList, ScopePrefix, ScopeRules};
    ///
    /// let rules = ScopeRules {
    ///     required: ScopeList::parse("notes:read")?,
    ///     advertised: None,
    ///     challenge: None,
    ///     prefix: ScopePrefix::parse("api://id/")?,
    ///     hierarchy: ScopeHierarchy::NONE,
    /// };
    /// let (write, known) = (ScopeList::parse("notes:write")?, ScopeList::parse("notes:share")?);
    /// let requested = rules.step_up(GrantedScopes::new("openid notes:share"), write, known)?;
    /// assert_eq!(requested.to_string(), "api://id/notes:share api://id/notes:read api://id/notes:write");
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn step_up<'s>(
        self,
        granted: GrantedScopes<'s>,
        required: ScopeList<'s>,
        known: ScopeList<'s>,
    ) -> Result<RequestedScopes<'s, impl Iterator<Item = &'s str> + Clone>, Error>
    where
        'p: 's,
    {
        let Self { prefix: ScopePrefix(prefix), hierarchy, .. } = self;
        let advertised = self.advertised.unwrap_or(ScopeList::EMPTY);
        let stripped = advertised.iter().map(move |scope| scope.strip_prefix(prefix).unwrap_or(scope));
        let known = stripped.filter(|scope| !scope.is_empty()).chain(known.iter());
        let required = self.required.iter().chain(required.iter());
        let is_too_many = |list: &mut dyn Iterator<Item = &str>| list.nth(MAX_SCOPES).is_some();
        if is_too_many(&mut required.clone()) || is_too_many(&mut known.clone()) {
            return Err(Error::ScopeInvalid);
        }
        let counts = known.chain(required.clone()).chain(hierarchy.scopes());
        let kept = once(counts).filter(|scope| granted.contains(scope));
        let scopes = kept.chain(once(required).filter(lacking(granted, hierarchy)));
        // Once: to find one text costs a comparison with each before it.
        let mut requested = Vec::<&str, MAX_SCOPES>::new();
        for scope in scopes {
            requested.push(scope).map_err(|_| Error::ScopeInvalid)?;
        }
        Ok(RequestedScopes { prefix, scopes: requested.into_iter() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString};

    fn requested(required: &str, granted: &str, known: &str, hierarchy: &str) -> Result<String, Error> {
        let rules = ScopeRules {
            required: ScopeList::EMPTY,
            advertised: None,
            challenge: None,
            prefix: ScopePrefix::NONE,
            hierarchy: ScopeHierarchy::parse(hierarchy)?,
        };
        let (required, known) = (ScopeList::parse(required)?, ScopeList::parse(known)?);
        rules.step_up(GrantedScopes::new(granted), required, known).map(|requested| requested.to_string())
    }

    #[test]
    fn what_was_granted_is_asked_for_again_where_it_counts() {
        let requested = |required, granted, known, hierarchy| requested(required, granted, known, hierarchy).unwrap();
        assert_eq!(requested("write", "openid read", "read share", ""), "read write");
        assert_eq!(requested("read write", "read", "", ""), "read write", "what is required counts");
        assert_eq!(requested("audit", "admin", "", "admin read"), "admin audit", "and what implies something");
        assert_eq!(requested("read audit", "admin", "", "admin read"), "admin audit", "what is implied is not missing");
        assert_eq!(requested("a b a", "c c", "c c", "c d\nd c"), "c a b", "each once");
        assert_eq!(requested("a", "b\"c \u{e9} d", "b", ""), "a", "no text of the token is repeated");
    }

    #[test]
    fn more_than_a_list_may_have_is_asked_for_by_nobody() {
        let list = |name: char, count: usize| {
            (0..count).map(|number| std::format!("{name}{number}")).collect::<std::vec::Vec<_>>().join(" ")
        };
        let (full, one) = (list('k', MAX_SCOPES), list('r', 1));
        assert_eq!(requested(&one, &full, &full, ""), Err(Error::ScopeInvalid), "257 to ask for");
        assert!(requested(&one, &list('k', MAX_SCOPES - 1), &full, "").is_ok(), "256 of 257");
        assert!(requested(&full, "", &full, "").is_ok(), "256 of 512 texts");
        let shown = |required: &str, more: &str, set: Option<&str>| {
            let set = set.map(|set| ScopeList::parse(set).unwrap());
            let required = ScopeList::parse(required).unwrap();
            let (prefix, hierarchy) = (ScopePrefix::NONE, ScopeHierarchy::NONE);
            let rules = ScopeRules { required, advertised: set, challenge: set, prefix, hierarchy };
            let more = ScopeList::parse(more).unwrap();
            let all = rules.for_metadata(more).map(|all| all.to_string());
            assert_eq!(all, rules.for_challenge(more).map(|all| all.to_string()));
            all
        };
        assert_eq!(shown(&full, &one, None), Err(Error::ScopeInvalid));
        assert_eq!(shown(&full, &full, None).as_ref(), Ok(&full));
        assert_eq!(shown(&full, &one, Some(&one)).as_ref(), Ok(&one));
    }
}
