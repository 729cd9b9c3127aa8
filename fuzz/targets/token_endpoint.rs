//! A token request and a revocation request, read beside another reader of forms: one way to authenticate, one client, one
//! grant or one token. And the response, by the client.
#![no_main]

use doorward::alg::{ASYMMETRIC, Algorithms, PublicKey};
use doorward::jwk::KeySet;
use doorward::jwt::{Audience, scratch_length};
use doorward::oauth::client_authentication::{AuthMethod, ClientAuthentication};
use doorward::oauth::outgoing_authentication::OutgoingAuthentication;
use doorward::oauth::revocation_request::RevocationRequest;
use doorward::oauth::token_request::{Grant, TokenRequest};
use doorward::oauth::token_response::{Answer, GrantFailure};
use doorward::text::form::field;
use doorward::{Error, UnixTime};
use doorward_fuzz::{NAMES, SIGNATURE, bounded};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use url::form_urlencoded;

const NOW: u64 = 1_700_000_000;

/// The keys that the vectors' assertions are signed by.
static KEYS: LazyLock<KeySet<16, PublicKey>> = LazyLock::new(|| {
    KeySet::parse(include_bytes!("../assertion_keys.json"), Algorithms::new(ASYMMETRIC).unwrap()).unwrap()
});

/// What they sign.
static SIGNED: LazyLock<Vec<String>> =
    LazyLock::new(|| serde_json::from_slice(include_bytes!("../assertions.json")).unwrap());

/// A part of a form: `None` for an escape that is none, with the two bytes behind it.
fn decoded(text: &[u8]) -> Vec<Option<u8>> {
    let (mut out, mut rest) = (Vec::new(), text);
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        out.push(match first {
            b'+' => Some(b' '),
            b'%' => {
                let digits;
                (digits, rest) = rest.split_at(rest.len().min(2));
                let digits = str::from_utf8(digits).ok().filter(|two| two.len() == 2 && !two.starts_with('+'));
                digits.and_then(|two| u8::from_str_radix(two, 16).ok())
            }
            byte => Some(*byte),
        });
    }
    out
}

/// A field of a form, by another reader.
fn named(form: &[u8], name: &str) -> Result<Option<String>, Error> {
    let (mut names, mut found) = (Vec::new(), None);
    for pair in form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let own = decoded(&pair[..end]);
        if names.contains(&own) {
            return Err(Error::ParameterRepeated);
        }
        if names.len() == 64 {
            return Err(Error::ParameterMalformed);
        }
        if own.iter().copied().eq(name.bytes().map(Some)) {
            found = pair.get(end + 1..).filter(|value| !value.is_empty());
        }
        names.push(own);
    }
    let Some(value) = found else { return Ok(None) };
    let text = decoded(value).into_iter().collect::<Option<_>>().and_then(|text| String::from_utf8(text).ok());
    text.map(Some).ok_or(Error::ParameterMalformed)
}

