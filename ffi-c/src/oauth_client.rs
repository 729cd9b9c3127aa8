//! What a client does to get tokens for a resource, as one machine without I/O.

use doorward::http::exchange::ResponseHead;
use doorward::oauth::client::{BODY_LIMIT, Client, ROOM, Registered, Settings, Step, TIMEOUT};
use doorward::oauth::client_authentication::AuthMethod;
use doorward::oauth::registration::ApplicationType;
use doorward::oauth::scope::ScopeList;
use doorward::time::UnixTime;
use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::key_source::doorward_header_field;
use crate::raw::{self, Handle, borrow, borrow_mut, guard, guard_or, plain};
use crate::types::{doorward_buffer, doorward_error, doorward_random, doorward_text};

/// Send requests to the resource, with doorward_oauth_client_access_token() if there is one, and report each response.
pub const DOORWARD_CLIENT_READY: u32 = 1;
/// Send doorward_oauth_client_request(), and report its response.
pub const DOORWARD_CLIENT_REQUEST: u32 = 2;
/// Sign an assertion for the issuer, doorward_client_assertion_sign() for example, and pass it on.
pub const DOORWARD_CLIENT_SIGN: u32 = 3;
/// Open the URL of doorward_oauth_client_authorize() in the user's browser, not in a shell.
pub const DOORWARD_CLIENT_AUTHORIZE: u32 = 4;
/// Wait until the browser is sent to the redirect URI.
pub const DOORWARD_CLIENT_REDIRECT: u32 = 5;

/// A client of one resource, which obtains tokens for it step by step (MCP authorization specification). It decides
/// which request to send, which page to open, and what each response means; it has no network access.
///
/// Ownership: the caller of doorward_oauth_client_new() owns it and frees it, once, with doorward_oauth_client_free(),
/// which wipes its state. Nothing of the settings is borrowed. Threads that share it guard it with a lock, held for a
/// call and not while they send or wait. A call out of order returns DOORWARD_CLIENT_STEP_UNEXPECTED, and changes
/// nothing; every other error ends the authorization in progress, unless a function says otherwise.
///
/// With a call() that sends a request to the resource, a send() for the client's own requests, which must not follow
/// redirects, and a browse() that opens a URL and returns the query of the redirect:
///
/// ```c
/// uint32_t step = DOORWARD_CLIENT_READY;
/// doorward_error error = doorward_oauth_client_step(client, seconds(), &step);
/// while (error == DOORWARD_OK) {
///   if (step == DOORWARD_CLIENT_READY) {
///     copy(&sent, doorward_oauth_client_access_token(client));
///     call(sent, &answer);
///     error = doorward_oauth_client_answered(client, sent, answer.status, answer.challenges, answer.challenge_count,
///                                            seconds(), &step);
///     if (step == DOORWARD_CLIENT_READY && equal(sent, doorward_oauth_client_access_token(client))) break;
///   } else if (step == DOORWARD_CLIENT_REQUEST) {
///     doorward_oauth_client_request(client, &memory, &request);
///     error = send(&request, &response)
///                 ? doorward_oauth_client_response(client, response.status, response.fields, response.field_count,
///                                                  response.body, seconds(), &step)
///                 : doorward_oauth_client_no_response(client, seconds(), &step);
///   } else { // DOORWARD_CLIENT_AUTHORIZE
///     doorward_oauth_client_authorize(client, random, &memory);
///     error = doorward_oauth_client_redirected(client, browse(doorward_written(&memory)), &step);
///   }
/// }
/// ```
pub struct doorward_oauth_client {
    _opaque: [u8; 0],
}

type Memory = Zeroizing<Vec<u8>>;

impl Handle for doorward_oauth_client {
    type Value = Client<Memory>;
    const TAG: usize = 0x6f61_7574;
}

