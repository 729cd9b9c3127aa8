//! Numbers, names and answers of errors, which are permanent.

use std::fs;

use doorward::error::Error;
use doorward::response::ErrorResponse;

#[test]
fn numbers_and_names_are_unique_and_ordered() {
    for pair in Error::TABLE.windows(2) {
        assert!(pair[0].0 < pair[1].0);
    }
    for (index, (_, name)) in Error::TABLE.iter().enumerate() {
        assert!(Error::TABLE[..index].iter().all(|(_, other)| other != name));
    }
}

/// `errors.txt` repeats each, so that no change of the table goes unnoticed; a new error is appended to it.
#[test]
fn numbers_names_and_statuses_are_permanent() {
    let text = fs::read_to_string(doorward_tests::path("errors.txt")).unwrap();
    let kept: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let status = |number| ErrorResponse::of_number(number, 0).status();
    let now: Vec<_> =
        Error::TABLE.iter().map(|(number, name)| format!("{number} {name} {}", status(*number))).collect();
    let changed: Vec<_> = kept.iter().filter(|line| !now.iter().any(|row| row == **line)).collect();
    assert!(changed.is_empty(), "changed, or gone: {changed:?}");
    let missing: Vec<_> = now.iter().filter(|row| !kept.contains(&row.as_str())).collect();
    assert!(missing.is_empty(), "to be appended to errors.txt: {missing:?}");
}

/// What others send is malformed or refused, but for what the standards themselves call invalid.
#[test]
fn only_settings_and_what_the_standards_call_so_are_invalid() {
    let named = Error::TABLE.iter().filter(|(_, name)| name.ends_with("_invalid"));
    let sent = named.filter(|(number, _)| ErrorResponse::of_number(*number, 0).status() != 500);
    let sent: Vec<_> = sent.map(|(_, name)| *name).collect();
    assert_eq!(
        sent,
        [
            "encoding_invalid",
            "json_invalid",
            "json_string_invalid",
            "signature_invalid",
            "api_key_checksum_invalid",
            "client_metadata_invalid",
            "client_redirect_uri_invalid",
            "state_invalid",
        ]
    );
}

/// Some errors with everything that is derived from their rows.
#[test]
fn what_is_derived_from_a_row_stays() {
    for (error, number, shown, (status, code), text) in [
        (
            Error::TokenTooLong { limit: 1, actual: 2 },
            101,
            "token_too_long limit=1 actual=2",
            (401, Some("invalid_token")),
            "The token has more bytes than the limit.",
        ),
        (
            Error::TokenMalformed,
            102,
            "token_malformed",
            (401, Some("invalid_token")),
            "The token is not three parts separated by dots (RFC 7515 section 7.1).",
        ),
        (
            Error::CredentialsMissing,
            401,
            "credentials_missing",
            (401, None),
            "The request has no Authorization header, or one of another scheme.",
        ),
        (
            Error::CredentialsRepeated,
            403,
            "credentials_repeated",
            (400, Some("invalid_request")),
            "The request has more than one Authorization header, or sends a token in more than one way (RFC 6750 section 3.1).",
        ),
        (
            Error::KeysUnavailable { retry_after: 3 },
            501,
            "keys_unavailable retry_after=3",
            (503, None),
            "The issuer's keys are unavailable or not loaded yet.",
        ),
        (
            Error::RateLimited { retry_after: 3 },
            521,
            "rate_limited retry_after=3",
            (429, None),
            "The request exceeds the client's limit.",
        ),
        (
            Error::CodeVerifierMissing,
            604,
            "code_verifier_missing",
            (400, Some("invalid_grant")),
            "The authorization request had a code challenge, but the token request has no code verifier (RFC 9700 section 2.1.1).",
        ),
        (
            Error::ApiKeyMismatch,
            703,
            "api_key_mismatch",
            (401, Some("invalid_token")),
            "The secret of the API key does not match the stored hash.",
        ),
        (
            Error::IssuerInvalid,
            804,
            "issuer_invalid",
            (500, None),
            "An issuer is missing, empty or in two policies, there are too many issuers, or an issuer template does not have its claim in braces exactly once, or has a `*`.",
        ),
        (
            Error::ResourceMismatch,
            901,
            "resource_mismatch",
            (500, None),
            "The metadata document is for another resource (RFC 9728 section 3.3).",
        ),
        (
            Error::RedirectUriRefused,
            1001,
            "redirect_uri_refused",
            (400, Some("invalid_request")),
            "The redirect URI must not be registered (RFC 8252 section 7, RFC 9700 section 4.1).",
        ),
    ] {
        assert_eq!((error.number(), &*error.to_string()), (number, shown));
        assert_eq!((error.response().status(), error.response().code()), (status, code), "{shown}");
        assert_eq!(ErrorResponse::of_number(number, 0).status(), status, "{shown}");
        let row = Error::TABLE.iter().zip(Error::TEXTS).find(|((own, _), _)| *own == number);
        assert_eq!(row, Some((&(number, error.name()), &text)));
    }
}
