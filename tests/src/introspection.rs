//! Opaque tokens: events, and what comes of each, by the machine of hosts and by the steps that it takes.

use std::collections::HashMap;

use doorward::alg::{ASYMMETRIC, Alg, Algorithms, PublicKey};
use doorward::error::Error;
use doorward::host::{
    self, AnyPolicy, CacheLimits, IntrospectionLookup, IntrospectionSettings, Introspector, PendingIntrospection,
};
use doorward::http::exchange::ResponseHead;
use doorward::introspection::{
    ClientAuthentication, Decision, Introspection, Pause, Record, Request, Settings, TokenCheck, Tokens, Verification,
    scratch_length,
};
use doorward::jwt::{Audience, ClientBinding, ClientClaim, Issuer, Policy, ScopeSource};
use doorward::oauth::scope::ScopeList;
use doorward::time::{Leeway, UnixTime};

use crate::agree;
use crate::blocks::{self, Case, words};
use crate::principal_line;

fn settings(case: &Case<'_>) -> IntrospectionSettings {
    let number = |name: &str| case.get(name).map(|text| text.parse().expect(name));
    let text = |name: &str, other: &str| case.get(name).copied().unwrap_or(other).to_owned();
    let tokens = Tokens::ALL.iter().find(|one| one.name() == text("tokens", "opaque")).expect("tokens");
    IntrospectionSettings {
        check: case.get("check").map(|&name| name.to_owned()),
        endpoint: text("endpoint", "https://as.example/introspect"),
        authentication: text("authentication", "client_secret_basic"),
        client_id: text("client_id", "mcp"),
        secret: text("secret", "s3cret").into(),
        tokens: *tokens,
        lifetime_without_exp: number("lifetime_without_exp"),
        token_type_optional: case.contains_key("token_type_optional"),
        times: Settings {
            active_lifetime: number("active_lifetime"),
            refused_lifetime: number("refused_lifetime"),
            timeout: number("timeout"),
            pause: number("pause"),
        },
        cache: CacheLimits::DEFAULT,
        max_pending: None,
    }
}

fn policy_of_host(case: &Case<'_>) -> Result<AnyPolicy<PublicKey>, Error> {
    let all = ASYMMETRIC.iter().map(|one| one.alg()).collect::<Vec<Alg>>();
    let text = |name: &str| case.get(name).copied().unwrap_or_default().to_owned();
    let mut binding = words(case, "client_binding").map(str::to_owned);
    let claim = binding.next().map(|claim| ClientClaim::from_name(&claim)).transpose()?;
    let audience = words(case, "audience").map(str::to_owned).collect();
    let settings = host::Settings {
        client_binding: claim.map(|claim| host::ClientBinding { claim, any_of: binding.collect() }),
        required_scopes: text("scopes"),
        scope_source: case.get("scope_source").map(|source| (*source).to_owned()),
        leeway: Leeway::from_seconds(blocks::number(case, "leeway", 60))?,
        ..host::Settings::mcp(text("issuer"), audience, all)
    };
    AnyPolicy::new(settings, ASYMMETRIC)
}

fn head(response: &str, now: UnixTime) -> (ResponseHead, &[u8]) {
    let (fields, body) = response.rsplit_once('|').expect(response);
    let mut lines = fields.split('|');
    let mut head = ResponseHead::new(lines.next().and_then(|status| status.parse().ok()).expect(response), now);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        head.field(name.as_bytes(), value.as_bytes());
    }
    (head, body.as_bytes())
}

fn refused(error: Error) -> String {
    match error {
        Error::IntrospectionUnavailable { retry_after } => format!("{} {retry_after}", error.name()),
        other => other.name().to_owned(),
    }
}

fn shown<'r>(method: &str, url: &str, fields: impl Iterator<Item = (&'static str, &'r str)>, body: &str) -> String {
    let fields: String = fields.map(|(name, value)| format!("{name}: {value}|")).collect();
    format!("{method} {url}|{fields}{body}")
}