/// A client that is registered with an authorization server.
#[repr(C)]
pub struct doorward_registered_client {
    /// The issuer that registered it; none for the first one that the resource's metadata lists and that responds,
    /// which with a secret, or an assertion, needs `trusts_first_issuer`. The registration is never used with another
    /// issuer: the record contains which one it was.
    pub issuer: doorward_text,
    /// `client_id`, which that server issued.
    pub client_id: doorward_text,
    /// `client_secret`; none if it has none.
    pub client_secret: doorward_text,
    /// How it authenticates: "none", "client_secret_basic", "client_secret_post" or "private_key_jwt"; none to choose
    /// according to the server's metadata.
    pub auth_method: doorward_text,
}
plain!(doorward_registered_client { issuer, client_id, client_secret, auth_method });

impl doorward_registered_client {
    fn read<T>(&self, then: impl FnOnce(&Registered<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        let (issuer, client_id, client_secret) =
            (copied(self.issuer)?, copied(self.client_id)?, copied(self.client_secret)?);
        let auth_method = raw::optional(self.auth_method)?.map(AuthMethod::from_name).transpose()?;
        then(&Registered { issuer: &issuer, client_id: &client_id, client_secret: &client_secret, auth_method })
    }
}

/// Client configuration. Empty members are omitted.
#[repr(C)]
pub struct doorward_oauth_client_settings {
    /// The URL of the resource: the MCP server.
    pub resource: doorward_text,
    /// Where the user's browser is redirected to; none with `client_credentials`.
    pub redirect_uri: doorward_text,
    /// `client_name` of a registration.
    pub client_name: doorward_text,
    /// `application_type` of a registration: "web" or "native"; none for "native" where the redirect URI is on the
    /// user's device, else "web".
    pub application_type: doorward_text,
    /// The URL of the client's own document, which is its identifier if the authorization server supports such
    /// documents.
    pub client_document: doorward_text,
    /// The scopes to request if the resource's challenge contains none, separated by spaces; none for all that its
    /// metadata lists.
    pub scope: doorward_text,
    /// A registration with an authorization server, made beforehand; NULL for none.
    pub registered: *const doorward_registered_client,
    /// Not 0 if credentials of `registered` may be sent to the first issuer that the resource's metadata lists if
    /// `registered` has no issuer: whoever responds for the resource then decides who receives the secret.
    pub trusts_first_issuer: u32,
    /// Not 0 if the client requests tokens for itself (RFC 6749 section 4.4) and not for a user.
    pub client_credentials: u32,
    /// Not 0 if the authorization server is known to support S256 although its metadata does not list it.
    pub s256_known: u32,
    /// Not 0 if a resource without metadata is its own authorization server, with endpoints at their default places, as
    /// the MCP specification of 2025-03-26 had it.
    pub legacy: u32,
}
plain!(doorward_oauth_client_settings {
    resource,
    redirect_uri,
    client_name,
    application_type,
    client_document,
    scope,
    registered,
    trusts_first_issuer,
    client_credentials,
    s256_known,
    legacy
});

/// A request to be sent. It may contain secrets. Do not follow redirects, send no cookies, log neither fields nor body,
/// and decode nothing of the response but the transfer coding. Before connecting, pass each address to
/// doorward_may_connect(), with `named_by` as the origin.
#[repr(C)]
pub struct doorward_oauth_request {
    /// "GET" or "POST". Static.
    pub method: doorward_text,
    /// Absolute, `https`, or `http` on loopback. Contains no secret.
    pub url: doorward_text,
    /// `field_count` header fields, to be sent besides those of the connection.
    pub fields: [doorward_header_field; 4],
    /// The number of these fields.
    pub field_count: usize,
    /// The body; empty if there is none.
    pub body: doorward_text,
    /// The URL whose document or configuration named this one. Borrowed from the client until that changes.
    pub named_by: doorward_text,
    /// How long to wait for the whole response, connecting included, in milliseconds.
    pub timeout: u32,
    /// How many bytes to read of the body of the response. Truncate a longer body: it is then rejected for its length.
    pub body_limit: usize,
}

fn zeroed(length: usize) -> Memory {
    Zeroizing::new(vec![0; length])
}

/// Copies a text that may be one of the client's own, which changes.
fn copied(text: doorward_text) -> Result<Zeroizing<String>, Fault> {
    Ok(Zeroizing::new(raw::text(text)?.to_owned()))
}

fn advance(
    client: *mut doorward_oauth_client,
    out: *mut u32,
    next: impl FnOnce(&mut Client<Memory>) -> Result<Step, Fault>,
) -> Result<(), Fault> {
    let (out, mut client) = (raw::out(out)?, borrow_mut(client)?);
    out.set(match next(&mut client)? {
        Step::Ready => DOORWARD_CLIENT_READY,
        Step::Request => DOORWARD_CLIENT_REQUEST,
        Step::Sign => DOORWARD_CLIENT_SIGN,
        Step::Authorize => DOORWARD_CLIENT_AUTHORIZE,
        Step::Redirect => DOORWARD_CLIENT_REDIRECT,
    });
    Ok(())
}

fn proceed(
    client: *mut doorward_oauth_client,
    out: *mut u32,
    next: impl FnOnce(&mut Client<Memory>) -> Result<Step, Fault>,
) -> doorward_error {
    guard(|| advance(client, out, next))
}

/// Creates a client. DOORWARD_URI_INVALID for the resource; DOORWARD_REDIRECT_URI_REFUSED,
/// DOORWARD_CLIENT_DOCUMENT_URL_REFUSED; DOORWARD_CLIENT_ID_MALFORMED and DOORWARD_CLIENT_AUTHENTICATION_INVALID for
/// `registered`, which `client_credentials` needs.
///
/// @param out set to the new client, which the caller owns; to NULL on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_new(
    settings: *const doorward_oauth_client_settings,
    out: *mut *mut doorward_oauth_client,
) -> doorward_error {
    guard(|| {
        let out = raw::out(out)?;
        out.set(core::ptr::null_mut());
        let it = raw::read(settings)?;
        let mut settings = Settings::new(raw::text(it.resource)?, raw::text(it.redirect_uri)?);
        settings.client_name = raw::text(it.client_name)?;
        settings.application_type = raw::optional(it.application_type)?.map(ApplicationType::from_name).transpose()?;
        settings.client_document = raw::text(it.client_document)?;
        settings.scope = ScopeList::parse(raw::text(it.scope)?)?;
        settings.trusts_first_issuer = it.trusts_first_issuer != 0;
        settings.client_credentials = it.client_credentials != 0;
        settings.s256_known = it.s256_known != 0;
        settings.legacy = it.legacy != 0;
        let client = if it.registered.is_null() {
            Client::new(&settings, zeroed(ROOM))?
        } else {
            raw::read(it.registered)?.read(|registered| {
                Ok(Client::new(&Settings { registered: Some(*registered), ..settings }, zeroed(ROOM))?)
            })?
        };
        raw::give(&out, client);
        Ok(())
    })
}

