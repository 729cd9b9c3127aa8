//! For hosts with std: owned issuers, keys and policies, and a cache of verified tokens.
//!
//! Every binding uses [`Authenticator`]. It chains the same steps as [`jwt::authenticate`](crate::jwt), by itself
//! because keys are looked up and signature results cached between them.
//!
//! ```
//! use doorward::alg::{ASYMMETRIC, Alg};
//! use doorward::host::{Authenticator, Keys, CacheLimits, Policy, Settings};
//! use doorward::oauth::scope::ScopeList;
//! use doorward::{Error, UnixTime};
//! use std::sync::Arc;
//!
//! # let token = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/token.txt")).trim_ascii();
//! # let jwks = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/jwks.json"));
//! let (issuer, audience) = ("https://id.example.com", "https://mcp.example.com/mcp");
//! let settings = Settings::mcp(issuer.into(), vec![audience.into()], vec![Alg::Es256, Alg::Ed25519]);
//! let policy = Policy::new(settings, ASYMMETRIC)?; // or alg::aws_lc::ASYMMETRIC
//! let keys = Keys::parse(jwks, policy.algorithms())?;
//! let authenticator = Authenticator::new([policy])?.with_cache(CacheLimits::DEFAULT);
//! authenticator.set_keys(issuer, Arc::new(keys))?; // again whenever newer ones have come
//!
//! let now = UnixTime::from_seconds(1_700_000_000);
//! let principal = authenticator.authenticate(token, now)?;
//! assert_eq!(principal.subject(), Some("alice"));
//! assert_eq!(principal.require(ScopeList::parse("admin")?), Err(Error::InsufficientScope));
//! assert_eq!(authenticator.authenticate(b"a.b", now).err(), Some(Error::TokenMalformed));
//! # Ok::<(), doorward::Error>(())
//! ```
//!
//! # Where things are
//!
//! | you have | you need | see |
//! |---|---|---|
//! | an operator's settings | a policy | [`Settings`], [`Policy`] |
//! | a key set document | keys that threads share | [`Keys`] |
//! | a token | who is calling | [`Authenticator`], without a cache [`authenticate`] |
//! | algorithms of either family | policy, keys and authenticator of theirs | [`AnyPolicy`], [`AnyKeys`], [`AnyAuthenticator`] |
//! | policies of several issuers | the one that a token is for | [`named_issuer`] |
//! | an opaque token | its introspection, once for all who wait for it | [`Introspector`] |
//! | any number of clients | a limit for each | [`Limiter`] |
//! | signing keys | which of them signs, and a secret that signs | [`KeyRing`], [`OwnedSigningSecret`] |
//! | an API key | the same, owned | [`OwnedApiKey`] |

mod api_key;
mod authenticator;
mod cache;
mod family;
mod introspector;
mod issuers;
mod keys;
mod limiter;
mod mint;
mod policy;
mod principal;
mod settings;
mod spans;

pub use api_key::OwnedApiKey;
pub use authenticator::{Authenticator, Lookup, Pending, authenticate};
pub use cache::CacheLimits;
pub use family::{AnyAuthenticator, AnyKeys, AnyPolicy};
pub use introspector::{
    DEFAULT_MAX_PENDING, IntrospectionLookup, IntrospectionSettings, Introspector, OwnedRequest, PendingIntrospection,
};
pub use issuers::named_issuer;
pub use keys::Keys;
pub use limiter::Limiter;
pub use mint::{KeyRing, OwnedSigningSecret, RingSecret};
pub use policy::{Policy, choose};
pub use principal::Principal;
pub use settings::{ClientBinding, Issuers, Preset, ProviderSettings, Settings, WrongSetting};