/// One of the two.
trait Machine {
    fn request(&self, token: &str) -> Result<String, Error>;
    fn token(&mut self, token: &str, now: UnixTime) -> String;
    fn response(&mut self, token: &str, response: Option<&str>, now: UnixTime) -> String;
}

struct OfHost {
    introspector: Introspector<PublicKey>,
    waiting: HashMap<String, PendingIntrospection>,
}

fn outcome(outcome: Result<host::Principal, Error>) -> String {
    outcome.map_or_else(refused, |principal| format!("use {}", principal_line!(principal)))
}

impl Machine for OfHost {
    fn request(&self, token: &str) -> Result<String, Error> {
        let request = self.introspector.request(token.as_bytes())?;
        let fields = request.fields.iter().map(|(name, value)| (*name, value.as_str()));
        Ok(shown(request.method, &request.url, fields, &request.body))
    }

    fn token(&mut self, token: &str, now: UnixTime) -> String {
        match self.introspector.lookup(token.as_bytes(), now) {
            IntrospectionLookup::Hit(known) => outcome(known),
            IntrospectionLookup::Wait(_) => "wait".to_owned(),
            IntrospectionLookup::Request(pending) => {
                self.waiting.insert(token.to_owned(), pending);
                "request".to_owned()
            }
        }
    }

    fn response(&mut self, token: &str, response: Option<&str>, now: UnixTime) -> String {
        let pending = &self.waiting[token];
        let Some(response) = response else { return refused(self.introspector.no_response(pending, now)) };
        let (head, body) = head(response, now);
        outcome(self.introspector.response(pending, &head, body))
    }
}

struct Stepwise<'p> {
    introspection: Introspection<'p>,
    policy: Policy<'p, 'p>,
    times: Settings,
    pause: Pause,
    /// What is remembered of each, and the claims with the time at which they came.
    records: HashMap<String, (Record, Option<(String, UnixTime)>)>,
}

impl Machine for Stepwise<'_> {
    fn request(&self, token: &str) -> Result<String, Error> {
        let mut memory = vec![0; 1 << 16];
        let request = |memory: &mut [u8]| {
            let request: Request<'_> = self.introspection.request(token.as_bytes(), memory)?;
            Ok(shown(request.method(), request.url(), request.fields(), request.body()))
        };
        let whole = request(&mut memory)?;
        let Err(Error::BufferTooSmall { needed }) = request(&mut []) else { panic!("no room was enough") };
        let needed = usize::try_from(needed).unwrap();
        for room in 0..needed {
            let less = request(&mut memory[..room]);
            assert!(matches!(less, Err(Error::BufferTooSmall { .. })), "{room} of {needed}");
        }
        assert_eq!(request(&mut memory[..needed]), Ok(whole.clone()));
        Ok(whole)
    }

    fn token(&mut self, token: &str, now: UnixTime) -> String {
        // Refused before anything is looked up.
        if let Err(error @ (Error::TokenMalformed | Error::TokenTooLong { .. })) =
            self.introspection.request(token.as_bytes(), &mut [])
        {
            return refused(error);
        }
        let known = self.records.get(token);
        match Record::decide(known.map(|(record, _)| record), &self.pause, now) {
            Decision::Use => {
                let (claims, received) = known.and_then(|(_, claims)| claims.as_ref()).expect("claims");
                let mut scratch = vec![0; scratch_length(claims.len(), &self.policy)];
                let again = self.introspection.response_again(claims, &mut scratch, &self.policy, *received, now);
                again.map_or_else(refused, |principal| format!("use {}", principal_line!(principal)))
            }
            Decision::Wait => "wait".to_owned(),
            Decision::Reject(error) => refused(error),
            Decision::Request => {
                self.records.insert(token.to_owned(), (Record::pending(&self.times, now), None));
                "request".to_owned()
            }
        }
    }

    fn response(&mut self, token: &str, response: Option<&str>, now: UnixTime) -> String {
        let Some(response) = response else { return self.end(token, Err(Error::ResponseMissing), None, now) };
        let (head, body) = head(response, now);
        let mut scratch = vec![0; scratch_length(body.len(), &self.policy)];
        let outcome = self.introspection.response(&head, body, &mut scratch, &self.policy);
        let outcome =
            outcome.map(|it| (it.expires_at(), it.claims().to_owned(), format!("use {}", principal_line!(it))));
        self.end(token, outcome, Some(&head), now)
    }
}

