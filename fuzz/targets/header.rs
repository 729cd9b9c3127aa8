//! Any header that a request's sender writes: credentials in one of two, the media type, the origin; and any challenge, any
//! error: what comes out holds no character that could end a header.
#![no_main]

use doorward::Error;
use doorward::http::origin;
use doorward::jwt::MAX_TOKEN_LENGTH;
use doorward::mcp;
use doorward::oauth::authorization_response::AuthorizationFailure;
use doorward::oauth::bearer::{self, Challenge};
use doorward::oauth::client_document;
use doorward::oauth::endpoint::Endpoint;
use doorward::oauth::pkce;
use doorward::oauth::scope::ScopeList;
use doorward::response::ErrorResponse;
use doorward::text::printable::{Printable, is_printable};
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;
use url::{Url, form_urlencoded};

/// `b64token` of RFC 6750 section 2.1.
fn is_token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.chars().all(|one| one.is_ascii_alphanumeric() || "-._~+/".contains(one))
}

/// Lines of Authorization, and of a header of its own.
fn credential(authorization: &[&[u8]], own: &[&[u8]], any_text: bool) {
    let length = authorization.iter().chain(own).map(|line| line.len()).sum();
    let given =
        bounded(length, 24, 200, || bearer::credential(authorization.iter().copied(), own.iter().copied(), any_text));
    let wanted = match (authorization, own) {
        ([], []) => Err(Error::CredentialsMissing),
        ([line], []) => {
            let line = String::from_utf8_lossy(line);
            let (scheme, rest) = line.split_once(' ').unwrap_or((&line, ""));
            let token = rest.trim_start_matches(' ');
            match (scheme.eq_ignore_ascii_case("bearer"), is_token(token)) {
                (true, true) => Ok(token.to_owned()),
                (true, false) => Err(Error::AuthorizationMalformed),
                (false, _) => Err(Error::CredentialsMissing),
            }
        }
        ([], [line]) if line.len() > MAX_TOKEN_LENGTH => {
            Err(Error::TokenTooLong { limit: MAX_TOKEN_LENGTH as u32, actual: line.len() as u32 })
        }
        ([], [line]) => {
            let line = String::from_utf8_lossy(line).into_owned();
            let text =
                line.chars().all(|one| matches!(one, '\t' | ' '..='~')) && line.trim() == line && !line.is_empty();
            if is_token(&line) || any_text && text { Ok(line) } else { Err(Error::CredentialHeaderMalformed) }
        }
        _ => Err(Error::CredentialsRepeated),
    };
    assert_eq!(given.map(str::to_owned), wanted);
}

/// Lines of Origin, and those that are let in.
fn origin(values: &[&[u8]], listed: &[&[u8]]) {
    let length = values.iter().map(|value| value.len()).sum::<usize>() * (listed.len() + 1);
    let let_in = bounded(length, 4, 200 + 8 * listed.len() as u64, || origin::check(values, listed)).is_ok();
    let wanted = match values {
        [] => true,
        [value] => !value.is_empty() && (listed.contains(value) || listed.contains(&&b"*"[..])),
        _ => false,
    };
    assert_eq!(let_in, wanted);
    let own = bounded(length, 40, 4000, || origin::check_form(values, "https://mcp.example.com/consent")).is_ok();
    assert_eq!(own, matches!(values, [] | [b"null"] | [b"https://mcp.example.com"]));
    let navigation = bounded(length, 4, 200, || origin::is_own_navigation(values));
    assert_eq!(navigation, matches!(values, [b"none"] | [b"same-origin"]));
}

/// What a browser's parser writes as it is read, where it reads it.
fn serialized(text: &str) {
    let good = bounded(text.len(), 40, 4000, || origin::is_serialized(text));
    if let Ok(url) = Url::parse(text) {
        assert!(!good || url.origin().ascii_serialization() == text);
    }
}

/// What others say, of which nothing but its own words counts.
fn words(text: &str) {
    let failure = AuthorizationFailure::of(text);
    assert_eq!(failure == AuthorizationFailure::Denied, text == "access_denied");
    assert_eq!(failure == AuthorizationFailure::Unavailable, text == "temporarily_unavailable");
    assert_eq!(client_document::is_url(text), text.bytes().any(|byte| byte == b':'));
    let requests = ["initialize", "server/discover", "ping", "tools/list"];
    assert_eq!(mcp::is_discovery(text, false), requests.contains(&text));
    assert_eq!(mcp::is_discovery(text, true), requests.contains(&text) || text.starts_with("notifications/"));
}

