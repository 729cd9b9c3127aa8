//! For hosts with std: what owns issuers, keys and policies, and remembers which tokens it has verified.
//!
//! Every binding stands on [`Authenticator`]. It strings the same steps together as [`jwt::authenticate`](crate::jwt), in
//! one more place only because the keys are looked up and the outcome of the signature is kept between them.
//!
//! ```
//! use doorward::alg::{ASYMMETRIC, Alg};
//! use doorward::host::{Authenticator, Keys, MemoLimits, Policy, Settings};
//! use doorward::{Error, UnixTime};
//! use std::sync::Arc;
//!
//! # let token = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/token.txt")).trim_ascii();
//! # let jwks = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/jwks.json"));
//! let (issuer, audience) = ("https://id.example.com", "https://mcp.example.com/mcp");
//! let settings = Settings::mcp(issuer.into(), vec![audience.into()], vec![Alg::Es256, Alg::Ed25519]);
//! let policy = Policy::new(settings, ASYMMETRIC)?; // or alg::aws_lc::ASYMMETRIC
//! let keys = Keys::parse(jwks, policy.algorithms()?)?;
//! let authenticator = Authenticator::new([policy])?.remember(MemoLimits::DEFAULT);
//! authenticator.set_keys(issuer, Arc::new(keys))?; // again whenever newer ones have come
//!
//! let now = UnixTime::from_seconds(1_700_000_000);
//! assert_eq!(authenticator.authenticate(token, now)?.subject(), Some("alice"));
//! assert_eq!(authenticator.authenticate(b"a.b", now).err(), Some(Error::TokenMalformed));
//! # Ok::<(), doorward::Error>(())
//! ```

mod keys;
mod memo;
mod policy;
mod principal;

pub use keys::Keys;
pub use memo::MemoLimits;
pub use policy::{Policy, Preset, Settings, choose};
pub use principal::Principal;

use core::fmt;
use std::boxed::Box;
use std::sync::Arc;
use std::vec;
use std::vec::Vec;

use arc_swap::ArcSwap;
use sha2::{Digest, Sha256};

use crate::alg::Asymmetric;
use crate::error::Error;
use crate::jwt::{self, MAX_TOKEN_LENGTH, Places, Unverified, scratch_length};
use crate::time::UnixTime;
use memo::{Entry, Memo};

/// One issuer: what its tokens must fulfil, and its keys of the moment.
struct Realm<K: 'static> {
    policy: Policy<K>,
    keys: ArcSwap<Keys<K>>,
}

/// Judges tokens of one or several issuers. Shared by any number of threads, which never wait for one another's
/// signatures.
pub struct Authenticator<K: 'static> {
    realms: Box<[Realm<K>]>,
    memo: Option<Memo>,
}

impl<K> fmt::Debug for Authenticator<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let policies = self.realms.iter().map(|realm| &realm.policy);
        f.debug_list().entries(policies).finish()
    }
}

impl<K> Authenticator<K> {
    /// Takes a policy for each issuer: at least one, no issuer twice. Until [`Authenticator::set_keys`] no token can be
    /// judged: [`Error::KeysUnavailable`].
    ///
    /// # Errors
    ///
    /// [`Error::IssuerRefused`] if there is no policy, or two for one issuer.
    pub fn new(policies: impl IntoIterator<Item = Policy<K>>) -> Result<Self, Error> {
        let mut realms: Vec<Realm<K>> = Vec::new();
        for policy in policies {
            if realms.iter().any(|realm| realm.policy.settings().issuer == policy.settings().issuer) {
                return Err(Error::IssuerRefused);
            }
            realms.push(Realm { policy, keys: ArcSwap::from_pointee(Keys::none()) });
        }
        if realms.is_empty() { Err(Error::IssuerRefused) } else { Ok(Self { realms: realms.into(), memo: None }) }
    }

