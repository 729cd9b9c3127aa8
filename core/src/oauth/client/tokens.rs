//! The tokens of a client: taken from a response, and renewed before they expire.

use super::Client;
use super::registration::Origin;
use super::step::{GrantType, Stage};
use super::texts::Name;
use crate::error::Error;
use crate::http::exchange::{Meaning, ResponseHead};
use crate::oauth::token_response::{Answer, GrantFailure, TokenLifetime, TokenResponse, kept_refresh_token};
use crate::text::json::JsonString;
use crate::time::UnixTime;

/// For how many seconds a token that the user signed in for is valid for its first request, however short its life: the
/// seconds of `expires_in` may be over before it can be sent, and then one token after the other would be requested.
const FIRST_USE_SECONDS: u64 = 60;
/// For how many seconds at most the user is not asked because a token endpoint says when to come again.
pub(super) const MAX_RETRY_AFTER: u32 = 3600;

impl<M: AsRef<[u8]> + AsMut<[u8]>> Client<M> {
    /// Renews a token that is about to expire, or forgets one that has.
    pub(super) fn renew(&mut self, now: UnixTime) -> Result<(), Error> {
        let is_due = |at: Option<i64>| at.is_some_and(|at| now.seconds() >= at);
        if self.stage == Stage::Ready && self.texts.has(Name::ACCESS_TOKEN) && is_due(self.renew_at) {
            if self.is_renewable() {
                self.asks_user = false;
                self.go(now)?;
            } else if is_due(self.expires_at) && !(self.unused && self.is_recent(now, FIRST_USE_SECONDS)) {
                self.forget_token();
            }
        }
        Ok(())
    }

    /// Returns whether a token was received or refused within so many seconds.
    pub(super) fn is_recent(&self, now: UnixTime, seconds: u64) -> bool {
        self.token_at.is_some_and(|at| at.abs_diff(now.seconds()) < seconds)
    }

    /// Returns whether another token comes without the user.
    fn is_renewable(&self) -> bool {
        self.texts.has(Name::REFRESH_TOKEN) || self.client_credentials
    }

    pub(super) fn token_response(
        &mut self,
        grant: GrantType,
        head: &ResponseHead,
        body: &[u8],
        scratch: &mut [u8],
    ) -> Result<(), Error> {
        let now = head.received();
        self.texts.forget(&[Name::ASSERTION]);
        let outcome = self.token_answer(grant, head, body, scratch);
        if let (Err(error), Meaning::Unavailable { retry_after: Some(seconds), .. }) = (outcome, head.meaning()) {
            self.later = Some((now.after(seconds.min(MAX_RETRY_AFTER)), error));
        }
        outcome
    }

    fn token_answer(
        &mut self,
        grant: GrantType,
        head: &ResponseHead,
        body: &[u8],
        scratch: &mut [u8],
    ) -> Result<(), Error> {
        let now = head.received();
        match Answer::parse(head.status(), body, scratch) {
            Ok(Answer::Tokens(tokens)) => self.take(grant, &tokens, now),
            Ok(Answer::Error { error, error_description }) => {
                let text = |text| JsonString::of_text(text);
                self.keep_error(Some(text(error)), error_description.map(text));
                let failure = GrantFailure::of(head.status(), error);
                // The server has forgotten its registration.
                let forgotten =
                    (failure, error, self.origin) == (GrantFailure::Other, "invalid_client", Origin::Registration);
                if forgotten {
                    self.forget_registration();
                }
                if grant != GrantType::Refresh || failure == GrantFailure::Unavailable {
                    return Err(Error::TokenRequestRefused);
                }
                if failure == GrantFailure::InvalidGrant {
                    self.texts.forget(&[Name::REFRESH_TOKEN]);
                }
                // Nothing else leads on. What may be good is kept until there is another one.
                self.asks_user = true;
                if forgotten {
                    self.forget_token();
                }
                self.proceed(now)
            }
            Err(error) => Err(error),
        }
    }

    fn take(&mut self, grant: GrantType, tokens: &TokenResponse<'_>, now: UnixTime) -> Result<(), Error> {
        self.texts.forget(&[Name::CODE, Name::VERIFIER, Name::ERROR, Name::ERROR_DESCRIPTION]);
        self.texts.set(Name::ACCESS_TOKEN, tokens.access_token)?;
        let sent = self.texts.get(Name::REFRESH_TOKEN);
        let stays = grant == GrantType::Refresh && kept_refresh_token(tokens.refresh_token, Some(sent)) == Some(sent);
        // To write it anew would need room for it twice.
        if !stays {
            self.texts.set(Name::REFRESH_TOKEN, tokens.refresh_token.unwrap_or_default())?;
        }
        match &tokens.scope {
            Some(granted) => self.texts.set(Name::SCOPE, granted.as_str())?,
            None if grant == GrantType::Refresh => {}
            // RFC 6749 section 5.1: it is what was asked for.
            None => self.texts.write(Name::SCOPE, |texts, out| out.write_str(texts.get(Name::WANTED_SCOPE)))?,
        }
        let kept = TokenLifetime::of(tokens.expires_in, None, self.is_renewable(), 0);
        let after = |seconds: u64| now.seconds().saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX));
        self.expires_at = kept.map(|kept| after(kept.ends_after));
        self.renew_at = kept.map(|kept| after(kept.renew_after));
        (self.stage, self.asks_user, self.token_at) = (Stage::Ready, false, Some(now.seconds()));
        (self.unused, self.registrations, self.later) = (true, 0, None);
        Ok(())
    }

    pub(super) fn forget_token(&mut self) {
        self.texts.forget(&[Name::ACCESS_TOKEN]);
        (self.expires_at, self.renew_at) = (None, None);
    }

    /// Returns the access token for the resource, to be sent as `Bearer` and only there.
    pub fn access_token(&self) -> Option<&str> {
        self.text(Name::ACCESS_TOKEN)
    }

    /// Returns when the token counts no more, in seconds since 1970, as [`TokenLifetime::of`] has it; `None` for one
    /// that is valid until it is refused.
    ///
    /// [`TokenLifetime::of`]: crate::oauth::token_response::TokenLifetime::of
    pub fn expires_at(&self) -> Option<i64> {
        self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client::Settings;
    use std::{vec, vec::Vec};

    fn client(room: usize) -> Result<Client<Vec<u8>>, Error> {
        let mut client = Client::new(&Settings::new("https://a.example", "http://127.0.0.1/"), vec![0; room])?;
        client.texts.set(Name::REFRESH_TOKEN, &"r".repeat(100)).map(|()| client)
    }

    /// RFC 6749 section 6: without another one, the refresh token that was sent is used again.
    #[test]
    fn a_refresh_token_that_stays_needs_no_more_room() {
        let mut scratch = [0; 256];
        let body = br#"{"access_token":"new","token_type":"Bearer","expires_in":60}"#;
        let Ok(Answer::Tokens(tokens)) = Answer::parse(200, body, &mut scratch) else { panic!() };
        let used = (0..1024).find(|room| client(*room).is_ok()).unwrap();
        let take = |more| {
            let mut client = client(used + more).unwrap();
            let outcome = client.take(GrantType::Refresh, &tokens, UnixTime::from_seconds(1));
            outcome.map(|()| assert_eq!(client.texts.get(Name::REFRESH_TOKEN).len(), 100))
        };
        assert!(matches!(take(2), Err(Error::BufferTooSmall { .. })));
        assert_eq!(take(3), Ok(()));
    }
}
