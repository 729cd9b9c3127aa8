//! What an error requires besides a response. Newer keys are the matter of [`Remedy::wants_newer_keys`].

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

/// What an error requires besides a response. Returned by [`Error::remedy`].
///
/// # Examples
///
/// ```
/// use doorward::Error;
///
/// assert!(Error::SignatureInvalid.remedy().is_failed_attempt() && !Error::KeyNotFound.remedy().is_failed_attempt());
/// assert!(Error::ResponseMissing.remedy().is_unavailable() && !Error::TokenInactive.remedy().is_unavailable());
/// assert!(Error::CodeReplayed.remedy().is_replay() && !Error::CodeUnknown.remedy().is_replay());
/// assert!(Error::ResponseStatus { status: 503 }.remedy().keeps_client_document());
/// assert!(Error::StateInvalid.remedy().wants_newer_sealing_keys());
/// assert!(Error::KeyNotFound.remedy().wants_newer_keys());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remedy {
    number: u16,
}

impl Error {
    /// Returns what the error requires besides [a response](Error::response).
    pub const fn remedy(&self) -> Remedy {
        Remedy { number: self.number() }
    }
}

impl Remedy {
    /// Returns what the error of this number requires, for languages that only have the number; for an unknown number,
    /// nothing.
    pub const fn of_number(number: u16) -> Self {
        Self { number }
    }

    /// Returns whether it is that of this error, whatever its details.
    pub(crate) const fn is_of(self, error: &Error) -> bool {
        self.number == error.number()
    }

    /// Returns whether credentials, a code or a refresh token were refused as only guessed, forged or stolen ones are:
    /// count it as a failed attempt of whoever sent them, since guessing must be prevented (RFC 6749 section 10.10). A
    /// caller who sent none, or one that has expired, or may not do this one thing, has guessed nothing. Of API keys
    /// every fault counts, so that nobody learns from the count what is wrong with one, and so does an inactive token,
    /// which may be unknown or expired (RFC 7662 section 2.2). For what comes again see [`Remedy::is_replay`].
    pub fn is_failed_attempt(self) -> bool {
        FAILED_ATTEMPTS.iter().any(|error| self.is_of(error))
    }

    /// Returns whether the error says nothing about the credentials, which can be neither accepted nor refused now:
    /// keep what is known of them, and ask again later (RFC 9110 section 15.6.4).
    pub fn is_unavailable(self) -> bool {
        matches!(Error::kind_of_number(self.number), Some(Kind::Unavailable | Kind::ReducedCapacity))
    }

    /// Returns whether a used code or refresh token was presented again, with all that it is bound to: revoke
    /// the grant, since one of those who had it is not its client (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2).
    pub fn is_replay(self) -> bool {
        [Error::CodeReplayed, Error::RefreshTokenReplayed].iter().any(|error| self.is_of(error))
    }

    /// Returns whether a client's [document](crate::oauth::client_document) remains what it was when it was read
    /// before, since it could not be fetched again: its server is unavailable, or a limit was reached. All other errors
    /// are about the document, and end what was kept of it.
    pub fn keeps_client_document(self) -> bool {
        let away = [Error::ResponseStatus { status: 0 }, Error::ResponseMissing];
        let later = [Error::UpstreamUnavailable { retry_after: 0 }, Error::RateLimited { retry_after: 0 }];
        away.iter().chain(&later).any(|error| self.is_of(error))
    }

    /// Returns whether what was [sealed](crate::seal) may have been sealed with a newer key than those at hand: open it
    /// again with the keys that another process may have made since.
    pub fn wants_newer_sealing_keys(self) -> bool {
        self.is_of(&Error::StateInvalid)
    }
}