/// Frees a client and sets the caller's pointer to NULL. Does nothing for NULL, or a pointer to NULL.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_free(client: *mut *mut doorward_oauth_client) {
    guard_or((), || raw::take(client));
}

/// Writes the next step. A token that is about to expire is refreshed first. Returns the error with which the
/// authorization has ended, if any.
///
/// @param now seconds since 1970
/// @param out set to DOORWARD_CLIENT_READY to DOORWARD_CLIENT_REDIRECT; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_step(
    client: *mut doorward_oauth_client,
    now: u64,
    out: *mut u32,
) -> doorward_error {
    proceed(client, out, |client| Ok(client.step(UnixTime::from_seconds(now))?))
}

/// Reports a response of the resource. After 401, or 403 with `insufficient_scope`, the next step leads to another
/// token. Send the request once more if the step is DOORWARD_CLIENT_READY and the access token is not the one that was
/// sent; otherwise the response is final. Do not report the response to a request that was redirected to a URL that
/// doorward_oauth_client_covers() does not cover: another server sent it.
///
/// DOORWARD_TOKEN_REFUSED and DOORWARD_INSUFFICIENT_SCOPE after a few tokens in succession, or sooner if there is
/// nothing more to request; DOORWARD_FETCH_URL_REFUSED for `resource_metadata`.
///
/// @param sent the token that was sent; none if there was none
/// @param status the HTTP status
/// @param challenges an array of `count` values of WWW-Authenticate, one for each header line
/// @param now seconds since 1970
/// @param out set to what to do; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_answered(
    client: *mut doorward_oauth_client,
    sent: doorward_text,
    status: u16,
    challenges: *const doorward_text,
    count: usize,
    now: u64,
    out: *mut u32,
) -> doorward_error {
    guard(|| {
        let sent = raw::optional(sent)?.map(|text| Zeroizing::new(text.to_owned()));
        let challenges: Vec<_> = raw::each(challenges, count)?.collect();
        let mut scratch = zeroed(challenges.iter().map(|value| value.len()).max().unwrap_or_default());
        let (sent, now) = (sent.as_deref().map(String::as_str), UnixTime::from_seconds(now));
        advance(client, out, |client| Ok(client.answered(sent, status, challenges, &mut scratch, now)?))
    })
}

