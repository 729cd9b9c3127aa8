//! Everything that is not a token: an operation of core and its answer (`vectors/answers.txt`).

use doorward::alg::Alg;
use doorward::api_key::{ApiKey, ApiKeyHash, Pepper};
use doorward::error::Error;
use doorward::host::Keys;
use doorward::jwk::Key;
use doorward::jwks_refresh::{self, Decision, Event, Settings, State};
use doorward::oauth::bearer::{self, Challenge};
use doorward::oauth::metadata::{IssuerUrl, ProtectedResourceMetadata, ResourceIdentifier};
use doorward::oauth::pkce::{self, CodeChallenge, CodeVerifier};
use doorward::oauth::scope::{self, GrantedScopes, ScopeHierarchy, ScopeList, Spaced};
use doorward::response::ErrorResponse;
use doorward::text::printable::Printable;
use doorward::text::uri::Uri;
use doorward::time::UnixTime;

use crate::blocks::{self, Case, words};

/// The answer to a case, as text.
pub fn answer(case: &Case<'_>) -> Result<String, Error> {
    let get = |name: &str| case.get(name).copied();
    let text = |name: &str| get(name).unwrap_or_default();
    match text("op") {
        "bearer_token" => {
            let values = [get("header"), get("second_header")].into_iter().flatten();
            bearer::token(values.map(str::as_bytes)).map(str::to_owned)
        }
        "challenge" => {
            let mut challenge = Challenge::new();
            for (name, value) in text("parameters").split('|').filter_map(|parameter| parameter.split_once('=')) {
                challenge = challenge.with(name, value)?;
            }
            written(|out| challenge.write(out).map(str::to_owned))
        }
        "response" => {
            let number = |name: &str| text(name).parse().unwrap_or_default();
            let response = ErrorResponse::of_number(number("number"), number("retry_after").into());
            let challenge = response.challenge(ScopeList::parse(text("scopes"))?, text("resource_metadata"))?;
            let challenge = challenge.map_or_else(|| "-".into(), |challenge| challenge.to_string());
            let retry_after = response.retry_after().map_or_else(|| "-".into(), |seconds| seconds.to_string());
            Ok(format!("{} {retry_after} {} {challenge}", response.status(), response.body()))
        }
        "pkce_check" => {
            let challenge = pkce::authorization_request(get("challenge"), get("method"))?;
            pkce::token_request(Some(&challenge), get("verifier")).map(|()| String::new())
        }
        "pkce_make" => {
            let mut out = [0; 43];
            let verifier = CodeVerifier::from_random(&hex(text("random")).try_into().expect("32 bytes"), &mut out)?;
            Ok(format!("{} {}", verifier.reveal(), CodeChallenge::of(&verifier)?.as_str()))
        }
        "resource_metadata_url" => ResourceIdentifier::parse(text("resource")).map(|it| it.metadata_url().to_string()),
        "issuer_metadata_urls" => {
            let urls = IssuerUrl::parse(text("issuer"))?.metadata_urls().map(|url| url.to_string());
            Ok(urls.collect::<Vec<_>>().join(" "))
        }
        "issuer_metadata" => {
            let issuer = IssuerUrl::parse(text("issuer"))?;
            let document = text("document").as_bytes();
            written(|out| issuer.jwks_uri(document, out).map(str::to_owned))
        }
        "resource_metadata_check" => ResourceIdentifier::parse(text("resource"))?
            .check_document(text("document").as_bytes())
            .map(|()| String::new()),
        "resource_metadata" => {
            let servers = words(case, "authorization_servers").map(IssuerUrl::parse).collect::<Result<Vec<_>, _>>()?;
            let document = ProtectedResourceMetadata {
                resource: ResourceIdentifier::parse(text("resource"))?,
                authorization_servers: &servers,
                scopes_supported: ScopeList::parse(text("scopes"))?,
                resource_name: get("resource_name"),
                resource_documentation: get("resource_documentation").map(Uri::parse).transpose()?,
            };
            written(|out| document.write(out).map(str::to_owned))
        }
        "missing_scopes" => {
            let hierarchy = blocks::hierarchy(case);
            let list = |name: &str| get(name).map(|texts| texts.split('|'));
            let required = list("required_list").map(|scopes| Ok(scope::join(scopes)?.to_string())).transpose()?;
            let granted = list("granted_list").map(|texts| scope::granted(texts).to_string());
            let required = ScopeList::parse(required.as_deref().unwrap_or(text("required")))?;
            let granted = GrantedScopes::new(granted.as_deref().unwrap_or(text("granted")));
            Ok(Spaced::new(scope::missing(required, granted, ScopeHierarchy::parse(&hierarchy)?)).to_string())
        }
        "implied_scopes" => {
            let hierarchy = blocks::hierarchy(case);
            let implied = scope::implied(GrantedScopes::new(text("granted")), ScopeHierarchy::parse(&hierarchy)?);
            Ok(Spaced::new(implied).to_string())
        }
        "api_key_mint" => {
            let random = hex(text("random")).try_into().expect("32 bytes");
            let key = ApiKey::mint(text("prefix"), &random)?;
            written(|out| key.reveal(out).map(str::to_owned))
        }
        "api_key_parse" => ApiKey::parse(text("key")).map(|key| format!("{} {}", key.prefix(), key.id())),
        "api_key_hash" => {
            let key = ApiKey::parse(text("key"))?;
            let secrets = peppers(case);
            key.hash(Pepper::current(&parse_peppers(&secrets)?)?).map(|hash| hash.to_string())
        }
        "api_key_check" => {
            let key = ApiKey::parse(text("key"))?;
            let stored = get("stored").map(str::parse::<ApiKeyHash>).transpose()?;
            let secrets = peppers(case);
            let fits = key.check(stored.as_ref(), &parse_peppers(&secrets)?)?;
            Ok(if fits.rehash { "rehash" } else { "current" }.to_owned())
        }
        "shared_secret" => {
            let key = Key::secret(get("kid"), Alg::parse(text("algorithm"))?, &hex(text("secret")))?;
            Ok(Keys::single(key).len().to_string())
        }
        "printable" => {
            let bytes = hex(text("text_hex"));
            Ok(Printable(core::str::from_utf8(&bytes).map_err(|_| Error::TextInvalid)?).to_string())
        }
        "refresh" => Ok(refresh(case)),
        other => panic!("operation {other}"),
    }
}

