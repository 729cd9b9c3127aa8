//! Minting access tokens (RFC 9068), and publishing the keys that verify them (RFC 7517).
//!
//! A [`SigningKey`] is no verification key and cannot be taken for one: it verifies nothing, and all that leaves it is
//! its public half, in [`Published`]. A [`SigningSecret`] is a third type, of which nothing leaves.
//!
//! # Examples
//!
//! ```
//! use doorward::alg::Alg;
//! use doorward::mint::{AccessToken, KeyRing, RingKey, SigningKey};
//! use doorward::oauth::metadata::{IssuerUrl, ResourceIdentifier};
//! use doorward::oauth::scope::ScopeList;
//! use doorward::{ASYMMETRIC, Algorithms, Audience, Issuer, KeySet, Policy, UnixTime, authenticate};
//!
//! # let secret = [7; 32]; // of the system's generator, once
//! let (key, now) = (SigningKey::new(Alg::Es256, &secret)?, UnixTime::from_seconds(1_700_000_000));
//! let until = UnixTime::from_seconds(1_707_776_000); // another one signs from then on
//! let ring = [RingKey { key: &key, signs_from: now, signs_until: until }];
//! let ring = KeyRing::new(&ring)?;
//! let token = AccessToken {
//!     issuer: IssuerUrl::parse("https://id.example")?,
//!     audience: ResourceIdentifier::parse("https://mcp.example/mcp")?,
//!     subject: "alice",
//!     client_id: "app",
//!     scope: ScopeList::parse("read")?,
//!     jwt_id: "j1",
//!     issued_at: now,
//!     lifetime: 900,
//! };
//! let (mut out, mut document) = ([0; 1024], [0; 1024]);
//! let token = token.sign(ring.signing(now)?, &mut out)?;
//!
//! // At the resource server:
//! let jwks = ring.published(now).write(&mut document)?; // what `jwks_uri` serves
//! let algorithms = Algorithms::new(ASYMMETRIC)?;
//! let keys = KeySet::<8>::parse(jwks.as_bytes(), algorithms)?;
//! let audience = Audience::new(["https://mcp.example/mcp"])?;
//! let policy = Policy::rfc9068(Issuer::new("https://id.example")?, audience, algorithms);
//! let mut scratch = [0; 2048];
//! assert_eq!(authenticate(token.as_bytes(), &mut scratch, &keys, &policy, now)?.subject(), Some("alice"));
//! # Ok::<(), doorward::Error>(())
//! ```

mod access_token;
#[cfg(feature = "client")]
mod client_assertion;
mod jws;
mod key_ring;
mod published;
mod secret;
mod signing_key;

pub use crate::oauth::token_response::MAX_ACCESS_TOKEN_LIFETIME;
pub use access_token::AccessToken;
#[cfg(feature = "client")]
pub use client_assertion::ClientAssertion;
pub use key_ring::{KeyRing, RingKey};
pub use published::Published;
pub use secret::SigningSecret;
pub use signing_key::SigningKey;