/// Continues to a token without a response that asks for one, so that the first request has it: as after a 401 without
/// a challenge to a request without a token. If there is a token, like doorward_oauth_client_step().
///
/// DOORWARD_CLIENT_STEP_UNEXPECTED while another step is under way, DOORWARD_TOKEN_REFUSED after a few tokens in
/// succession that were of no use.
///
/// @param now seconds since 1970
/// @param out set to what to do; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_request_token(
    client: *mut doorward_oauth_client,
    now: u64,
    out: *mut u32,
) -> doorward_error {
    proceed(client, out, |client| Ok(client.request_token(UnixTime::from_seconds(now))?))
}

/// Writes the request to send now.
///
/// @param memory receives all that is neither static nor of the client, secrets too: the caller wipes it
/// @param out set to the request, borrowed from the memory and the client; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_request(
    client: *const doorward_oauth_client,
    memory: *mut doorward_buffer,
    out: *mut doorward_oauth_request,
) -> doorward_error {
    guard(|| {
        let (out, client) = (raw::out(out)?, borrow(client)?);
        raw::fill(memory, |room| {
            let request = client.request(room)?;
            let field = |(name, value): (&str, &str)| doorward_header_field {
                name: doorward_text::of(name),
                value: doorward_text::of(value),
            };
            let mut fields = [field(("", "")); 4];
            let mut field_count = 0;
            for (place, one) in fields.iter_mut().zip(request.fields()) {
                *place = field(one);
                field_count += 1;
            }
            out.set(doorward_oauth_request {
                method: doorward_text::of(request.method()),
                url: doorward_text::of(request.url()),
                fields,
                field_count,
                body: doorward_text::of(request.body()),
                named_by: doorward_text::of(request.named_by()),
                timeout: u32::try_from(TIMEOUT.as_millis()).unwrap_or(u32::MAX),
                body_limit: BODY_LIMIT,
            });
            Ok(request.whole())
        })
    })
}

