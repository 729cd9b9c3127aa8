//! What verifies the tokens of one or several issuers.

use core::fmt;
use std::boxed::Box;
use std::collections::HashSet;
use std::string::String;
use std::sync::Arc;
use std::vec;
use std::vec::Vec;

use arc_swap::ArcSwap;
use sha2::{Digest, Sha256};

use crate::alg::{Asymmetric, PublicKey};
use crate::error::Error;
use crate::host::cache::{Cache, CacheLimits, Entry};
use crate::host::issuers::{named_issuer, scratch};
use crate::host::keys::Keys;
use crate::host::policy::Policy;
use crate::host::principal::Principal;
use crate::host::spans::ClaimSpans;
use crate::jwt::{self, MAX_TOKEN_LENGTH, Unverified};
use crate::time::UnixTime;

/// One issuer: what its tokens must satisfy, and its current keys.
struct TrustedIssuer<K: 'static> {
    policy: Policy<K>,
    keys: ArcSwap<Keys<K>>,
}

/// Verifies tokens of one or several issuers. May be shared by any number of threads, which never wait for one
/// another's signatures.
pub struct Authenticator<K: 'static = PublicKey> {
    issuers: Box<[TrustedIssuer<K>]>,
    cache: Option<Cache>,
}

impl<K> fmt::Debug for Authenticator<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let policies = self.issuers.iter().map(|trusted| &trusted.policy);
        f.debug_list().entries(policies).finish()
    }
}

impl<K: PartialEq> Authenticator<K> {
    /// Creates an authenticator from a policy for each issuer: at least one, no issuer twice, whether it is one whose
    /// keys are set or whose tokens are accepted. Until [`Authenticator::set_keys`] no token can be verified:
    /// [`Error::KeysUnavailable`].
    ///
    /// # Errors
    ///
    /// [`Error::IssuerInvalid`] if there is no policy, or two for one issuer.
    pub fn new(policies: impl IntoIterator<Item = Policy<K>>) -> Result<Self, Error> {
        let mut issuers: Vec<TrustedIssuer<K>> = Vec::new();
        let (mut servers, mut accepted) = (HashSet::new(), HashSet::new());
        for policy in policies {
            let own: HashSet<String> = policy.issuers().iter().collect();
            if !servers.insert(policy.settings().issuer.clone())
                || !own.into_iter().all(|issuer| accepted.insert(issuer))
            {
                return Err(Error::IssuerInvalid);
            }
            issuers.push(TrustedIssuer { policy, keys: ArcSwap::from_pointee(Keys::none()) });
        }
        if issuers.is_empty() { Err(Error::IssuerInvalid) } else { Ok(Self { issuers: issuers.into(), cache: None }) }
    }

    /// Replaces the keys of a policy's issuer atomically: a request sees either the old or the new set. Removes from
    /// the cache what the old keys verified.
    ///
    /// # Errors
    ///
    /// [`Error::IssuerUnknown`] if no policy is for this issuer ([`crate::host::Settings::issuer`]),
    /// [`Error::KeySetEmpty`] if its policy can use none of the keys: then the old ones stay.
    pub fn set_keys(&self, issuer: &str, keys: Arc<Keys<K>>) -> Result<(), Error> {
        let trusted = self.issuers.iter().find(|trusted| trusted.policy.settings().issuer == issuer);
        let trusted = trusted.ok_or(Error::IssuerUnknown)?;
        if !keys.serve(&trusted.policy.settings().algorithms) {
            return Err(Error::KeySetEmpty);
        }
        let before = trusted.keys.swap(keys);
        if let Some(cache) = &self.cache {
            cache.forget(before.generation());
        }
        Ok(())
    }

    /// Verifies a token like [`jwt::authenticate_any`]. Not checked: revocation, and whether the token was seen before.
    ///
    /// # Errors
    ///
    /// As [`jwt::authenticate_any`], except those for scratch.
    pub fn authenticate(&self, token: &[u8], now: UnixTime) -> Result<Principal, Error> {
        match self.lookup(token, now) {
            Lookup::Hit(outcome) => outcome,
            Lookup::Miss(pending) => pending.verify(),
        }
    }

