//! The one error type: permanent numbers and stable names. What each becomes on the wire is in [`response`](crate::response).

use core::fmt;

use crate::response::{ErrorResponse, Kind};

/// One value that explains an error: a number, or a name out of a fixed list. Never text of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "every language has numbers and names for it, and no third form")]
pub enum Detail {
    /// A length in bytes, a time in seconds since 1970, a count.
    Number(i64),
    /// The name of a claim, a header parameter or the like.
    Name(&'static str),
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

impl From<u32> for Detail {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}
impl From<i64> for Detail {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name { $($(#[$vdoc])* $variant,)* }
        impl $name {
            /// Its name in the standard.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
        impl From<$name> for Detail {
            fn from(value: $name) -> Self {
                Self::Name(value.name())
            }
        }
    };
}

names! {
    /// A claim that an error speaks of.
    Claim {
        /// RFC 7519 section 4.1.1.
        Issuer = "iss",
        /// RFC 7519 section 4.1.2.
        Subject = "sub",
        /// RFC 7519 section 4.1.3.
        Audience = "aud",
        /// RFC 7519 section 4.1.4.
        ExpirationTime = "exp",
        /// RFC 7519 section 4.1.5.
        NotBefore = "nbf",
        /// RFC 7519 section 4.1.6.
        IssuedAt = "iat",
        /// RFC 7519 section 4.1.7.
        JwtId = "jti",
        /// RFC 9068 section 2.2.
        ClientId = "client_id",
        /// RFC 9068 section 2.2.3, RFC 6749 section 3.3.
        Scope = "scope",
        /// The array form of the scopes that some issuers write.
        Scp = "scp",
        /// A claim that the policy requires by name.
        Required = "required_claims",
    }
}

names! {
    /// A header parameter that leads to refusal.
    HeaderParameter {
        /// RFC 7515 section 4.1.11: no extension is understood here.
        Crit = "crit",
        /// RFC 7797 section 7.
        B64 = "b64",
        /// RFC 8725 section 3.6.
        Zip = "zip",
        /// An encrypted token (RFC 7516).
        Enc = "enc",
        /// A nested token (RFC 7519 section 5.2).
        Cty = "cty",
        /// RFC 7515 section 4.1.1.
        Alg = "alg",
        /// RFC 7515 section 4.1.4: text of at most [`MAX_KEY_ID_LENGTH`](crate::jwk::MAX_KEY_ID_LENGTH) bytes.
        Kid = "kid",
        /// RFC 7515 section 4.1.9.
        Typ = "typ",
    }
}

macro_rules! errors {
    ($($(#[doc = $doc:literal])+ $number:literal $variant:ident $({ $($(#[$fdoc:meta])* $field:ident: $type:ty),* })?
        = $name:literal, $kind:ident;)*) => {
        /// Why something was refused.
        ///
        /// Holds numbers, times and names of the standards only, never text of a token, key or secret: it may be
        /// logged as it is. Numbers and names are permanent and the same in every language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Error {
            $($(#[doc = $doc])+ $variant $({ $($(#[$fdoc])* $field: $type),* })?,)*
        }

        impl Error {
            /// The permanent number.
            pub const fn number(&self) -> u16 {
                match self { $(Self::$variant { .. } => $number,)* }
            }
            /// The permanent name.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $name,)* }
            }
            /// What the caller is told.
            pub const fn response(&self) -> ErrorResponse {
                let kind = match self { $(Self::$variant { .. } => Kind::$kind,)* };
                let retry_after = match self {
                    Self::KeysUnavailable { retry_after } => *retry_after,
                    _ => 0,
                };
                ErrorResponse::new(kind, retry_after)
            }
            /// What the operator may know besides: each value with its name.
            pub fn details(&self, mut each: impl FnMut(&'static str, Detail)) {
                match self {
                    $(Self::$variant $({ $($field),* })? => {
                        $($(each(stringify!($field), Detail::from(*$field));)*)?
                    })*
                }
            }
            /// Every number, name and response, for tests that compare the tables of all languages.
            pub const TABLE: &'static [(u16, &'static str, ErrorResponse)] =
                &[$(($number, $name, ErrorResponse::new(Kind::$kind, 0)),)*];
            /// What each means, in the order of [`Error::TABLE`]: the documentation above, for languages that have the
            /// number alone.
            pub const TEXTS: &'static [&'static str] = &[$(concat!($($doc),+).trim_ascii(),)*];
        }
    };
}

errors! {
    /// The token is longer than the budget (bytes).
    101 TokenTooLong {
        /// The most bytes a token may have.
        limit: u32,
        /// The bytes it has.
        actual: u32
    } = "token_too_long", InvalidToken;
    /// Not three parts with a dot between them (RFC 7515 section 7.1).
    102 TokenMalformed = "token_malformed", InvalidToken;
    /// A part is not canonical base64url without padding (RFC 7515 section 2).
    103 EncodingInvalid = "encoding_invalid", InvalidToken;
    /// A header parameter is missing or of the wrong type.
    104 HeaderInvalid {
        /// The header parameter that is missing or of the wrong type.
        parameter: HeaderParameter
    } = "header_invalid", InvalidToken;
    /// A header parameter that must lead to refusal is there.
    105 HeaderRefused {
        /// The header parameter that led to refusal.
        parameter: HeaderParameter
    } = "header_refused", InvalidToken;
    /// `alg` names no algorithm of the policy (RFC 8725 section 3.1).
    106 AlgorithmNotAllowed = "algorithm_not_allowed", InvalidToken;
    /// The working memory is too small (bytes).
    107 ScratchTooSmall {
        /// What is always enough for this input.
        needed: u32,
        /// The bytes that were given.
        actual: u32
    } = "scratch_too_small", ServerError;

    /// Not JSON by RFC 8259.
    120 JsonInvalid {
        /// Bytes before the fault.
        offset: u32
    } = "json_invalid", InvalidToken;
    /// A member name stands twice in one object (RFC 7519 section 4).
    121 JsonDuplicateMember = "json_duplicate_member", InvalidToken;
    /// Nested deeper than the budget.
    122 JsonTooDeep {
        /// The most levels.
        limit: u32
    } = "json_too_deep", InvalidToken;
    /// Invalid UTF-8, a lone surrogate, or NUL in a member name (RFC 3629, RFC 8259 section 8).
    123 JsonStringInvalid = "json_string_invalid", InvalidToken;
    /// So many members that checking their names would cost more than the budget.
    124 JsonTooComplex = "json_too_complex", InvalidToken;
    /// JSON, but not an object.
    125 JsonNotObject = "json_not_object", InvalidToken;

    /// No usable key fits the token: there may be newer ones to fetch.
    201 KeyNotFound = "key_not_found", InvalidToken;
    /// More than one key fits the token.
    202 KeyAmbiguous = "key_ambiguous", InvalidToken;
    /// The signature does not hold. Carries no detail on purpose.
    203 SignatureInvalid = "signature_invalid", InvalidToken;

    /// The key set is longer than the budget (bytes).
    210 KeySetTooLong {
        /// The most bytes.
        limit: u32,
        /// The bytes it has.
        actual: u32
    } = "key_set_too_long", Unavailable;
    /// Not a JSON object with an array `keys`, each member once (RFC 7517 section 5).
    211 KeySetMalformed = "key_set_malformed", Unavailable;
    /// More keys than the budget, or than the caller's memory holds.
    212 KeySetTooManyKeys {
        /// The most keys.
        limit: u32
    } = "key_set_too_many_keys", Unavailable;
    /// Preparing the keys would cost more than the budget: too many RSA keys, too long, or for too many algorithms.
    213 KeySetTooCostly {
        /// The budget, in RSA keys of 2048 bits.
        limit: u32
    } = "key_set_too_costly", Unavailable;
    /// No key of the set can be used by the policy: it does not take the place of the keys at hand.
    214 KeySetEmpty = "key_set_empty", Unavailable;

    /// Key skipped: unknown `kty` or `crv`.
    220 KeyTypeUnknown = "key_type_unknown", ServerError;
    /// Key skipped: a member is missing, twice there, of the wrong type, or not canonical; or there are too many.
    221 KeyMalformed = "key_malformed", ServerError;
    /// Key skipped: it shows its private part, and so is burnt.
    222 KeyPrivate = "key_private", ServerError;
    /// Key skipped: a shared secret in a public key set.
    223 KeySymmetric = "key_symmetric", ServerError;
    /// Key skipped: `use` or `key_ops` do not allow verifying (RFC 7517 sections 4.2 and 4.3).
    224 KeyUseRefused = "key_use_refused", ServerError;
    /// Key skipped: no algorithm of the list fits its type and `alg`.
    225 KeyAlgorithmRefused = "key_algorithm_refused", ServerError;
    /// Key skipped: fewer or more bits than allowed.
    226 KeySizeRefused {
        /// The bits it has.
        bits: u32
    } = "key_size_refused", ServerError;
    /// Key skipped: RSA exponent even, or out of range.
    227 KeyExponentRefused = "key_exponent_refused", ServerError;
    /// Key skipped: the point is not on the curve, or of small order.
    228 KeyPointInvalid = "key_point_invalid", ServerError;
    /// Key skipped: its certificate holds another key (RFC 7517 section 4.7).
    229 KeyCertificateMismatch = "key_certificate_mismatch", ServerError;

    /// `iss` is not the issuer of the policy, byte for byte.
    301 IssuerMismatch = "issuer_mismatch", InvalidToken;
    /// `aud` names none of the audiences of the policy (RFC 7519 section 4.1.3).
    302 AudienceMismatch = "audience_mismatch", InvalidToken;
    /// `exp` has passed (RFC 7519 section 4.1.4).
    303 TokenExpired {
        /// `exp`.
        expires_at: i64,
        /// The time by the caller's clock.
        now: i64
    } = "token_expired", InvalidToken;
    /// `nbf` has not come (RFC 7519 section 4.1.5).
    304 TokenNotYetValid {
        /// `nbf`.
        not_before: i64,
        /// The time by the caller's clock.
        now: i64
    } = "token_not_yet_valid", InvalidToken;
    /// `iat` lies in the future.
    305 TokenIssuedInFuture {
        /// `iat`.
        issued_at: i64,
        /// The time by the caller's clock.
        now: i64
    } = "token_issued_in_future", InvalidToken;
    /// `typ` is not what the policy asks for (RFC 9068 section 4, RFC 8725 section 3.11).
    306 TypRefused = "typ_refused", InvalidToken;
    /// A claim that the policy demands is missing.
    307 ClaimMissing {
        /// The claim that is missing.
        claim: Claim
    } = "claim_missing", InvalidToken;
    /// A claim is of the wrong type or out of range.
    308 ClaimMalformed {
        /// The claim that is of the wrong type or out of range.
        claim: Claim
    } = "claim_malformed", InvalidToken;
    /// The token is bound to a key (`cnf`, RFC 7800) whose possession a bearer request does not prove.
    309 TokenSenderConstrained = "token_sender_constrained", InvalidToken;
    /// The token lacks a scope.
    310 InsufficientScope = "insufficient_scope", InsufficientScope;
    /// `iss` is none of the issuers that are trusted.
    311 IssuerUnknown = "issuer_unknown", InvalidToken;

    /// No Authorization header, or one of another scheme.
    401 CredentialsMissing = "credentials_missing", NoCredentials;
    /// The header is not `Bearer` and one token (RFC 6750 section 2.1).
    402 AuthorizationMalformed = "authorization_malformed", InvalidRequest;
    /// More than one Authorization header, or more than one way of sending a token (RFC 6750 section 3.1).
    403 CredentialsRepeated = "credentials_repeated", InvalidRequest;
    /// A value may not stand in a challenge (RFC 6750 section 3).
    404 ChallengeValueInvalid = "challenge_value_invalid", ServerError;
    /// The output buffer is too small (bytes).
    405 BufferTooSmall {
        /// What is always enough for this output.
        needed: u32
    } = "buffer_too_small", ServerError;

    /// The issuer's keys cannot be had now, or are not there yet.
    501 KeysUnavailable {
        /// Seconds until it is worth asking again.
        retry_after: u32
    } = "keys_unavailable", Unavailable;
    /// A document that was asked for did not come, for its status.
    511 ResponseStatus {
        /// The HTTP status.
        status: u32
    } = "response_status", Unavailable;
    /// What came instead of a document is of a media type that is no JSON.
    512 ResponseNotJson = "response_not_json", Unavailable;
    /// A document came with a content coding, which was not asked for.
    513 ResponseEncoded = "response_encoded", Unavailable;

    /// Not 43 to 128 unreserved characters (RFC 7636 section 4.1).
    601 CodeVerifierMalformed = "code_verifier_malformed", InvalidRequest;
    /// Not 43 canonical base64url characters (RFC 7636 section 4.2).
    602 CodeChallengeMalformed = "code_challenge_malformed", InvalidRequest;
    /// Not `S256`; a missing method means `plain` (RFC 7636 section 4.3).
    603 CodeChallengeMethodRefused = "code_challenge_method_refused", InvalidRequest;
    /// A challenge was sent, the verifier was not (RFC 9700 section 2.1.1).
    604 CodeVerifierMissing = "code_verifier_missing", InvalidGrant;
    /// A verifier was sent though no challenge was (RFC 9700 section 4.8.2).
    605 CodeVerifierUnexpected = "code_verifier_unexpected", InvalidGrant;
    /// The verifier does not belong to the challenge (RFC 7636 section 4.6).
    606 CodeVerifierMismatch = "code_verifier_mismatch", InvalidGrant;
    /// The client sent no challenge (OAuth 2.1 section 7.5.1).
    607 CodeChallengeMissing = "code_challenge_missing", InvalidRequest;

    /// Not prefix, id, secret and checksum.
    701 ApiKeyMalformed = "api_key_malformed", InvalidToken;
    /// The checksum does not hold: a typo, or cut off.
    702 ApiKeyChecksumInvalid = "api_key_checksum_invalid", InvalidToken;
    /// The secret is not the one that was hashed.
    703 ApiKeyMismatch = "api_key_mismatch", InvalidToken;
    /// The prefix is not 1 to 24 of `a-z`, `0-9` and single inner `_`.
    704 ApiKeyPrefixInvalid = "api_key_prefix_invalid", ServerError;
    /// The stored hash names a pepper version that was not given.
    705 PepperUnknown {
        /// The version of the pepper that the hash names.
        version: u32
    } = "pepper_unknown", ServerError;
    /// The pepper has fewer than 32 bytes.
    706 PepperTooShort = "pepper_too_short", ServerError;
    /// Not a hash that `api_key` wrote.
    707 ApiKeyHashMalformed = "api_key_hash_malformed", ServerError;

    /// The policy lists no algorithm.
    801 AlgorithmsEmpty = "algorithms_empty", ServerError;
    /// The policy mixes shared secrets and public keys (RFC 8725 section 3.1).
    802 AlgorithmsMixed = "algorithms_mixed", ServerError;
    /// Not a name of an algorithm.
    803 AlgorithmUnknown = "algorithm_unknown", ServerError;
    /// The issuer is empty or missing, or stands in two policies.
    804 IssuerInvalid = "issuer_invalid", ServerError;
    /// The policy lists no audience, an empty one, or too many.
    805 AudienceInvalid = "audience_invalid", ServerError;
    /// The leeway is over its cap (seconds).
    806 LeewayTooLarge {
        /// The most seconds.
        limit: u32,
        /// The seconds that were asked for.
        actual: u32
    } = "leeway_too_large", ServerError;
    /// The shared secret is shorter than the hash (RFC 7518 section 3.2).
    807 SecretTooShort {
        /// The least bytes.
        needed: u32,
        /// The bytes it has.
        actual: u32
    } = "secret_too_short", ServerError;
    /// Not a scope list by RFC 6749 section 3.3, or more scopes than the budget.
    808 ScopeInvalid = "scope_invalid", ServerError;
    /// Not an absolute URI of the form that is asked for.
    809 UriInvalid = "uri_invalid", ServerError;
    /// More required claims than the budget, or an empty name.
    810 RequiredClaimsInvalid = "required_claims_invalid", ServerError;
    /// A text of the program's own is not UTF-8.
    811 TextInvalid = "text_invalid", ServerError;
    /// Not a name of a relaxation.
    812 RelaxationUnknown = "relaxation_unknown", ServerError;

    /// The metadata document speaks of another resource (RFC 9728 section 3.3).
    901 ResourceMismatch = "resource_mismatch", ServerError;
    /// The metadata document speaks of another issuer (RFC 8414 section 3.3).
    902 MetadataIssuerMismatch = "metadata_issuer_mismatch", ServerError;
    /// What was fetched is no metadata document, as a web page is none: ask at the next URL.
    903 MetadataMissing = "metadata_missing", ServerError;
    /// The metadata document has a member twice, or is nested too deeply.
    904 MetadataMalformed = "metadata_malformed", ServerError;
    /// The metadata document is longer than the budget (bytes).
    905 MetadataTooLong {
        /// The most bytes.
        limit: u32,
        /// The bytes it has.
        actual: u32
    } = "metadata_too_long", ServerError;
    /// The metadata document has no `jwks_uri` (RFC 8414 section 2): ask at the next URL.
    906 JwksUriMissing = "jwks_uri_missing", ServerError;
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        let mut outcome = Ok(());
        self.details(|name, value| outcome = outcome.and_then(|()| write!(f, " {name}={value}")));
        outcome
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn numbers_and_names_are_unique_and_ordered() {
        for pair in Error::TABLE.windows(2) {
            assert!(pair[0].0 < pair[1].0);
        }
        for (index, (_, name, _)) in Error::TABLE.iter().enumerate() {
            assert!(Error::TABLE[..index].iter().all(|(_, other, _)| other != name));
        }
    }

    /// They are permanent, so one of each hundred stands here a second time, with all that is made of its row.
    #[test]
    fn numbers_names_and_answers_stay() {
        for (error, number, shown, (status, code), text) in [
            (
                Error::TokenTooLong { limit: 1, actual: 2 },
                101,
                "token_too_long limit=1 actual=2",
                (401, Some("invalid_token")),
                "The token is longer than the budget (bytes).",
            ),
            (
                Error::TokenMalformed,
                102,
                "token_malformed",
                (401, Some("invalid_token")),
                "Not three parts with a dot between them (RFC 7515 section 7.1).",
            ),
            (
                Error::CredentialsMissing,
                401,
                "credentials_missing",
                (401, None),
                "No Authorization header, or one of another scheme.",
            ),
            (
                Error::CredentialsRepeated,
                403,
                "credentials_repeated",
                (400, Some("invalid_request")),
                "More than one Authorization header, or more than one way of sending a token (RFC 6750 section 3.1).",
            ),
            (
                Error::KeysUnavailable { retry_after: 3 },
                501,
                "keys_unavailable retry_after=3",
                (503, None),
                "The issuer's keys cannot be had now, or are not there yet.",
            ),
            (
                Error::CodeVerifierMissing,
                604,
                "code_verifier_missing",
                (400, Some("invalid_grant")),
                "A challenge was sent, the verifier was not (RFC 9700 section 2.1.1).",
            ),
            (
                Error::ApiKeyMismatch,
                703,
                "api_key_mismatch",
                (401, Some("invalid_token")),
                "The secret is not the one that was hashed.",
            ),
            (
                Error::IssuerInvalid,
                804,
                "issuer_invalid",
                (500, None),
                "The issuer is empty or missing, or stands in two policies.",
            ),
            (
                Error::ResourceMismatch,
                901,
                "resource_mismatch",
                (500, None),
                "The metadata document speaks of another resource (RFC 9728 section 3.3).",
            ),
        ] {
            assert_eq!((error.number(), &*error.to_string()), (number, shown));
            assert_eq!((error.response().status(), error.response().code()), (status, code), "{shown}");
            let row = Error::TABLE.iter().zip(Error::TEXTS).find(|((own, ..), _)| *own == number);
            assert_eq!(row, Some((&(number, error.name(), ErrorResponse::of_number(number, 0)), &text)));
        }
    }
}