impl Stepwise<'_> {
    fn end(
        &mut self,
        token: &str,
        outcome: Result<(i64, String, String), Error>,
        head: Option<&ResponseHead>,
        now: UnixTime,
    ) -> String {
        let record = Record::answered(outcome.as_ref().map(|(exp, ..)| *exp).map_err(|it| *it), &self.times, now);
        let (claims, shown) = match outcome {
            Ok((_, claims, shown)) => (Some((claims, now)), shown),
            Err(error) => {
                self.pause = Pause::after(error, head, &self.times, now).unwrap_or(self.pause);
                (None, refused(error))
            }
        };
        self.records.insert(token.to_owned(), (record, claims));
        shown
    }
}

/// Events with `;` between; see `tests/vectors/README.md`.
pub fn answer(case: &Case<'_>) -> Result<String, Error> {
    let settings = settings(case);
    let policy = policy_of_host(case);
    let mut of_host = OfHost { introspector: Introspector::new(policy?, settings.clone())?, waiting: HashMap::new() };

    let check = TokenCheck::named(settings.check.as_deref())?;
    let client = ClientAuthentication::from_name(&settings.authentication, &settings.client_id, &settings.secret)?;
    let mut introspection = Introspection::of(check, &settings.endpoint, client)?.timeout(settings.times.timeout());
    if let Some(seconds) = settings.lifetime_without_exp {
        introspection = introspection.lifetime_without_exp(seconds);
    }
    if settings.token_type_optional {
        introspection = introspection.token_type_optional();
    }
    introspection.check()?;
    let clients = blocks::lines(words(case, "client_binding").skip(1));
    let audience = Audience::new(words(case, "audience"));
    let recipient = match words(case, "client_binding").next() {
        None => audience?.into(),
        Some(claim) => {
            let binding = ClientBinding::new(ClientClaim::from_name(claim)?, &clients)?;
            audience.map_or(binding.into(), |audience| audience.and(binding))
        }
    };
    let source = case.get("scope_source").map(|source| ScopeSource::parse(source)).transpose()?;
    let policy = Policy::mcp::<_, doorward::jwt::Recipient<'_>>(
        Issuer::new(case["issuer"])?,
        recipient,
        Algorithms::new(ASYMMETRIC)?,
    )
    .leeway(Leeway::from_seconds(blocks::number(case, "leeway", 60))?)
    .require_scopes(ScopeList::parse(case.get("scopes").copied().unwrap_or_default())?)
    .scope_source(source.unwrap_or_default());
    let (pause, records) = (Pause::default(), HashMap::new());
    let mut stepwise = Stepwise { introspection, policy, times: settings.times, pause, records };

    let events = case["events"].split(';').map(|event| {
        let words: Vec<_> = event.split(' ').collect();
        let now = || UnixTime::from_seconds(words[1].parse().expect(event));
        let mut both = |run: &dyn Fn(&mut dyn Machine) -> String| agree(run(&mut of_host), run(&mut stepwise));
        match words[0] {
            "request" => both(&|machine| machine.request(words[1]).unwrap_or_else(refused)),
            "token" => both(&|machine| machine.token(words[2], now())),
            "response" => {
                let response = case[&*format!("response_{}", words[3])];
                both(&|machine| machine.response(words[2], Some(response), now()))
            }
            "no_response" => both(&|machine| machine.response(words[2], None, now())),
            "verification" => match settings.tokens.verification(words[1].as_bytes()) {
                Ok(Verification::Keys) => "keys".to_owned(),
                Ok(Verification::Endpoint) => "endpoint".to_owned(),
                Err(error) => refused(error),
            },
            "timeout" => settings.times.timeout().as_millis().to_string(),
            "body_limit" => introspection.body_limit(words[1].parse().expect(event)).to_string(),
            other => panic!("event {other}"),
        }
    });
    Ok(events.collect::<Vec<_>>().join(";"))
}
