//! One token and the keys that it may need: which verdicts are final, and for which newer keys are fetched first.

use crate::error::Error;
use crate::keys::Source;
use crate::keys::refresh::{Decision, Event};
use crate::time::UnixTime;

/// The attempt to verify one token. Small, and only of use with the [`Source`] that it began with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    stage: Stage,
    /// The keys that were there before: as many as were fetched until then.
    keys: u32,
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

impl Source {
    /// Begins an attempt: call before verifying a token, with a new one. If the decision is to fetch, the first
    /// [`Source::request`] is ready.
    pub fn token_received(&mut self, attempt: &mut Attempt, now: UnixTime) -> Decision {
        let decision = self.on(Event::TokenReceived, now);
        let stage = if decision == Decision::Fetch { Stage::Fetching } else { Stage::Begun };
        *attempt = Attempt { stage, keys: self.keys };
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

    /// Call if the token was rejected, with the [`Error::number`], and whether it says that it is of this issuer
    /// ([`jwt::names_issuer`](crate::jwt::names_issuer)): the decision is [`Decision::Reject`] if that is final. Newer
    /// keys may be fetched for [`Error::KeyNotFound`] and [`Error::SignatureInvalid`], once for each token; those of
    /// this issuer would help no other's token.
    pub fn token_rejected(&mut self, attempt: &mut Attempt, error: u16, of_issuer: bool, now: UnixTime) -> Decision {
        let (event, stage) = match error {
            _ if attempt.stage == Stage::Newest || !of_issuer => return Decision::Reject,
            _ if error == Error::KeyNotFound.number() => (Event::KeyNotFound, Stage::Fetching),
            _ if error == Error::SignatureInvalid.number() => (Event::SignatureInvalid, Stage::FetchingAgain),
            _ => return Decision::Reject,
        };
        let decision = self.on(event, now);
        if decision == Decision::Fetch {
            *attempt = Attempt { stage, keys: self.keys };
        }
        decision
    }

    /// Call when the fetch is over for which the attempt had to wait ([`Decision::Fetch`], [`Decision::Wait`]), or at
    /// once if nobody waits. The decision is never to fetch or wait.
    pub fn waited(&mut self, attempt: &mut Attempt, now: UnixTime) -> Decision {
        let came = attempt.keys != self.keys;
        match attempt.stage {
            Stage::FetchingAgain if !came => return Decision::Reject,
            Stage::Fetching | Stage::FetchingAgain if came => attempt.stage = Stage::Newest,
            _ => {}
        }
        if came { self.state.waited(&self.settings, now) } else { self.state.retry(&self.settings, now) }
    }
}
