//! A client as a sequence of what it is told, beside a simple model: what one authorization server gave goes to no other, a code
//! is sent once, only for the state of its request and with the verifier of its challenge, tokens come from token endpoints
//! alone, and what is called out of order changes nothing; whoever goes on from the record is held to the same. The first
//! byte says what the client is, each other is an event, until one of which the rest is a response's body.
#![no_main]

use base64ct::{Base64, Encoding};
use doorward::http::exchange::ResponseHead;
use doorward::oauth::client::{Client, MAX_ROUNDS, Registered, Settings, Step};
use doorward::oauth::pkce::{CodeChallenge, CodeVerifier};
use doorward::{Error, UnixTime};
use doorward_fuzz::{NAMES, bounded};
use libfuzzer_sys::fuzz_target;

/// Enough for texts as short as here, and quick.
const ROOM: usize = 8192;
/// The last is the resource, where it is its own server.
const SERVERS: [&str; 4] = ["as0", "as1", "as2", "mcp"];
const OTHERS: usize = 3;

struct Model {
    client: Client<Vec<u8>>,
    /// What the client is: one bit for each of its settings.
    is: u8,
    /// The `code_challenge` of the last authorization request.
    challenge: String,
    now: u64,
    /// The state of the request that is waited for.
    state: Option<String>,
    /// How many texts were given out, so that each is another.
    given: u32,
    /// Tokens that were given because the resource refused one, in a row.
    rounds: u8,
    /// How often more was asked for because of each of the two challenges that name scopes.
    steps: [u8; 2],
    /// Tokens that were refused by 401 since one was good for 5 minutes, and when.
    refused: (u8, u64),
    tokens: Vec<String>,
    /// When the last token came that nothing has been answered to.
    unused_since: Option<u64>,
    /// The record that was compared last.
    restored: String,
    /// The server that has been told what the settings give for the first.
    given_to: Option<&'static str>,
}

/// The server whose host a URL has; none for the resource and its metadata.
fn server_of(url: &str) -> Option<&'static str> {
    let is_resource = url.contains("/.well-known/oauth-protected-resource") || url == "https://mcp.example/m";
    let at = |server: &&str| url.starts_with(&format!("https://{server}.example"));
    if is_resource { None } else { SERVERS.into_iter().find(at) }
}

/// The parameter of a query or form.
fn parameter<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("{name}="))?;
    rest.split(['&', '\n', ' ']).next()
}

impl Model {
    fn at(&self) -> UnixTime {
        UnixTime::from_seconds(self.now)
    }

    /// What is due by now is begun. A token that the user signed in for is not dropped before it could be sent.
    fn due(&mut self) -> Result<Step, Error> {
        let (had, now) = (self.client.access_token().is_some(), self.at());
        let step = self.client.step(now);
        let dropped = had && self.client.access_token().is_none() && step == Ok(Step::Ready);
        assert!(!dropped || self.unused_since.is_none_or(|since| self.now >= since + 60));
        step
    }

    fn snapshot(&mut self) -> (String, Result<Step, Error>) {
        let now = self.at();
        (self.client.record().to_string(), self.client.step(now))
    }

    /// What the settings give for the first server goes to that one alone.
    fn received(&mut self, server: &'static str, text: &str) {
        if text.contains("-given") {
            assert_eq!(*self.given_to.get_or_insert(server), server, "{text}");
        }
    }

    fn asked(&mut self) -> Option<(String, String)> {
        let mut out = vec![0; ROOM];
        let request = self.client.request(&mut out).ok()?;
        let basic = request.fields().find_map(|(_, value)| value.strip_prefix("Basic "));
        let credentials = basic.map(|basic| String::from_utf8(Base64::decode_vec(basic).unwrap()).unwrap());
        let whole = format!("{} {}", request.whole(), credentials.unwrap_or_default());
        let url = request.url().to_owned();
        let legacy = self.is & LEGACY != 0;
        match server_of(&url) {
            Some(own) => {
                assert!(own != "mcp" || legacy, "{url}");
                self.received(own, &whole);
                if let Some(verifier) = parameter(&whole, "code_verifier") {
                    let challenge = CodeChallenge::of(&CodeVerifier::parse(verifier).unwrap()).unwrap();
                    assert_eq!(challenge.as_str(), self.challenge);
                }
                assert_eq!(whole.contains("grant_type=authorization_code"), whole.contains("code_verifier="));
                assert!(self.is & CREDENTIALS == 0 || !whole.contains("code_verifier="));
                for other in SERVERS.into_iter().filter(|other| *other != own) {
                    assert!(!whole.contains(&format!("-{other}-")), "{whole}");
                }
            }
            None => assert!(url.starts_with("https://mcp.example/") && request.method() == "GET", "{url}"),
        }
        Some((url, whole))
    }