/// What is written where there is as much room as is asked for; with less it is the same, or the same room is asked for.
fn written(write: impl Fn(&mut [u8]) -> Result<String, Error>) -> Result<String, Error> {
    let Err(Error::BufferTooSmall { needed }) = write(&mut []) else { return write(&mut []) };
    let enough = needed.try_into().expect("a length");
    let outcome = write(&mut vec![0; enough]);
    for room in 0..enough {
        let less = write(&mut vec![0; room]);
        assert!(less == outcome || less == Err(Error::BufferTooSmall { needed }), "{room} of {enough}: {less:?}");
    }
    outcome
}

fn hex(digits: &str) -> Vec<u8> {
    crate::third_party::hex(&serde_json::json!(digits))
}

/// Versions and secrets: `1:<digits>`, the current one first.
fn peppers(case: &Case<'_>) -> Vec<(u32, Vec<u8>)> {
    words(case, "peppers")
        .map(|word| word.split_once(':').expect(word))
        .map(|(version, digits)| (version.parse().expect(version), hex(digits)))
        .collect()
}

fn parse_peppers(secrets: &[(u32, Vec<u8>)]) -> Result<Vec<Pepper<'_>>, Error> {
    secrets.iter().map(|(version, secret)| Pepper::new(*version, secret)).collect()
}

/// Events with `;` between: `needed <now>`, `key_not_found <now>`, `fetched <now> <age> [Cache-Control]`,
/// `failed <now> [Retry-After]`. The answers have `;` between too.
fn refresh(case: &Case<'_>) -> String {
    let default = Settings::default();
    let number = |name: &str, default: u32| case.get(name).map_or(default, |text| text.parse().expect(name));
    let settings = Settings {
        default_lifetime: number("default_lifetime", default.default_lifetime),
        max_stale: number("max_stale", default.max_stale),
        cooldown: number("cooldown", default.cooldown),
        fetch_timeout: number("fetch_timeout", default.fetch_timeout),
    };
    let mut state = State::new();
    let mut decisions = Vec::new();
    for event in case["events"].split(';') {
        let mut parts = event.splitn(3, ' ');
        let (name, now) = (parts.next().expect(event), parts.next().expect(event).parse().expect(event));
        let more = parts.next();
        let event = match name {
            "needed" => Event::Needed,
            "key_not_found" => Event::KeyNotFound,
            "fetched" => {
                let (age, header) = more.map_or(("0", None), |more| match more.split_once(' ') {
                    Some((age, header)) => (age, Some(header)),
                    None => (more, None),
                });
                let age = age.parse().expect(age);
                Event::Fetched { lifetime: header.and_then(|header| jwks_refresh::lifetime(header.as_bytes(), age)) }
            }
            "failed" => Event::Failed { retry_after: more.map(|more| more.parse().expect(more)) },
            other => panic!("event {other}"),
        };
        let (decision, next) = state.on(event, &settings, UnixTime::from_seconds(now));
        state = next;
        decisions.push(match decision {
            Decision::Use => "use".to_owned(),
            Decision::UseAndFetch => "use_and_fetch".to_owned(),
            Decision::Fetch => "fetch".to_owned(),
            Decision::Wait => "wait".to_owned(),
            Decision::Unavailable { retry_after } => format!("unavailable {retry_after}"),
        });
    }
    decisions.join(";")
}