/// What a client writes into its header, the server reads again.
fn basic(client_id: &str, secret: &str) {
    let room = 8 + 4 * (client_id.len() + secret.len() + 1);
    let mut written = vec![0; room];
    let client = OutgoingAuthentication::new(client_id, Some(secret), None).unwrap();
    let header = bounded(room, 24, 500, || client.write_header(&mut written)).unwrap();
    let body = b"grant_type=client_credentials";
    let mut out = vec![0; TokenRequest::room(Some(header.as_bytes()), body)];
    match TokenRequest::parse(Some(header.as_bytes()), body, &mut out) {
        Ok(read) => assert_eq!((read.client().client_id(), read.client().reveal()), (client_id, secret)),
        // Identifiers are VSCHAR (RFC 6749 appendix A.1).
        Err(_) => {
            assert!(client_id.is_empty() || !client_id.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{client_id:?}")
        }
    }
}

// A header up to the first NUL, if there is one; and a body.
fuzz_target!(|data: &[u8]| {
    let (header, body) = match data.iter().position(|byte| *byte == 0) {
        Some(end) => (Some(&data[..end]), &data[end + 1..]),
        None => (None, data),
    };
    let mut out = vec![0; TokenRequest::room(header, body)];
    let all = |name: &str| -> Vec<String> {
        let pairs = form_urlencoded::parse(body).filter(|(own, value)| own == name && !value.is_empty());
        pairs.map(|(_, value)| value.into_owned()).collect()
    };
    if let Ok(request) = bounded(data.len(), 150, 4000, || TokenRequest::parse(header, body, &mut out)) {
        check(request.client(), header.is_some(), &all);
        let client = request.client();
        let mut scratch = vec![0; scratch_length(client.reveal().len())];
        let audience = Audience::new(["https://as.example", "https://as.example/token"]).unwrap();
        let (keys, algorithms) = (&KEYS[..], Algorithms::new(ASYMMETRIC).unwrap());
        let checked = bounded(data.len(), 300, NAMES + SIGNATURE, || {
            let now = UnixTime::from_seconds(NOW);
            client.check_assertion(keys, algorithms, audience, &mut scratch, now).map(|it| {
                assert!(!it.jwt_id().is_empty());
                it.remember_until()
            })
        });
        match checked {
            // Nobody but who has the keys signs, so that what is verified is one of the vectors' own; ECDSA has two
            // signatures of each.
            Ok(until) => {
                let signed = client.reveal().rsplit_once('.').unwrap().0;
                assert!(SIGNED.iter().any(|own| own == signed), "{signed}");
                assert!(client.method() == AuthMethod::PrivateKeyJwt && until > i64::try_from(NOW).unwrap());
            }
            Err(error) => assert!(matches!(error, Error::ClientAuthenticationFailed { .. }), "{error:?}"),
        }
        assert_eq!(all("grant_type"), [request.grant().name()]);
        match request.grant() {
            Grant::AuthorizationCode { code, code_verifier, .. } => {
                assert_eq!(
                    (all("code"), all("code_verifier").first().map(String::as_str)),
                    (vec![code.into()], code_verifier)
                );
            }
            Grant::RefreshToken { refresh_token, .. } => assert_eq!(all("refresh_token"), [refresh_token]),
            _ => {}
        }
    }
    let mut out = vec![0; RevocationRequest::room(header, body)];
    let read = bounded(data.len(), 150, 4000, || RevocationRequest::parse(header, body, &mut out));
    if let Ok(request) = read {
        check(request.client(), header.is_some(), &all);
        assert_eq!(all("token"), [request.token()]);
        assert_eq!(all("token_type_hint").first().map(String::as_str), request.token_type_hint());
    }
    for name in ["client_id", "code", "a", ""] {
        let mut room = vec![0; body.len()];
        let given = bounded(body.len(), 100, 8000, || field(body, name, &mut room));
        assert_eq!(given.map(|value| value.map(str::to_owned)), named(body, name), "{name}");
    }
    if let Ok(text) = str::from_utf8(data) {
        let (client_id, secret) = text.split_once('\n').unwrap_or((text, ""));
        basic(client_id, secret);
        for status in [200, 400, 503] {
            let refusal = bounded(text.len(), 24, 2000, || GrantFailure::of(status, text));
            assert!(refusal == GrantFailure::Other || text.len() < 40 || status == 503);
            assert!(refusal != GrantFailure::InvalidGrant || status != 503);
        }
    }
    for status in [200, 400] {
        let mut out = vec![0; data.len()];
        let answer = bounded(data.len(), 300, NAMES, || Answer::parse(status, data, &mut out));
        if let Ok(answer) = answer {
            let value: serde_json::Value = serde_json::from_slice(data).unwrap();
            match answer {
                Answer::Tokens(tokens) => {
                    assert!(
                        status == 200
                            && value["access_token"] == tokens.access_token
                            && !tokens.access_token.is_empty()
                    );
                    assert!(tokens.refresh_token.is_none_or(|token| value["refresh_token"] == token));
                }
                // Strava's Fault names none, and refuses a refresh token.
                Answer::Error { error, .. } => {
                    assert!(value["error"] == error || value["errors"][0]["code"] == "invalid")
                }
            }
        }
    }
});

/// One way to authenticate, and one client.
fn check(client: ClientAuthentication<'_>, header: bool, all: &dyn Fn(&str) -> Vec<String>) {
    let sent = [header, !all("client_secret").is_empty(), !all("client_assertion").is_empty()];
    let method = match client.method() {
        AuthMethod::None => [false, false, false],
        AuthMethod::ClientSecretBasic => [true, false, false],
        AuthMethod::ClientSecretPost => [false, true, false],
        _ => [false, false, true],
    };
    assert_eq!(sent, method);
    assert!(!client.client_id().is_empty());
    assert!(all("client_id").is_empty() && (sent[0] || sent[2]) || all("client_id") == [client.client_id()]);
}
