//! What an authorization server and its clients read.

use std::hint::black_box;

use doorward::alg::PublicKey;
use doorward::api_key::ApiKey;
use doorward::http::client::{ForwardedBy, client_address};
use doorward::http::exchange::ResponseHead;
use doorward::introspection::{self, Introspection, TokenCheck, Tokens};
use doorward::jwk::Key;
use doorward::jwt::{Audience, ClientBinding, ClientClaim, Issuer, MAX_TOKEN_LENGTH, Policy};
use doorward::oauth::authorization_request::Received;
use doorward::oauth::authorization_response::{AuthorizationResponse, Expected, Sender};
use doorward::oauth::bearer;
use doorward::oauth::challenge::ReceivedChallenge;
use doorward::oauth::client_authentication::AuthMethod;
use doorward::oauth::client_document::ClientDocumentUrl;
use doorward::oauth::metadata::IssuerUrl;
use doorward::oauth::registration::{ClientMetadata, Issued, Registrable};
use doorward::oauth::revocation_request::RevocationRequest;
use doorward::oauth::scope::{GrantedScopes, ScopeHierarchy, ScopeList, ScopePrefix, ScopeRules};
use doorward::oauth::server::KnownServer;
use doorward::oauth::token_request::TokenRequest;
use doorward::oauth::token_response::{Answer, MAX_TOKEN_RESPONSE_LENGTH};
use doorward::provider::upstream::granted_of;
use doorward::seal::{self, Binding, MAX_STATE_LENGTH, SealingKey};
use doorward::secret::Pepper;
use doorward::time::UnixTime;
use doorward::{ASYMMETRIC, Algorithms};
use doorward_tests::worst::oauth as worst;
use doorward_tests::worst::{AUDIENCE, ISSUER, escaped_names, required_scopes, with_payload};

use crate::{NOW, Path};

const REGISTRABLE: Registrable<'_> = Registrable { auth_methods: AuthMethod::ALL, client_credentials: true };

