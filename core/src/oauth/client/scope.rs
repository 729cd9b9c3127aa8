//! The scopes that a client asks for, and those that it was granted.

use core::fmt;

use super::texts::Name;
use super::{Client, MAX_ROUNDS};
use crate::error::Error;
use crate::oauth::scope::{GrantedScopes, MAX_SCOPES, Spaced, once};

/// The scope that asks for a refresh token (OpenID Connect Core section 11).
pub(super) const OFFLINE_ACCESS: &str = "offline_access";

impl<M: AsRef<[u8]> + AsMut<[u8]>> Client<M> {
    /// Chooses what to ask for (MCP authorization specification, "Scope Selection Strategy"): what the challenge names,
    /// else what the settings do, else all that the resource lists; beside what was asked for before.
    pub(super) fn want(&mut self) -> Result<(), Error> {
        let all = [Name::CHALLENGED_SCOPE, Name::DESIRED_SCOPE, Name::RESOURCE_SCOPES];
        let first = all.into_iter().find(|name| self.texts.has(*name));
        let offers = self.server.is_some_and(|server| server.offline_access);
        let offline = offers && first.is_some() && !self.client_credentials;
        self.texts.write(Name::WANTED_SCOPE, |texts, out| {
            let first = first.map_or("", |name| texts.get(name));
            let offline = if offline { OFFLINE_ACCESS } else { "" };
            write!(out, "{}", Scopes([texts.get(Name::SCOPE), first, offline]))
        })
    }

    /// Returns whether a challenge leads on (MCP authorization specification, "Step-Up Authorization Flow"): it names a
    /// scope that the token has not, and that was not asked for too often already.
    pub(super) fn may_step_up(&self, scope: &str) -> bool {
        let held = GrantedScopes::new(self.texts.get(Name::SCOPE));
        let stepped_up = || self.texts.get(Name::STEPPED_UP).split(' ');
        let is_open = |scope: &str| stepped_up().filter(|other| *other == scope).count() < MAX_ROUNDS.into();
        stepped_up().count() < MAX_SCOPES && scope.split(' ').any(|scope| !held.contains(scope) && is_open(scope))
    }

    /// Notes the scopes of a challenge that are asked for because of it, once more.
    pub(super) fn step_up(&mut self, scope: &str) -> Result<(), Error> {
        self.texts.write(Name::STEPPED_UP, |texts, out| {
            let held = GrantedScopes::new(texts.get(Name::SCOPE));
            let before = texts.get(Name::STEPPED_UP).split(' ').filter(|scope| !scope.is_empty());
            let all = before.chain(scope.split(' ').filter(|scope| !held.contains(scope)));
            write!(out, "{}", Spaced::new(all.take(MAX_SCOPES)))
        })
    }

    /// Returns the scopes that were granted: those in the token request, unless the response named others (RFC 6749
    /// section 5.1).
    pub fn scope(&self) -> &str {
        self.texts.get(Name::SCOPE)
    }
}

/// The scopes of several lists, each once.
pub(super) struct Scopes<'c, const N: usize>(pub(super) [&'c str; N]);

impl<const N: usize> fmt::Display for Scopes<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.0.iter().flat_map(|list| list.split(' ')).filter(|scope| !scope.is_empty());
        write!(f, "{}", Spaced::new(once(all).take(MAX_SCOPES)))
    }
}