    /// Puts an issuer's keys in the place of those before, at once and as a whole: a request sees the one set or the
    /// other. What was remembered by the keys before is forgotten.
    ///
    /// # Errors
    ///
    /// [`Error::IssuerUnknown`] if no policy is for this issuer, [`Error::KeySetEmpty`] if its policy can use none of the keys:
    /// those before stay.
    pub fn set_keys(&self, issuer: &str, keys: Arc<Keys<K>>) -> Result<(), Error> {
        let realm = self.realms.iter().find(|realm| realm.policy.settings().issuer == issuer);
        let realm = realm.ok_or(Error::IssuerUnknown)?;
        if !keys.serve(&realm.policy.settings().algorithms) {
            return Err(Error::KeySetEmpty);
        }
        let before = realm.keys.swap(keys);
        if let Some(memo) = &self.memo {
            memo.forget(before.generation());
        }
        Ok(())
    }

    /// Judges a token, as [`jwt::authenticate_any`] does. Not checked: revocation, and whether the token was seen before.
    ///
    /// # Errors
    ///
    /// As [`jwt::authenticate_any`]; none for want of scratch.
    pub fn authenticate(&self, token: &[u8], now: UnixTime) -> Result<Principal, Error> {
        match self.recall(token, now) {
            Recall::Known(outcome) => outcome,
            Recall::New(pending) => pending.judge(),
        }
    }

    /// The quick half of [`Authenticator::authenticate`]: the verdict where the signature is remembered, or what gets
    /// there by way of the signature. For callers that hold a lock they would let go for the slow half.
    pub fn recall<'t>(&'t self, token: &'t [u8], now: UnixTime) -> Recall<'t, K> {
        let mut pending = Pending { authenticator: self, token, digest: None, now };
        if let Some(memo) = self.memo.as_ref().filter(|_| token.len() <= MAX_TOKEN_LENGTH) {
            let digest = Sha256::digest(token).into();
            pending.digest = Some(digest);
            if let Some(outcome) = memo.get(&digest).and_then(|entry| self.judge_again(&entry, now)) {
                return Recall::Known(outcome);
            }
        }
        Recall::New(pending)
    }

    /// Everything but the signature is judged anew; nothing where that was by keys which are no longer in use.
    fn judge_again(&self, entry: &Entry, now: UnixTime) -> Option<Result<Principal, Error>> {
        let realm = self.realms.get(entry.realm)?;
        if realm.keys.load().generation() != entry.generation {
            return None;
        }
        let mut scratch = vec![0; entry.claims.len()];
        let outcome = realm
            .policy
            .lend()
            .and_then(|policy| entry.places.check(entry.typ.as_deref(), &entry.claims, &mut scratch, &policy, now));
        Some(outcome.map(|principal| Principal::new(&principal, entry.claims.clone(), realm.policy.checked())))
    }
}

impl<K: Asymmetric> Authenticator<K> {
    /// Remembers verified signatures within these limits.
    ///
    /// Not there for shared secrets: an HMAC costs no more than the hash by which it would be remembered.
    #[must_use]
    pub fn remember(self, limits: MemoLimits) -> Self {
        Self { memo: Some(Memo::new(limits)), ..self }
    }
}