pub(crate) const PATHS: &[(&str, &str, Path)] = &[
    ("worst: client registration", "es256", |_| registration(worst::registration())),
    ("worst: client registration, lists", "es256", |_| registration(worst::registration_lists())),
    ("worst: client document", "es256", |_| {
        let document = worst::client_document();
        Box::new(move || {
            let url = ClientDocumentUrl::parse(worst::CLIENT).expect("a URL");
            let client = url.read(&json(), document.as_bytes(), &REGISTRABLE);
            black_box(client.map(|client| client.digest()).expect("a client"));
        })
    }),
    ("worst: authorization request", "es256", |_| {
        let (query, registered) = (worst::authorization_request(), worst::redirect_uris());
        Box::new(move || {
            let mut out = vec![0; query.len()];
            let received = Received::parse(query.as_bytes(), &mut out).expect("a client");
            let redirect = received.check(registered.iter().map(String::as_str), true).expect("its redirect URI");
            black_box(redirect.request().map(|request| request.code_challenge().len()).expect("a request"));
        })
    }),
    ("worst: authorization response", "es256", |_| {
        let query = worst::request("code=c&state=s&iss=https%3A%2F%2Fissuer.example%2Ft1");
        Box::new(move || {
            let sender = Sender::Issuer { issuer: issuer(), iss_supported: true };
            let expected = Expected { sender, state: "s" };
            let mut out = vec![0; query.len()];
            assert!(black_box(AuthorizationResponse::parse(query.as_bytes(), &expected, &mut out)).is_ok());
        })
    }),
    ("worst: token request", "es256", |_| {
        let (header, body) = worst::token_request();
        token_request(Some(header), body)
    }),
    ("worst: token request, assertion", "es256", |_| {
        token_request(None, worst::assertion_request(&with_payload(&escaped_names())))
    }),
    ("worst: revocation request", "es256", |_| {
        let (header, body) = (worst::token_request().0, worst::request("token=t"));
        Box::new(move || {
            let (header, mut out) = (Some(header.as_bytes()), vec![0; 8 * body.len()]);
            black_box(RevocationRequest::parse(header, body.as_bytes(), &mut out).expect("a request").token().len());
        })
    }),
    ("worst: token response", "es256", |_| {
        let body = worst::token_response();
        Box::new(move || {
            assert!(black_box(Answer::parse(200, body.as_bytes(), &mut vec![0; body.len()])).is_ok());
        })
    }),
    ("worst: server metadata", "es256", |_| {
        let document = worst::server_metadata();
        Box::new(move || {
            let mut out = vec![0; document.len()];
            assert!(black_box(KnownServer::parse(issuer(), document.as_bytes(), false, &mut out)).is_ok());
        })
    }),
    ("worst: challenge", "es256", |_| {
        let header = worst::challenge();
        Box::new(move || {
            let mut out = vec![0; header.len()];
            assert!(black_box(ReceivedChallenge::parse([header.as_bytes()], &mut out)).is_ok());
        })
    }),
    ("worst: client address", "es256", |_| {
        let (header, commas) = (worst::forwarded(), ",".repeat(MAX_TOKEN_LENGTH));
        Box::new(move || {
            let address = client_address(None, ForwardedBy::Forwarded, [header.as_bytes()], 1);
            assert!(black_box(address).is_some());
            let none = client_address(None, ForwardedBy::XForwardedFor, [commas.as_bytes()], 2);
            assert!(black_box(none).is_none());
        })
    }),
    ("worst: step-up", "es256", |_| {
        let (required, known) = (required_scopes(), required_scopes().replace('r', "k"));
        let granted = format!("{} {}", required.replace('r', "g"), required.replace('r', "h"));
        Box::new(move || {
            let lists = [&required, &known].map(|scopes| ScopeList::parse(scopes).expect("scopes"));
            let rules = ScopeRules {
                required: ScopeList::EMPTY,
                advertised: None,
                challenge: None,
                prefix: ScopePrefix::NONE,
                hierarchy: ScopeHierarchy::NONE,
            };
            let asked = rules.step_up(GrantedScopes::new(&granted), lists[0], lists[1]);
            black_box(asked.expect("scopes").to_string());
        })
    }),
    ("worst: granted by a service", "es256", |_| {
        // As long as a service's response may be, and alike: all but the last of the known ones are told nowhere.
        let (asked, known) = (required_scopes(), required_scopes().replace('r', "k"));
        let last = known.rsplit(' ').next().unwrap_or_default();
        let said = format!("{} {last}", "q ".repeat(MAX_TOKEN_RESPONSE_LENGTH / 2));
        Box::new(move || {
            let [asked, known] = [&asked, &known].map(|scopes| ScopeList::parse(scopes).expect("scopes"));
            assert_eq!(black_box(granted_of(asked, known, GrantedScopes::new(&said))).count(), 0);
        })
    }),
    ("worst: bearer token", "es256", |_| {
        let header = format!("Bearer {}", "a".repeat(MAX_TOKEN_LENGTH));
        Box::new(move || assert!(black_box(bearer::token([header.as_bytes()])).is_ok()))
    }),
    ("worst: credential header", "es256", |_| {
        let own = "|".repeat(MAX_TOKEN_LENGTH);
        Box::new(move || assert!(black_box(bearer::credential([], [own.as_bytes()], true)).is_ok()))
    }),
    ("worst: query", "es256", |_| {
        let query = worst::form("session=1");
        Box::new(move || assert!(black_box(bearer::check_query(query.as_bytes())).is_ok()))
    }),
    ("worst: opaque token", "es256", |_| {
        let token = ["a"; 3].map(|one| one.repeat(MAX_TOKEN_LENGTH / 3 - 1)).join(".");
        Box::new(move || {
            let client = introspection::ClientAuthentication::Basic { id: "c", secret: "s" };
            let introspection = Introspection::new("https://issuer.example/i", client).expect("settings");
            let verification = Tokens::Both.verification(token.as_bytes()).is_ok();
            let mut memory = vec![0; 4 * MAX_TOKEN_LENGTH];
            let request = introspection.request(token.as_bytes(), &mut memory).is_ok();
            assert!(black_box((verification, introspection::digest(token.as_bytes()))).0 && request);
        })
    }),
    ("worst: introspection answer", "es256", |_| introspection("rfc7662", worst::introspection_answer())),
    ("worst: introspection answer, nested", "es256", |_| introspection("github", worst::nested_answer())),
    ("worst: sealed state", "es256", |_| {
        let keys = [2_u32, 3, 4, 1].map(|version| SealingKey::new(version, &[7; 32]));
        let binding = Binding { purpose: "requestState", principal: "p", request: &[1; 4096] };
        let (until, mut out) = (UnixTime::from_seconds(u64::from(u32::MAX)), vec![0; 4 * MAX_STATE_LENGTH]);
        let state = [0; MAX_STATE_LENGTH];
        let sealed = seal::seal(&keys[3..], &binding, &state, until, &[9; 32], &mut out).expect("sealed").to_owned();
        Box::new(move || {
            let mut out = vec![0; sealed.len()];
            black_box(seal::open(&keys, &binding, &sealed, u32::MAX, NOW, &mut out).map(<[u8]>::len).expect("state"));
        })
    }),
    ("worst: API key", "es256", |_| {
        let mint = |random: &'static [u8; 32]| ApiKey::mint("abcdefghijkl_0123456789a", random).expect("a key");
        let presented = mint(&[1; 32]).reveal(&mut [0; 256]).expect("room").to_owned();
        let stored = mint(&[2; 32]).hash(&pepper(1)).expect("a hash");
        Box::new(move || {
            let key = ApiKey::parse(&presented).expect("a key");
            black_box(key.check(Some(&stored), &[pepper(3), pepper(2), pepper(1)]).is_ok());
        })
    }),
];