    /// The fast half of [`Authenticator::authenticate`]: returns the result if the cache has this token's signature, or
    /// what verifies it. For callers that hold a lock and release it for the slow half.
    pub fn lookup<'t>(&'t self, token: &'t [u8], now: UnixTime) -> Lookup<'t, K> {
        let mut pending = Pending { authenticator: self, token, digest: None, now };
        if let Some(cache) = self.cache.as_ref().filter(|_| token.len() <= MAX_TOKEN_LENGTH) {
            let digest = Sha256::digest(token).into();
            pending.digest = Some(digest);
            if let Some(outcome) = cache.get(&digest).and_then(|entry| self.check_again(&entry, now)) {
                return Lookup::Hit(outcome);
            }
        }
        Lookup::Miss(pending)
    }

    /// Checks everything except the signature; `None` if it was verified with keys no longer in use.
    fn check_again(&self, entry: &Entry, now: UnixTime) -> Option<Result<Principal, Error>> {
        let trusted = self.issuers.get(entry.issuer)?;
        if trusted.keys.load().generation() != entry.generation {
            return None;
        }
        let mut scratch = vec![0; entry.claims.len()];
        let policy = trusted.policy.as_policy();
        let outcome = entry.spans.check_again(entry.typ.as_deref(), &entry.claims, &mut scratch, &policy, now);
        let claims = entry.claims.clone();
        let owned = |principal| Principal::new(&principal, claims, trusted.policy.checked());
        Some(outcome.map(|principal| owned(principal).verified_by(entry.generation)))
    }

    /// Returns whether a token says, unverified, that it is of an issuer whose tokens are accepted with the keys of
    /// this one ([`crate::host::Settings::issuer`]); false if no policy is for it.
    pub fn claims_issuer(&self, issuer: &str, token: &[u8]) -> bool {
        let of_issuer = self.issuers.iter().map(|trusted| &trusted.policy).filter(|it| it.settings().issuer == issuer);
        named_issuer(token, of_issuer.map(Policy::issuers)).is_some()
    }

    /// Returns whether a caller whom [`Authenticator::authenticate`] returned is one at a later time, if the same token
    /// comes again: its issuer's keys are the same ones, and its times allow it. If not, authenticate anew. A look at a
    /// few numbers, for hosts that keep what they made of a principal.
    pub fn is_still_valid(&self, principal: &Principal, now: UnixTime) -> bool {
        self.issuers
            .iter()
            .any(|trusted| principal.is_still_valid(trusted.policy.checked(), trusted.keys.load().generation(), now))
    }
}

impl<K: Asymmetric> Authenticator<K> {
    /// Caches, within these limits, which tokens had a valid signature: none if a limit is 0.
    ///
    /// Not available for shared secrets: an HMAC costs no more than the hash by which a token is looked up.
    #[must_use]
    pub fn with_cache(self, limits: CacheLimits) -> Self {
        let cache = Some(limits).filter(|limits| limits.entries > 0 && limits.bytes > 0).map(Cache::new);
        Self { cache, ..self }
    }
}

/// The result of [`Authenticator::lookup`].
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a cache has it or not")]
pub enum Lookup<'t, K: 'static = PublicKey> {
    /// The result for a token whose signature was in the cache.
    Hit(Result<Principal, Error>),
    /// The signature has yet to be verified.
    Miss(Pending<'t, K>),
}

/// A token whose signature has yet to be verified.
pub struct Pending<'t, K: 'static = PublicKey> {
    authenticator: &'t Authenticator<K>,
    token: &'t [u8],
    digest: Option<[u8; 32]>,
    now: UnixTime,
}

impl<K> fmt::Debug for Pending<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("now", &self.now).finish_non_exhaustive()
    }
}

