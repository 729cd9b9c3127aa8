//! Without a heap: keys and principals in the caller's memory.

use core::ffi::c_void;

#[cfg(feature = "hmac")]
use doorward::alg::hmac::SharedSecret;
use doorward::alg::{Algorithms, PublicKey};
use doorward::error::Error;
use doorward::jwk::{self, Key, MAX_REPORTED, Skipped};
use doorward::jwt::{self, MAX_TOKEN_LENGTH};
use doorward::time::UnixTime;

use crate::algorithms::{Chosen, Family};
use crate::fault::Fault;
use crate::policy::doorward_policy;
use crate::principal::{self, Principal, doorward_principal};
use crate::raw::{self, Handle, Region, Slots, borrow, guard, guard_or, plain};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// Required alignment in bytes of the memory for keys and scratch.
pub const DOORWARD_ALIGNMENT: usize = 16;

const _: () = assert!(DOORWARD_ALIGNMENT == raw::ALIGNMENT);

/// A key that was skipped.
#[repr(C)]
pub struct doorward_skipped {
    /// Its zero-based index in the document.
    pub index: u32,
    /// Why it cannot be used.
    pub error: doorward_error,
}

impl doorward_skipped {
    pub(crate) fn of(skipped: &Skipped) -> Self {
        Self { index: skipped.index, error: skipped.error.number().into() }
    }
}

/// Keys of an issuer in the caller's memory: public keys or shared secrets, as the policy requires.
///
/// Ownership: the caller of doorward_fixed_keys_init() owns it and frees it, once, with doorward_fixed_keys_free(),
/// when no other thread uses it any more. It lies in the memory that was passed, which is the library's until then, and
/// borrows nothing else: policy and document are no longer needed after doorward_fixed_keys_parse(). Any number of
/// threads may verify with it at once; while doorward_fixed_keys_parse() replaces its keys the caller has exclusive
/// use: using or freeing it meanwhile (from an interrupt handler, say) returns DOORWARD_ARGUMENT_INVALID, or keeps the
/// pointer.
pub struct doorward_fixed_keys {
    _opaque: [u8; 0],
}

impl Handle for doorward_fixed_keys {
    type Value = FixedKeys;
    const TAG: usize = 0x6669_786b;
}

pub(crate) struct FixedKeys {
    keys: Held,
    skipped: [Option<Skipped>; MAX_REPORTED],
}

enum Held {
    Nothing(Region),
    Public(Slots<Key<PublicKey>>),
    #[cfg(feature = "hmac")]
    Shared(Slots<Key<SharedSecret>>),
    /// Only while one replaces another: what is there is moved out first, since both take the caller's memory.
    Between,
}

impl FixedKeys {
    /// Releases the keys, and returns the memory that they were in.
    fn region(&mut self) -> Result<Region, Fault> {
        match core::mem::replace(&mut self.keys, Held::Between) {
            Held::Nothing(region) => Ok(region),
            Held::Public(slots) => Ok(slots.into_region()),
            #[cfg(feature = "hmac")]
            Held::Shared(slots) => Ok(slots.into_region()),
            Held::Between => Err(Fault::Argument),
        }
    }

    fn room(&self) -> usize {
        match &self.keys {
            Held::Nothing(region) => region.room(),
            Held::Public(slots) => slots.room(),
            #[cfg(feature = "hmac")]
            Held::Shared(slots) => slots.room(),
            Held::Between => 0,
        }
    }

    /// Parses twice, since there is no room for two sets: unusable keys do not replace the current ones.
    fn read<K: KeyFamily>(&mut self, algorithms: Algorithms<'_, K>, document: &[u8]) -> Result<(), Fault> {
        let (room, mut count) = (self.room() / size_of::<Key<K>>(), 0);
        self.skipped = [None; MAX_REPORTED];
        let mut free = self.skipped.iter_mut();
        K::parse_each(document, algorithms, &mut |outcome| {
            match outcome {
                Ok(_) if count == room => {
                    return Err(Error::KeySetTooManyKeys { limit: u32::try_from(room).unwrap_or(u32::MAX) });
                }
                Ok(_) => count += 1,
                Err(skipped) => drop(free.next().map(|place| *place = Some(skipped))),
            }
            Ok(())
        })?;
        if count == 0 {
            return Err(Error::KeySetEmpty.into());
        }
        let mut slots = self.region()?.slots();
        let outcome = K::parse_each(document, algorithms, &mut |outcome| {
            outcome.map_or(Ok(()), |key| slots.push(key).map_err(|_| Error::KeySetTooManyKeys { limit: 0 }))
        });
        self.keys = K::held(slots);
        Ok(outcome?)
    }