/// The response to any error.
fn response(number: u16, retry_after: u32) {
    let response = ErrorResponse::of_number(number, retry_after);
    let (status, page) = (response.status(), response.page_status());
    assert!((400..600).contains(&status) && (page == status || (status, page) == (401, 400)) && page != 401);
    assert_eq!(response.cache_control(), "no-store");
    assert_eq!(response.retry_after().is_some(), matches!(status, 429 | 503));
    assert!(response.retry_after().is_none_or(|seconds| seconds > 0 && (seconds == retry_after || retry_after == 0)));
    let challenge = response.challenge(ScopeList::EMPTY, None).unwrap();
    assert!(challenge.is_none() || matches!(status, 400 | 401 | 403));
    let mut out = [0; 200];
    let body: serde_json::Value = serde_json::from_str(response.write_body(&mut out).unwrap()).unwrap();
    assert!(body["error"].as_str().is_some_and(|error| response.code().is_none_or(|code| code == error)));
}

fuzz_target!(|input: &[u8]| {
    let lines: Vec<&[u8]> = input.split(|byte| *byte == b'\n').collect();
    if let Ok(token) = bounded(input.len(), 24, 100, || bearer::token([input])) {
        assert!(!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic() && byte != b','));
    }
    let _ = bearer::token(lines.iter().copied());
    let apart = lines.iter().position(|line| line.is_empty()).unwrap_or(lines.len());
    let (first, second) = (&lines[..apart], lines.get(apart + 1..).unwrap_or_default());
    for any_text in [false, true] {
        credential(first, second, any_text);
        credential(second, first, any_text);
        credential(&[], &[input], any_text);
    }
    origin(first, second);
    origin(&[input], second);
    if let Some((head, _)) = input.split_first_chunk::<6>() {
        let (number, retry_after) =
            (u16::from_le_bytes([head[0], head[1]]), u32::from_le_bytes([head[2], head[3], head[4], head[5]]));
        response(number, retry_after);
        response(number % 800, retry_after % 2);
    }
    let named = form_urlencoded::parse(input).any(|(name, _)| name == "access_token");
    assert_eq!(bounded(input.len(), 24, 200, || bearer::check_query(input)).is_err(), named);
    let media_type = String::from_utf8_lossy(input);
    let media_type =
        media_type.split(';').next().unwrap_or_default().trim_matches(|one: char| one.is_ascii_whitespace());
    for endpoint in Endpoint::ALL {
        let wanted =
            if endpoint.name() == "registration" { "application/json" } else { "application/x-www-form-urlencoded" };
        let good = bounded(input.len(), 24, 200, || endpoint.check_content_type(input)).is_ok();
        assert_eq!(good, media_type.eq_ignore_ascii_case(wanted));
    }
    if let Ok(text) = str::from_utf8(input) {
        serialized(text);
        words(text);
        if bounded(text.len(), 24, 200, || bearer::is_credential_header(text)) {
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)));
            assert!(!["authorization", "host", "cookie", "content-type"].contains(&&*text.to_ascii_lowercase()));
            assert!(bearer::is_credential_header(&text.to_ascii_uppercase()));
        }
        let shown = Printable(text).to_string();
        assert!(is_printable(&shown) && shown.chars().count() <= 10 * 257);
        assert!(!is_printable(text) || !text.contains(|one: char| one.is_control()));
    }
    let texts: Vec<&str> = lines.iter().filter_map(|line| core::str::from_utf8(line).ok()).collect();
    let mut parameters = Vec::new();
    for pair in texts.chunks_exact(2) {
        parameters.push((pair[0], pair[1]));
        if Challenge::new(parameters.iter().copied()).is_err() {
            parameters.pop();
        }
    }
    if let Ok(challenge) = Challenge::new(parameters) {
        let mut out = vec![0; input.len() + 200];
        let value = challenge.write(&mut out).unwrap();
        assert!(value.starts_with("Bearer ") && value.bytes().all(|byte| matches!(byte, 0x20..=0x7e)));
        assert_eq!(value.matches('"').count() % 2, 0);
    }
    if let [challenge, verifier, ..] = &texts[..]
        && let Ok(challenge) = pkce::authorization_request(Some(challenge), Some("S256"))
    {
        let _ = pkce::token_request(Some(&challenge), Some(verifier));
    }
});
