//! What stays of a secret in memory once it was used: nothing on the stack, nothing in what the heap takes back.
//!
//! The stack is looked at as it lies below the frame of the test, byte for byte, in debug and in release builds alike.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use doorward::alg::{Alg, hmac};
use doorward::api_key::ApiKey;
use doorward::error::Error;
use doorward::host::{self, Authenticator, Keys, Policy, RingSecret};
use doorward::http::exchange::ResponseHead;
use doorward::introspection::{self, Introspection};
use doorward::jwk::KeySet;
use doorward::mint::{AccessToken, ClientAssertion, SigningKey, SigningSecret};
use doorward::oauth::authorization_response::{AuthorizationResponse, Expected, Sender};
use doorward::oauth::client::{Client, ROOM, Registered, Settings, Step};
use doorward::oauth::client_authentication::AuthMethod;
use doorward::oauth::code::{CodeRecord, Family, Issue, Redemption};
use doorward::oauth::metadata::{IssuerUrl, ResourceIdentifier};
use doorward::oauth::opaque_token;
use doorward::oauth::outgoing_authentication::OutgoingAuthentication;
use doorward::oauth::pkce::{self, CodeChallenge, CodeVerifier};
use doorward::oauth::revocation_request::RevocationRequest;
use doorward::oauth::rotation::{Lifetimes, Refresh, RefreshRecord, RefreshToken};
use doorward::oauth::scope::ScopeList;
use doorward::oauth::token_request::TokenRequest;
use doorward::oauth::token_response::{Answer, TokenResponse};
use doorward::seal::{self, Binding, SealingKey};
use doorward::secret::Pepper;
use doorward::time::UnixTime;
use doorward_ffi::api_key::*;
use doorward_ffi::client_assertion::*;
use doorward_ffi::code::*;
use doorward_ffi::keys::*;
use doorward_ffi::mint::*;
use doorward_ffi::oauth_client::*;
use doorward_ffi::opaque_token::*;
use doorward_ffi::outgoing_authentication::*;
use doorward_ffi::peppers::*;
use doorward_ffi::pkce::*;
use doorward_ffi::registration::*;
use doorward_ffi::rotation::*;
use doorward_ffi::seal::*;
use doorward_ffi::token_request::*;
use doorward_ffi::token_response::*;
use doorward_ffi::types::{doorward_buffer, doorward_random, doorward_text};
use sha2::digest::common::BlockSizeUser;
use sha2::digest::common::hazmat::SerializableState;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// 32 bytes that stand nowhere else; statics are not looked at.
static SECRET: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5,
    0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];

/// Pieces of four bytes by which a secret is known: as it is and as hexadecimal digits, within the blocks of an HMAC
/// (RFC 2104), and as the words that SHA-256 and SHA-512 make of these.
fn pieces(secret: &[u8], text: &str) -> Vec<u32> {
    let mut pieces = Vec::new();
    for pad in [0, 0x36, 0x5c] {
        for length in [1, 4, 8] {
            let words = secret.chunks_exact(length).flat_map(|word| word.iter().rev().map(|byte| byte ^ pad));
            let bytes: Vec<u8> = words.collect();
            pieces.extend(bytes.chunks_exact(4).map(|piece| u32::from_ne_bytes(piece.try_into().unwrap())));
        }
    }
    pieces.extend(text.as_bytes().chunks_exact(4).map(|piece| u32::from_ne_bytes(piece.try_into().unwrap())));
    pieces
}

/// The states of a hash that has read a block of an HMAC's key: with these a token can be forged.
fn states<H: Digest + SerializableState + BlockSizeUser>(secret: &[u8]) -> Vec<u32> {
    let state = |pad: u8| -> Vec<u32> {
        let block: Vec<u8> = (0..H::block_size()).map(|at| secret.get(at).unwrap_or(&0) ^ pad).collect();
        let state = H::new().chain_update(&block).serialize();
        // Eight words, an eighth of a block each.
        state
            .chunks_exact(4)
            .take(H::block_size() / 8)
            .map(|piece| u32::from_le_bytes(piece.try_into().unwrap()))
            .collect()
    };
    [0x36, 0x5c].map(state).concat()
}

