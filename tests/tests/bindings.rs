//! What bindings write down of core: no number that it has as a default or a limit, since whoever leaves it out gets core's,
//! whatever that is; of names all or none; and no error but for what they find out themselves.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use doorward::error::Error;
use doorward::host::{self, CacheLimits, DEFAULT_MAX_PENDING, Limiter};
use doorward::introspection;
use doorward::jwt::{ClientClaim, Relaxation};
use doorward::keys::{self, refresh};
use doorward::oauth::rotation::Lifetimes;
use doorward::time::Leeway;
use doorward::{api_key, http, jwk, jwt, mint, oauth, seal};

/// Core's numbers, by what they are. Those under ten, and 16, 32 and 64, stand for too much else to be looked for:
/// lengths of digests and keys, redirect URIs of a client, lines of a hierarchy. [`NAMED`] has some of them.
fn numbers() -> Vec<(u64, &'static str)> {
    let length = |length: usize| u64::try_from(length).unwrap();
    vec![
        (Leeway::DEFAULT.seconds().unsigned_abs(), "the leeway"),
        (Leeway::LIMIT.into(), "the most leeway"),
        (refresh::DEFAULT_LIFETIME.into(), "the lifetime of keys"),
        (refresh::DEFAULT_COOLDOWN.into(), "the cool-down"),
        (refresh::DEFAULT_FETCH_TIMEOUT.into(), "the time for a fetch"),
        (refresh::MAX_LIFETIME.into(), "the longest lifetime of keys"),
        (refresh::MAX_RETRY_AFTER.into(), "the longest Retry-After"),
        (introspection::DEFAULT_ACTIVE_LIFETIME.into(), "for how long an answer counts"),
        (length(introspection::MAX_RESPONSE_LENGTH), "the length of an answer"),
        (introspection::MAX_ACTIVE_LIFETIME.into(), "for how long an answer may count"),
        (introspection::MAX_REFUSED_LIFETIME.into(), "for how long a refusal may count"),
        (introspection::MAX_PAUSE.into(), "the longest pause of an endpoint"),
        (DEFAULT_MAX_PENDING.into(), "answers that are waited for"),
        (CacheLimits::DEFAULT.entries.into(), "tokens that are remembered"),
        (CacheLimits::DEFAULT.bytes.into(), "bytes that are remembered"),
        (length(jwt::MAX_TOKEN_LENGTH), "the length of a token"),
        (length(jwk::MAX_KEY_SET_LENGTH), "the length of a key set"),
        (length(jwk::MAX_KEYS), "the keys of a set"),
        (length(keys::fetch::MAX_URL_LENGTH), "the length of a URL"),
        (length(oauth::metadata::MAX_METADATA_LENGTH), "the length of a metadata document"),
        (length(oauth::scope::MAX_SCOPES), "scopes of a list"),
        (length(api_key::MAX_LENGTH), "the length of an API key"),
        (mint::MAX_ACCESS_TOKEN_LIFETIME.into(), "the longest lifetime of an access token"),
        (oauth::rotation::MAX_GRACE.into(), "the longest grace of a refresh token"),
        (oauth::code::MAX_CODE_LIFETIME.into(), "the longest lifetime of a code"),
        (oauth::code::DEFAULT_CODE_LIFETIME.into(), "the lifetime of a code"),
        (Lifetimes::DEFAULT.family.into(), "the lifetime of a family of refresh tokens"),
        (Lifetimes::DEFAULT.idle.into(), "for how long a refresh token is good unused"),
        (Lifetimes::DEFAULT.grace.into(), "the grace of a refresh token"),
        (length(oauth::token_response::MAX_TOKEN_RESPONSE_LENGTH), "the length of a token response"),
        (length(oauth::registration::MAX_REGISTRATION_LENGTH), "the length of a registration"),
        (length(oauth::client_document::MAX_CLIENT_DOCUMENT_LENGTH), "the length of a client's document"),
        (length(seal::MAX_STATE_LENGTH), "the length of sealed state"),
        (oauth::client::TIMEOUT.as_secs(), "seconds for a client's request"),
        (length(oauth::client::BODY_LIMIT), "bytes of an answer that a client reads"),
        (length(api_key::MAX_PREFIX_LENGTH), "the length of a key's prefix"),
        (api_key::MAX_OVERLAP.into(), "the longest overlap of a rotation"),
        (oauth::token_response::MAX_TOKEN_LIFETIME, "for how long a token is kept at most"),
        (length(oauth::code::CODE_RECORD_LENGTH), "the record of a code"),
        (length(oauth::rotation::REFRESH_RECORD_LENGTH), "the record of a family of refresh tokens"),
        (length(oauth::rotation::REFRESH_TOKEN_LENGTH), "the length of a refresh token"),
        (length(oauth::opaque_token::LENGTH), "the length of an opaque token"),
        (length(http::client::MAX_ADDRESS_LENGTH), "the length of an address"),
        (length(Limiter::MAX_PLACES), "the places of a limiter"),
    ]
}

/// Numbers that are core's only where such a name stands before them.
const NAMED: &[(&str, u32)] = &[
    ("refusedlifetime", introspection::DEFAULT_REFUSED_LIFETIME),
    ("timeout", introspection::DEFAULT_TIMEOUT),
    ("pause", introspection::DEFAULT_PAUSE),
];

