//! The path of a device: keys read once into memory of its own, then tokens.

use core::hint::black_box;

use cortex_m::singleton;
#[cfg(feature = "hs256")]
use doorward::alg::hmac::{HS256, SharedSecret as K};
#[cfg(not(feature = "hs256"))]
use doorward::alg::{self, PublicKey as K};
use doorward::alg::{Algorithm, Algorithms};
use doorward::error::Error;
#[cfg(not(feature = "hs256"))]
use doorward::jwk::parse_each;
#[cfg(feature = "hs256")]
use doorward::jwk::parse_each_secret as parse_each;
use doorward::jwk::{Key, KeySet};
use doorward::jwt::{self, Audience, Issuer, Policy};
use doorward::oauth::scope::ScopeList;
use doorward::time::UnixTime;

const ALGORITHMS: &[&dyn Algorithm<K>] = &[
    #[cfg(feature = "hs256")]
    &HS256,
    #[cfg(any(feature = "rs256", feature = "rs256-4096"))]
    &alg::RS256,
    #[cfg(feature = "es256")]
    &alg::ES256,
    #[cfg(feature = "ed25519")]
    &alg::ED25519,
];

macro_rules! input {
    ($name:ident, $file:literal) => {
        // In a section of its own, which is not counted: a device gets these from outside.
        #[unsafe(link_section = ".inputs")]
        static $name: [u8; include_bytes!(concat!(env!("OUT_DIR"), "/", $file)).len()] =
            *include_bytes!(concat!(env!("OUT_DIR"), "/", $file));
    };
}
input!(TOKEN, "token");
input!(KEYS, "keys");

pub(crate) fn load_keys() -> Option<&'static [Key<K>]> {
    let keys = singleton!(: KeySet<4, K> = KeySet::new())?;
    let algorithms = Algorithms::new(ALGORITHMS).ok()?;
    parse_each(black_box(KEYS.as_slice()), algorithms, |key| key.map_or(Ok(()), |key| keys.push(key))).ok()?;
    Some(keys)
}

pub(crate) fn authenticate(keys: &[Key<K>]) -> Result<(), Error> {
    let Some(scratch) = singleton!(: [u8; 2048] = [0; 2048]) else { return Err(Error::KeyNotFound) };
    let issuer = Issuer::new("https://issuer.example/t1")?;
    let audience = Audience::new(["https://api.example.com/mcp"])?;
    let policy = Policy::mcp(issuer, audience, Algorithms::new(ALGORITHMS)?).require_scopes(ScopeList::parse("read")?);
    let now = UnixTime::from_seconds(1_700_000_000);
    let principal = jwt::authenticate(black_box(TOKEN.as_slice()), scratch, keys, &policy, now)?;
    black_box(principal.subject());
    black_box(principal.expires_at());
    Ok(())
}
