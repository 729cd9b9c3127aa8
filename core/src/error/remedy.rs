//! What an error requires besides a response. Newer keys are the matter of [`Error::wants_newer_keys`].

use crate::error::{Error, Kind};

/// What guessed, forged or stolen credentials cause, and hardly anything else does: not what expires, what clocks that
/// differ cause, nor what an issuer or a client's document has wrong.
const FAILED_ATTEMPTS: [Error; 16] = [
    Error::SignatureInvalid,
    // Which of the two it is, expired or unknown, the response does not say (RFC 7662 section 2.2).
    Error::TokenInactive,
    Error::CodeVerifierMismatch,
    // All that can be wrong with an API key: what is counted must not reveal which keys were valid once.
    Error::ApiKeyMalformed,
    Error::ApiKeyChecksumInvalid,
    Error::ApiKeyMismatch,
    Error::ApiKeyUnknown,
    Error::ApiKeyNotYetValid { not_before: 0, now: 0 },
    Error::ApiKeyExpired { expires_at: 0, now: 0 },
    Error::ApiKeyRevoked,
    Error::ApiKeyResourceMismatch,
    Error::ClientUnknown,
    Error::ClientAuthenticationFailed { cause: "" },
    Error::CodeUnknown,
    Error::GrantClientMismatch,
    Error::RefreshTokenUnknown,
];

impl Error {
    /// Returns whether credentials, a code or a refresh token were refused as only guessed, forged or stolen ones are:
    /// count it as a failed attempt of whoever sent them, since guessing must be prevented (RFC 6749 section 10.10). A
    /// caller who sent none, or one that has expired, or may not do this one thing, has guessed nothing. Of API keys
    /// every fault counts, so that nobody learns from the count what is wrong with one, and so does an inactive token,
    /// which may be unknown or expired (RFC 7662 section 2.2). For what comes again see [`Error::is_replay`].
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::Error;
    ///
    /// assert!(Error::SignatureInvalid.is_failed_attempt() && !Error::KeyNotFound.is_failed_attempt());
    /// ```
    pub fn is_failed_attempt(&self) -> bool {
        Self::number_is_failed_attempt(self.number())
    }

    /// As [`Error::is_failed_attempt`], for languages that only have the error's number.
    pub fn number_is_failed_attempt(number: u16) -> bool {
        FAILED_ATTEMPTS.iter().any(|error| error.number() == number)
    }

    /// Returns whether the error says nothing about the credentials, which can be neither accepted nor refused now:
    /// keep what is known of them, and ask again later (RFC 9110 section 15.6.4).
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::Error;
    ///
    /// assert!(Error::ResponseMissing.is_unavailable() && !Error::TokenInactive.is_unavailable());
    /// ```
    pub fn is_unavailable(&self) -> bool {
        Self::number_is_unavailable(self.number())
    }

    /// As [`Error::is_unavailable`], for languages that only have the error's number.
    pub fn number_is_unavailable(number: u16) -> bool {
        matches!(Self::kind_of_number(number), Some(Kind::Unavailable | Kind::ReducedCapacity))
    }

    /// Returns whether a used code or refresh token was presented again, with all that it is bound to: revoke
    /// the grant, since one of those who had it is not its client (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2).
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::Error;
    ///
    /// assert!(Error::CodeReplayed.is_replay() && !Error::CodeUnknown.is_replay());
    /// ```
    pub fn is_replay(&self) -> bool {
        Self::number_is_replay(self.number())
    }

    /// As [`Error::is_replay`], for languages that only have the error's number.
    pub fn number_is_replay(number: u16) -> bool {
        [Self::CodeReplayed, Self::RefreshTokenReplayed].iter().any(|error| error.number() == number)
    }

    /// Returns whether a client's [document](crate::oauth::client_document) remains what it was when it was read
    /// before, since it could not be fetched again: its server is unavailable, or a limit was reached. All other errors
    /// are about the document, and end what was kept of it.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::Error;
    ///
    /// assert!(Error::ResponseStatus { status: 503 }.keeps_client_document());
    /// assert!(!Error::ClientDocumentMismatch.keeps_client_document());
    /// ```
    pub fn keeps_client_document(&self) -> bool {
        Self::number_keeps_client_document(self.number())
    }

    /// As [`Error::keeps_client_document`], for languages that only have the error's number.
    pub fn number_keeps_client_document(number: u16) -> bool {
        let away = [Self::ResponseStatus { status: 0 }, Self::ResponseMissing];
        let later = [Self::UpstreamUnavailable { retry_after: 0 }, Self::RateLimited { retry_after: 0 }];
        away.iter().chain(&later).any(|error| error.number() == number)
    }

    /// Returns whether what was [sealed](crate::seal) may have been sealed with a newer key than those at hand: open it
    /// again with the keys that another process may have made since.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::Error;
    ///
    /// assert!(Error::StateInvalid.wants_newer_sealing_keys() && !Error::StateExpired.wants_newer_sealing_keys());
    /// ```
    pub fn wants_newer_sealing_keys(&self) -> bool {
        Self::number_wants_newer_sealing_keys(self.number())
    }

    /// As [`Error::wants_newer_sealing_keys`], for languages that only have the error's number.
    pub fn number_wants_newer_sealing_keys(number: u16) -> bool {
        number == Self::StateInvalid.number()
    }
}