/// Where such a number is another thing.
const ANOTHER: &[(&str, u64, &str)] = &[
    ("bindings-python/python/doorward/api_keys/keys.py", 90 * 86400, "seconds for which a key is kept that has ended"),
    ("bindings-python/python/doorward/oauth_proxy/browser.py", 90 * 86400, "seconds for which a consent counts"),
    ("bindings-python/python/doorward/oauth_proxy/keys.py", 90 * 86400, "seconds for which a key signs"),
    ("bindings-python/python/doorward/oauth_proxy/options.py", 90 * 86400, "seconds of a sign-in"),
    ("bindings-python/src/pkce.rs", 43, "characters of a verifier"),
    ("bindings-swift/src/pkce.rs", 43, "characters of a verifier"),
    ("ffi-c/examples/device.c", 128, "room for a token"),
    ("ffi-c/examples/verify.c", 128, "room for a reason"),
    ("ffi-c/src/code.rs", 160, "core's, as C's header has it: compared as it compiles"),
    ("ffi-c/src/rotation.rs", 208, "core's, as C's header has it: compared as it compiles"),
    ("bindings-python/python/doorward/api_keys/authenticator.py", 20, "failed attempts at once"),
    ("bindings-python/python/doorward/cli/keys.py", 256, "characters of a text that are shown in pieces"),
    ("bindings-python/python/doorward/cli/keys.py", 4096, "characters of a key that is pasted"),
    ("bindings-python/python/doorward/client.py", 20, "redirects"),
    ("bindings-python/python/doorward/oauth_proxy/grants.py", 4096, "grants that are under way"),
    ("bindings-python/python/doorward/oauth_proxy/keys.py", 100, "hundredths of a wait"),
    ("bindings-python/python/doorward/oauth_proxy/registry.py", 4096, "bytes of a registration"),
    ("bindings-python/python/doorward/oauth_proxy/storage.py", 100, "entries of a page"),
    ("bindings-python/python/doorward/oauth_proxy/upstream_tokens.py", 4096, "grants that wait"),
    ("bindings-python/python/doorward/refusals.py", 20, "lines in a minute"),
    ("bindings-python/python/doorward/scraping.py", 4096, "callers that are watched"),
    ("bindings-python/python/doorward/store/contract.py", 100, "entries of a page"),
    ("bindings-python/python/doorward/store/async_key_value.py", 100, "entries of a page"),
    ("bindings-python/python/doorward/store/async_key_value.py", 20, "times as long as culling took"),
    ("bindings-python/python/doorward/store/memory.py", 100, "entries of a page"),
    ("bindings-python/python/doorward/store/postgresql.py", 100, "entries of a page"),
    ("bindings-python/python/doorward/store/redis.py", 100, "entries of a page"),
    ("bindings-python/python/doorward/store/sealed_store.py", 100, "entries of a page"),
    ("bindings-python/python/doorward/store/sqlite.py", 100, "entries of a page"),
    ("bindings-swift/Sources/DoorwardURLSession/JWKSSource.swift", 15, "tokens that were answered"),
    ("ffi-c/examples/bare.c", 4096, "memory for keys"),
    ("ffi-c/examples/device.c", 4096, "room for a request"),
    ("ffi-c/examples/server.c", 4096, "room for a claim"),
    ("ffi-c/examples/verify.c", 4096, "room for a claim"),
    ("ffi-c/src/introspection.rs", 20, "words of an opaque struct"),
    ("ffi-c/src/client_document.rs", 5120, "core's, as C's header has it: a test compares"),
    ("bindings-python/python/doorward/api_keys/authenticator.py", 10, "failed attempts in a minute"),
    ("bindings-python/python/doorward/api_keys/keys.py", 60, "seconds between two notes of when a key was used"),
    ("bindings-python/python/doorward/api_keys/keys.py", 16384, "keys that are remembered"),
    ("bindings-python/python/doorward/api_keys/keys.py", 86400, "seconds of a day"),
    ("bindings-python/python/doorward/attempts.py", 10, "seconds for which one waits for others"),
    ("bindings-python/python/doorward/attempts.py", 1024, "those who wait for the outcome of others"),
    ("bindings-python/python/doorward/client.py", 10, "seconds for a browser's request"),
    ("bindings-python/python/doorward/client.py", 60, "seconds for a request"),
    ("bindings-python/python/doorward/client.py", 300, "seconds for a person to sign in"),
    ("bindings-python/python/doorward/cli/keys.py", 10000, "columns of a table that is no terminal's"),
    ("bindings-python/python/doorward/cli/store.py", 10000, "sets of keys that are looked for"),
    ("bindings-python/python/doorward/cli/times.py", 60, "seconds of a minute"),
    ("bindings-python/python/doorward/cli/times.py", 3600, "seconds of an hour"),
    ("bindings-python/python/doorward/cli/times.py", 86400, "seconds of a day"),
    ("bindings-python/python/doorward/cli/keys.py", 604_800, "seconds of a week, before a key expires"),
    ("bindings-python/python/doorward/cli/times.py", 604_800, "seconds of a week"),
    (
        "bindings-python/python/doorward/oauth_proxy/keys.py",
        604_800,
        "seconds for which a key is known before it signs",
    ),
    ("bindings-python/python/doorward/body.py", 60, "seconds of a long body"),
    ("bindings-python/python/doorward/body.py", 65536, "bytes of a short body"),
    ("bindings-python/python/doorward/limiter.py", 65536, "callers that are remembered"),
    ("bindings-python/python/doorward/log_value.py", 60, "seconds of a minute"),
    ("bindings-python/python/doorward/upstream_keys.py", 10, "seconds for the author's check"),
    ("bindings-python/python/doorward/upstream_keys.py", 60, "seconds for which a check counts"),
    ("bindings-python/python/doorward/upstream_keys.py", 16384, "keys that are remembered"),
    ("bindings-python/python/doorward/remote_oauth.py", 60, "seconds between two looks at what tools need"),
    ("bindings-python/python/doorward/testing/issuer.py", 600, "the lifetime of a token in tests"),
    ("bindings-python/python/doorward/testing/issuer.py", 2048, "bits of an RSA key"),
    ("bindings-python/python/doorward/testing/issuer.py", 65537, "the exponent of an RSA key"),
    ("bindings-python/python/doorward/testing/sign_in.py", 600, "the lifetime of a token in tests"),
    ("bindings-python/python/doorward/jwks.py", 300, "the first status of redirects"),
    ("bindings-python/python/doorward/http_client.py", 100, "connections that httpx keeps open"),
    ("bindings-python/python/doorward/jwt_verifier.py", 30, "an argument of FastMCP's with its default"),
    ("bindings-python/python/doorward/refusals.py", 60, "seconds of a minute"),
    ("bindings-python/python/doorward/store/async_key_value.py", 30, "seconds in which two may put one entry"),
    ("bindings-python/python/doorward/store/async_key_value.py", 1024, "entries that are known to be claimed"),
    ("bindings-python/python/doorward/store/postgresql.py", 10, "connections"),
    ("bindings-python/python/doorward/api_keys/authenticator.py", 1024, "those who wait for a refusal"),
    ("bindings-python/python/doorward/introspection.py", 1024, "answers whose claims are known, for the log"),
    ("bindings-python/python/doorward/introspection.py", 2048, "bytes of such claims"),
    ("bindings-python/python/doorward/caching.py", 60, "seconds for which an answer is kept"),
    ("bindings-python/python/doorward/caching.py", 1024, "answers"),
    ("bindings-python/python/doorward/caching.py", 1 << 16, "bytes of an answer"),
    ("bindings-python/python/doorward/scraping.py", 10, "a tenth"),
    ("bindings-python/python/doorward/scraping.py", 30, "calls"),
    ("bindings-python/python/doorward/scraping.py", 600, "seconds of a window"),
    ("bindings-python/python/doorward/scraping.py", 1024, "bits for arguments"),
    ("bindings-python/python/doorward/access_tokens.py", 1 << 20, "the length of tokens whose claims are kept"),
    ("bindings-python/python/doorward/oauth_proxy/options.py", 60, "seconds that a revocation may take to be known"),
    ("bindings-python/python/doorward/oauth_proxy/options.py", 86400, "seconds of a day"),
    ("bindings-python/python/doorward/oauth_proxy/pages.py", 300, "characters that are shown"),
    ("bindings-python/python/doorward/oauth_proxy/tokens.py", 600, "seconds for which what has ended is known"),
    (
        "bindings-python/python/doorward/oauth_proxy/upstream_tokens.py",
        300,
        "seconds after which a token is verified again",
    ),
    (
        "bindings-python/python/doorward/oauth_proxy/upstream_tokens.py",
        3600,
        "seconds for which what a verifier said counts",
    ),
    ("bindings-python/python/doorward/oauth_proxy/upstream_tokens.py", 30, "seconds for which a store is asked again"),
    ("bindings-python/python/doorward/oauth_proxy/endpoints.py", 300, "requests for tokens in a minute"),
    ("bindings-python/python/doorward/oauth_proxy/endpoints.py", 30, "registrations at once"),
    ("bindings-python/python/doorward/oauth_proxy/endpoints.py", 10, "registrations in a minute"),
    ("bindings-python/python/doorward/oauth_proxy/endpoints.py", 120, "sign-ins in a minute"),
    ("bindings-python/python/doorward/oauth_proxy/endpoints.py", 60, "refreshes of a grant at once"),
    ("bindings-python/python/doorward/oauth_proxy/endpoints.py", 600, "requests for tokens at once"),
    ("bindings-python/python/doorward/oauth_proxy/endpoints.py", 65536, "bytes of a form"),
    ("bindings-python/python/doorward/oauth_proxy/verifier.py", 16384, "tokens whose grants are known"),
    ("bindings-python/python/doorward/oauth_proxy/sign_in.py", 300, "seconds until a code is presented"),
    ("bindings-python/python/doorward/oauth_proxy/sign_in.py", 600, "seconds of a page"),
    ("bindings-python/python/doorward/oauth_proxy/sign_in.py", 16384, "bytes of a form of consent"),
    ("bindings-python/python/doorward/oauth_proxy/registry.py", 60, "seconds of a minute"),
    (
        "bindings-python/python/doorward/oauth_proxy/registry.py",
        3600,
        "seconds for which a document counts while its host is away",
    ),
    (
        "bindings-python/python/doorward/oauth_proxy/registry.py",
        86400,
        "seconds for which a client is kept that signs nobody in",
    ),
    ("bindings-python/python/doorward/oauth_proxy/registry.py", 1024, "documents"),
    ("bindings-python/python/doorward/oauth_proxy/upstream.py", 10, "seconds for an answer, and years"),
    ("bindings-python/python/doorward/oauth_proxy/keys.py", 300, "seconds after which keys are read again"),
    ("bindings-python/python/doorward/oauth_proxy/keys.py", 10, "attempts after which waits become no longer"),
    ("bindings-swift/Sources/Doorward/ErrorCode.swift", 120, "an error's number"),
    ("bindings-swift/Sources/DoorwardURLSession/JWKSSource.swift", 10, "milliseconds between two looks"),
    ("ffi-c/examples/bare.c", 10, "a place in a token"),
    ("ffi-c/examples/device.c", 30, "seconds of a connection"),
    ("ffi-c/examples/device.c", 300, "seconds of an access token"),
    ("ffi-c/examples/device.c", 1024, "room for a client's identifier"),
    ("ffi-c/examples/device.c", 2048, "room for a document, or a token"),
    ("ffi-c/examples/server.c", 10, "a base of digits"),
    ("ffi-c/examples/server.c", 1024, "room for a challenge"),
    ("ffi-c/examples/verify.c", 10, "a base of digits"),
    ("ffi-c/examples/bare.c", 2048, "working memory"),
    ("ffi-c/examples/server.c", 2048, "room for a document"),
    ("ffi-c/examples/nginx/src/fetch.c", 16384, "room for the head of a response"),
    ("ffi-c/examples/nginx/src/access.c", 256, "room for a text in a log"),
];