impl<K: PartialEq> Pending<'_, K> {
    /// Verifies the token: the slow half of [`Authenticator::authenticate`].
    ///
    /// # Errors
    ///
    /// As [`Authenticator::authenticate`].
    pub fn verify(self) -> Result<Principal, Error> {
        let Self { authenticator, token, digest, now } = self;
        let mut scratch = scratch(token);
        let issuers = authenticator.issuers.iter().enumerate();
        let (issuer, trusted) =
            jwt::select_issuer(token, &mut scratch, issuers, |(_, trusted)| Ok::<_, Error>(trusted.policy.issuers()))?;
        let keys = trusted.keys.load();
        let Authenticated { principal, typ, spans } = verify(token, &mut scratch, &keys, &trusted.policy, now)?;
        let principal = principal.verified_by(keys.generation());
        if let (Some(cache), Some(digest)) = (&authenticator.cache, digest) {
            let (generation, typ, claims) = (keys.generation(), typ.map(Box::from), principal.shared_claims());
            cache.insert(digest, Entry { issuer, generation, typ, claims, spans });
            // The keys may have been replaced since, and the cache cleared of theirs.
            if trusted.keys.load().generation() != generation {
                cache.forget(generation);
            }
        }
        Ok(principal)
    }
}

/// [`jwt::authenticate`] with owned keys and policy, without a cache.
///
/// # Errors
///
/// As [`jwt::authenticate`], except those for scratch.
///
/// # Examples
///
/// ```
/// use doorward::UnixTime;
/// use doorward::alg::{ASYMMETRIC, Alg};
/// use doorward::host::{self, Keys, Policy, Settings};
///
/// # let token = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/token.txt")).trim_ascii();
/// # let jwks = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/jwks.json"));
/// let audience = "https://mcp.example.com/mcp".to_owned();
/// let settings = Settings::mcp("https://id.example.com".into(), vec![audience], vec![Alg::Ed25519]);
/// let policy = Policy::new(settings, ASYMMETRIC)?;
/// let keys = Keys::parse(jwks, policy.algorithms())?;
/// let principal = host::authenticate(token, &keys, &policy, UnixTime::from_seconds(1_700_000_000))?;
/// assert_eq!(principal.subject(), Some("alice"));
/// # Ok::<(), doorward::Error>(())
/// ```
pub fn authenticate<K: PartialEq>(
    token: &[u8],
    keys: &Keys<K>,
    policy: &Policy<K>,
    now: UnixTime,
) -> Result<Principal, Error> {
    verify(token, &mut scratch(token), keys, policy, now).map(|authenticated| authenticated.principal)
}

/// A principal, and what the cache stores besides.
struct Authenticated<'a> {
    principal: Principal,
    typ: Option<&'a str>,
    spans: ClaimSpans,
}

fn verify<'a, K: PartialEq>(
    token: &[u8],
    scratch: &'a mut [u8],
    keys: &Keys<K>,
    policy: &'a Policy<K>,
    now: UnixTime,
) -> Result<Authenticated<'a>, Error> {
    let rules = policy.as_policy();
    let unverified = Unverified::parse(token, scratch)?;
    let candidates =
        keys.candidates(unverified.alg(), unverified.key_id().filter(|_| !rules.algorithms().allows_unnamed_key()));
    let verified = unverified.verify(candidates, rules.algorithms()).map_err(|error| match error {
        // No candidate does not mean no keys.
        Error::KeysUnavailable { .. } if !keys.is_empty() => Error::KeyNotFound,
        other => other,
    })?;
    let typ = verified.typ;
    let (principal, spans) = ClaimSpans::check_first(verified, &rules, now)?;
    let principal = Principal::new(&principal, principal.claims().into(), policy.checked());
    Ok(Authenticated { principal, typ, spans })
}

#[cfg(all(test, feature = "p256"))]
mod tests {
    use super::*;
    use crate::alg::{Alg, Algorithm, Algorithms, ES256, Material};
    use crate::host::Settings;
    use std::string::ToString;
    use std::sync::OnceLock;