    fn response(&mut self, kind: u8) {
        let Some((url, whole)) = self.asked() else {
            let before = self.snapshot();
            let head = ResponseHead::new(200, self.at());
            assert_eq!(self.client.response(&head, b"{}", &mut [0; 2]), Err(Error::ClientStepUnexpected));
            assert_eq!(self.snapshot(), before);
            return;
        };
        self.given += 1;
        let (number, server) = (self.given, server_of(&url).unwrap_or("as0"));
        let named = SERVERS[usize::from(kind >> 4) % OTHERS];
        let body = match (kind & 7, server_of(&url)) {
            (0, _) => String::new(),
            (1, _) => r#"{"error":"invalid_grant"}"#.to_owned(),
            (2, _) => r#"{"error":"invalid_client","error_description":"x"}"#.to_owned(),
            (_, None) => format!(
                r#"{{"resource":"https://mcp.example/mcp","authorization_servers":["https://{named}.example"],"scopes_supported":["a"]}}"#
            ),
            _ if url.contains("/.well-known/") => format!(
                r#"{{"issuer":"https://{server}.example","authorization_endpoint":"https://{server}.example/authorize","token_endpoint":"https://{server}.example/token"{}{},"client_id_metadata_document_supported":{},"authorization_response_iss_parameter_supported":true,"scopes_supported":["offline_access"]}}"#,
                if self.is & S256_KNOWN == 0 { r#","code_challenge_methods_supported":["S256"]"# } else { "" },
                if kind & 8 == 0 { format!(r#","registration_endpoint":"https://{server}.example/register""#) } else { String::new() },
                kind & 16 != 0,
            ),
            _ if url.ends_with("/register") => format!(
                r#"{{"client_id":"id-{server}-{number}","client_secret":"secret-{server}-{number}","client_secret_expires_at":{}}}"#,
                if kind & 8 == 0 { 0 } else { self.now + 100 }
            ),
            _ => {
                assert!(url.ends_with("/token") && whole.contains("grant_type=") && whole.contains("&resource=https%3A%2F%2Fmcp.example%2Fmcp"), "{whole}");
                let refresh = if kind & 8 == 0 { String::new() } else { format!(r#","refresh_token":"refresh-{server}-{number}""#) };
                let token = format!("token-{server}-{number}");
                let lifetime = [0, 1, 50, 150][usize::from(kind >> 4) % 4];
                let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{lifetime}{refresh}}}"#);
                self.tokens.push(token);
                body
            }
        };
        let status = match kind & 7 {
            0 => 404,
            1 => 400,
            2 => 401,
            _ => 200,
        };
        let head = ResponseHead::new(status, self.at());
        let before = self.client.access_token().map(str::to_owned);
        let _ = self.client.response(&head, body.as_bytes(), &mut vec![0; body.len()]);
        if self.client.access_token().is_some_and(|token| Some(token) != before.as_deref()) {
            self.unused_since = Some(self.now);
        }
    }

    fn answered(&mut self, kind: u8) {
        let current = self.client.access_token().map(str::to_owned);
        let sent = if kind & 8 == 0 { current.clone() } else { Some("another".to_owned()) };
        let (status, challenge) = match kind & 7 {
            0 => (200, None),
            1 => (403, Some(r#"Bearer error="insufficient_scope", scope="a b""#)),
            2 => (403, Some(r#"Bearer error="insufficient_scope", scope="a""#)),
            3 => (403, None),
            4 => (401, Some(r#"Bearer resource_metadata="https://mcp.example/m", scope="c""#)),
            5 => (401, Some(r#"Bearer resource_metadata="https://127.0.0.1/m""#)),
            _ => (401, None),
        };
        let before = self.snapshot();
        let (now, values) = (self.at(), challenge.map(str::as_bytes));
        if sent.is_none() {
            self.rounds = 0;
        }
        if sent.is_some() && sent == current {
            self.unused_since = None;
        }
        let scope = self.client.scope().to_owned();
        match self.client.answered(sent.as_deref(), status, values, &mut [0; 100], now) {
            Err(Error::ClientStepUnexpected) => {
                assert!(!matches!(before.1, Ok(Step::Ready)) || sent != current);
                assert_eq!(self.snapshot(), before);
            }
            outcome if sent != current => assert_eq!(outcome, before.1),
            // While something else is under way.
            Ok(step) if status == 200 && step != Step::Ready => {
                assert_eq!(Ok(step), before.1);
                assert_eq!(self.snapshot(), before);
            }
            Ok(Step::Ready) if status != 403 => self.rounds = 0,
            Ok(Step::Ready) => {}
            Ok(_) => {
                self.rounds += 1;
                assert!(self.rounds <= MAX_ROUNDS);
                if status == 403 {
                    // Whatever was answered meanwhile, and however often it began anew.
                    let steps = &mut self.steps[usize::from(kind & 7) - 1];
                    *steps += 1;
                    assert!(*steps <= 2 * MAX_ROUNDS && scope != "a b");
                } else if sent.is_some() {
                    let is_retry = self.now < self.refused.1 + 300;
                    self.refused = (if is_retry { self.refused.0 + 1 } else { 1 }, self.now);
                    assert!(self.refused.0 < MAX_ROUNDS);
                }
            }
            Err(error) => {
                self.rounds = self.rounds.saturating_add(1);
                assert!(matches!(error, Error::InsufficientScope | Error::TokenRefused | Error::FetchUrlRefused
                    | Error::ClientUnregistered | Error::EndpointMissing), "{error}");
            }
        }
    }

    fn redirected(&mut self, kind: u8) {
        let issuer = self.client.issuer().unwrap_or_default().to_owned();
        let state = if kind & 1 == 0 { self.state.clone().unwrap_or_default() } else { "evil".to_owned() };
        let iss = if kind & 2 == 0 { issuer } else { "https://evil.example".to_owned() };
        let what = if kind & 4 == 0 { "code=code" } else { "error=access_denied" };
        let query = format!("{what}&state={state}&iss={}", iss.replace(':', "%3A"));
        let (before, waits) = (self.snapshot(), self.state.is_some());
        match self.client.redirected(query.as_bytes(), &mut vec![0; query.len()]) {
            Ok(step) => {
                assert!(waits && kind & 7 == 0 && step == Step::Request);
                self.state = None;
            }
            Err(Error::ClientStepUnexpected) => assert_eq!(self.snapshot(), before),
            Err(Error::StateMismatch) => {
                assert!(kind & 1 == 1 || state.is_empty());
                assert_eq!(self.snapshot(), before);
            }
            Err(error) => {
                assert!(matches!(error, Error::ResponseIssuerMismatch | Error::AccessDenied) && waits, "{error}");
                self.state = None;
            }
        }
    }

    fn event(&mut self, event: u8) {
        let kind = event >> 3;
        let _ = self.due();
        match event & 7 {
            0 => self.answered(kind),
            1 | 2 | 7 => self.response(kind | (event & 4) << 3),
            3 => {
                let mut random = [self.given as u8; 64];
                random[40] = kind;
                self.given += 1;
                let mut out = vec![0; ROOM];
                let outcome = self.client.authorize(&random, &mut out).map(str::to_owned);
                if let Ok(url) = outcome {
                    let server = server_of(&url).unwrap();
                    assert_eq!(Some(server), server_of(self.client.issuer().unwrap()));
                    self.received(server, &url);
                    let state = parameter(&url, "&state").unwrap();
                    self.challenge = parameter(&url, "&code_challenge").unwrap().to_owned();
                    assert_ne!(self.state.as_deref(), Some(state));
                    self.state = Some(state.to_owned());
                }
            }
            4 => self.redirected(kind),
            5 => {
                self.now += u64::from(kind) * 20;
                let step = self.due();
                assert_eq!(self.due(), step);
            }
            _ if kind & 1 == 0 => {
                let now = self.at();
                let _ = self.client.no_response(now);
            }
            _ if kind & 2 == 0 => {
                self.client.reset();
                (self.state, self.rounds) = (None, 0);
                let now = self.at();
                let _ = self.client.step(now);
            }
            _ if kind & 4 == 0 => {
                let server = self.client.issuer().and_then(server_of).unwrap_or_default();
                let (id, secret) = (format!("id-{server}-own"), format!("secret-{server}-own"));
                let own = Registered { issuer: "", client_id: &id, client_secret: &secret, auth_method: None };
                let now = self.at();
                let _ = self.client.register(&own, now);
            }
            _ => {
                let record = self.client.record().to_string();
                self.client = self.later(&record);
                (self.state, self.rounds, self.steps, self.refused) = (None, 0, [0; 2], (0, 0));
                self.unused_since = None;
            }
        }
        assert!(self.client.access_token().is_none_or(|token| self.tokens.iter().any(|known| known == token)));
        let _ = self.asked();
        // Whoever goes on from the record has the same.
        let record = self.client.record().to_string();
        let has_both = self.client.client_id().is_some() && self.client.access_token().is_some();
        if has_both && record != self.restored {
            assert_eq!(self.later(&record).record().to_string(), record);
            self.restored = record;
        }
    }

    /// The client of a program that has started again.
    fn later(&self, record: &str) -> Client<Vec<u8>> {
        let mut other = Client::new(&settings(self.is), vec![0; ROOM]).unwrap();
        other.restore(record.as_bytes(), &mut vec![0; record.len()]).unwrap();
        other
    }

    /// A response that is not of a template. What it names may be anywhere, so that this is the last event.
    fn any_response(&mut self, event: u8, body: &[u8]) {
        let now = self.at();
        let _ = self.client.step(now);
        let Some((url, _)) = self.asked() else { return };
        let status = if event & 64 == 0 { 200 } else { 400 };
        let (head, before) = (ResponseHead::new(status, now), self.client.access_token().map(str::to_owned));
        let mut scratch = vec![0; body.len()];
        let _ = bounded(body.len(), 400, NAMES, || self.client.response(&head, body, &mut scratch));
        let has_new = self.client.access_token().is_some_and(|token| Some(token) != before.as_deref());
        assert!(!has_new || (status == 200 && url.ends_with("/token")));
        let record = self.client.record().to_string();
        let _ = self.later(&record);
    }
}

const DOCUMENT: u8 = 1;
const CREDENTIALS: u8 = 2;
const LEGACY: u8 = 4;
const S256_KNOWN: u8 = 8;
const REGISTERED: u8 = 16;
const GIVEN: u8 = 32;

fn settings(is: u8) -> Settings<'static> {
    let mut settings = Settings::new("https://mcp.example/mcp", "http://127.0.0.1:3000/cb");
    settings.legacy = is & LEGACY != 0;
    settings.s256_known = is & S256_KNOWN != 0;
    let document = if is & DOCUMENT == 0 { "" } else { "https://client.example/document.json" };
    let (issuer, client_id, secret) = match is & (GIVEN | CREDENTIALS) {
        0 => ("https://as1.example", "id-as1-0", ""),
        CREDENTIALS => ("https://as1.example", "id-as1-0", "secret-as1-0"),
        _ => ("", "id-given", "secret-given"),
    };
    let own = Registered { issuer, client_id, client_secret: secret, auth_method: None };
    settings.client_document = document;
    settings.trusts_first_issuer = true;
    settings.registered = (is & (REGISTERED | CREDENTIALS | GIVEN) != 0).then_some(own);
    if is & CREDENTIALS != 0 {
        (settings.client_credentials, settings.redirect_uri, settings.client_document) = (true, "", "");
    }
    settings
}

fuzz_target!(|data: &[u8]| {
    let Some((is, events)) = data.split_first() else { return };
    let client = Client::new(&settings(*is), vec![0; ROOM]).unwrap();
    let mut model = Model {
        client,
        is: *is,
        challenge: String::new(),
        now: 1,
        state: None,
        given: 0,
        rounds: 0,
        steps: [0; 2],
        refused: (0, 0),
        tokens: Vec::new(),
        unused_since: None,
        restored: String::new(),
        given_to: None,
    };
    for (at, event) in events.iter().enumerate().take(80) {
        // What follows is a response's body.
        if event & 63 == 57 {
            model.any_response(*event, &events[at + 1..]);
            break;
        }
        model.event(*event);
    }
    let mut client = Client::new(&settings(*is), vec![0; 4096]).unwrap();
    let _ = bounded(data.len(), 400, NAMES, || client.restore(data, &mut vec![0; data.len()]));
});