/// What has rules of its own, with times and limits that core knows nothing of.
const ITS_OWN: &[&str] = &["bindings-python/python/doorward/testing/upstream.py"];

/// What comments and texts look like.
#[derive(Clone, Copy, PartialEq)]
enum Language {
    Python,
    Other,
}

/// The code of a source without comments and texts.
fn code(text: &str, language: Language) -> String {
    let text = text.split("\n#[cfg(test)]\nmod tests").next().unwrap();
    let (mut out, mut rest) = (String::new(), text);
    let comments: &[(&str, &str)] =
        if language == Language::Python { &[("#", "\n")] } else { &[("//", "\n"), ("/*", "*/")] };
    let texts: &[&str] = if language == Language::Python { &["\"\"\"", "\"", "'"] } else { &["\"\"\"", "\""] };
    while let Some(first) = rest.chars().next() {
        if let Some((start, end)) = comments.iter().find(|(start, _)| rest.starts_with(start)) {
            let after = rest[start.len()..].split_once(end).map_or("", |(_, after)| after);
            (rest, out) = (after, out + "\n");
        } else if let Some(quote) = texts.iter().find(|quote| rest.starts_with(*quote)) {
            rest = &rest[quote.len()..];
            while !rest.is_empty() && !rest.starts_with(quote) {
                let step = rest.chars().take(if rest.starts_with('\\') { 2 } else { 1 });
                rest = &rest[step.map(char::len_utf8).sum()..];
            }
            (rest, out) = (rest.get(quote.len()..).unwrap_or_default(), out + "\"\"");
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// A number at the beginning, and what is behind it: `16 * 1024`, `16 << 20`, `0x10_000`, `24u32`.
fn number(text: &str) -> Option<(u64, &str)> {
    let literal = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        let word = text[..end].replace('_', "").to_ascii_lowercase();
        let (word, radix) = word.strip_prefix("0x").map_or((&*word, 10), |word| (word, 16));
        let digits = word.find(|c: char| !c.is_digit(radix)).unwrap_or(word.len());
        u64::from_str_radix(&word[..digits], radix).ok().map(|value| (value, end))
    };
    let (mut value, end) = literal(text)?;
    let mut rest = &text[end..];
    while let Some((sign, after)) = rest.trim_start().split_once(' ')
        && let ("*" | "<<", Some((next, end))) = (sign, literal(after))
    {
        value = if sign == "*" { value.checked_mul(next)? } else { value.checked_shl(next.try_into().ok()?)? };
        rest = &after[end..];
    }
    Some((value, rest))
}

/// Every number of a code.
fn values(code: &str) -> BTreeSet<u64> {
    let (mut found, mut rest, mut before) = (BTreeSet::new(), code, ' ');
    while let Some(first) = rest.chars().next() {
        let begins = first.is_ascii_digit() && !before.is_alphanumeric() && !matches!(before, '_' | '.');
        if let Some((value, after)) = Some(rest).filter(|_| begins).and_then(number) {
            found.insert(value);
            (rest, before) = (after, '0');
        } else {
            (rest, before) = (&rest[first.len_utf8()..], first);
        }
    }
    found
}

/// The sources below a folder of the checkout.
fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| ["rs", "py", "pyi", "swift", "c", "h"].iter().any(|own| it == *own))
        {
            found.push(path.to_str().unwrap().to_owned());
        }
    }
}