    const ISSUER: &str = "https://issuer.example/t1";
    const KEYS: &[u8] =
        br#"{"keys":[{"kty":"EC","crv":"P-256","kid":"k1","x":"3gKPot_7OX3e0umnjMLjVSsTj4JX_gGodgxeBlP51nI",
        "y":"Q057-8MbBE71brVmwuh-5C_gezuQzOQFcZo5iLk-4LQ"}]}"#;
    const TOKEN: &str = concat!(
        "eyJhbGciOiAiRVMyNTYiLCAidHlwIjogImF0K2p3dCIsICJraWQiOiAiazEifQ.eyJpc3MiOiAiaHR0cHM6Ly9pc3N1ZXIuZXhhb",
        "XBsZS90MSIsICJhdWQiOiAiaHR0cHM6Ly9hcGkuZXhhbXBsZS5jb20vbWNwIiwgInN1YiI6ICJ1c2VyLTEiLCAiaWF0IjogMTY5O",
        "Tk5OTk5MCwgImV4cCI6IDE3MDAwMDA2MDAsICJzY29wZSI6ICJyZWFkIHdyaXRlIiwgImNsaWVudF9pZCI6ICJjMSIsICJqdGkiO",
        "iAiajEifQ.lL_ign6mbYY6zTd5qebaujqqIWLCPF60rWeSVaIXEHY7mBiXefZqbZ1CgSc2te4t3P2Q2sXZXo0B9IW5uo268w",
    );

    /// The state in the moment before another thread clears the cache.
    #[test]
    fn what_keys_that_are_gone_have_verified_is_verified_anew() {
        let settings = Settings::mcp(ISSUER.into(), vec!["https://api.example.com/mcp".to_string()], vec![Alg::Es256]);
        let policy = Policy::<PublicKey>::new(settings, &[&ES256]).unwrap();
        let authenticator = Authenticator::new([policy]).unwrap().with_cache(CacheLimits::DEFAULT);
        let keys = Arc::new(Keys::parse(KEYS, Algorithms::new(&[&ES256]).unwrap()).unwrap());
        authenticator.set_keys(ISSUER, keys).unwrap();
        let now = UnixTime::from_seconds(1_700_000_000);
        authenticator.authenticate(TOKEN.as_bytes(), now).unwrap();
        assert!(matches!(authenticator.lookup(TOKEN.as_bytes(), now), Lookup::Hit(Ok(_))));
        authenticator.issuers[0].keys.store(Arc::new(Keys::none()));
        let Lookup::Miss(pending) = authenticator.lookup(TOKEN.as_bytes(), now) else { panic!("a hit") };
        assert!(matches!(pending.verify(), Err(Error::KeysUnavailable { .. })));
    }

    /// Verifies as ES256 does, while somebody sets the same keys anew.
    struct MeanwhileSet;

    static CROSSED: OnceLock<Authenticator> = OnceLock::new();

    fn set_anew(authenticator: &Authenticator) {
        let keys = Keys::parse(KEYS, Algorithms::new(&[&MeanwhileSet]).unwrap()).unwrap();
        authenticator.set_keys(ISSUER, Arc::new(keys)).unwrap();
    }

    impl Algorithm<PublicKey> for MeanwhileSet {
        fn alg(&self) -> Alg {
            Alg::Es256
        }

        fn prepare(&self, material: &Material<'_>) -> Result<PublicKey, Error> {
            ES256.prepare(material)
        }

        fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), Error> {
            CROSSED.get().into_iter().for_each(set_anew);
            ES256.verify(key, message, signature)
        }
    }

    #[test]
    fn what_keys_that_are_gone_have_verified_takes_no_room() {
        let authenticator = || {
            let settings = Settings::mcp(ISSUER.into(), vec!["https://api.example.com/mcp".into()], vec![Alg::Es256]);
            let policy = Policy::new(settings, &[&MeanwhileSet]).unwrap();
            let authenticator = Authenticator::new([policy]).unwrap().with_cache(CacheLimits::DEFAULT);
            set_anew(&authenticator);
            authenticator
        };
        let size = |authenticator: &Authenticator| authenticator.cache.as_ref().unwrap().size().0;
        let (now, alone) = (UnixTime::from_seconds(1_700_000_000), authenticator());
        alone.authenticate(TOKEN.as_bytes(), now).unwrap();
        assert_eq!(size(&alone), 1);
        set_anew(&alone);
        assert_eq!(size(&alone), 0);
        // What was verified by keys that were replaced meanwhile is remembered after they were forgotten.
        let crossed = CROSSED.get_or_init(authenticator);
        crossed.authenticate(TOKEN.as_bytes(), now).unwrap();
        assert_eq!(size(crossed), 0);
    }
}
