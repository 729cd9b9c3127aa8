//! Operations of core and their answers (`vectors/answers.txt`), without std or a heap: the programs on a device run them too.

use core::fmt::{self, Write};

use doorward::alg::{Alg, Algorithm, Algorithms, ED25519, ES256, PublicKey};
use doorward::api_key::{ApiKey, ApiKeyHash, Event, Lifecycle, Record, unverified_id};
use doorward::error::{Error, Remedy};
use doorward::http::client::{self, ClientKey, ForwardedBy};
use doorward::http::exchange::ResponseHead;
use doorward::http::origin;
use doorward::jwk::{Key, KeySet};
use doorward::jwt::{self, Audience, Issuer, Issuers, Relaxation};
use doorward::mcp;
use doorward::mint::{AccessToken, KeyRing, RingKey, SigningKey, SigningSecret};
use doorward::oauth::authorization_request::{Received, Redirect};
use doorward::oauth::authorization_response::{self, AuthorizationResponse, Expected, Sender};
use doorward::oauth::bearer::{self, Challenge};
use doorward::oauth::client_authentication::AuthMethod;
use doorward::oauth::client_document::{self, ClientDocumentUrl};
use doorward::oauth::code::{CodeRecord, DEFAULT_CODE_LIFETIME, Family, Issue, Redemption};
use doorward::oauth::endpoint::{CACHE_CONTROL, Endpoint};
use doorward::oauth::fetch_url;
use doorward::oauth::grantable::{self, GrantRequest};
use doorward::oauth::metadata::{IssuerUrl, ProtectedResourceMetadata, ResourceIdentifier};
use doorward::oauth::opaque_token::{self, Hash};
use doorward::oauth::outgoing_authentication::OutgoingAuthentication;
use doorward::oauth::pkce::{self, CodeChallenge, CodeVerifier};
use doorward::oauth::redirect::{self, RedirectUri};
use doorward::oauth::registration::{ClientMetadata, Issued, Registrable};
use doorward::oauth::revocation_request::{self, RevocationRequest};
use doorward::oauth::rotation::{Lifetimes, Refresh, RefreshRecord, RefreshToken};
use doorward::oauth::scope::{self, GrantedScopes, ScopeHierarchy, ScopeList, ScopePrefix, ScopeRules, Spaced};
use doorward::oauth::server::{KnownServer, ServerMetadata};
use doorward::oauth::token_request::{Grant, TokenRequest};
use doorward::oauth::token_response::{self, Answer, GrantFailure, TokenLifetime, TokenResponse};
use doorward::provider::upstream::{self, Upstream};
use doorward::rate_limit::{PolicyName, RateLimit, State};
use doorward::response::ErrorResponse;
use doorward::seal::{self, Binding, SealingKey};
use doorward::secret::Pepper;
use doorward::text::form;
use doorward::text::printable::Printable;
use doorward::text::uri::{self, Uri};
use doorward::time::UnixTime;
use heapless::{String, Vec};

/// More than any argument or answer has.
const ROOM: usize = 2048;

type Text = String<ROOM>;

/// The arguments of a case.
pub struct Arguments<'a, 't>(pub &'a dyn Fn(&str) -> Option<&'t str>);