/// What [`Authenticator::recall`] returns.
#[derive(Debug)]
pub enum Recall<'t, K: 'static> {
    /// The verdict.
    Known(Result<Principal, Error>),
    /// The signature has to be checked.
    New(Pending<'t, K>),
}

/// A token that has yet to be judged.
pub struct Pending<'t, K: 'static> {
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

impl<K> Pending<'_, K> {
    /// The slow half of [`Authenticator::authenticate`].
    ///
    /// # Errors
    ///
    /// As [`Authenticator::authenticate`].
    pub fn judge(self) -> Result<Principal, Error> {
        let Self { authenticator, token, digest, now } = self;
        let mut scratch = scratch(token);
        let (index, realm) = authenticator.realm(token, &mut scratch)?;
        let keys = realm.keys.load();
        let Judged { principal, typ, places } = judge(token, &mut scratch, &keys, &realm.policy, now)?;
        if let (Some(memo), Some(digest)) = (&authenticator.memo, digest) {
            let (generation, typ, claims) = (keys.generation(), typ.map(Box::from), principal.shared_claims());
            memo.insert(digest, Entry { realm: index, generation, typ, claims, places });
            // Keys may have been exchanged since, and what these had verified forgotten already.
            if realm.keys.load().generation() != generation {
                memo.forget(generation);
            }
        }
        Ok(principal)
    }
}

impl<K> Authenticator<K> {
    /// The only realm, or the one whose issuer the unverified payload names: that chooses keys and policy, which check
    /// it again.
    fn realm(&self, token: &[u8], scratch: &mut [u8]) -> Result<(usize, &Realm<K>), Error> {
        if let [only] = &*self.realms {
            return Ok((0, only));
        }
        let issuer = jwt::claimed_issuer(token, scratch)?;
        let mut realms = self.realms.iter().enumerate();
        realms.find(|(_, realm)| issuer.equals(&realm.policy.settings().issuer)).ok_or(Error::IssuerUnknown)
    }
}

fn scratch(token: &[u8]) -> Vec<u8> {
    vec![0; scratch_length(token.len().min(MAX_TOKEN_LENGTH))]
}

/// [`jwt::authenticate`] with keys and policy that are owned, remembering nothing.
///
/// # Errors
///
/// As [`jwt::authenticate`]; none for want of scratch.
pub fn authenticate<K>(token: &[u8], keys: &Keys<K>, policy: &Policy<K>, now: UnixTime) -> Result<Principal, Error> {
    judge(token, &mut scratch(token), keys, policy, now).map(|judged| judged.principal)
}

/// A principal, and what is kept of its token besides.
struct Judged<'a> {
    principal: Principal,
    typ: Option<&'a str>,
    places: Places,
}

fn judge<'a, K>(
    token: &[u8],
    scratch: &'a mut [u8],
    keys: &Keys<K>,
    policy: &'a Policy<K>,
    now: UnixTime,
) -> Result<Judged<'a>, Error> {
    let lent = policy.lend()?;
    let unverified = Unverified::parse(token, scratch)?;
    let fitting = keys.fitting(unverified.alg(), unverified.key_id());
    let verified = unverified.verify(fitting, lent.algorithms()).map_err(|error| match error {
        // None of these fits, which is not to have none.
        Error::KeysUnavailable { .. } if !keys.is_empty() => Error::KeyNotFound,
        other => other,
    })?;
    let typ = verified.typ();
    let (principal, places) = verified.check_keeping(&lent, now)?;
    let principal = Principal::new(&principal, principal.claims().into(), policy.checked());
    Ok(Judged { principal, typ, places })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alg::{Alg, Algorithms, ES256, PublicKey};
    use std::string::ToString;

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

    /// As it is for a moment while another thread is about to make the memo forget.
    #[test]
    fn what_keys_that_are_gone_have_verified_is_judged_anew() {
        let settings = Settings::mcp(ISSUER.into(), vec!["https://api.example.com/mcp".to_string()], vec![Alg::Es256]);
        let policy = Policy::<PublicKey>::new(settings, &[&ES256]).unwrap();
        let authenticator = Authenticator::new([policy]).unwrap().remember(MemoLimits::DEFAULT);
        let keys = Arc::new(Keys::parse(KEYS, Algorithms::new(&[&ES256]).unwrap()).unwrap());
        authenticator.set_keys(ISSUER, keys).unwrap();
        let now = UnixTime::from_seconds(1_700_000_000);
        authenticator.authenticate(TOKEN.as_bytes(), now).unwrap();
        assert!(matches!(authenticator.recall(TOKEN.as_bytes(), now), Recall::Known(Ok(_))));
        authenticator.realms[0].keys.store(Arc::new(Keys::none()));
        let Recall::New(pending) = authenticator.recall(TOKEN.as_bytes(), now) else { panic!("known") };
        assert!(matches!(pending.judge(), Err(Error::KeysUnavailable { .. })));
    }
}