    fn parse(&mut self, policy: &doorward_policy, document: &[u8]) -> Result<(), Fault> {
        match policy.family()? {
            Family::Public(chosen) => self.read(policy.for_keys(&chosen)?, document),
            #[cfg(feature = "hmac")]
            Family::Shared(chosen) => self.read(chosen.algorithms()?, document),
        }
    }
}

/// Accepts a key, or a skipped one; an error stops parsing.
type Each<'e, K> = &'e mut dyn FnMut(Result<Key<K>, Skipped>) -> Result<(), Error>;

/// A family of keys, and where they are stored.
trait KeyFamily: PartialEq + Sized {
    fn parse_each(document: &[u8], algorithms: Algorithms<'_, Self>, each: Each<'_, Self>) -> Result<(), Error>;
    fn held(slots: Slots<Key<Self>>) -> Held;
    fn keys(held: &Held) -> Result<&[Key<Self>], Fault>;
}

impl KeyFamily for PublicKey {
    fn parse_each(document: &[u8], algorithms: Algorithms<'_, Self>, each: Each<'_, Self>) -> Result<(), Error> {
        jwk::parse_each(document, algorithms, each)
    }

    fn held(slots: Slots<Key<Self>>) -> Held {
        Held::Public(slots)
    }

    fn keys(held: &Held) -> Result<&[Key<Self>], Fault> {
        match held {
            Held::Public(slots) => Ok(slots),
            Held::Nothing(_) => Ok(&[]),
            _ => Err(Error::AlgorithmsMixed.into()),
        }
    }
}

#[cfg(feature = "hmac")]
impl KeyFamily for SharedSecret {
    fn parse_each(document: &[u8], algorithms: Algorithms<'_, Self>, each: Each<'_, Self>) -> Result<(), Error> {
        jwk::parse_each_secret(document, algorithms, each)
    }

    fn held(slots: Slots<Key<Self>>) -> Held {
        Held::Shared(slots)
    }

    fn keys(held: &Held) -> Result<&[Key<Self>], Fault> {
        match held {
            Held::Shared(slots) => Ok(slots),
            Held::Nothing(_) => Ok(&[]),
            _ => Err(Error::AlgorithmsMixed.into()),
        }
    }
}

/// Returns the bytes of memory for so many keys. A key for several algorithms of the policy counts once for each.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_fixed_keys_size(keys: usize) -> usize {
    #[cfg(feature = "hmac")]
    let one = size_of::<Key<PublicKey>>().max(size_of::<Key<SharedSecret>>());
    #[cfg(not(feature = "hmac"))]
    let one = size_of::<Key<PublicKey>>();
    raw::placed_size::<doorward_fixed_keys>().saturating_add(one.saturating_mul(keys))
}

/// Creates an empty set of keys in the caller's memory.
///
/// @param memory aligned to DOORWARD_ALIGNMENT; the library's until doorward_fixed_keys_free()
/// @param length its length in bytes, see doorward_fixed_keys_size()
/// @param out set to the keys; to NULL on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_fixed_keys_init(
    memory: *mut c_void,
    length: usize,
    out: *mut *mut doorward_fixed_keys,
) -> doorward_error {
    guard(|| {
        let out = raw::out(out)?;
        out.set(core::ptr::null_mut());
        let (place, rest) = raw::cut(memory.cast(), length)?;
        let keys = Held::Nothing(Region::new(rest));
        place.give(&out, FixedKeys { keys, skipped: [None; MAX_REPORTED] });
        Ok(())
    })
}