/// Reports the response to a request.
///
/// DOORWARD_RESOURCE_METADATA_MISSING, DOORWARD_RESOURCE_MISMATCH, DOORWARD_AUTHORIZATION_SERVER_MISSING;
/// DOORWARD_METADATA_MISSING and those of doorward_server_parse(); DOORWARD_CLIENT_UNREGISTERED, after which
/// doorward_oauth_client_register() continues; DOORWARD_REGISTRATION_REFUSED; DOORWARD_TOKEN_REQUEST_REFUSED, whose
/// reason doorward_oauth_client_received_error() writes; DOORWARD_TOKEN_RESPONSE_MALFORMED, DOORWARD_RESPONSE_STATUS.
///
/// @param status the HTTP status
/// @param fields an array of `field_count` header fields; those that are not used are ignored
/// @param body its first `body_limit` bytes
/// @param now the clock when the response arrived, in seconds since 1970
/// @param out set to what to do; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_response(
    client: *mut doorward_oauth_client,
    status: u16,
    fields: *const doorward_header_field,
    field_count: usize,
    body: doorward_text,
    now: u64,
    out: *mut u32,
) -> doorward_error {
    proceed(client, out, |client| {
        let mut head = ResponseHead::new(status, UnixTime::from_seconds(now));
        for field in raw::slice(fields, field_count)? {
            head.field(raw::bytes(field.name)?, raw::bytes(field.value)?);
        }
        let body = raw::bytes(body)?;
        Ok(client.response(&head, body, &mut zeroed(body.len()))?)
    })
}

/// Reports that no response to a request was received. Errors as for doorward_oauth_client_response(), and
/// DOORWARD_RESPONSE_MISSING.
///
/// @param now seconds since 1970
/// @param out set to what to do; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_no_response(
    client: *mut doorward_oauth_client,
    now: u64,
    out: *mut u32,
) -> doorward_error {
    proceed(client, out, |client| Ok(client.no_response(UnixTime::from_seconds(now))?))
}

/// Writes the URL to open in the user's browser: `https`, or `http` on loopback. It may be called again before the
/// browser comes back; a response to the previous URL is then no longer accepted.
///
/// @param random an array of 2, for the code verifier and the state
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_authorize(
    client: *mut doorward_oauth_client,
    random: *const doorward_random,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let mut bytes = Zeroizing::new([0; 64]);
        for (place, random) in bytes.chunks_exact_mut(32).zip(raw::slice(random, 2)?) {
            place.copy_from_slice(&random.bytes);
        }
        let mut client = borrow_mut(client)?;
        raw::fill(out, |room| client.authorize(&bytes, room))
    })
}

/// Reports that the browser was redirected to the redirect URI.
///
/// DOORWARD_STATE_MISMATCH and DOORWARD_PARAMETER_REPEATED mean that the response belongs to no request of this client:
/// the wait continues. All other errors end it: DOORWARD_RESPONSE_ISSUER_MISSING, DOORWARD_RESPONSE_ISSUER_MISMATCH,
/// DOORWARD_AUTHORIZATION_RESPONSE_MALFORMED; DOORWARD_ACCESS_DENIED and DOORWARD_AUTHORIZATION_REFUSED, whose reason
/// doorward_oauth_client_received_error() writes.
///
/// @param query that of the URL, without "?"
/// @param out set to what to do; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_redirected(
    client: *mut doorward_oauth_client,
    query: doorward_text,
    out: *mut u32,
) -> doorward_error {
    proceed(client, out, |client| {
        let query = raw::bytes(query)?;
        Ok(client.redirected(query, &mut zeroed(query.len()))?)
    })
}

/// Passes on an assertion: a JWT whose issuer and subject are doorward_oauth_client_id() and whose audience is
/// doorward_oauth_client_issuer() (RFC 7523 section 3). It is sent once.
///
/// @param out set to what to do; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_signed(
    client: *mut doorward_oauth_client,
    assertion: doorward_text,
    out: *mut u32,
) -> doorward_error {
    proceed(client, out, |client| Ok(client.signed(raw::text(assertion)?)?))
}

/// Sets the registration with the authorization server after DOORWARD_CLIENT_UNREGISTERED, and continues with it.
/// DOORWARD_METADATA_ISSUER_MISMATCH if its issuer is not the one in progress.
///
/// @param now seconds since 1970
/// @param out set to what to do; unchanged on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_register(
    client: *mut doorward_oauth_client,
    registered: *const doorward_registered_client,
    now: u64,
    out: *mut u32,
) -> doorward_error {
    guard(|| {
        raw::read(registered)?.read(|registered| {
            advance(client, out, |client| Ok(client.register(registered, UnixTime::from_seconds(now))?))
        })
    })
}