impl<'t> Arguments<'_, 't> {
    fn get(&self, name: &str) -> Option<&'t str> {
        (self.0)(name)
    }

    fn text(&self, name: &str) -> &'t str {
        self.get(name).unwrap_or_default()
    }

    fn number(&self, name: &str) -> u16 {
        self.text(name).parse().unwrap_or_default()
    }

    fn words(&self, name: &str) -> impl Iterator<Item = &'t str> + use<'t> {
        self.text(name).split(' ').filter(|word| !word.is_empty())
    }

    /// A text, or those of `..._list`, which have a bar between, as `join` makes one of them.
    fn scopes<D: fmt::Display>(
        &self,
        name: &str,
        list: &str,
        join: impl FnOnce(core::str::Split<'t, char>) -> Result<D, Error>,
    ) -> Result<Text, Error> {
        match self.get(list) {
            Some(texts) => Ok(display(&join(texts.split('|'))?)),
            None => Ok(display(&self.text(name))),
        }
    }

    /// Lines with `;` between.
    fn hierarchy(&self) -> Text {
        let mut lines = Text::new();
        self.text("hierarchy").chars().for_each(|it| lines.push(if it == ';' { '\n' } else { it }).expect("room"));
        lines
    }

    /// Of a policy, without its hierarchy.
    fn scope_rules(&self) -> Result<ScopeRules<'t>, Error> {
        Ok(ScopeRules {
            required: ScopeList::parse(self.text("own"))?,
            advertised: self.get("advertised").map(ScopeList::parse).transpose()?,
            challenge: self.get("for_challenges").map(ScopeList::parse).transpose()?,
            prefix: ScopePrefix::parse(self.text("prefix"))?,
            hierarchy: ScopeHierarchy::NONE,
        })
    }

    fn limit(&self) -> Result<RateLimit, Error> {
        let number = |name| self.text(name).parse().expect("a number");
        RateLimit::new(number("quota"), self.text("window").parse().expect("a number"), number("burst"))
    }

    fn time(&self, name: &str) -> Option<UnixTime> {
        self.get(name).map(time)
    }

    fn lifecycle(&self) -> Lifecycle {
        let other = Lifecycle::default();
        Lifecycle {
            not_before: self.time("not_before").unwrap_or(other.not_before),
            expires_at: self.time("expires_at").unwrap_or(other.expires_at),
            rotated_until: self.time("rotated_until").unwrap_or(other.rotated_until),
            revoked: self.get("revoked").is_some(),
        }
    }

    fn with_registrable<T>(&self, work: impl FnOnce(&Registrable<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let methods: Vec<_, 8> = self.words("methods").filter_map(|name| AuthMethod::from_name(name).ok()).collect();
        let client_credentials = self.text("client_credentials") == "yes";
        work(&Registrable { auth_methods: &methods, client_credentials })
    }

    fn resource(&self) -> Result<Option<ResourceIdentifier<'t>>, Error> {
        self.get("resource").map(ResourceIdentifier::parse_requested).transpose()
    }

    fn family(&self) -> Family {
        Family::from_random(hex(self.text("family"), &mut [0; 64]).try_into().expect("16 bytes"))
    }

    fn lifetimes(&self) -> Lifetimes {
        if self.get("lifetimes").is_none() {
            return Lifetimes::DEFAULT;
        }
        let mut seconds = self.words("lifetimes").map(|word| word.parse().expect("seconds"));
        let mut next = || seconds.next().expect("three");
        Lifetimes { family: next(), idle: next(), grace: next() }
    }

    /// `algorithm:secret:from:until` for each key, or `never`.
    fn with_ring<T>(&self, work: impl FnOnce(&KeyRing<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let entries: Vec<_, 4> =
            self.words("signing_keys").map(|word| word.split(':').collect::<Vec<_, 4>>()).collect();
        let mut secrets = [[0; 32]; 4];
        for (entry, secret) in entries.iter().zip(&mut secrets) {
            hex(entry[1], secret);
        }
        let keys = entries.iter().zip(&secrets).map(|(entry, secret)| SigningKey::new(Alg::parse(entry[0])?, secret));
        let keys = keys.collect::<Result<Vec<_, 4>, Error>>()?;
        let until = |text: &str| if text == "never" { UnixTime::MAX } else { time(text) };
        let ring = keys.iter().zip(&entries);
        let ring = ring.map(|(key, entry)| RingKey { key, signs_from: time(entry[2]), signs_until: until(entry[3]) });
        work(&KeyRing::new(&ring.collect::<Vec<_, 4>>())?)
    }

    fn access_token(&self) -> Result<AccessToken<'t>, Error> {
        Ok(AccessToken {
            issuer: IssuerUrl::parse(self.text("issuer"))?,
            audience: ResourceIdentifier::parse(self.text("resource"))?,
            subject: self.text("subject"),
            client_id: self.text("client_id"),
            scope: ScopeList::parse(self.text("scope"))?,
            jwt_id: self.text("jti"),
            issued_at: self.time("now").expect("a time"),
            lifetime: self.text("lifetime").parse().expect("seconds"),
        })
    }

    fn binding(&self) -> Binding<'t> {
        let request = self.text("request").as_bytes();
        Binding { purpose: self.text("purpose"), principal: self.text("whom"), request }
    }

    /// Versions and secrets: `1:<digits>`, the current one first.
    fn with_sealing_keys<T>(&self, work: impl FnOnce(&[SealingKey<'_>]) -> Result<T, Error>) -> Result<T, Error> {
        let mut secrets = [[0; 32]; 4];
        let keys = self.words("sealing_keys").zip(&mut secrets).map(|(word, secret)| {
            let (version, digits) = word.split_once(':').expect("version and secret");
            hex(digits, secret);
            SealingKey::new(version.parse().expect("a number"), secret)
        });
        work(&keys.collect::<Vec<_, 4>>())
    }

    fn random(&self) -> [u8; 32] {
        hex(self.text("random"), &mut [0; 64]).try_into().expect("32 bytes")
    }

    /// Versions and secrets: `1:<digits>`, the current one first.
    fn with_peppers<T>(&self, work: impl FnOnce(&[Pepper<'_>]) -> Result<T, Error>) -> Result<T, Error> {
        let mut memory = [[0; 128]; 4];
        let mut peppers = Vec::<_, 4>::new();
        for (word, secret) in self.words("peppers").zip(&mut memory) {
            let (version, digits) = word.split_once(':').expect("version and secret");
            let pepper = Pepper::new(version.parse().expect("a number"), hex(digits, secret))?;
            peppers.push(pepper).expect("room");
        }
        work(&peppers)
    }
}

fn display(value: &dyn fmt::Display) -> Text {
    let mut text = Text::new();
    write!(text, "{value}").expect("room");
    text
}

/// Hexadecimal digits.
fn digits(bytes: &[u8]) -> Text {
    let mut text = Text::new();
    bytes.iter().for_each(|byte| write!(text, "{byte:02x}").expect("room"));
    text
}

/// Decodes hexadecimal digits into the beginning of `out`.
pub fn hex<'o>(digits: &str, out: &'o mut [u8]) -> &'o [u8] {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    assert!(rest.is_empty());
    let out = &mut out[..pairs.len()];
    for (byte, pair) in out.iter_mut().zip(pairs) {
        let pair = core::str::from_utf8(pair).expect("ASCII");
        *byte = u8::from_str_radix(pair, 16).expect("digits");
    }
    out
}

/// What is written where there is as much room as is asked for; with less it is the same, or the same room is asked for.
fn written(write: impl Fn(&mut [u8]) -> Result<Text, Error>) -> Result<Text, Error> {
    let Err(Error::BufferTooSmall { needed }) = write(&mut []) else { return write(&mut []) };
    let (mut memory, enough) = ([0; ROOM], needed.try_into().expect("a length"));
    let outcome = write(&mut memory[..enough]);
    for room in 0..enough {
        let less = write(&mut memory[..room]);
        assert!(less == outcome || less == Err(Error::BufferTooSmall { needed }), "{room} of {enough}: {less:?}");
    }
    outcome
}

/// The answer to a case; `None` if its operation is none of these.
pub fn answer(case: &Arguments<'_, '_>) -> Option<Result<Text, Error>> {
    let operation: fn(&Arguments<'_, '_>) -> Result<Text, Error> = match case.text("op") {
        "bearer_token" => bearer_token,
        "bearer_query" => |case| bearer::check_query(case.text("query").as_bytes()).map(|()| display(&"")),
        "challenge" => challenge,
        "response" => response,
        "pkce_check" => pkce_check,
        "pkce_make" => pkce_make,
        "resource_metadata_url" => |case| {
            let for_development = case.get("insecure_http_for_development").is_some();
            Ok(display(&ResourceIdentifier::parse_with(case.text("resource"), for_development)?.metadata_url()))
        },
        "issuer_metadata_urls" => issuer_metadata_urls,
        "issuer_metadata" => |case| {
            let issuer = IssuerUrl::parse(case.text("issuer"))?;
            written(|out| issuer.jwks_uri(case.text("document").as_bytes(), out).map(|uri| display(&uri)))
        },
        "issuer_metadata_check" => |case| {
            let issuer = IssuerUrl::parse(case.text("issuer"))?;
            issuer.check_document(case.text("document").as_bytes()).map(|()| Text::new())
        },
        "bearer_credential" => |case| {
            let values =
                |names: [&'static str; 2]| names.into_iter().filter_map(|name| case.get(name).map(str::as_bytes));
            let (authorization, own) = (values(["header", "second_header"]), values(["own", "second_own"]));
            Ok(display(&bearer::credential(authorization, own, case.text("any_text") == "yes")?))
        },
        "origin" => check_origin,
        "origin_of_form" => |case| origin::check_form(lines(case), case.text("action")).map(|()| Text::new()),
        "own_navigation" => |case| Ok(display(&if origin::is_own_navigation(lines(case)) { "yes" } else { "no" })),
        "serialized_origin" => |case| Ok(display(&if origin::is_serialized(case.text("text")) { "yes" } else { "no" })),
        "wants_newer_keys" => {
            |case| Ok(display(&if Remedy::of_number(case.number("number")).wants_newer_keys() { "yes" } else { "no" }))
        }
        "replay" => {
            |case| Ok(display(&if Remedy::of_number(case.number("number")).is_replay() { "yes" } else { "no" }))
        }
        "keeps_client_document" => |case| {
            Ok(display(&if Remedy::of_number(case.number("number")).keeps_client_document() { "yes" } else { "no" }))
        },
        "wants_newer_sealing_keys" => |case| {
            Ok(display(&if Remedy::of_number(case.number("number")).wants_newer_sealing_keys() { "yes" } else { "no" }))
        },
        "failed_attempt" => {
            |case| Ok(display(&if Remedy::of_number(case.number("number")).is_failed_attempt() { "yes" } else { "no" }))
        }
        "unavailable" => {
            |case| Ok(display(&if Remedy::of_number(case.number("number")).is_unavailable() { "yes" } else { "no" }))
        }
        "problem" => |case| {
            let violated: Vec<_, 8> = case.get("violated").into_iter().flat_map(|names| names.split('|')).collect();
            Ok(display(&ErrorResponse::of_number(case.number("number"), 0).problem(violated.iter().copied())))
        },
        "mcp_discovery" => |case| {
            let is_one = mcp::is_discovery(case.text("method"), case.text("notification") == "yes");
            Ok(display(&if is_one { "yes" } else { "no" }))
        },
        "mcp_discovery_body" => {
            |case| Ok(display(&if mcp::is_discovery_body(case.text("body").as_bytes()) { "yes" } else { "no" }))
        }
        "credential_header" => {
            |case| Ok(display(&if bearer::is_credential_header(case.text("name")) { "yes" } else { "no" }))
        }
        "redirect_uri_destination" => |case| Ok(display(&RedirectUri::parse(case.text("uri"))?.destination())),
        "response_state" => {
            |case| Ok(display(&authorization_response::state(case.text("query").as_bytes(), &mut [0; 1024])?))
        }
        "response_scope" => |case| {
            let mut out = [0; 1024];
            let scope = authorization_response::scope(case.text("query").as_bytes(), &mut out)?;
            Ok(display(&scope.unwrap_or("-")))
        },
        "redirect_uri_on_device" => {
            |case| Ok(display(&if redirect::is_on_device(case.text("uri")) { "yes" } else { "no" }))
        }
        "redirect_uri" => |case| RedirectUri::parse(case.text("uri")).map(|uri| display(&uri.as_str())),
        "redirect_uri_match" => |case| {
            let any_port = case.text("loopback_any_port") == "yes";
            redirect::check(case.text("requested"), case.words("registered"), any_port).map(|_| Text::new())
        },
        "fetch_url" => fetch,
        "may_connect" => |case| {
            let address = fetch_url::parse_address(case.text("address"));
            let may = address.is_ok_and(|it| fetch_url::may_connect(case.text("origin"), case.text("url"), it));
            Ok(display(&if may { "yes" } else { "no" }))
        },
        "public_name" => |case| Ok(display(&if fetch_url::is_public_name(case.text("host")) { "yes" } else { "no" })),
        "same_resource" => |case| {
            let same = uri::same_resource(case.text("one"), case.text("other"));
            Ok(display(&if same { "yes" } else { "no" }))
        },
        "at_host" => |case| {
            let uri = Uri::parse(case.text("uri"))?;
            Ok(display(&if uri.is_at_host(case.text("host")) { "yes" } else { "no" }))
        },
        "authorization_response" => |case| written(|out| authorization_response(case, out)),
        "authorization_request" => |case| written(|out| authorization_request(case, out)),
        "authorization_error" => |case| {
            let (issuer, number) = (IssuerUrl::parse(case.text("issuer"))?, case.number("number"));
            let redirect = Redirect::restore(case.text("redirect_uri"), case.get("state"))?;
            Ok(display(&redirect.error_of_number(issuer, number)))
        },
        "token_request" => |case| written(|out| token_request(case, out)),
        "revocation_request" => |case| written(|out| revocation_request(case, out)),
        "content_type" => {
            |case| endpoint(case).check_content_type(case.text("content_type").as_bytes()).map(|()| display(&""))
        }
        "endpoint_response" => |case| Ok(display(&format_args!("{} {CACHE_CONTROL}", endpoint(case).status()))),
        "client_challenge" => |case| {
            let response = ErrorResponse::of_number(case.number("number"), 0);
            Ok(display(&format_args!("{} {}", response.status(), response.client_challenge().unwrap_or("-"))))
        },
        "page_response" => |case| {
            let response = ErrorResponse::of_number(case.number("number"), case.number("retry_after").into());
            let retry_after = response.retry_after().map_or_else(|| display(&"-"), |seconds| display(&seconds));
            Ok(display(&format_args!("{} {retry_after}", response.page_status())))
        },
        "redirect_without_consent" => {
            |case| Ok(display(&if redirect::may_redirect_without_consent(case.text("uri")) { "yes" } else { "no" }))
        }
        "form_field" => |case| {
            let mut out = [0; 512];
            let value = form::field(case.text("form").as_bytes(), case.text("name"), &mut out)?;
            Ok(display(&value.unwrap_or("-")))
        },
        "token_response" => |case| {
            let scope = case.get("scope").map(ScopeList::parse).transpose()?;
            let (access_token, refresh_token) = (case.text("access_token"), case.get("refresh_token"));
            let expires_in = case.get("expires_in").map(|seconds| seconds.parse().expect("seconds"));
            let response = TokenResponse { access_token, expires_in, refresh_token, scope };
            written(|out| response.write(out).map(|text| display(&text)))
        },
        "token_answer" => |case| written(|out| token_answer(case, out)),
        "opaque_token" => |case| {
            let text = written(|out| opaque_token::mint(&case.random(), out).map(|text| display(&text)))?;
            Ok(display(&format_args!("{text} {}", Hash::of(&text))))
        },
        "opaque_token_check" => |case| {
            let hash: Hash = case.text("hash").parse()?;
            Ok(display(&if hash.matches(case.text("text")) { "yes" } else { "no" }))
        },
        "registration" => |case| {
            let secret = case.get("client_secret");
            let issued = Issued {
                client_id: case.text("client_id"),
                issued_at: case.text("issued_at").parse().expect("a time"),
                client_secret: secret,
            };
            case.with_registrable(|registrable| {
                let client = ClientMetadata::parse(case.text("document").as_bytes(), registrable)?;
                let response = written(|out| client.response(&issued).write(out).map(|text| display(&text)))?;
                Ok(display(&format_args!("{} {response}", digits(&client.digest()))))
            })
        },
        "client_stored" => |case| Ok(client(&ClientMetadata::stored(case.text("document").as_bytes())?)),
        "client_jwks" => |case| {
            let client = ClientMetadata::stored(case.text("document").as_bytes())?;
            Ok(display(&client.jwks().unwrap_or("-")))
        },
        "client_document_url" => |case| ClientDocumentUrl::parse(case.text("url")).map(|url| display(&url.as_str())),
        "client_document" => |case| {
            let (url, document) = (ClientDocumentUrl::parse(case.text("url"))?, case.text("document").as_bytes());
            let status = case.get("status").map_or(200, |status| status.parse().expect("a status"));
            let mut head = ResponseHead::new(status, UnixTime::from_seconds(0));
            for field in case.text("fields").split('|').filter(|field| !field.is_empty()) {
                let (name, value) = field.split_once(':').expect("a field");
                head.field(name.as_bytes(), value.as_bytes());
            }
            assert_eq!(ClientDocumentUrl::body_limit(status) > document.len(), status == 200);
            case.with_registrable(|registrable| {
                let text = client(&url.read(&head, document, registrable)?);
                Ok(display(&format_args!("{text}|{}", ClientDocumentUrl::lifetime(&head))))
            })
        },
        "server_metadata" => |case| {
            let optional = |name| case.get(name).map(Uri::parse).transpose();
            let algorithms = case.words("assertion_algorithms").map(Alg::parse).collect::<Result<Vec<_, 8>, _>>()?;
            case.with_registrable(|registrable| {
                let document = ServerMetadata {
                    issuer: IssuerUrl::parse(case.text("issuer"))?,
                    authorization_endpoint: Uri::parse(case.text("authorization_endpoint"))?,
                    token_endpoint: Uri::parse(case.text("token_endpoint"))?,
                    registration_endpoint: optional("registration_endpoint")?,
                    revocation_endpoint: optional("revocation_endpoint")?,
                    jwks_uri: optional("jwks_uri")?,
                    scopes_supported: ScopeList::parse(case.text("scopes"))?,
                    registrable: *registrable,
                    assertion_algorithms: &algorithms,
                    client_documents: case.text("client_documents") == "yes",
                    service_documentation: optional("service_documentation")?,
                };
                written(|out| document.write(out).map(|text| display(&text)))
            })
        },
        "server" => |case| written(|out| server(case, out)),
        "upstream" => upstream,
        "upstream_endpoint" => |case| Ok(display(&if upstream::is_endpoint(case.text("url")) { "yes" } else { "no" })),
        "upstream_own_parameter" => {
            |case| Ok(display(&if upstream::is_own_parameter(case.text("name")) { "yes" } else { "no" }))
        }
        "upstream_granted" => |case| {
            let by = case.get("name").map(Upstream::from_name).transpose()?;
            Ok(display(&Spaced::new(upstream::granted(by, case.text("scope")))))
        },
        "upstream_granted_of" => |case| {
            let (requested, known) = (ScopeList::parse(case.text("requested"))?, ScopeList::parse(case.text("known"))?);
            Ok(display(&Spaced::new(upstream::granted_of(requested, known, GrantedScopes::new(case.text("scope"))))))
        },
        "code" => |case| {
            let challenge = CodeChallenge::parse(case.text("code_challenge"))?;
            let (client_id, redirect_uri) = (case.text("client_id"), case.text("redirect_uri"));
            let issue = Issue { client_id, redirect_uri, challenge: &challenge, resource: case.resource()? };
            let lifetime = case.get("lifetime").map_or(DEFAULT_CODE_LIFETIME, |it| it.parse().expect("seconds"));
            let now = case.time("now").expect("a time");
            CodeRecord::issue(&issue, case.family(), lifetime, now).map(|record| digits(&record.to_bytes()))
        },
        "grant_type" => {
            |case| grantable::check_grant_type(case.text("grant_type"), case.words("grant_types")).map(|()| Text::new())
        }
        "grantable" => |case| {
            let request = GrantRequest {
                grant_type: case.text("grant_type"),
                scope: ScopeList::parse_requested(case.text("scope"))?,
                resource: case.resource()?,
            };
            let scopes = ScopeList::parse(case.text("scopes"))?;
            let own: Result<Vec<_, 4>, _> = case.words("resources").map(ResourceIdentifier::parse).collect();
            let granted = grantable::grant(&request, case.words("grant_types"), scopes, own?)?;
            let resource = granted.resource.map_or("-", |resource| resource.as_str());
            Ok(display(&format_args!("{}|{resource}", granted.scope.as_str())))
        },
        "code_redeem" => |case| {
            let record = CodeRecord::from_bytes(hex(case.text("record"), &mut [0; 256]))?;
            let presented = Redemption {
                client_id: case.text("client_id"),
                redirect_uri: case.get("redirect_uri"),
                code_verifier: case.get("code_verifier"),
                resource: case.resource()?,
            };
            let next = record.redeem(&presented, case.time("now").expect("a time"))?;
            assert_eq!(next.family(), record.family());
            Ok(digits(&next.to_bytes()))
        },
        "refresh_begin" => |case| {
            let (client_id, resource, lifetimes) = (case.text("client_id"), case.resource()?, case.lifetimes());
            let (family, random, now) = (case.family(), case.random(), case.time("now").expect("a time"));
            written(|out| {
                let (record, token) = RefreshRecord::begin(family, client_id, resource, &lifetimes, &random, now, out)?;
                assert_eq!(RefreshToken::parse(token).map(|token| token.family()), Ok(record.family()));
                Ok(display(&format_args!("{token} {}", digits(&record.to_bytes()))))
            })
        },
        "refresh_rotate" => |case| {
            let record = RefreshRecord::from_bytes(hex(case.text("record"), &mut [0; 256]))?;
            let token = RefreshToken::parse(case.text("token"))?;
            let refresh = Refresh {
                client_id: case.text("client_id"),
                resource: case.resource()?,
                scope: ScopeList::parse_requested(case.text("scope"))?,
                granted: ScopeList::parse(case.text("granted"))?,
            };
            let (lifetimes, random, now) = (case.lifetimes(), case.random(), case.time("now").expect("a time"));
            written(|out| {
                let rotated = record.rotate(&token, &refresh, &lifetimes, &random, now, out)?;
                let next = rotated.next.map_or_else(|| display(&"-"), |next| digits(&next.to_bytes()));
                Ok(display(&format_args!("{} {next} {}", rotated.refresh_token, rotated.scope.as_str())))
            })
        },
        "refresh_belongs_to" => |case| {
            let record = RefreshRecord::from_bytes(hex(case.text("record"), &mut [0; 256]))?;
            let own = record.belongs_to(&RefreshToken::parse(case.text("token"))?, case.text("client_id"));
            Ok(display(&if own { "yes" } else { "no" }))
        },
        "refresh_revoke" => |case| {
            let record = RefreshRecord::from_bytes(hex(case.text("record"), &mut [0; 256]))?;
            Ok(digits(&record.revoke().to_bytes()))
        },
        "code_record" => |case| {
            let record = CodeRecord::from_bytes(hex(case.text("record"), &mut [0; 256]))?;
            let (family, expires_at) = (digits(record.family().bytes()), record.expires_at().seconds());
            Ok(display(&format_args!("{family} {expires_at}")))
        },
        "refresh_record" => |case| {
            let record = RefreshRecord::from_bytes(hex(case.text("record"), &mut [0; 256]))?;
            let (family, ends_at) = (digits(record.family().bytes()), record.ends_at().seconds());
            let revoked = if record.is_revoked() { "yes" } else { "no" };
            Ok(display(&format_args!("{family} {ends_at} {revoked}")))
        },
        "client_assertion" => |case| {
            let mut out = [0; 2048];
            let request = TokenRequest::parse([], case.text("body").as_bytes(), &mut out)?;
            let list: [&dyn Algorithm<PublicKey>; 2] = [&ES256, &ED25519];
            let algorithms = Algorithms::new(&list)?;
            let keys = KeySet::<4>::parse(case.text("keys").as_bytes(), algorithms)?;
            let (audience, now) = (Audience::new(case.words("audience"))?, case.time("now").expect("a time"));
            let mut scratch = [0; ROOM];
            let assertion = request.client().check_assertion(&keys, algorithms, audience, &mut scratch, now)?;
            Ok(display(&format_args!("{} {}", assertion.jwt_id(), assertion.remember_until())))
        },
        "authorization_failure" => {
            |case| Ok(display(&authorization_response::AuthorizationFailure::of(case.text("oauth_error")).name()))
        }
        "client_document_is_url" => {
            |case| Ok(display(&if client_document::is_url(case.text("client_id")) { "yes" } else { "no" }))
        }
        "grant_failure" => |case| {
            let refusal = GrantFailure::of(case.number("status"), case.get("oauth_error").unwrap_or_default());
            Ok(display(&refusal.name()))
        },
        "renew_after" => |case| {
            let lifetime = case.text("expires_in").parse().expect("seconds");
            Ok(display(&token_response::renew_after(lifetime)))
        },
        "token_lifetime" => |case| {
            let seconds = |name| case.get(name).map(|seconds| seconds.parse().expect("seconds"));
            let renewable = case.text("renewable") == "yes";
            let kept = TokenLifetime::of(
                seconds("expires_in"),
                seconds("otherwise"),
                renewable,
                seconds("early").unwrap_or_default(),
            );
            Ok(match kept {
                Some(kept) => display(&format_args!("{} {}", kept.ends_after, kept.renew_after)),
                None => display(&"-"),
            })
        },
        "kept_refresh_token" => |case| {
            let kept = token_response::kept_refresh_token(case.get("received"), case.get("sent"));
            Ok(display(&kept.unwrap_or("-")))
        },
        "outgoing_authentication" => |case| {
            let (id, secret) = (case.text("client_id"), case.get("client_secret"));
            let client = OutgoingAuthentication::new(id, secret, case.get("method"))?;
            let header = written(|out| client.write_header(out).map(|value| display(&value)))?;
            let form = written(|out| client.write_form(out).map(|value| display(&value)))?;
            Ok(display(&format_args!("{header}|{form}")))
        },
        "is_revoked" => |case| {
            let revoked = revocation_request::is_revoked(case.number("status"));
            Ok(display(&if revoked { "yes" } else { "no" }))
        },
        "access_token" => |case| {
            let token = case.access_token()?;
            case.with_ring(|ring| {
                let key = ring.signing(token.issued_at)?;
                let mut out = [0; ROOM];
                let signed = token.sign(key, &mut out).map(|token| display(&token))?;
                for room in [0, signed.len() - 1] {
                    let needed = signed.len().try_into().expect("a length");
                    assert_eq!(token.sign(key, &mut out[..room]), Err(Error::BufferTooSmall { needed }));
                }
                Ok(signed)
            })
        },
        "access_token_shared" => |case| {
            let mut memory = [0; 264];
            let secret = SigningSecret::new(hex(case.text("secret"), &mut memory), case.get("kid"))?;
            let token = case.access_token()?;
            written(|out| token.sign_shared(&secret, out).map(|token| display(&token)))
        },
        "published_keys" => |case| {
            let now = case.time("now").expect("a time");
            case.with_ring(|ring| written(|out| ring.published(now).write(out).map(|text| display(&text))))
        },
        "state_seal" => |case| {
            let (until, random) = (case.time("expires_at").expect("a time"), case.random());
            let state = case.text("state").as_bytes();
            case.with_sealing_keys(|keys| {
                written(|out| seal::seal(keys, &case.binding(), state, until, &random, out).map(|text| display(&text)))
            })
        },
        "state_open" => |case| {
            let (sealed, now) = (case.text("sealed"), case.time("now").expect("a time"));
            let max_lifetime = case.text("max_lifetime").parse().expect("seconds");
            case.with_sealing_keys(|keys| {
                let open = |out: &mut [u8]| {
                    let state = seal::open(keys, &case.binding(), sealed, max_lifetime, now, out)?;
                    core::str::from_utf8(state).map(|state| display(&state)).map_err(|_| Error::StateInvalid)
                };
                written(open)
            })
        },
        "response_issuer" => |case| {
            let (issuer, supported) = (IssuerUrl::parse(case.text("issuer"))?, case.text("iss_supported") == "yes");
            authorization_response::check_issuer(issuer, case.get("iss"), supported).map(|()| Text::new())
        },
        "state" => {
            |case| authorization_response::check_state(case.text("expected"), case.get("state")).map(|()| Text::new())
        }
        "resource_metadata_check" => |case| {
            let resource = ResourceIdentifier::parse(case.text("resource"))?;
            resource.check_document(case.text("document").as_bytes()).map(|()| Text::new())
        },
        "resource_metadata" => resource_metadata,
        "missing_scopes" => missing_scopes,
        "implied_scopes" => |case| {
            let (granted, lines) = (GrantedScopes::new(case.text("granted")), case.hierarchy());
            Ok(display(&Spaced::new(scope::implied(granted, ScopeHierarchy::parse(&lines)?))))
        },
        "step_up_scopes" => |case| {
            let (required, known) = (ScopeList::parse(case.text("required"))?, ScopeList::parse(case.text("known"))?);
            let (granted, lines) = (GrantedScopes::new(case.text("granted")), case.hierarchy());
            let rules = ScopeRules { hierarchy: ScopeHierarchy::parse(&lines)?, ..case.scope_rules()? };
            Ok(display(&rules.step_up(granted, required, known)?))
        },
        "scopes_for_metadata" => {
            |case| Ok(display(&case.scope_rules()?.for_metadata(ScopeList::parse(case.text("others"))?)?))
        }
        "scopes_for_challenge" => {
            |case| Ok(display(&case.scope_rules()?.for_challenge(ScopeList::parse(case.text("operation"))?)?))
        }
        "requested_scopes" => |case| {
            let scopes = ScopeList::parse(case.text("scopes"))?;
            Ok(display(&ScopePrefix::parse(case.text("prefix"))?.requested(scopes)))
        },
        "api_key_mint" => |case| {
            let random = case.random();
            let key = ApiKey::mint(case.text("prefix"), &random)?;
            written(|out| key.reveal(out).map(|key| display(&key)))
        },
        "api_key_parse" => |case| {
            let key = ApiKey::parse(case.text("key"))?;
            Ok(display(&format_args!("{} {}", key.prefix(), key.id())))
        },
        "api_key_unverified_id" => |case| Ok(display(&unverified_id(case.text("key")).unwrap_or("-"))),
        "relaxation_of_key_sets" => |case| {
            let relaxation = Relaxation::from_name(case.text("name"))?;
            Ok(display(&if relaxation.is_of_key_sets() { "yes" } else { "no" }))
        },
        "named_issuer" => |case| {
            let (token, issuers) = (case.text("token").as_bytes(), case.words("issuers").enumerate());
            let named =
                jwt::named_issuer(token, &mut [0; ROOM], issuers, |(_, issuer)| Issuer::new(issuer).map(Issuers::from));
            Ok(named.map_or_else(|_| display(&"-"), |(place, _)| display(&place)))
        },
        "api_key_hash" => |case| {
            let key = ApiKey::parse(case.text("key"))?;
            case.with_peppers(|peppers| Ok(display(&key.hash(Pepper::current(peppers)?)?)))
        },
        "api_key_check" => |case| {
            let key = ApiKey::parse(case.text("key"))?;
            let stored = case.get("stored").map(str::parse::<ApiKeyHash>).transpose()?;
            let fits = case.with_peppers(|peppers| key.check(stored.as_ref(), peppers))?;
            Ok(display(&if fits.rehash { "rehash" } else { "current" }))
        },
        "api_key_authenticate" => |case| {
            let key = ApiKey::parse(case.text("key"))?;
            let record = |hash: &str| {
                let scopes = GrantedScopes::new(case.text("scopes"));
                Ok(Record { hash: hash.parse()?, lifecycle: case.lifecycle(), scopes, resource: case.get("bound") })
            };
            let record = case.get("stored").map(record).transpose()?;
            let (resource, required) = (case.text("resource"), ScopeList::parse(case.text("required"))?);
            let now = case.time("now").expect("a time");
            let found =
                case.with_peppers(|peppers| key.authenticate(record.as_ref(), peppers, resource, required, now))?;
            Ok(display(&if found.rehash { "rehash" } else { "current" }))
        },
        "api_key_lifecycle" => api_key_lifecycle,
        "shared_secret" => |case| {
            let mut memory = [0; 64];
            let alg = Alg::parse(case.text("algorithm"))?;
            Key::secret(case.get("kid"), alg, hex(case.text("secret"), &mut memory)).map(|_| display(&1))
        },
        "rate_limit" => rate_limit,
        "rate_limit_fields" => |case| {
            let (limit, name) = (case.limit()?, PolicyName::new(case.text("name"))?);
            let (decision, _) = limit.take(State::default(), case.number("cost").into(), 0);
            let mut all = display(&format_args!("{} {}", limit.field(name), decision.field(name)));
            if let Err(Error::RateLimited { retry_after }) = decision.check() {
                write!(all, " {retry_after}").expect("room");
            }
            Ok(all)
        },
        "client_key" => |case| {
            let address = client::address(case.text("address").as_bytes());
            Ok(address.map_or_else(|| display(&"-"), |address| display(&ClientKey::of(address))))
        },
        "client_address" => |case| {
            let peer = client::address(case.text("peer").as_bytes());
            let by = if case.get("by").is_some() { ForwardedBy::Forwarded } else { ForwardedBy::XForwardedFor };
            let values = case.text("values").split('|').map(str::as_bytes);
            let found = client::client_address(peer, by, values, case.number("trusted_hops").into());
            Ok(found.map_or_else(|| display(&"-"), |address| display(&address)))
        },
        "printable" => |case| {
            let mut memory = [0; 512];
            let text = core::str::from_utf8(hex(case.text("text_hex"), &mut memory));
            Ok(display(&Printable(text.map_err(|_| Error::TextInvalid)?)))
        },
        _ => return None,
    };
    Some(operation(case))
}

fn bearer_token(case: &Arguments<'_, '_>) -> Result<Text, Error> {
    let values = [case.get("header"), case.get("second_header")].into_iter().flatten();
    Ok(display(&bearer::token(values.map(str::as_bytes))?))
}

fn challenge(case: &Arguments<'_, '_>) -> Result<Text, Error> {
    let parameters = case.text("parameters").split('|').filter_map(|parameter| parameter.split_once('='));
    let challenge = Challenge::new(parameters)?;
    written(|out| challenge.write(out).map(|text| display(&text)))
}

fn response(case: &Arguments<'_, '_>) -> Result<Text, Error> {
    let response = ErrorResponse::of_number(case.number("number"), case.number("retry_after").into());
    let challenge = response.challenge(ScopeList::parse(case.text("scopes"))?, case.get("resource_metadata"))?;
    let challenge = challenge.map_or_else(|| display(&"-"), |challenge| display(&challenge));
    let retry_after = response.retry_after().map_or_else(|| display(&"-"), |seconds| display(&seconds));
    let body = written(|out| response.write_body(out).map(|body| display(&body)))?;
    let (status, cached) = (response.status(), response.cache_control());
    Ok(display(&format_args!("{status} {cached} {retry_after} {body} {challenge}")))
}

/// Returns the lines of a header.
fn lines<'t>(case: &Arguments<'_, 't>) -> impl Iterator<Item = &'t str> {
    [case.get("value"), case.get("second_value")].into_iter().flatten()
}

fn check_origin(case: &Arguments<'_, '_>) -> Result<Text, Error> {
    origin::check(lines(case), case.text("origins").split_ascii_whitespace()).map(|()| Text::new())
}

fn pkce_check(case: &Arguments<'_, '_>) -> Result<Text, Error> {
    let challenge = pkce::authorization_request(case.get("challenge"), case.get("method"))?;
    pkce::token_request(Some(&challenge), case.get("verifier")).map(|()| Text::new())
}

fn pkce_make(case: &Arguments<'_, '_>) -> Result<Text, Error> {
    let mut out = [0; 43];
    let verifier = CodeVerifier::from_random(&case.random(), &mut out)?;
    Ok(display(&format_args!("{} {}", verifier.reveal(), CodeChallenge::of(&verifier)?.as_str())))
}

fn issuer_metadata_urls(case: &Arguments<'_, '_>) -> Result<Text, Error> {
    let mut all = Text::new();
    for url in IssuerUrl::parse(case.text("issuer"))?.metadata_urls() {
        write!(all, "{}{url}", if all.is_empty() { "" } else { " " }).expect("room");
    }
    Ok(all)
}

/// A URL, then the addresses of its host: as text, and as hexadecimal digits of their bytes.
fn fetch(case: &Arguments<'_, '_>) -> Result<Text, Error> {
    fetch_url::check(case.text("url"))?;
    case.words("addresses").try_for_each(|it| fetch_url::check_address(fetch_url::parse_address(it)?))?;
    let mut memory = [0; 32];
    for digits in case.words("addresses_hex") {
        fetch_url::check_address(fetch_url::address_of_bytes(hex(digits, &mut memory))?)?;
    }
    Ok(Text::new())
}

fn endpoint(case: &Arguments<'_, '_>) -> Endpoint {
    let name = case.text("endpoint");
    *Endpoint::ALL.iter().find(|endpoint| endpoint.name() == name).expect("an endpoint")
}

fn authorization_response(case: &Arguments<'_, '_>, out: &mut [u8]) -> Result<Text, Error> {
    let iss_supported = case.text("iss_supported") == "yes";
    let sender = Sender::new(case.get("issuer").map(IssuerUrl::parse).transpose()?, iss_supported)?;
    let expected = Expected { sender, state: case.text("state") };
    Ok(match AuthorizationResponse::parse(case.text("query").as_bytes(), &expected, out)? {
        AuthorizationResponse::Code(code) => display(&format_args!("code {code}")),
        AuthorizationResponse::Error { error, error_description, error_uri } => {
            let [description, uri] = [error_description, error_uri].map(|text| text.unwrap_or("-"));
            display(&format_args!("error {error}|{description}|{uri}"))
        }
    })
}

/// A good one, with the URL of a code; or, after `back`, the error and the URL that tells it.
fn authorization_request(case: &Arguments<'_, '_>, out: &mut [u8]) -> Result<Text, Error> {
    let (issuer, any_port) = (IssuerUrl::parse(case.text("issuer"))?, case.text("loopback_any_port") == "yes");
    let redirect = Received::parse(case.text("query").as_bytes(), out)?.check(case.words("registered"), any_port)?;
    Ok(match redirect.request() {
        Ok(request) => {
            let resource = request.resource().map_or("-", |resource| resource.as_str());
            let (id, scope, challenge) = (request.client_id(), request.scope(), request.code_challenge());
            let location = redirect.code(issuer, "c/+");
            display(&format_args!("{id}|{}|{resource}|{challenge}|{location}", scope.as_str()))
        }
        Err(error) => display(&format_args!("back {} {}", error.name(), redirect.error(issuer, error))),
    })
}

/// How a client authenticates, its grants, redirect URIs, type and name.
fn client(client: &ClientMetadata<'_>) -> Text {
    let mut all = display(&client.auth_method().name());
    let mut put = |between: &str, text: &dyn fmt::Display| write!(all, "{between}{text}").expect("room");
    client.grant_types().enumerate().for_each(|(at, name)| put(if at == 0 { "|" } else { " " }, &name));
    put("|", &"");
    for (at, uri) in client.redirect_uris().enumerate() {
        put(if at == 0 { "" } else { " " }, &"");
        uri.chars().for_each(|character| put("", &character));
    }
    put("|", &client.application_type().map_or("-", |kind| kind.name()));
    put("|", &"");
    match client.text("client_name") {
        Some(name) => name.chars().for_each(|character| put("", &character)),
        None => put("", &"-"),
    }
    all
}

/// Endpoints, whether it sends `iss` and knows client documents, methods, grants and scopes.
fn server(case: &Arguments<'_, '_>, out: &mut [u8]) -> Result<Text, Error> {
    let issuer = IssuerUrl::parse(case.text("issuer"))?;
    let document = case.text("document").as_bytes();
    let server = KnownServer::parse(issuer, document, case.text("s256_known") == "yes", out)?;
    let mut all = Text::new();
    let endpoints = ["authorization", "token", "registration", "revocation", "introspection"];
    for name in endpoints {
        let endpoint = server.endpoint(&display(&format_args!("{name}_endpoint")));
        write!(all, "{}|", endpoint.unwrap_or("-")).expect("room");
    }
    let word = |is: bool| if is { "yes" } else { "no" };
    let (iss, documents) = (word(server.sends_iss()), word(server.supports_client_documents()));
    write!(all, "{}|{iss}|{documents}|", server.endpoint("jwks_uri").unwrap_or("-")).expect("room");
    let methods =
        AuthMethod::ALL.iter().filter(|method| server.supports_auth_method(**method)).map(|method| method.name());
    let grants = ["authorization_code", "refresh_token", "client_credentials"];
    let grants = grants.into_iter().filter(|name| server.supports_grant_type(name));
    write!(all, "{}|{}|", Spaced::new(methods), Spaced::new(grants)).expect("room");
    match server.scopes() {
        None => write!(all, "-").expect("room"),
        Some(scopes) => {
            write!(all, "{}", Spaced::new(scopes.filter_map(|scope| scope.plain()).collect::<Vec<_, 16>>()))
                .expect("room")
        }
    }
    assert_eq!(KnownServer::scopes_of(issuer, document)?.is_some(), server.scopes().is_some());
    Ok(all)
}

fn upstream(case: &Arguments<'_, '_>) -> Result<Text, Error> {
    let it = Upstream::from_name(case.text("name"))?;
    let parameters = case.words("parameters").map(|word| word.split_once('=').expect("a value"));
    let mut memory = [0; 1024];
    let parameters: Vec<_, 8> = parameters.collect();
    let endpoints = it.with(parameters.iter().copied())?.write(&mut memory)?;
    let or_none = |text: &str| display(&if text.is_empty() { "-" } else { text });
    let word = |is: bool| if is { "yes" } else { "no" };
    let mut all = Text::new();
    let places = [endpoints.issuer, endpoints.authorization_endpoint, endpoints.token_endpoint];
    for place in places.into_iter().chain([endpoints.revocation_endpoint]) {
        write!(all, "{}|", or_none(place)).expect("room");
    }
    let asked = Spaced::new(it.authorize_parameters.split('\n').filter(|line| !line.is_empty()));
    let (asked, offline) = (or_none(&display(&asked)), it.offline_scope.unwrap_or("-"));
    let (method, iss, rotation) = (it.auth_method.name(), word(it.sends_iss), it.rotation.name());
    let (asks, grants, pkce, errors) =
        (it.scope_separator, it.granted_separator, it.pkce.name(), word(it.errors_as_200));
    write!(all, "{asked}|{offline}|{asks}|{grants}|{pkce}|{method}|{errors}|{rotation}|{iss}|{}", it.display_name)
        .expect("room");
    let aliases = Spaced::new(it.scope_aliases.split('\n').filter(|line| !line.is_empty()));
    let (granted_in_callback, needs_secret) = (word(it.granted_in_callback), word(it.needs_secret));
    write!(all, "|{}|{granted_in_callback}|{needs_secret}", or_none(&display(&aliases))).expect("room");
    Ok(all)
}

/// Who asks and for what; after that the client is checked, if it is said how it is registered.
fn token_request(case: &Arguments<'_, '_>, out: &mut [u8]) -> Result<Text, Error> {
    let values = [case.get("header"), case.get("second_header")].into_iter().flatten();
    let request = TokenRequest::parse(values.map(str::as_bytes), case.text("body").as_bytes(), out)?;
    let client = request.client();
    if let Some(registered) = case.get("registered") {
        let hash = case.get("secret_hash").map(str::parse::<Hash>).transpose()?;
        let registered = AuthMethod::from_name(registered)?;
        client.check(registered, hash.as_ref())?;
    }
    let [one, two, three] = match request.grant() {
        Grant::AuthorizationCode { code, redirect_uri, code_verifier } => [Some(code), redirect_uri, code_verifier],
        Grant::RefreshToken { refresh_token, scope } => [Some(refresh_token), None, Some(scope.as_str())],
        Grant::ClientCredentials { scope } => [None, None, Some(scope.as_str())],
        _ => [None; 3],
    }
    .map(|text| text.unwrap_or("-"));
    let resource = request.resource().map_or("-", |resource| resource.as_str());
    let (id, method, proof, grant) = (client.client_id(), client.method(), client.reveal(), request.grant());
    Ok(display(&format_args!("{id}|{}|{proof}|{}|{one}|{two}|{three}|{resource}", method.name(), grant.name())))
}

/// Who asks and for which token; after that the client is checked, if it is said how it is registered.
fn revocation_request(case: &Arguments<'_, '_>, out: &mut [u8]) -> Result<Text, Error> {
    let values = [case.get("header"), case.get("second_header")].into_iter().flatten();
    let request = RevocationRequest::parse(values.map(str::as_bytes), case.text("body").as_bytes(), out)?;
    let client = request.client();
    if let Some(registered) = case.get("registered") {
        let hash = case.get("secret_hash").map(str::parse::<Hash>).transpose()?;
        client.check(AuthMethod::from_name(registered)?, hash.as_ref())?;
    }
    let (id, method, proof) = (client.client_id(), client.method().name(), client.reveal());
    let (token, hint) = (request.token(), request.token_type_hint().unwrap_or("-"));
    Ok(display(&format_args!("{id}|{method}|{proof}|{token}|{hint}")))
}

fn token_answer(case: &Arguments<'_, '_>, out: &mut [u8]) -> Result<Text, Error> {
    Ok(match Answer::parse(case.number("status"), case.text("body").as_bytes(), out)? {
        Answer::Tokens(TokenResponse { access_token, expires_in, refresh_token, scope }) => {
            let expires_in = expires_in.map_or_else(|| display(&"-"), |seconds| display(&seconds));
            let (refresh_token, scope) = (refresh_token.unwrap_or("-"), scope.map_or("-", |scope| scope.as_str()));
            display(&format_args!("tokens {access_token}|{expires_in}|{refresh_token}|{scope}"))
        }
        Answer::Error { error, error_description } => {
            display(&format_args!("error {error}|{}", error_description.unwrap_or("-")))
        }
    })
}

fn resource_metadata(case: &Arguments<'_, '_>) -> Result<Text, Error> {
    let servers = case.words("authorization_servers").map(IssuerUrl::parse).collect::<Result<Vec<_, 8>, _>>()?;
    let document = ProtectedResourceMetadata {
        resource: ResourceIdentifier::parse(case.text("resource"))?,
        authorization_servers: &servers,
        scopes_supported: ScopeList::parse(case.text("scopes"))?,
        resource_name: case.get("resource_name"),
        resource_documentation: case.get("resource_documentation").map(Uri::parse).transpose()?,
    };
    written(|out| document.write(out).map(|text| display(&text)))
}

fn missing_scopes(case: &Arguments<'_, '_>) -> Result<Text, Error> {
    let required = case.scopes("required", "required_list", scope::join)?;
    let granted = case.scopes("granted", "granted_list", |texts| Ok(scope::granted(texts)))?;
    let (lines, granted) = (case.hierarchy(), GrantedScopes::new(&granted));
    Ok(display(&Spaced::new(scope::missing(ScopeList::parse(&required)?, granted, ScopeHierarchy::parse(&lines)?))))
}

/// A decision for each request, with `;` between; see `tests/vectors/README.md`.
fn rate_limit(case: &Arguments<'_, '_>) -> Result<Text, Error> {
    let (limit, mut state, mut all) = (case.limit()?, State::default(), Text::new());
    for request in case.text("requests").split(';') {
        let (now, cost) = request.split_once(' ').expect("time and cost");
        let (decision, next) = limit.take(state, cost.parse().expect("a cost"), now.parse().expect("a time"));
        state = next;
        let word = decision.check().map_or_else(|error| error.name(), |()| "allow");
        let after = Some(decision.retry_after).filter(|after| *after != u64::MAX);
        let after = after.map_or_else(|| display(&"never"), |after| display(&after));
        let between = if all.is_empty() { "" } else { ";" };
        write!(all, "{between}{word} {} {after} {}", decision.remaining, decision.reset_after).expect("room");
    }
    Ok(all)
}

fn time(seconds: &str) -> UnixTime {
    UnixTime::from_seconds(seconds.parse().expect("a time"))
}

/// What a key is, or what came of an event, with `;` between; see `tests/vectors/README.md`.
fn api_key_lifecycle(case: &Arguments<'_, '_>) -> Result<Text, Error> {
    let (mut lifecycle, mut all) = (case.lifecycle(), Text::new());
    for event in case.text("events").split(';') {
        let mut words = event.split(' ');
        let (name, now) = (words.next(), time(words.next().expect("a time")));
        let number = words.next().unwrap_or_default();
        let said = |at: UnixTime| if at == UnixTime::MAX { display(&"never") } else { display(&at.seconds()) };
        let event = match name {
            Some("rotate") => Some(Event::Rotate { overlap: number.parse().expect("seconds") }),
            Some("expire") => Some(Event::Expire { at: if number == "never" { UnixTime::MAX } else { time(number) } }),
            Some("revoke") => Some(Event::Revoke),
            _ => None,
        };
        let word = match (name, event.map(|event| lifecycle.after(event, now))) {
            (Some("end"), _) => said(lifecycle.end()),
            (Some("successor"), _) => match lifecycle.successor(time(number), now) {
                Ok(next) => display(&format_args!("{} {}", next.not_before.seconds(), said(next.end()))),
                Err(error) => display(&error.name()),
            },
            (_, None) => display(&lifecycle.status(now, number.parse().expect("seconds")).name()),
            (_, Some(Ok(next))) => {
                lifecycle = next;
                display(&"ok")
            }
            (_, Some(Err(error))) => display(&error.name()),
        };
        write!(all, "{}{word}", if all.is_empty() { "" } else { ";" }).expect("room");
    }
    Ok(all)
}