/// Parses a key set (RFC 7517 section 5), or, if the policy's algorithms are for shared secrets, a private document of
/// those, replacing the keys before. DOORWARD_KEY_SET_TOO_MANY_KEYS if the memory is too small, DOORWARD_KEY_SET_EMPTY
/// if the policy can use none of the keys. On error the previous keys remain, but the list of skipped keys becomes that
/// of the rejected document. Until there are keys, no token can be verified: DOORWARD_KEYS_UNAVAILABLE.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_fixed_keys_parse(
    keys: *mut doorward_fixed_keys,
    policy: *const doorward_policy,
    document: doorward_text,
) -> doorward_error {
    guard(|| {
        let mut keys = raw::borrow_mut(keys)?;
        keys.parse(doorward_policy::of(policy)?, raw::bytes(document)?)
    })
}

/// Returns how many entries are in use: one for each pair of key and algorithm. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_fixed_keys_count(keys: *const doorward_fixed_keys) -> usize {
    guard_or(0, || {
        Ok(match &borrow(keys)?.keys {
            Held::Public(slots) => slots.len(),
            #[cfg(feature = "hmac")]
            Held::Shared(slots) => slots.len(),
            Held::Nothing(_) | Held::Between => 0,
        })
    })
}

/// Gets the skipped key at this zero-based index; 32 are recorded. DOORWARD_ARGUMENT_INVALID past the last.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_fixed_keys_skipped(
    keys: *const doorward_fixed_keys,
    index: usize,
    out: *mut doorward_skipped,
) -> doorward_error {
    guard(|| {
        let skipped = borrow(keys)?.skipped.iter().flatten().nth(index).ok_or(Fault::Argument)?;
        raw::out(out)?.set(doorward_skipped::of(skipped));
        Ok(())
    })
}

/// Frees the keys, wipes secrets, and sets the pointer to NULL; NULL, or a pointer to NULL, does nothing. The memory is
/// returned to the caller.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_fixed_keys_free(keys: *mut *mut doorward_fixed_keys) {
    guard(|| raw::take(keys));
}

/// One issuer: its policy and its keys.
#[repr(C)]
pub struct doorward_trusted_issuer {
    /// What its tokens must satisfy.
    pub policy: *const doorward_policy,
    /// The keys, never used for another issuer (RFC 8725 section 3.8).
    pub keys: *const doorward_fixed_keys,
}
plain!(doorward_trusted_issuer { policy, keys });

/// Returns the scratch length that is enough for any token of this length.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_scratch_length(token_length: usize) -> usize {
    raw::placed_size::<doorward_principal>() + jwt::scratch_length(token_length.min(MAX_TOKEN_LENGTH))
}

fn verify_by<K: KeyFamily>(
    chosen: &Chosen<K>,
    token: &[u8],
    scratch: &'static mut [u8],
    trusted: &doorward_trusted_issuer,
    now: u64,
) -> Result<Principal, Fault> {
    let policy = doorward_policy::of(trusted.policy)?.as_policy(chosen.algorithms()?)?;
    let keys = K::keys(&borrow(trusted.keys)?.keys)?;
    Ok(Principal::Borrowed(jwt::authenticate(token, scratch, keys, &policy, UnixTime::from_seconds(now))?))
}

fn authenticate_in(
    issuers: *const doorward_trusted_issuer,
    count: usize,
    token: doorward_text,
    now: u64,
    scratch: *mut c_void,
    length: usize,
    out: *mut *mut doorward_principal,
) -> Result<(), Fault> {
    let out = raw::out(out)?;
    out.set(core::ptr::null_mut());
    let (issuers, token) = (raw::slice(issuers, count)?, raw::bytes(token)?);
    // Excess scratch is left untouched, so that a call costs the same however much there is.
    let length = length.min(doorward_scratch_length(token.len()));
    let (place, scratch) = raw::cut(scratch.cast(), length)?;
    let trusted =
        jwt::select_issuer(token, scratch, issuers.iter(), |trusted| doorward_policy::of(trusted.policy)?.issuers())?;
    let principal = match doorward_policy::of(trusted.policy)?.family()? {
        Family::Public(chosen) => verify_by(&chosen, token, scratch, trusted, now),
        #[cfg(feature = "hmac")]
        Family::Shared(chosen) => verify_by(&chosen, token, scratch, trusted, now),
    };
    place.give(&out, principal?);
    Ok(())
}

