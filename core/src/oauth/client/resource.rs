//! The resource: what its answers mean, and which URLs are its own.

use super::step::{Stage, Step};
use super::texts::Name;
use super::{Client, MAX_ROUNDS};
use crate::error::Error;
use crate::oauth::challenge::ReceivedChallenge;
use crate::text::uri::Uri;
use crate::time::UnixTime;

/// For how many seconds a token must have been good, or left alone after a refusal, for its 401 to be no retry: what
/// other requests are answered says nothing of the one that is always refused.
const RETRY_SECONDS: u64 = 300;

impl<M: AsRef<[u8]> + AsMut<[u8]>> Client<M> {
    /// Reports what the resource answered: the token that was sent, if one was, the status, and the values of
    /// `WWW-Authenticate`, one for each header line. `scratch` needs as many bytes as the longest of them.
    ///
    /// After 401, or 403 with `insufficient_scope`, the next step leads to another token, unless the one that was sent
    /// is not the current one any more. Send the request once more if the step is [`Step::Ready`] with another token
    /// than was sent; else the response is final. Of a request that was redirected to what [`Client::covers`] does not
    /// cover, report nothing: it was another server that answered.
    ///
    /// # Errors
    ///
    /// [`Error::ClientStepUnexpected`] for a refusal while something else is under way. [`Error::TokenRefused`]
    /// after [`MAX_ROUNDS`] tokens, each refused within 5 minutes, whatever other requests were answered;
    /// [`Error::InsufficientScope`] after as many in a row, for scopes that the token has, and for those that were
    /// asked for as often because of a challenge, granted or not. [`Error::FetchUrlRefused`] for `resource_metadata`;
    /// [`Error::BufferTooSmall`].
    pub fn answered<'h>(
        &mut self,
        sent: Option<&str>,
        status: u16,
        challenges: impl IntoIterator<Item = &'h [u8]>,
        scratch: &mut [u8],
        now: UnixTime,
    ) -> Result<Step, Error> {
        if !matches!(self.stage, Stage::Ready | Stage::Failed(_)) {
            // While a user is asked for more, the token that there is goes on being sent.
            let serves = sent == self.access_token() && !matches!(status, 401 | 403);
            self.unused &= !serves;
            return if serves { self.current_step() } else { Err(Error::ClientStepUnexpected) };
        }
        if sent != self.access_token() {
            return self.step(now);
        }
        let expired_unused = sent.is_none() && self.unused && self.is_recent(now, RETRY_SECONDS);
        self.unused &= sent.is_none();
        if !matches!(status, 401 | 403) {
            self.rounds = 0;
            self.stage = Stage::Ready;
            return Ok(Step::Ready);
        }
        let challenge = match ReceivedChallenge::parse(challenges, scratch) {
            Ok(challenge) => challenge,
            Err(error @ Error::BufferTooSmall { .. }) => return Err(error),
            // Whatever it is: the resource's metadata may be found without it.
            Err(_) => ReceivedChallenge::default(),
        };
        let scope = challenge.scope.map(|scope| scope.as_str()).unwrap_or_default();
        if status == 403 && (challenge.error != Some("insufficient_scope") || scope.is_empty()) {
            self.stage = Stage::Ready;
            return Ok(Step::Ready);
        }
        if sent.is_none() {
            // No token was refused; one that ended before anything was answered to it served nothing either.
            self.rounds = if expired_unused { self.rounds } else { 0 };
        } else if status == 401 {
            let is_retry = self.is_recent(now, RETRY_SECONDS);
            self.refused = if is_retry { self.refused.saturating_add(1) } else { 1 };
            self.token_at = Some(now.seconds());
        }
        self.rounds = self.rounds.saturating_add(1);
        if status == 403 && (self.rounds > MAX_ROUNDS || !self.may_step_up(scope)) {
            return self.fail(Error::InsufficientScope);
        }
        if self.rounds > MAX_ROUNDS || self.refused >= MAX_ROUNDS {
            return self.fail(Error::TokenRefused);
        }
        if status == 403 {
            self.step_up(scope)?;
        }
        self.texts.set(Name::CHALLENGED_SCOPE, scope)?;
        self.forget_failure();
        self.asks_user = status == 403;
        if !self.asks_user {
            self.forget_token();
            if self.rounds > 1 || self.refused > 1 {
                self.texts.forget(&[Name::REFRESH_TOKEN]);
            }
        }
        let url = challenge.resource_metadata.unwrap_or_default();
        if !url.is_empty() && !self.may_lead_to(url) {
            return self.fail(Error::FetchUrlRefused);
        }
        self.texts.set(Name::METADATA_URL, url)?;
        if self.asks_user {
            self.go(now)?;
        } else {
            // The resource may have another authorization server by now.
            self.discover();
        }
        self.current_step()
    }

    /// Goes on to a token that no refusal asks for, so that the first request has one: as after a 401 without a
    /// challenge to a request without a token. If there is a token, the step is that of [`Client::step`].
    ///
    /// # Errors
    ///
    /// [`Error::ClientStepUnexpected`] while something else is under way; [`Error::TokenRefused`] after
    /// [`MAX_ROUNDS`] tokens that were of no use; [`Error::BufferTooSmall`].
    pub fn request_token(&mut self, now: UnixTime) -> Result<Step, Error> {
        self.answered(None, 401, [], &mut [], now)
    }

    /// Returns whether a URL is one of the resource's own origin: no other may get its token (OAuth 2.1 section 5).
    ///
    /// Path and query may be any that a program sends; scheme, host and port are written as [`Uri::parse`] has them.
    pub fn covers(&self, url: &str) -> bool {
        let port = |uri: &Uri<'_>| uri.port().unwrap_or(if uri.has_scheme("https") { 443 } else { 80 });
        // Browsers leave out some of these wherever they stand (WHATWG URL).
        if url.contains(|character: char| character.is_ascii_control()) {
            return false;
        }
        match (Uri::parse(self.texts.get(Name::RESOURCE)), Uri::parse(origin_of(url))) {
            (Ok(own), Ok(other)) => {
                own.has_scheme(other.scheme())
                    && own.host().eq_ignore_ascii_case(other.host())
                    && port(&own) == port(&other)
            }
            _ => false,
        }
    }
}

/// Returns what precedes path, query and fragment.
fn origin_of(url: &str) -> &str {
    let authority = url.find("://").map_or(url.len(), |at| at.saturating_add("://".len()));
    let (scheme, rest) = url.split_at_checked(authority).unwrap_or_default();
    let length = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    url.get(..scheme.len().saturating_add(length)).unwrap_or_default()
}
