//! Access tokens of one's own, and the keys that sign them.

use doorward::alg::Alg;
use doorward::error::Error;
use doorward::mint::{AccessToken, KeyRing, RingKey, SigningKey, SigningSecret};
use doorward::oauth::metadata::{IssuerUrl, ResourceIdentifier};
use doorward::oauth::scope::ScopeList;
use doorward::time::UnixTime;

use crate::fault::Fault;
use crate::raw::{self, guard, plain};
use crate::types::{doorward_buffer, doorward_error, doorward_random, doorward_text};

/// The maximum number of signing keys.
pub const DOORWARD_MAX_SIGNING_KEYS: usize = 4;

/// A key that signs access tokens, and when. Keys overlap: while one signs, the next is already published, and tokens
/// of the previous one are still valid.
#[repr(C)]
pub struct doorward_signing_key {
    /// The algorithm that it signs with: "ES256" or "Ed25519".
    pub algorithm: doorward_text,
    /// Its secret: bytes from a cryptographically secure generator.
    pub secret: doorward_random,
    /// When it begins to sign: after it was first published, by at least the time for which verifiers cache a key set.
    pub signs_from: u64,
    /// When it stops signing; UINT64_MAX if this is not yet known.
    pub signs_until: u64,
}
plain!(doorward_signing_key { algorithm, secret, signs_from, signs_until });

fn with_ring<T>(
    keys: *const doorward_signing_key,
    count: usize,
    work: impl FnOnce(&KeyRing<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let keys = raw::slice(keys, count)?;
    let Some((first, rest)) = keys.split_first() else { return Err(Error::SigningKeyMissing.into()) };
    if rest.len() >= DOORWARD_MAX_SIGNING_KEYS {
        return Err(Fault::Argument);
    }
    let one = |key: &'static doorward_signing_key| {
        Ok::<_, Fault>(SigningKey::new(Alg::parse(raw::text(key.algorithm)?)?, &key.secret.bytes)?)
    };
    let first = one(first)?;
    let mut all = [first.clone(), first.clone(), first.clone(), first];
    for (place, key) in all.iter_mut().skip(1).zip(rest) {
        *place = one(key)?;
    }
    let (at, [a, b, c, d]) = (UnixTime::from_seconds, &all);
    let mut ring = [a, b, c, d].map(|key| RingKey { key, signs_from: at(0), signs_until: at(0) });
    for (place, key) in ring.iter_mut().zip(keys) {
        (place.signs_from, place.signs_until) = (at(key.signs_from), at(key.signs_until));
    }
    work(&KeyRing::new(ring.get(..count).unwrap_or_default())?)
}

/// The claims of an access token (RFC 9068 section 2.2).
#[repr(C)]
pub struct doorward_access_token {
    /// `iss`: the authorization server that signs it.
    pub issuer: doorward_text,
    /// `aud`: the resource that it is for, and no other.
    pub audience: doorward_text,
    /// `sub`: the user; the client for `client_credentials`.
    pub subject: doorward_text,
    /// `client_id`: the client that it is issued to.
    pub client_id: doorward_text,
    /// `scope`, separated by spaces.
    pub scope: doorward_text,
    /// `jti`: unique among all tokens.
    pub jwt_id: doorward_text,
    /// `iat`, seconds since 1970: now.
    pub issued_at: u64,
    /// The seconds to `exp`, 3600 at most.
    pub lifetime: u32,
}
plain!(doorward_access_token { issuer, audience, subject, client_id, scope, jwt_id, issued_at, lifetime });

/// A secret that signs access tokens with HS256, for resource servers that share it: they verify with
/// doorward_shared_secrets_single() of the same bytes. Whoever can verify can sign as well, so use it only for servers
/// of one operator, and doorward_signing_key for all others. It is never published.
#[repr(C)]
pub struct doorward_signing_secret {
    /// 32 to 256 bytes from a cryptographically secure generator.
    pub secret: doorward_text,
    /// The `kid` of its tokens; empty for none.
    pub key_id: doorward_text,
}
plain!(doorward_signing_secret { secret, key_id });

fn token(it: &doorward_access_token) -> Result<AccessToken<'static>, Fault> {
    Ok(AccessToken {
        issuer: IssuerUrl::parse(raw::text(it.issuer)?)?,
        audience: ResourceIdentifier::parse(raw::text(it.audience)?)?,
        subject: raw::text(it.subject)?,
        client_id: raw::text(it.client_id)?,
        scope: ScopeList::parse(raw::text(it.scope)?)?,
        jwt_id: raw::text(it.jwt_id)?,
        issued_at: UnixTime::from_seconds(it.issued_at),
        lifetime: it.lifetime,
    })
}

/// Signs an access token, with the newest of the keys that sign when it is issued, and writes it.
///
/// DOORWARD_SIGNING_KEY_MISSING if none does, DOORWARD_SIGNING_KEY_INVALID for an invalid secret,
/// DOORWARD_ACCESS_TOKEN_INVALID for a lifetime of 0 or over an hour, or without subject, client or `jti`.
///
/// @param keys an array of `count` keys, 1 to DOORWARD_MAX_SIGNING_KEYS
#[unsafe(no_mangle)]
pub extern "C" fn doorward_access_token_sign(
    token: *const doorward_access_token,
    keys: *const doorward_signing_key,
    count: usize,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let token = self::token(raw::read(token)?)?;
        with_ring(keys, count, |ring| {
            let key = ring.signing(token.issued_at)?;
            raw::fill(out, |room| token.sign(key, room))
        })
    })
}

/// Signs an access token with a secret that is shared with its resource server, and writes it.
///
/// DOORWARD_SECRET_TOO_SHORT, DOORWARD_KEY_SIZE_REFUSED, DOORWARD_SIGNING_KEY_INVALID for a key id over 1024 bytes,
/// DOORWARD_ACCESS_TOKEN_INVALID as for doorward_access_token_sign().
#[unsafe(no_mangle)]
pub extern "C" fn doorward_access_token_sign_shared(
    token: *const doorward_access_token,
    secret: *const doorward_signing_secret,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let token = self::token(raw::read(token)?)?;
        let secret = raw::read(secret)?;
        let secret = SigningSecret::new(raw::bytes(secret.secret)?, raw::optional(secret.key_id)?)?;
        raw::fill(out, |room| token.sign_shared(&secret, room))
    })
}

/// Writes the key set document that verifiers fetch (RFC 7517 section 5). It contains each public key until no token
/// that the key has signed can be valid.
///
/// @param keys an array of `count` keys, 1 to DOORWARD_MAX_SIGNING_KEYS
/// @param now seconds since 1970
#[unsafe(no_mangle)]
pub extern "C" fn doorward_signing_keys_publish(
    keys: *const doorward_signing_key,
    count: usize,
    now: u64,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        with_ring(keys, count, |ring| raw::print(out, &ring.published(UnixTime::from_seconds(now))))
    })
}