#[test]
fn bindings_name_no_default_of_core() {
    let root = doorward_tests::path("..").canonicalize().unwrap();
    let mut files = Vec::new();
    for folder in [
        "bindings-python/python",
        "bindings-python/src",
        "bindings-swift/Sources/Doorward",
        "bindings-swift/Sources/DoorwardURLSession",
        "bindings-swift/src",
        "ffi-c/examples/nginx/src",
        "ffi-c/header/src",
        "ffi-c/src",
    ] {
        let before = files.len();
        sources(&root.join(folder), &mut files);
        assert!(files.len() > before, "{folder}");
    }
    for example in ["bare.c", "device.c", "server.c", "verify.c"] {
        files.push(root.join("ffi-c/examples").join(example).to_str().unwrap().to_owned());
    }
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for path in &files {
        let name = path.strip_prefix(root.to_str().unwrap()).unwrap().trim_start_matches('/');
        let language = if name.ends_with(".py") || name.ends_with(".pyi") { Language::Python } else { Language::Other };
        if ITS_OWN.iter().any(|own| name.starts_with(own)) {
            continue;
        }
        let code = code(&fs::read_to_string(path).unwrap(), language);
        let is_time = |value: &str| value.starts_with(|first| matches!(first, '1'..='9'));
        if code.split("retry_after=").skip(1).any(is_time) {
            wrong.push(format!("{name}: seconds after which to retry, which core has where they are left out"));
        }
        let flat = code.replace('_', "").to_ascii_lowercase();
        for (own, number) in NAMED {
            let ends = |c: char| matches!(c, ',' | ';' | ')' | '\n');
            let said = flat.split(own).skip(1).filter_map(|text| text.split(ends).next());
            if said.into_iter().any(|text| values(text).contains(&u64::from(*number))) {
                wrong.push(format!("{name}: {number}, which core has as {own}"));
            }
        }
        // Days are counted so.
        let values = values(&code.replace(" DAY", " 86400"));
        for (number, what) in numbers().into_iter().filter(|(number, _)| values.contains(number)) {
            let another = ANOTHER.iter().any(|(file, own, _)| (*file, *own) == (name, number));
            if another {
                seen.insert((name.to_owned(), number));
            } else {
                wrong.push(format!("{name}: {number}, which core has as {what}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let allowed = ANOTHER.iter().map(|(file, number, _)| (*file, *number));
    let gone: Vec<_> = allowed.filter(|(file, number)| !seen.contains(&((*file).to_owned(), *number))).collect();
    assert!(gone.is_empty(), "no longer there: {gone:?}");
}

/// A reason, and each file that names errors for it, with these.
type Reason = (&'static str, &'static [(&'static str, &'static [&'static str])]);

/// The errors that bindings name, and what for. What core finds out, it reports itself; what is to be done about an
/// error is core's to say too (`error/remedy`).
const ERRORS: &[Reason] = &[
    (
        "what a store does not have, or does not say",
        &[
            (
                "bindings-python/python/doorward/api_keys/authenticator.py",
                &["api_key_unknown", "check_unavailable", "storage_unavailable"],
            ),
            ("bindings-python/python/doorward/api_keys/keys.py", &["api_key_unknown"]),
            ("bindings-python/python/doorward/oauth_proxy/endpoints.py", &["storage_unavailable"]),
            ("bindings-python/python/doorward/oauth_proxy/verifier.py", &["storage_unavailable"]),
        ],
    ),
    (
        "what the store of a proxy does not have, or has marked as ended",
        &[
            ("bindings-python/python/doorward/oauth_proxy/registry.py", &["client_unknown"]),
            (
                "bindings-python/python/doorward/oauth_proxy/tokens.py",
                &["code_unknown", "grant_revoked", "refresh_token_unknown"],
            ),
        ],
    ),
    (
        "what the proxy knows of its upstream, and what it takes that for",
        &[
            (
                "bindings-python/python/doorward/oauth_proxy/sign_in.py",
                &["token_response_malformed", "upstream_unavailable"],
            ),
            ("bindings-python/python/doorward/oauth_proxy/tokens.py", &["sign_in_ended", "upstream_unavailable"]),
            (
                "bindings-python/python/doorward/oauth_proxy/upstream_tokens.py",
                &["sign_in_ended", "upstream_unavailable"],
            ),
            ("bindings-python/python/doorward/oauth_proxy/verifier.py", &["sign_in_ended"]),
        ],
    ),
    (
        "a client's document whose host does not answer",
        &[("bindings-python/python/doorward/oauth_proxy/registry.py", &["upstream_unavailable"])],
    ),
    (
        "what the proxy's operator has set, and its assertions, which come once",
        &[(
            "bindings-python/python/doorward/oauth_proxy/registry.py",
            &[
                "client_authentication_failed",
                "client_document_url_refused",
                "client_metadata_invalid",
                "client_redirect_uri_invalid",
            ],
        )],
    ),
    (
        "what a browser brings back, or a person has decided",
        &[
            ("bindings-python/python/doorward/oauth_proxy/endpoints.py", &["parameter_malformed"]),
            (
                "bindings-python/python/doorward/oauth_proxy/sign_in.py",
                &["access_denied", "parameter_malformed", "state_mismatch"],
            ),
        ],
    ),
    (
        "a grant that the proxy has not",
        &[("bindings-python/python/doorward/oauth_proxy/tokens.py", &["client_unauthorized"])],
    ),
    (
        "a queue or a memory that is full",
        &[
            ("bindings-python/python/doorward/attempts.py", &["rate_limited"]),
            ("bindings-python/python/doorward/limits.py", &["rate_limited", "reduced_capacity", "too_many_messages"]),
            ("bindings-python/python/doorward/oauth_proxy/registry.py", &["rate_limited"]),
        ],
    ),
    (
        "with the scopes that are missing, for the log",
        &[
            ("bindings-python/python/doorward/api_keys/authenticator.py", &["insufficient_scope"]),
            ("bindings-python/python/doorward/middleware.py", &["insufficient_scope"]),
        ],
    ),
    (
        "for the log, where core says that a token is another issuer's",
        &[("bindings-python/python/doorward/refusals.py", &["issuer_mismatch"])],
    ),
    (
        "a log's level",
        &[
            ("bindings-python/python/doorward/refusals.py", &["credentials_missing"]),
            ("ffi-c/examples/nginx/src/access.c", &["credentials_missing"]),
        ],
    ),
    (
        "what a log compares of a token or of an answer about one",
        &[
            ("bindings-python/python/doorward/introspection.py", &["insufficient_scope"]),
            (
                "bindings-python/python/doorward/refusals.py",
                &[
                    "algorithm_refused",
                    "claim_malformed",
                    "claim_missing",
                    "client_mismatch",
                    "insufficient_scope",
                    "token_form_refused",
                    "token_kind_refused",
                    "token_type_refused",
                ],
            ),
        ],
    ),
    ("a command's exit code", &[("bindings-python/python/doorward/cli/__init__.py", &["api_key_unknown"])]),
    (
        "texts for people, in the words of arguments and pages",
        &[
            ("bindings-python/python/doorward/cli/keys.py", &["api_key_overlap_too_long"]),
            (
                "bindings-python/python/doorward/introspection.py",
                &["client_authentication_invalid", "introspection_refused"],
            ),
            (
                "bindings-python/python/doorward/jwks.py",
                &["endpoint_refused", "key_set_empty", "metadata_issuer_mismatch", "metadata_missing"],
            ),
            (
                "bindings-python/python/doorward/oauth_proxy/endpoints.py",
                &[
                    "client_unknown",
                    "origin_refused",
                    "rate_limited",
                    "redirect_uri_mismatch",
                    "state_expired",
                    "state_invalid",
                    "state_mismatch",
                ],
            ),
        ],
    ),
    ("two arguments of which core's type has one", &[("bindings-python/src/policy.rs", &["issuer_invalid"])]),
    ("scopes that are no value of a challenge", &[("bindings-python/src/challenge.rs", &["challenge_value_invalid"])]),
    (
        "a redirect that was restored, and has no request",
        &[("bindings-python/src/authorization_request.rs", &["parameter_missing"])],
    ),
    (
        "a text that is no UTF-8, which is refused as what it should have been",
        &[
            ("bindings-python/src/api_key.rs", &["api_key_hash_malformed", "api_key_malformed"]),
            ("bindings-python/src/api_key_record.rs", &["api_key_hash_malformed"]),
            ("bindings-python/src/authorization_response.rs", &["response_issuer_mismatch", "state_mismatch"]),
            ("bindings-python/src/client_document.rs", &["client_document_url_refused"]),
            ("bindings-python/src/code.rs", &["code_verifier_malformed", "grant_redirect_uri_mismatch"]),
            ("bindings-python/src/fetch_url.rs", &["fetch_url_refused"]),
            ("bindings-python/src/grantable.rs", &["resource_refused", "scope_refused"]),
            ("bindings-python/src/opaque_token.rs", &["parameter_malformed"]),
            (
                "bindings-python/src/pkce.rs",
                &["code_challenge_malformed", "code_challenge_method_refused", "code_verifier_malformed"],
            ),
            ("bindings-python/src/redirect.rs", &["redirect_uri_refused"]),
            ("bindings-python/src/registration.rs", &["client_document_url_refused"]),
            ("bindings-python/src/rotation.rs", &["refresh_token_unknown", "scope_refused"]),
            ("bindings-python/src/seal.rs", &["state_invalid"]),
            ("bindings-python/src/text.rs", &["text_invalid"]),
            ("ffi-c/src/api_key.rs", &["api_key_hash_malformed", "api_key_malformed"]),
            ("ffi-c/src/api_key_record.rs", &["api_key_hash_malformed", "api_key_malformed"]),
            ("ffi-c/src/authorization_request.rs", &["redirect_uri_refused"]),
            ("ffi-c/src/authorization_response.rs", &["response_issuer_mismatch", "state_mismatch"]),
            ("ffi-c/src/client_document.rs", &["client_document_url_refused"]),
            ("ffi-c/src/code.rs", &["code_challenge_malformed", "grant_redirect_uri_mismatch"]),
            ("ffi-c/src/fetch_url.rs", &["address_refused", "fetch_url_refused"]),
            ("ffi-c/src/grantable.rs", &["client_unauthorized", "resource_refused", "scope_refused"]),
            (
                "ffi-c/src/pkce.rs",
                &["code_challenge_malformed", "code_challenge_method_refused", "code_verifier_malformed"],
            ),
            ("ffi-c/src/raw/memory.rs", &["text_invalid"]),
            ("ffi-c/src/redirect.rs", &["redirect_uri_refused"]),
            ("ffi-c/src/rotation.rs", &["refresh_token_unknown", "scope_refused"]),
            ("ffi-c/src/seal.rs", &["state_invalid"]),
        ],
    ),
    (
        "an authenticator without a policy for these keys",
        &[("bindings-swift/Sources/DoorwardURLSession/JWKSSource.swift", &["issuer_unknown"])],
    ),
    (
        "an address, among those of a name, to which core lets nobody connect",
        &[("bindings-swift/Sources/DoorwardURLSession/Resolver.swift", &["address_refused"])],
    ),
    (
        "a failure that is none of core's",
        &[("bindings-swift/Sources/DoorwardURLSession/IntrospectionVerifier.swift", &["response_missing"])],
    ),
    ("that no response came, which the caller reports", &[("ffi-c/src/introspection.rs", &["response_missing"])]),
    (
        "the seconds that a struct has beside this error",
        &[("ffi-c/src/introspection.rs", &["introspection_unavailable"])],
    ),
    (
        "a claim that is not there, or no text",
        &[
            ("bindings-swift/src/principal.rs", &["claim_missing"]),
            ("ffi-c/src/principal.rs", &["claim_malformed", "claim_missing"]),
            ("ffi-c/examples/nginx/src/variables.c", &["claim_malformed"]),
        ],
    ),
    ("a text with a NUL, which is no C string", &[("ffi-c/src/text.rs", &["json_string_invalid"])]),
    ("an algorithm that is not in this build", &[("ffi-c/src/algorithms.rs", &["algorithm_unknown"])]),
    (
        "an array that is empty, where it needs a first, or full",
        &[
            ("ffi-c/src/metadata.rs", &["issuer_invalid"]),
            ("ffi-c/src/mint.rs", &["signing_key_missing"]),
            ("ffi-c/src/peppers.rs", &["pepper_unknown"]),
            ("ffi-c/src/policy.rs", &["required_claims_invalid"]),
            ("ffi-c/src/provider.rs", &["audience_invalid"]),
            ("ffi-c/src/recipient.rs", &["audience_invalid"]),
            ("ffi-c/src/seal.rs", &["sealing_key_missing"]),
        ],
    ),
    (
        "keys in memory of the caller's",
        &[("ffi-c/src/fixed.rs", &["algorithms_mixed", "key_set_empty", "key_set_too_many_keys"])],
    ),
    (
        "memory that is too small, and how much is needed",
        &[
            ("bindings-python/src/client_assertion.rs", &["buffer_too_small"]),
            ("bindings-python/src/oauth_client.rs", &["buffer_too_small"]),
            ("bindings-python/src/seal.rs", &["buffer_too_small"]),
            ("bindings-swift/src/client_assertion.rs", &["buffer_too_small"]),
            ("bindings-swift/src/oauth_client.rs", &["buffer_too_small"]),
            ("bindings-swift/src/seal.rs", &["buffer_too_small"]),
            ("ffi-c/src/fixed.rs", &["scratch_too_small"]),
            ("ffi-c/src/introspection.rs", &["scratch_too_small"]),
            ("ffi-c/src/raw/buffer.rs", &["buffer_too_small"]),
            ("ffi-c/src/raw/place.rs", &["scratch_too_small"]),
            ("ffi-c/examples/nginx/src/text.h", &["buffer_too_small"]),
        ],
    ),
    (
        "no memory",
        &[
            ("ffi-c/examples/nginx/src/fetch.c", &["internal"]),
            ("ffi-c/examples/nginx/src/access.c", &["internal"]),
            ("ffi-c/examples/nginx/src/keys.c", &["internal"]),
            ("ffi-c/examples/nginx/src/setting.c", &["internal"]),
            ("ffi-c/examples/nginx/src/text.h", &["internal"]),
        ],
    ),
    ("a file that cannot be read", &[("ffi-c/examples/nginx/src/keys.c", &["key_set_malformed"])]),
    (
        "what nginx itself reads of its configuration",
        &[
            ("ffi-c/examples/nginx/src/fetch.c", &["uri_invalid"]),
            ("ffi-c/examples/nginx/src/setting.c", &["argument_invalid"]),
        ],
    ),
];

/// What reads a status of an error, or of a response that a binding sends: why, in which file, and how.
const STATUSES: &[(&str, &str, &str)] = &[
    ("what an operator's hook is called with", "bindings-python/python/doorward/refusals.py", "error.status"),
    ("what is counted of responses", "bindings-python/python/doorward/request_counter.py", "message[\"status\"]"),
    ("what core has of the error, to be its attribute", "bindings-python/python/doorward/errors.py", "error.status"),
    (
        "what a check of another service's keys raises, be it any error",
        "bindings-python/python/doorward/api_keys/authenticator.py",
        "error.status",
    ),
];

/// Where a source reads a status: of whatever it names an error, by what it caught or is called with; and of a message
/// of ASGI, which the response to an error is on its way out.
fn statuses(text: &str) -> BTreeSet<String> {
    let word = |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap().to_owned();
    let last = |text: &str| text.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap().to_owned();
    let mut names = BTreeSet::from(["error".to_owned()]);
    for line in text.lines().filter(|line| line.trim_start().starts_with("except ")) {
        names.extend(line.split(" as ").skip(1).map(word));
    }
    let before = |end: &'static str| text.split(end).map(last).collect::<Vec<_>>();
    names.extend(before(": DoorwardError"));
    names.extend(before(" = error_of("));
    names.remove("");
    let read = before(".status").into_iter().zip(text.split(".status").skip(1));
    let own = read.filter(|(name, rest)| names.contains(name) && word(rest).is_empty());
    let mut found: BTreeSet<String> = own.map(|(name, _)| format!("{name}.status")).collect();
    for read in ["message[\"status\"]", "message.get(\"status\"", "getattr(error, \"status\""] {
        found.extend(text.contains(read).then(|| read.to_owned()));
    }
    found
}

/// Lower case with underscores, for `DOORWARD_KEY_SET_EMPTY` and `keySetEmpty`.
fn snake(name: &str) -> String {
    let upper = name.chars().all(|c| !c.is_ascii_lowercase());
    let parts = name.chars().flat_map(|c| {
        [Some('_').filter(|_| c.is_ascii_uppercase() && !upper), Some(c.to_ascii_lowercase())].into_iter().flatten()
    });
    parts.collect()
}

/// The names of errors in a source: in quotes, as C's constants, as Swift's, or as Rust's.
fn errors(path: &str, text: &str) -> BTreeSet<String> {
    let own = ["ARGUMENT_INVALID", "BUFFER_TOO_SMALL", "INTERNAL"].map(str::to_ascii_lowercase);
    let mut names: BTreeSet<String> = Error::TABLE.iter().map(|(_, name)| (*name).to_owned()).collect();
    names.extend(own);
    let word = |text: &str| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap().to_owned();
    let after = |start: &str| text.split(start).skip(1).map(|rest| snake(&word(rest))).collect::<Vec<_>>();
    let found = match path.rsplit_once('.') {
        Some((_, "py")) => quoted(text).into_iter().map(str::to_owned).collect(),
        Some((_, "rs")) => {
            let code = code(text, Language::Other);
            code.split("Error::").skip(1).map(|rest| snake(&word(rest)).trim_start_matches('_').to_owned()).collect()
        }
        Some((_, "swift")) => ["DoorwardError(.", "code == .", "code != ."].into_iter().flat_map(after).collect(),
        _ => after("DOORWARD_"),
    };
    found.into_iter().filter(|name| names.contains(name)).collect()
}

#[test]
fn bindings_name_no_error_that_core_finds() {
    let root = doorward_tests::path("..").canonicalize().unwrap();
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for folder in [
        "bindings-python/python/doorward",
        "bindings-python/src",
        "bindings-swift/Sources/Doorward",
        "bindings-swift/Sources/DoorwardURLSession",
        "bindings-swift/src",
        "ffi-c/examples/nginx/src",
        "ffi-c/src",
    ] {
        let mut files = Vec::new();
        sources(&root.join(folder), &mut files);
        assert!(!files.is_empty(), "{folder}");
        for path in files {
            let name = path.strip_prefix(root.to_str().unwrap()).unwrap().trim_start_matches('/');
            // A server of tests has errors of its own standards; the list of Swift's constants is generated.
            if name.contains("/doorward/testing/") || name.ends_with("/ErrorCode.swift") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for read in statuses(&text) {
                match STATUSES.iter().find(|(_, file, allowed)| *file == name && *allowed == read) {
                    Some((reason, ..)) => drop(seen.insert((*reason, name.to_owned(), read))),
                    None => wrong.push(format!("{name}: {read}, where core says what is done (`error/remedy`)")),
                }
            }
            for error in errors(name, &text) {
                let names = |(file, errors): &(&str, &[&str])| *file == name && errors.contains(&&*error);
                match ERRORS.iter().find(|(_, files)| files.iter().any(names)) {
                    Some((reason, _)) => drop(seen.insert((*reason, name.to_owned(), error))),
                    None => wrong.push(format!("{name}: {error}")),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let pairs = |files: &'static [(&str, &[&str])]| {
        files.iter().flat_map(|(file, errors)| errors.iter().map(|error| (*file, *error)))
    };
    let all = ERRORS.iter().flat_map(|(reason, files)| pairs(files).map(|(file, error)| (*reason, file, error)));
    let gone: Vec<_> = all
        .chain(STATUSES.iter().copied())
        .filter(|(reason, file, it)| !seen.contains(&(*reason, (*file).to_owned(), (*it).to_owned())))
        .collect();
    assert!(gone.is_empty(), "no longer there: {gone:?}");
}

/// The numbers in the documentation of C, Python and Swift.
#[test]
fn numbers_in_documentation_are_those_of_core() {
    let (leeway, most) = (Leeway::DEFAULT.seconds(), Leeway::LIMIT);
    let CacheLimits { entries, bytes } = CacheLimits::DEFAULT;
    let (issuers, clients, code) = (jwt::MAX_ISSUERS, jwt::MAX_CLIENTS, oauth::code::MAX_CODE_LIFETIME);
    let Lifetimes { family, idle, grace } = Lifetimes::DEFAULT;
    assert_eq!(oauth::code::DEFAULT_CODE_LIFETIME, 60, "a minute");
    let places = Limiter::MAX_PLACES;
    let places = format!("{},{:03},{:03}", places / 1_000_000, places / 1000 % 1000, places % 1000);
    for (path, sentences) in [
        (
            "ffi-c/include/doorward.h",
            vec![
                format!("in seconds: {leeway} by default, {most} at most"),
                format!("NULL for {},{:03} tokens in {} MiB", entries / 1000, entries % 1000, bytes >> 20),
                format!("(RFC 7519 section 4.1.3): 1 to {},", jwt::MAX_AUDIENCES),
                format!("byte for byte, {issuers} at most, separated by"),
                format!("@param values {issuers} at most, separated by"),
                format!("@param clients {clients} at most, separated by"),
                format!("with any value; {} at most", jwt::MAX_REQUIRED_CLAIMS),
                format!("(RFC 6749 section 3.3), {} at most", oauth::scope::MAX_SCOPES),
                format!(
                    "{} lines and {} scopes at most",
                    oauth::scope::MAX_HIERARCHY_LINES,
                    oauth::scope::MAX_HIERARCHY_SCOPES
                ),
                format!("a path of 2 to {} names", jwt::MAX_SCOPE_SOURCE_DEPTH),
                format!("bytes and {} keys at most", jwk::MAX_KEYS),
                format!("at this zero-based index; {} are recorded", jwk::MAX_REPORTED),
                format!("prefix, public id, secret and checksum, {} characters at most", api_key::MAX_LENGTH),
            ],
        ),
        (
            "bindings-python/src/policy.rs",
            vec![format!("allowed clock skew in seconds; {leeway} if omitted, {most} at most")],
        ),
        (
            "bindings-python/src/code.rs",
            vec![format!("good for `lifetime` seconds, {code} at most, and a minute if it")],
        ),
        (
            "bindings-python/python/doorward/oauth_proxy/proxy.py",
            vec![format!("for how long a sign-in lasts, {} days if not given", family / 86400)],
        ),
        ("bindings-python/src/limiter.rs", vec![format!("for more than {places} places")]),
        (
            "bindings-swift/Sources/Doorward/CodeRecord.swift",
            vec![format!("good for so many seconds, {code} at most, and a minute if none are")],
        ),
        (
            "bindings-swift/Sources/Doorward/RefreshRecord.swift",
            vec![format!("not set is {} days, {} days, and {grace} seconds", family / 86400, idle / 86400)],
        ),
        ("bindings-swift/Sources/Doorward/Limiter.swift", vec![format!("for more than {places} places")]),
        (
            "bindings-swift/Sources/Doorward/ClientBinding.swift",
            vec![format!("The values that are accepted: {clients} at most")],
        ),
        (
            "bindings-swift/Sources/Doorward/Policy.swift",
            vec![
                format!("One of these, {issuers} at most"),
                format!("The template with one of these values, {issuers} at most"),
            ],
        ),
    ] {
        let text = fs::read_to_string(doorward_tests::path("..").join(path)).unwrap();
        // As prose, in which lines end elsewhere.
        let words = text.split_whitespace().filter(|word| !matches!(*word, "*" | "///"));
        let text = words.collect::<Vec<_>>().join(" ");
        for sentence in sentences {
            assert!(text.contains(&sentence), "{path}: {sentence}");
        }
    }
}

/// The words in quotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('"').skip(1).step_by(2).collect()
}

/// Each setting of a policy, by what sets it in C, nginx's configuration and Swift.
const SETTINGS: &[(&str, &str, &str, &str)] = &[
    ("preset", "doorward_policy_rfc9068", "preset", "static func rfc9068"),
    ("issuer", "doorward_policy_mcp", "issuer", "var issuer:"),
    ("issuers", "doorward_policy_issuers", "issuers", "var issuers "),
    ("audience", "doorward_policy_audience", "audience", "var audience:"),
    ("client_binding", "doorward_policy_client_binding", "clients", "var clientBinding:"),
    ("client_claim", "doorward_policy_client_claim", "client_claim", "var clientClaim:"),
    ("algorithms", "doorward_policy_algorithm", "algorithms", "var algorithms "),
    ("leeway", "doorward_policy_leeway", "leeway", "var leeway:"),
    ("required_scopes", "doorward_policy_scopes", "scopes", "var requiredScopes:"),
    ("scope_prefix", "doorward_policy_scope_prefix", "scope_prefix", "var scopePrefix "),
    ("advertised_scopes", "doorward_policy_advertised_scopes", "advertised_scopes", "var advertisedScopes:"),
    ("challenge_scopes", "doorward_policy_challenge_scopes", "challenge_scopes", "var challengeScopes:"),
    ("scope_source", "doorward_policy_scope_source", "scope_source", "var scopeSource:"),
    ("scope_hierarchy", "doorward_policy_scope_hierarchy", "scope_implies", "var scopeHierarchy:"),
    ("required_claims", "doorward_policy_claim", "claims", "var requiredClaims:"),
    ("relaxations", "doorward_policy_relax", "relax", "var relaxations:"),
    ("provider", "doorward_policy_provider", "provider", "static func provider("),
];

#[test]
fn every_setting_of_a_policy_can_be_set_in_every_language() {
    // Whoever adds a setting adds a row: this does not compile before.
    let host::Settings {
        preset: _,
        issuer: _,
        issuers: _,
        audience: _,
        client_binding: _,
        client_claim: _,
        algorithms: _,
        leeway: _,
        required_scopes: _,
        scope_prefix: _,
        advertised_scopes: _,
        challenge_scopes: _,
        scope_source: _,
        scope_hierarchy: _,
        required_claims: _,
        relaxations: _,
        provider: _,
    } = host::Settings::mcp(String::new(), Vec::new(), Vec::new());
    assert_eq!(SETTINGS.len(), 17, "one for each of these");
    let read = |path: &str| fs::read_to_string(doorward_tests::path("..").join(path)).unwrap();
    let (header, nginx) = (read("ffi-c/include/doorward.h"), read("ffi-c/examples/nginx/src/setting.c"));
    let (page, swift) = (read("ffi-c/examples/nginx/README.md"), read("bindings-swift/Sources/Doorward/Policy.swift"));
    for (setting, function, directive, property) in SETTINGS {
        assert!(header.contains(&format!(" {function}(")), "C: {setting}");
        assert!(nginx.contains(&format!("{{\"{directive}\", ")), "nginx: {setting}");
        assert!(page.contains(&format!("| `{directive} ")), "the page of nginx: {setting}");
        assert!(swift.contains(&format!("public {property}")), "Swift: {setting}");
    }
}

#[test]
fn names_of_relaxations_are_those_of_core() {
    let read = |path: &str| fs::read_to_string(doorward_tests::path("..").join(path)).unwrap();
    let core: Vec<&str> = Relaxation::ALL.iter().map(|one| one.name()).collect();
    for (path, before, after) in [
        ("bindings-python/python/doorward/_core.pyi", "_Relaxation = Literal[", "]"),
        ("ffi-c/src/policy.rs", "/// Adds a named exception to a rule", "DOORWARD_"),
        ("bindings-swift/Sources/Doorward/Relaxation.swift", "public struct Relaxation", "public static let allCases"),
    ] {
        let text = read(path);
        let (_, rest) = text.split_once(before).unwrap();
        let (names, _) = rest.split_once(after).unwrap();
        let names: Vec<&str> = quoted(names).into_iter().filter(|name| name.contains('_')).collect();
        assert_eq!(names, core, "{path}");
    }
}

/// A panic in what cannot throw ends the process, so that only what never panics may be called so.
#[test]
fn every_export_throws_in_swift() {
    let bridge = "bindings-swift/Sources/DoorwardBridge/DoorwardBridge.swift";
    let text = fs::read_to_string(doorward_tests::path("..").join(bridge)).unwrap();
    let calls: Vec<&str> = text.split("try! rustCall").skip(1).collect();
    assert!(calls.len() > 10, "{bridge} is read no longer");
    for call in calls {
        let (_, name) = call.split_once("_doorward_swift_").unwrap();
        let name = name.split('(').next().unwrap();
        let memory = ["rustbuffer_", "fn_clone_", "fn_free_"].iter().any(|kind| name.starts_with(kind));
        assert!(memory, "{bridge}: {name} returns no Result");
    }
}

#[test]
fn claims_that_name_a_client_are_those_of_core() {
    let read = |path: &str| fs::read_to_string(doorward_tests::path("..").join(path)).unwrap();
    let core: Vec<&str> = ClientClaim::ALL.iter().map(|one| one.name()).collect();
    for (path, before, after) in [
        ("bindings-python/python/doorward/_core.pyi", "_ClientClaim = Literal[", "]"),
        ("ffi-c/src/recipient.rs", "@param claim the claim that names the client:", "DOORWARD_"),
        ("ffi-c/src/recipient.rs", "Sets the claim that doorward_principal_client_id() returns:", "DOORWARD_"),
        ("bindings-swift/Sources/Doorward/ClientClaim.swift", "public struct ClientClaim", "\n}"),
    ] {
        let text = read(path);
        let (_, rest) = text.split_once(before).unwrap();
        assert_eq!(quoted(rest.split_once(after).unwrap().0), core, "{path}");
    }
}

#[test]
fn numbers_are_found_in_code_alone() {
    let rust =
        "let a = 60; // 61\n/* 62 */ let b = \"63 \\\" 64\"; c(16 * 1024 * 2, 16 << 20, 0x1_0, 7u32, x65, 1.66, 'a')";
    assert_eq!(values(&code(rust, Language::Other)), BTreeSet::from([1, 7, 16, 60, 32768, 16 << 20]));
    let python = "def a(b: int = 60) -> 'c':  # 61\n    \"\"\"62 \" ' 63\"\"\"\n    return '64', 1_000";
    assert_eq!(values(&code(python, Language::Python)), BTreeSet::from([60, 1000]));
}