fn issuer() -> IssuerUrl<'static> {
    IssuerUrl::parse(ISSUER).expect("an issuer")
}

fn pepper(version: u32) -> Pepper<'static> {
    Pepper::new(version, &[7; 256]).expect("a pepper")
}

fn json() -> ResponseHead {
    let mut head = ResponseHead::new(200, NOW);
    head.field(b"content-type", b"application/json");
    head
}

/// Read, told apart from others, and answered.
fn registration(document: String) -> Box<dyn Fn()> {
    Box::new(move || {
        let client = ClientMetadata::parse(document.as_bytes(), &REGISTRABLE).expect("a client");
        let issued = Issued { client_id: "c", issued_at: 1, client_secret: None };
        black_box((client.digest(), client.response(&issued).write(&mut [0; 32 * 1024]).map(str::len).expect("room")));
    })
}

/// Read, and its client checked by nobody's keys.
fn token_request(header: Option<String>, body: String) -> Box<dyn Fn()> {
    Box::new(move || {
        let header = header.as_ref().map(String::as_bytes);
        let mut out = vec![0; TokenRequest::room(header, body.as_bytes())];
        let client = TokenRequest::parse(header, body.as_bytes(), &mut out).expect("a request").client();
        let (keys, algorithms) = ([] as [Key<PublicKey>; 0], Algorithms::new(ASYMMETRIC).expect("algorithms"));
        let mut scratch = vec![0; doorward::jwt::scratch_length(client.reveal().len())];
        let audience = Audience::new([AUDIENCE]).expect("an audience");
        black_box(client.check_assertion(&keys, algorithms, audience, &mut scratch, NOW).is_ok());
    })
}

fn introspection(check: &'static str, answer: String) -> Box<dyn Fn()> {
    Box::new(move || {
        let check = TokenCheck::from_name(check).expect("a check");
        let client = introspection::ClientAuthentication::Basic { id: "c", secret: "s" };
        let endpoint = if check.endpoint.is_empty() { "https://issuer.example/i" } else { "" };
        let introspection = Introspection::of(check, endpoint, client).expect("settings").lifetime_without_exp(60);
        let issuer = Issuer::new(ISSUER).expect("an issuer");
        let client = ClientBinding::new(ClientClaim::ClientId, "c").expect("a client");
        let policy = Policy::mcp(issuer, client, Algorithms::new(ASYMMETRIC).expect("algorithms"));
        let mut scratch = vec![0; introspection::scratch_length(answer.len(), &policy)];
        let outcome = introspection.response(&json(), answer.as_bytes(), &mut scratch, &policy).map(drop);
        assert_eq!(black_box(outcome), Ok(()));
    })
}