fn authenticate(
    issuers: *const doorward_trusted_issuer,
    count: usize,
    token: doorward_text,
    now: u64,
    scratch: *mut c_void,
    length: usize,
    out: *mut *mut doorward_principal,
) -> Result<(), Fault> {
    // Principal and core each report what they need themselves; the caller provides memory for both.
    authenticate_in(issuers, count, token, now, scratch, length, out).map_err(|fault| match fault {
        Fault::Core(Error::ScratchTooSmall { .. }) => {
            raw::too_small(doorward_scratch_length(token.length), length).into()
        }
        other => other,
    })
}

/// Verifies a token without a heap, like doorward_authenticate().
///
/// @param issuers an array of `count`: one issuer, or several, of which the token's `iss` selects one
/// @param token the token, DOORWARD_MAX_TOKEN_LENGTH bytes at most; see doorward_bearer_token()
/// @param now the clock, in seconds since 1970
/// @param scratch aligned to DOORWARD_ALIGNMENT; contains the principal and its strings, if those are not the policy's
/// @param length its length in bytes: doorward_scratch_length() of the token's length is always enough
/// @param out set to the principal, in `scratch`; to NULL on error
#[unsafe(no_mangle)]
pub extern "C" fn doorward_fixed_authenticate(
    issuers: *const doorward_trusted_issuer,
    count: usize,
    token: doorward_text,
    now: u64,
    scratch: *mut c_void,
    length: usize,
    out: *mut *mut doorward_principal,
) -> doorward_error {
    guard(|| authenticate(issuers, count, token, now, scratch, length, out))
}

/// Like doorward_authenticator_claims_issuer(), without a heap.
///
/// @param policy the issuer's
/// @param scratch as for doorward_fixed_authenticate(), after which it may be used for this
/// @param length its length in bytes
#[unsafe(no_mangle)]
pub extern "C" fn doorward_fixed_claims_issuer(
    policy: *const doorward_policy,
    token: doorward_text,
    scratch: *mut c_void,
    length: usize,
) -> bool {
    guard_or(false, || {
        let token = raw::bytes(token)?;
        let (_, scratch) =
            raw::cut::<doorward_principal>(scratch.cast(), length.min(doorward_scratch_length(token.len())))?;
        Ok(jwt::claims_issuer(token, scratch, &doorward_policy::of(policy)?.issuers()?))
    })
}

/// Like doorward_fixed_authenticate(), and writes why a token was rejected. A separate function, since the texts and
/// their formatting take 7 KB of flash.
///
/// @param issuers an array of `count`: one issuer, or several, of which the token's `iss` selects one
/// @param token the token, DOORWARD_MAX_TOKEN_LENGTH bytes at most; see doorward_bearer_token()
/// @param now the clock, in seconds since 1970
/// @param scratch aligned to DOORWARD_ALIGNMENT; contains the principal and its strings, if those are not the policy's
/// @param length its length in bytes: doorward_scratch_length() of the token's length is always enough
/// @param out set to the principal, in `scratch`; to NULL on error
/// @param reason receives a line for the log, "token_expired expires_at=1 now=2" for example, never text from the
///        token; 128 bytes are enough; if there is less room, `length` may be 0. May be NULL
#[unsafe(no_mangle)]
pub extern "C" fn doorward_fixed_authenticate_with_reason(
    issuers: *const doorward_trusted_issuer,
    count: usize,
    token: doorward_text,
    now: u64,
    scratch: *mut c_void,
    length: usize,
    out: *mut *mut doorward_principal,
    reason: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::out(out)?.set(core::ptr::null_mut());
        principal::explain(reason, || authenticate(issuers, count, token, now, scratch, length, out))
    })
}