/// Abandons the authorization in progress, and clears its error. Tokens are kept, and so is what was requested because
/// the resource rejected them: if this client no longer requests more, one that is created from its record does.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_reset(client: *mut doorward_oauth_client) -> doorward_error {
    guard(|| {
        borrow_mut(client)?.reset();
        Ok(())
    })
}

/// Writes what to store, as a secret, so that a client that is created later can continue, as JSON. Store it before
/// each request if it has changed.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_record(
    client: *const doorward_oauth_client,
    out: *mut doorward_buffer,
) -> doorward_error {
    raw::printed(out, || Ok(borrow(client)?.record()))
}

/// Continues from a stored record, after doorward_oauth_client_new(). What it contains of another resource or another
/// client, and a registration with another redirect URI, are ignored. DOORWARD_CLIENT_RECORD_MALFORMED, and
/// DOORWARD_CLIENT_STEP_UNEXPECTED unless the next step is DOORWARD_CLIENT_READY, as it is for a new client and after
/// doorward_oauth_client_reset().
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_restore(
    client: *mut doorward_oauth_client,
    record: doorward_text,
) -> doorward_error {
    guard(|| {
        let record = raw::bytes(record)?;
        Ok(borrow_mut(client)?.restore(record, &mut zeroed(record.len()))?)
    })
}

/// Returns whether a URL has the origin of the resource: the token must be sent to no other.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_covers(client: *const doorward_oauth_client, url: doorward_text) -> bool {
    guard_or(false, || Ok(borrow(client)?.covers(raw::text(url)?)))
}

fn text(
    client: *const doorward_oauth_client,
    get: impl for<'c> FnOnce(&'c Client<Memory>) -> Option<&'c str>,
) -> doorward_text {
    guard_or(doorward_text::NONE, || Ok(doorward_text::maybe(get(borrow(client)?))))
}

/// Returns the access token for the resource, to be sent as `Bearer` and only there; none if there is none. Borrowed
/// from the client until that changes.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_access_token(client: *const doorward_oauth_client) -> doorward_text {
    text(client, Client::access_token)
}

/// Returns when the token is no longer used, in seconds since 1970; INT64_MAX if it is used until it is rejected.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_expires_at(client: *const doorward_oauth_client) -> i64 {
    guard_or(i64::MAX, || Ok(borrow(client)?.expires_at().unwrap_or(i64::MAX)))
}

/// Returns the scopes that were granted, separated by spaces: those in the token request, unless the response named
/// others (RFC 6749 section 5.1). Borrowed from the client until that changes.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_scope(client: *const doorward_oauth_client) -> doorward_text {
    text(client, |client| Some(client.scope()))
}

/// Returns the issuer of the resource's authorization server; none if it is not known yet. Borrowed from the client
/// until that changes.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_issuer(client: *const doorward_oauth_client) -> doorward_text {
    text(client, Client::issuer)
}

/// Returns the client identifier at the authorization server; none before it is registered there. Borrowed from the
/// client until that changes.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_id(client: *const doorward_oauth_client) -> doorward_text {
    text(client, Client::client_id)
}

/// Gets `error` and `error_description` of the authorization server's last error response; none if it sent none. Format
/// them with doorward_text_printable().
///
/// @param error, description set to the texts, borrowed from the client until that changes
#[unsafe(no_mangle)]
pub extern "C" fn doorward_oauth_client_received_error(
    client: *const doorward_oauth_client,
    error: *mut doorward_text,
    description: *mut doorward_text,
) -> doorward_error {
    guard(|| {
        let (error, description) = (raw::out(error)?, raw::out(description)?);
        let received = borrow(client)?.received_error();
        error.set(doorward_text::maybe(received.map(|(error, _)| error)));
        description.set(doorward_text::maybe(received.and_then(|(_, description)| description)));
        Ok(())
    })
}
