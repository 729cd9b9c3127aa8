//! Authentication and authorization for MCP servers as pure functions.
//!
//! No std, no heap, no I/O, no `unsafe`; the clock, randomness, storage and the network are arguments.
//!
//! ```
//! use doorward::{ASYMMETRIC, Algorithms, Audience, Issuer, KeySet, Policy, UnixTime, authenticate};
//!
//! # let jwks = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/jwks.json"));
//! # let token = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/token.txt")).trim_ascii();
//! # let clock = || 1_700_000_000;
//! // Once: the issuer's keys, and what its tokens must satisfy.
//! let algorithms = Algorithms::new(ASYMMETRIC)?;
//! let keys = KeySet::<64>::parse(jwks, algorithms)?;
//! let issuer = Issuer::new("https://id.example.com")?;
//! let policy = Policy::mcp(issuer, Audience::new(["https://mcp.example.com/mcp"])?, algorithms);
//!
//! // For each request:
//! let mut scratch = [0; 4096];
//! let principal = authenticate(token, &mut scratch, &keys, &policy, UnixTime::from_seconds(clock()))?;
//! assert_eq!(principal.subject(), Some("alice"));
//! # Ok::<(), doorward::Error>(())
//! ```
//!
//! # Where things are
//!
//! | you have | you need | see |
//! |---|---|---|
//! | an Authorization header | the token | [`oauth::bearer::token`] |
//! | a token | who is calling | [`authenticate`], for several issuers [`jwt::authenticate_any`] |
//! | requirements | a policy: issuer, audience, scopes, relaxations | [`jwt::Policy`] |
//! | an identity provider's name | a policy for its access tokens | [`provider`] |
//! | an API that has its own OAuth | its endpoints, and how it differs from the standard | [`provider::upstream`] |
//! | a claim (`aud`, `exp`, `scope` and so on) | the rule that it must fulfil | [`jwt::Verified::check`] |
//! | a key set document | keys | [`KeySet`], [`jwk::parse_each`] |
//! | a rejected token | whether newer keys are worth a fetch for it | [`keys::Source::token_rejected`] |
//! | keys that may be old | to know whether to fetch them | [`keys::refresh`] |
//! | an issuer, or the URL of its keys | the requests to send, and what each response means | [`keys::Source`], [`keys::fetch`] |
//! | an opaque token | whether to introspect it, how, and what the response means | [`introspection`] |
//! | a response of an issuer | what it means, and how long it may be kept | [`http::exchange`] |
//! | Origin and Sec-Fetch-Site headers | whether the page that sent a request is accepted | [`http::origin`] |
//! | an MCP message without a token | whether it may be accepted as discovery | [`mcp`] |
//! | an error | the response: status, challenge, body | [`Error::response`], [`response`] |
//! | an error | whether to count it, keep what is known, revoke a grant, get newer keys | [`Error::remedy`] |
//! | scopes | those that are missing, by a hierarchy | [`oauth::scope`] |
//! | a resource, an issuer | its metadata's URL and contents | [`oauth::metadata`] |
//! | an authorization request or a code | PKCE | [`oauth::pkce`] |
//! | a redirect URI | whether it may be registered, and is one of the client's | [`oauth::redirect`] |
//! | an authorization request, at the server | where to report errors, and the response | [`oauth::authorization_request`] |
//! | a registration, or a client's own document | whether the client may be registered, what to answer and to keep | [`oauth::registration`], [`oauth::client_document`] |
//! | an authorization server | its metadata, written and read | [`oauth::server`] |
//! | a token request, at the server | who sent it, and for what | [`oauth::token_request`], [`oauth::client_authentication`] |
//! | what a client requests, and what it is registered with | what it may be granted | [`oauth::grantable`] |
//! | a request to an endpoint for clients | whether its content type is accepted, and the head of the response | [`oauth::endpoint`] |
//! | a revocation request | who sent it, and which token | [`oauth::revocation_request`] |
//! | an authorization code, and what is stored of it | its one-time redemption | [`oauth::code`] |
//! | a refresh token, and what is stored of its family | its successor, or that it was replayed | [`oauth::rotation`] |
//! | a signing key | access tokens, and the public keys that verify them | [`mint`] |
//! | a client's id and secret | what it authenticates with at a token endpoint | [`oauth::outgoing_authentication`] |
//! | a client's key | what it authenticates with at a token endpoint (RFC 7523) | `mint::ClientAssertion` (feature `client`) |
//! | state that a client is to keep | the same sealed, and opened again | [`seal`] |
//! | tokens for a client | the response; and what a client makes of one | [`oauth::token_response`] |
//! | random bytes, once more | codes, refresh tokens, client secrets, and their hashes | [`oauth::opaque_token`] |
//! | what came back through the browser | whose response it is, and the code | [`oauth::authorization_response`] |
//! | a WWW-Authenticate header | what it requires of a client | [`oauth::challenge`] |
//! | a resource, as a client | step by step the way to a token for it | `oauth::client` (feature `client`) |
//! | a URL from another party | whether it may be fetched | [`oauth::fetch_url`] |
//! | requests of a client | whether they are within a limit | [`rate_limit`] |
//! | a peer and what proxies wrote | the client's address, and the key that a limit counts by | [`http::client`] |
//! | an API key and what is stored of it | whether it is accepted, and when it is rotated or revoked | [`api_key::Record`], [`api_key::Lifecycle`] |
//! | JSON, a form or a URI of another party | its values, strictly parsed | [`text::json`], [`text::form`], [`text::uri`] |
//! | text from a token | the same for people to read: in a log, a description | [`text::printable`] |
//! | random bytes | API keys, and their hashes | [`api_key`], [`secret::Pepper`] |
//! | threads, and an allocator | policies, keys and caches that are owned and shared | `host` (feature `host`) |
//!
//! # Features
//!
//! | feature | on by default | brings |
//! |---|:---:|---|
//! | `rsa` | yes | RS256 to RS512 and PS256 to PS512, with moduli of 2048 bits |
//! | `rsa-4096`, `rsa-8192` | yes | the same with longer moduli; keys then take as much memory as the longest |
//! | `p256`, `p384`, `p521` | yes | ES256, ES384, ES512 |
//! | `ed25519` | yes | Ed25519, also called EdDSA |
//! | `client` | | `oauth::client`: what an MCP client does to get tokens |
//! | `host` | | `client`, and `host`: owned keys and policies, shared by threads, with a cache of verified tokens; needs std |
//! | `aws-lc` | | `alg::aws_lc`: faster verification on hosts; needs a C compiler |
//!
//! HMAC ([`alg::hmac`]) needs no feature and is in no list unless you put it there.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(
    missing_debug_implementations,
    clippy::missing_errors_doc,
    clippy::exhaustive_enums,
    clippy::exhaustive_structs
)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::as_conversions)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::as_conversions)
)]

#[cfg(any(test, feature = "host"))]
extern crate std;

pub mod alg;
pub mod api_key;
pub mod error;
#[cfg(feature = "host")]
pub mod host;
pub mod http;
pub mod introspection;
pub mod jwk;
pub mod jwt;
pub mod keys;
pub mod mcp;
pub mod mint;
pub mod oauth;
pub mod provider;
pub mod rate_limit;
pub mod response;
pub mod seal;
pub mod secret;
pub mod text;
pub mod time;

pub use alg::{ASYMMETRIC, Algorithms};
pub use error::Error;
pub use jwk::KeySet;
pub use jwt::{Audience, Issuer, Policy, Principal, authenticate};
pub use time::UnixTime;

/// The README's example, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
