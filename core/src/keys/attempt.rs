//! One token and the keys that it may need: which verdicts are final, and for which newer keys are fetched first.

use crate::error::{Error, Remedy};
use crate::keys::Source;
use crate::keys::refresh::{Decision, Event};
use crate::time::UnixTime;

/// The attempt to verify one token. Small, and only of use with the [`Source`] that it began with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    stage: Stage,
    /// That of the keys that were there before.
    generation: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// Nothing was fetched for it.
    #[default]
    Begun,
    /// A fetch was begun for it, since there were no keys, or not its own.
    Fetching,
    /// A fetch was begun for it, since its signature was invalid: if that returns no keys, it still is.
    FetchingAgain,
    /// Keys were fetched for it: a verdict is final.
    Newest,
}

impl Remedy {
    /// Returns whether keys that are newer than those at hand may resolve it, if the token says that it is of their
    /// issuer ([`jwt::claims_issuer`](crate::jwt::claims_issuer)): they may have the one that is missing, or another
    /// one by the same name.
    pub fn wants_newer_keys(self) -> bool {
        wanted(self).is_some()
    }
}

fn wanted(remedy: Remedy) -> Option<(Event, Stage)> {
    if remedy.is_of(&Error::KeyNotFound) {
        Some((Event::KeyNotFound, Stage::Fetching))
    } else if remedy.is_of(&Error::SignatureInvalid) {
        Some((Event::SignatureInvalid, Stage::FetchingAgain))
    } else {
        None
    }
}

impl Source {
    /// Begins an attempt: call before verifying a token, with a new one. If the decision is to fetch, the first
    /// [`Source::request`] is ready.
    pub fn token_received(&mut self, attempt: &mut Attempt, now: UnixTime) -> Decision {
        let decision = self.on(Event::TokenReceived, now);
        let stage = if decision == Decision::Fetch { Stage::Fetching } else { Stage::Begun };
        *attempt = Attempt { stage, generation: self.generation };
        decision
    }

    /// Returns whether [`Source::token_received`] decides [`Decision::Use`], and if so does what it does: for a host
    /// that keeps its callers, and has no token to verify where one holds. If not, nothing has happened.
    #[must_use]
    pub fn uses_keys(&mut self, now: UnixTime) -> bool {
        let (decision, state) = self.state.on(Event::TokenReceived, &self.settings, now);
        let uses = decision == Decision::Use;
        if uses {
            self.state = state;
        }
        uses
    }

    /// Call if the token was rejected, with what the error requires ([`Error::remedy`]), and whether the token says
    /// that it is of this issuer ([`jwt::claims_issuer`](crate::jwt::claims_issuer)): the decision is
    /// [`Decision::Reject`] if that is final. Newer keys may be fetched once for each token whose error [wants
    /// them](Remedy::wants_newer_keys); those of this issuer would help no other's token.
    pub fn token_rejected(
        &mut self,
        attempt: &mut Attempt,
        remedy: Remedy,
        of_issuer: bool,
        now: UnixTime,
    ) -> Decision {
        let is_final = attempt.stage == Stage::Newest || !of_issuer;
        let Some((event, stage)) = wanted(remedy).filter(|_| !is_final) else { return Decision::Reject };
        let decision = self.on(event, now);
        if decision == Decision::Fetch {
            *attempt = Attempt { stage, generation: self.generation };
        }
        decision
    }

    /// Call when the fetch is over for which the attempt had to wait ([`Decision::Fetch`], [`Decision::Wait`]), or at
    /// once if nobody waits. The decision is never to fetch or wait.
    pub fn waited(&mut self, attempt: &mut Attempt, now: UnixTime) -> Decision {
        let has_newer = attempt.generation != self.generation;
        match attempt.stage {
            Stage::FetchingAgain if !has_newer => return Decision::Reject,
            Stage::Fetching | Stage::FetchingAgain if has_newer => attempt.stage = Stage::Newest,
            _ => {}
        }
        if has_newer { self.state.waited(&self.settings, now) } else { self.state.retry(&self.settings, now) }
    }
}