static PIECES: OnceLock<Vec<u32>> = OnceLock::new();

/// How many places between two addresses hold a piece.
#[inline(never)]
fn count(from: usize, to: usize) -> usize {
    let Some(pieces) = PIECES.get() else { return 0 };
    // SAFETY: the caller's memory, or the stack of this very thread; only numbers are read.
    let piece = |at: usize| unsafe { (at as *const u32).read_unaligned() };
    (from..to.saturating_sub(3)).filter(|at| pieces.contains(&black_box(piece(*at)))).count()
}

/// Counts in what is given back.
struct Watched;

static ON_HEAP: AtomicUsize = AtomicUsize::new(0);

// SAFETY: the system's own allocator does the work.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeros, so that nothing is seen which was there before.
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        ON_HEAP.fetch_add(count(memory.addr(), memory.addr() + layout.size()), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static HEAP: Watched = Watched;

/// Bytes of stack that are looked at, and those between the frame of the test and that of the work.
const DEPTH: usize = 256 * 1024;
const GAP: usize = 16 * 1024;

/// Works below so many zeros.
#[inline(never)]
fn below<const BYTES: usize>(work: &mut dyn FnMut()) {
    let mut zeros = [0_u8; BYTES];
    black_box(&mut zeros);
    work();
    black_box(&zeros);
}

/// Runs the work on a stack of zeros, deeper than what looks at it afterwards, and counts what it left behind on the
/// stack and in memory that it gave back.
#[inline(never)]
fn left_behind(work: &mut dyn FnMut()) -> (usize, usize) {
    let here = 0_u8;
    let top = (&raw const here).addr();
    below::<DEPTH>(&mut || {});
    ON_HEAP.store(0, Ordering::Relaxed);
    below::<GAP>(work);
    (count(top - DEPTH + GAP, top - GAP / 2), ON_HEAP.load(Ordering::Relaxed))
}

#[test]
fn q05_nothing_is_left_behind() {
    let pepper = Pepper::new(1, &[7; 32]).unwrap();
    let mut out = vec![0_u8; 256];
    let key: &str = ApiKey::mint("sk_live", &SECRET).unwrap().reveal(&mut out).unwrap().to_owned().leak();
    let verifier: &str = CodeVerifier::from_random(&SECRET, &mut out).unwrap().reveal().to_owned().leak();
    let stored = ApiKey::parse(key).unwrap().hash(&pepper).unwrap();
    let challenge = CodeChallenge::of(&CodeVerifier::parse(verifier).unwrap()).unwrap();
    let other = ApiKey::mint("sk", &[7; 32]).unwrap();
    let document: &str = format!(
        r#"{{"keys":[{},{},{},{{"kty":"oct","k":"{verifier}"}},{{"kty":"oct","alg":"HS512","k":"{verifier}"}}]}}"#,
        format_args!(r#"{{"kty":"oct","kid":"one","alg":"HS256","k":"{verifier}"}}"#),
        format_args!(r#"{{"kty":"oct","kid":"two","alg":"HS384","k":"{verifier}{verifier}AA"}}"#),
        format_args!(r#"{{"kty":"oct","kid":"three","alg":"HS512","k":"{verifier}{verifier}AA"}}"#),
    )
    .leak();
    const ISSUER: &str = "https://issuer.example";
    let algorithms = vec![Alg::Hs256, Alg::Hs384, Alg::Hs512];
    let policy = Policy::new(host::Settings::mcp(ISSUER.into(), vec!["a".into()], algorithms), hmac::ALL).unwrap();
    let forged = [("HS256", "one", 32), ("HS384", "two", 48), ("HS512", "three", 64)].map(|(alg, kid, length)| {
        let part = Base64UrlUnpadded::encode_string;
        let header = format!(r#"{{"alg":"{alg}","kid":"{kid}"}}"#);
        format!("{}.e30.{}", part(header.as_bytes()), part(&vec![0; length]))
    });
    let credentials: &str = Base64::encode_string(format!("a:{verifier}").as_bytes()).leak();
    let longer = Base64UrlUnpadded::decode_vec(&[verifier, verifier, "AA"].concat()).unwrap();
    let all = [
        pieces(&SECRET, &[&key[24..88], verifier, "=", credentials].concat()),
        states::<Sha256>(&SECRET),
        states::<Sha384>(&longer),
        states::<Sha512>(&longer),
    ];
    PIECES.set(all.concat()).unwrap();

    // What looks does see.
    let mut copy = || drop(black_box(Box::new(black_box(SECRET))));
    let (stack, heap) = left_behind(&mut copy);
    assert!(stack > 0 && heap > 0, "{stack} {heap}");

    let mut wrong = Vec::new();
    let mut look = |name: &'static str, work: &mut dyn FnMut()| match left_behind(work) {
        (0, 0) => {}
        left => wrong.push((name, left)),
    };
    look("ApiKey::mint", &mut || assert!(ApiKey::mint("sk", &SECRET).is_ok()));
    look("opaque_token::mint", &mut || assert_eq!(opaque_token::mint(&SECRET, &mut out), Ok(verifier)));
    look("opaque_token::Hash", &mut || assert!(opaque_token::Hash::of(verifier).matches(verifier)));
    let (family, now) = (Family::from_random([1; 16]), UnixTime::from_seconds(0));
    let lifetimes = Lifetimes { family: 9, idle: 9, grace: 0 };
    let refresh = Refresh { client_id: "a", resource: None, scope: ScopeList::EMPTY, granted: ScopeList::EMPTY };
    let begun = RefreshRecord::begin(family, "a", None, &lifetimes, &SECRET, now, &mut out).unwrap();
    let (record, token): (_, &str) = (begun.0, begun.1.to_owned().leak());
    look("RefreshRecord::begin", &mut || {
        assert!(RefreshRecord::begin(family, "a", None, &lifetimes, &SECRET, now, &mut out).is_ok());
    });
    look("RefreshRecord::rotate", &mut || {
        let token = RefreshToken::parse(token).unwrap();
        assert!(record.rotate(&token, &refresh, &lifetimes, &[2; 32], now, &mut out).is_ok());
    });
    let binding = Binding { purpose: "a", principal: "b", request: b"c" };
    let (keys, later) = ([SealingKey::new(1, &SECRET)], UnixTime::from_seconds(1));
    let sealed: &str = seal::seal(&keys, &binding, b"state", later, &[2; 32], &mut out).unwrap().to_owned().leak();
    look("seal", &mut || assert!(seal::seal(&keys, &binding, b"state", later, &[2; 32], &mut out).is_ok()));
    look("seal::open", &mut || assert!(seal::open(&keys, &binding, sealed, u32::MAX, now, &mut out).is_ok()));
    let access = AccessToken {
        issuer: IssuerUrl::parse("https://a").unwrap(),
        audience: ResourceIdentifier::parse("https://b").unwrap(),
        subject: "s",
        client_id: "c",
        scope: ScopeList::EMPTY,
        jwt_id: "j",
        issued_at: now,
        lifetime: 9,
    };
    let mut long = vec![0_u8; 1024];
    for (alg, name, signing) in [
        (Alg::Es256, "SigningKey ES256", "AccessToken::sign ES256"),
        (Alg::Ed25519, "SigningKey Ed25519", "AccessToken::sign Ed25519"),
    ] {
        look(name, &mut || assert!(SigningKey::new(alg, &SECRET).is_ok()));
        let key = SigningKey::new(alg, &SECRET).unwrap();
        look(signing, &mut || assert!(access.sign(&key, &mut long).is_ok()));
    }
    let shared = SigningSecret::new(&SECRET, None).unwrap();
    look("AccessToken::sign_shared", &mut || assert!(access.sign_shared(&shared, &mut long).is_ok()));
    look("host::OwnedSigningSecret", &mut || {
        assert!(host::OwnedSigningSecret::new(&SECRET, None).unwrap().sign(&access).is_ok());
    });
    look("host::KeyRing", &mut || {
        let key = RingSecret { alg: Alg::Ed25519, secret: &SECRET, signs_from: now, signs_until: UnixTime::MAX };
        assert!(host::KeyRing::new([key; 5]).unwrap().sign(&access).is_ok());
    });
    let hash = opaque_token::Hash::of(verifier);
    let header: &str = format!("Basic {credentials}").leak();
    let posted: &str = format!("grant_type=client_credentials&client_id=a&client_secret={verifier}").leak();
    for (name, header, body) in [
        ("TokenRequest, in the header", Some(header.as_bytes()), "grant_type=client_credentials"),
        ("TokenRequest, in the body", None, posted),
    ] {
        look(name, &mut || {
            let request = TokenRequest::parse(header, body.as_bytes(), &mut long).unwrap();
            assert_eq!(request.client().check(request.client().method(), Some(&hash)), Ok(()));
        });
    }
    let code: &str =
        format!("grant_type=authorization_code&client_id=a&code={verifier}&code_verifier={verifier}").leak();
    let refresh_token: &str = format!("grant_type=refresh_token&client_id=a&refresh_token={token}").leak();
    for (name, body) in [("TokenRequest, a code", code), ("TokenRequest, a refresh token", refresh_token)] {
        look(name, &mut || assert!(TokenRequest::parse(None, body.as_bytes(), &mut long).is_ok()));
    }
    let revoked: &str = format!("client_id=a&token={verifier}").leak();
    look("RevocationRequest", &mut || {
        assert!(RevocationRequest::parse(None, revoked.as_bytes(), &mut long).is_ok());
    });
    let tokens: &str =
        format!(r#"{{"access_token":"{verifier}","refresh_token":"{verifier}","token_type":"Bearer"}}"#).leak();
    look("token_response::Answer", &mut || {
        let answer = Answer::parse(200, tokens.as_bytes(), &mut long);
        assert!(matches!(answer, Ok(Answer::Tokens(it)) if it.access_token == verifier));
    });
    let query: &str = format!("code={verifier}&state=s&iss=https://a").leak();
    let sender = Sender::Issuer { issuer: IssuerUrl::parse("https://a").unwrap(), iss_supported: true };
    let expected = Expected { state: "s", sender };
    look("AuthorizationResponse", &mut || {
        let response = AuthorizationResponse::parse(query.as_bytes(), &expected, &mut long);
        assert!(matches!(response, Ok(AuthorizationResponse::Code(code)) if code == verifier));
    });
    let basic = introspection::ClientAuthentication::Basic { id: "a", secret: verifier };
    let post = introspection::ClientAuthentication::Post { id: "a", secret: verifier };
    let bearer = introspection::ClientAuthentication::Bearer(verifier);
    for (name, client) in [
        ("introspection::Request, Basic", basic),
        ("introspection::Request, Post", post),
        ("introspection::Request, Bearer", bearer),
    ] {
        look(name, &mut || {
            let introspection = Introspection::new("https://a/i", client).unwrap();
            assert!(introspection.request(b"token", &mut long).is_ok());
        });
    }
    let c = |text: &str| doorward_text { data: text.as_ptr().cast(), length: text.len() };
    let bytes = |bytes: &[u8]| doorward_text { data: bytes.as_ptr().cast(), length: bytes.len() };
    let mut room = vec![0_u8; 4096];
    let mut buffer = doorward_buffer { data: room.as_mut_ptr().cast(), room: room.len(), length: 0 };
    let random: &doorward_random = Box::leak(Box::new(doorward_random { bytes: SECRET }));
    let in_c = doorward_pepper { version: 1, secret: bytes(&[7; 32]) };
    let stored_text: &str = stored.to_string().leak();
    look("doorward_api_key_mint", &mut || assert_eq!(doorward_api_key_mint(c("sk_live"), random, &mut buffer), 0));
    look("doorward_api_key_hash", &mut || assert_eq!(doorward_api_key_hash(c(key), &in_c, &mut buffer), 0));
    look("doorward_api_key_check", &mut || {
        assert_eq!(doorward_api_key_check(c(key), c(stored_text), &in_c, 1, null_mut()), 0);
    });
    let sealing: &doorward_sealing_key =
        Box::leak(Box::new(doorward_sealing_key { version: 1, secret: doorward_random { bytes: SECRET } }));
    let bound = doorward_binding { purpose: c("a"), principal: c("b"), request: c("c") };
    // A nonce is public, and is encoded where nothing is wiped.
    let nonce = doorward_random { bytes: [2; 32] };
    look("doorward_state_seal", &mut || {
        assert_eq!(doorward_state_seal(sealing, 1, &bound, c("state"), 1, &nonce, &mut buffer), 0);
    });
    look("doorward_state_open", &mut || {
        assert_eq!(doorward_state_open(sealing, 1, &bound, c(sealed), u32::MAX, 0, &mut buffer), 0);
    });
    let says = doorward_access_token {
        issuer: c("https://a"),
        audience: c("https://b"),
        subject: c("s"),
        client_id: c("c"),
        scope: c(""),
        jwt_id: c("j"),
        issued_at: 0,
        lifetime: 9,
    };
    for algorithm in ["ES256", "Ed25519"] {
        let signing: &doorward_signing_key = Box::leak(Box::new(doorward_signing_key {
            algorithm: c(algorithm),
            secret: doorward_random { bytes: SECRET },
            signs_from: 0,
            signs_until: u64::MAX,
        }));
        look("doorward_access_token_sign", &mut || {
            assert_eq!(doorward_access_token_sign(&says, signing, 1, &mut buffer), 0);
        });
    }
    let single = doorward_signing_secret { secret: bytes(&SECRET), key_id: c("") };
    look("doorward_access_token_sign_shared", &mut || {
        assert_eq!(doorward_access_token_sign_shared(&says, &single, &mut buffer), 0);
    });
    look("doorward_shared_secrets", &mut || {
        let mut secrets = null_mut();
        assert_eq!(doorward_shared_secrets_single(bytes(&SECRET), c("HS256"), c("one"), &mut secrets), 0);
        doorward_shared_secrets_free(&mut secrets);
    });
    look("ApiKey::parse", &mut || assert!(ApiKey::parse(key).is_ok()));
    look("ApiKey::hash", &mut || assert!(ApiKey::parse(key).unwrap().hash(&pepper).is_ok()));
    look("ApiKey::reveal", &mut || assert_eq!(ApiKey::parse(key).unwrap().reveal(&mut out), Ok(key)));
    look("ApiKey::check", &mut || {
        let key = ApiKey::parse(key).unwrap();
        assert_eq!(key.check(Some(&stored), &[pepper]).map(|it| it.rehash), Ok(false));
        assert_eq!(other.check(Some(&stored), &[pepper]), Err(Error::ApiKeyMismatch));
    });
    look("Pepper", &mut || assert!(other.hash(&Pepper::new(1, &SECRET).unwrap()).is_ok()));
    look("CodeVerifier", &mut || {
        let made = CodeVerifier::from_random(&SECRET, &mut out).unwrap();
        assert!(made.reveal() == verifier && CodeChallenge::of(&made).is_ok());
    });
    look("pkce::token_request", &mut || assert_eq!(pkce::token_request(Some(&challenge), Some(verifier)), Ok(())));
    look("Keys::parse_secrets", &mut || {
        let keys = Keys::parse_secrets(document.as_bytes(), policy.algorithms()).unwrap();
        assert_eq!((keys.len(), keys.skipped().len()), (3, 2));
    });
    look("KeySet::read_secrets", &mut || {
        let mut keys = KeySet::<2, _>::new();
        let outcome = keys.read_secrets(document.as_bytes(), policy.algorithms());
        assert_eq!((outcome, keys.len()), (Err(Error::KeySetTooManyKeys { limit: 2 }), 0));
    });
    look("HMAC", &mut || {
        let keys = Keys::parse_secrets(document.as_bytes(), policy.algorithms()).unwrap();
        let authenticator = Authenticator::new([policy.clone()]).unwrap();
        authenticator.set_keys(ISSUER, Arc::new(keys)).unwrap();
        for token in &forged {
            let outcome = authenticator.authenticate(token.as_bytes(), UnixTime::from_seconds(1)).map(drop);
            assert_eq!(outcome, Err(Error::SignatureInvalid));
        }
    });
    let given = Registered { issuer: "https://i.example", client_id: "a", client_secret: verifier, auth_method: None };
    let of = |client_credentials, auth_method| {
        let registered = Some(Registered { auth_method: Some(auth_method), ..given });
        let settings =
            Settings { registered, client_credentials, ..Settings::new("https://a.example", "https://a.example/cb") };
        let mut client = Client::new(&settings, vec![0; ROOM]).unwrap();
        client.request_token(now).unwrap();
        for body in [
            r#"{"resource":"https://a.example","authorization_servers":["https://i.example"]}"#,
            r#"{"issuer":"https://i.example","authorization_endpoint":"https://i.example/a","token_endpoint":"https://i.example/t","code_challenge_methods_supported":["S256"]}"#,
        ] {
            client.response(&ResponseHead::new(200, now), body.as_bytes(), &mut [0; 256]).unwrap();
        }
        client
    };
    let random: &[u8; 64] = [SECRET, SECRET].concat().leak().first_chunk().unwrap();
    let mut client = of(false, AuthMethod::ClientSecretBasic);
    look("Client::authorize", &mut || assert!(client.authorize(random, &mut long).is_ok()));
    for method in [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost] {
        let mut client = of(true, method);
        look("Client::request", &mut || assert!(client.request(&mut long).is_ok()));
        look("Client::response", &mut || {
            let head = ResponseHead::new(200, now);
            assert_eq!(client.response(&head, tokens.as_bytes(), &mut long), Ok(Step::Ready));
        });
        let record: &str = client.record().to_string().leak();
        let mut restored = of(true, method);
        restored.reset();
        look("Client::restore", &mut || {
            assert!(restored.restore(record.as_bytes(), &mut long).is_ok());
            assert_eq!(restored.access_token(), Some(verifier));
        });
    }
    let none = doorward_text { data: null(), length: 0 };
    for method in ["client_secret_basic", "client_secret_post"] {
        look(method, &mut || {
            let client = OutgoingAuthentication::new("a", Some(verifier), Some(method)).unwrap();
            assert!(client.write_header(&mut long).is_ok() && client.write_form(&mut long).is_ok());
        });
    }
    look("TokenResponse", &mut || {
        let response =
            TokenResponse { access_token: verifier, expires_in: None, refresh_token: Some(token), scope: None };
        assert!(response.write(&mut long).is_ok());
    });
    let assertion = ClientAssertion {
        client_id: "c",
        audience: IssuerUrl::parse("https://a").unwrap(),
        jwt_id: "j",
        issued_at: now,
        lifetime: 9,
    };
    look("ClientAssertion::sign", &mut || {
        assert!(assertion.sign(&SigningKey::new(Alg::Es256, &SECRET).unwrap(), &mut long).is_ok());
    });
    let issue = Issue { client_id: "a", redirect_uri: "https://a/cb", challenge: &challenge, resource: None };
    let code_record = CodeRecord::issue(&issue, family, 9, now).unwrap();
    look("CodeRecord::redeem", &mut || {
        let presented =
            Redemption { client_id: "a", redirect_uri: None, code_verifier: Some(verifier), resource: None };
        assert!(code_record.redeem(&presented, now).is_ok());
    });
    for write in [doorward_client_authentication_header, doorward_client_authentication_form] {
        for method in ["client_secret_basic", "client_secret_post"] {
            look("doorward_client_authentication_header, _form", &mut || {
                assert_eq!(write(c("a"), c(verifier), c(method), &mut buffer), 0);
            });
        }
    }
    let minted: &doorward_random = Box::leak(Box::new(doorward_random { bytes: SECRET }));
    look("doorward_opaque_token_mint", &mut || assert_eq!(doorward_opaque_token_mint(minted, &mut buffer), 0));
    look("doorward_opaque_token_hash", &mut || assert_eq!(doorward_opaque_token_hash(c(verifier), &mut buffer), 0));
    let hash_text: &str = hash.to_string().leak();
    look("doorward_opaque_token_check", &mut || {
        let mut matches = false;
        assert_eq!((doorward_opaque_token_check(c(hash_text), c(verifier), &mut matches), matches), (0, true));
    });
    let code_verifier = doorward_code_verifier { text: c(verifier) };
    look("doorward_pkce_verifier", &mut || assert_eq!(doorward_pkce_verifier(minted, &mut buffer), 0));
    look("doorward_pkce_challenge", &mut || assert_eq!(doorward_pkce_challenge(code_verifier, &mut buffer), 0));
    let stored_code: &doorward_code_record =
        Box::leak(Box::new(doorward_code_record { bytes: code_record.to_bytes() }));
    look("doorward_code_redeem", &mut || {
        let mut next = doorward_code_record { bytes: [0; DOORWARD_CODE_RECORD_LENGTH] };
        assert_eq!(doorward_code_redeem(stored_code, c("a"), none, code_verifier, none, 0, &mut next), 0);
    });
    let (family_in_c, for_c) =
        (doorward_family { bytes: [1; 16] }, doorward_refresh_lifetimes { family: 9, idle: 9, grace: 0 });
    let mut refresh_record = doorward_refresh_record { bytes: [0; DOORWARD_REFRESH_RECORD_LENGTH] };
    look("doorward_refresh_begin", &mut || {
        let (out, record) = (&raw mut buffer, &raw mut refresh_record);
        assert_eq!(doorward_refresh_begin(&family_in_c, c("a"), none, &for_c, minted, 0, out, record), 0);
    });
    let seed: &doorward_random = Box::leak(Box::new(doorward_random { bytes: [2; 32] }));
    look("doorward_refresh_rotate", &mut || {
        let mut rotation = doorward_rotation {
            next: doorward_refresh_record { bytes: [0; DOORWARD_REFRESH_RECORD_LENGTH] },
            changes: false,
            scope: none,
        };
        let (out, place) = (&raw mut buffer, &raw mut rotation);
        assert_eq!(
            doorward_refresh_rotate(&refresh_record, c(token), c("a"), none, none, none, &for_c, seed, 0, out, place),
            0
        );
    });
    let authorization: &doorward_text = Box::leak(Box::new(c(header)));
    let mut asked: Box<MaybeUninit<doorward_token_request>> = Box::new(MaybeUninit::uninit());
    for (name, values, count, body) in [
        ("doorward_token_request_parse, in the header", &raw const *authorization, 1, "grant_type=client_credentials"),
        ("doorward_token_request_parse, in the body", null(), 0, posted),
        ("doorward_token_request_parse, a code", null(), 0, code),
    ] {
        look(name, &mut || {
            assert_eq!(doorward_token_request_parse(values, count, c(body), &mut buffer, asked.as_mut_ptr()), 0);
        });
    }
    look("doorward_token_response", &mut || {
        assert_eq!(doorward_token_response(c(verifier), 9, c(token), none, &mut buffer), 0);
    });
    let signing: &doorward_signing_key = Box::leak(Box::new(doorward_signing_key {
        algorithm: c("ES256"),
        secret: doorward_random { bytes: SECRET },
        signs_from: 0,
        signs_until: 0,
    }));
    let says = doorward_client_assertion {
        client_id: c("c"),
        issuer: c("https://a"),
        jwt_id: c("j"),
        issued_at: 0,
        lifetime: 9,
    };
    look("doorward_client_assertion_sign", &mut || {
        assert_eq!(doorward_client_assertion_sign(&says, signing, &mut buffer), 0);
    });
    let registration: &str = r#"{"redirect_uris":["https://a/cb"]}"#;
    let method: &doorward_text = Box::leak(Box::new(c("client_secret_basic")));
    look("doorward_client_metadata_response", &mut || {
        let (secret, out) = (c(verifier), &raw mut buffer);
        assert_eq!(doorward_client_metadata_response(c(registration), method, 1, false, c("a"), 0, secret, out), 0);
    });
    let known: &doorward_registered_client = Box::leak(Box::new(doorward_registered_client {
        issuer: none,
        client_id: c("a"),
        client_secret: c(verifier),
        auth_method: c("client_secret_basic"),
    }));
    let of = doorward_oauth_client_settings {
        resource: c("https://a.example"),
        redirect_uri: c("https://a.example/cb"),
        client_name: none,
        application_type: none,
        client_document: none,
        scope: none,
        registered: known,
        trusts_first_issuer: 1,
        client_credentials: 0,
        s256_known: 0,
        legacy: 0,
    };
    look("doorward_oauth_client_new", &mut || {
        let mut made = null_mut();
        assert_eq!(doorward_oauth_client_new(&of, &mut made), 0);
        doorward_oauth_client_free(&mut made);
    });
    assert!(wrong.is_empty(), "places on the stack and on the heap: {wrong:?}");
}
