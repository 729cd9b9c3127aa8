//! Which signatures were valid: a bounded cache of a pure function, invalid once the keys change.
//!
//! An entry is found by the SHA-256 of the token, so no token is stored. It says only that the signature was valid;
//! issuer, audience, times, `typ` and scopes are checked again each time. Rejected tokens are not cached, so nobody
//! without a valid token takes up room.

use std::boxed::Box;
use std::sync::Arc;

use quick_cache::Weighter;

use crate::host::spans::ClaimSpans;

/// How much an [`Authenticator`](super::Authenticator) may cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "callers write it literally")]
pub struct CacheLimits {
    /// Maximum number of tokens.
    pub entries: u32,
    /// Maximum bytes of the claims and their storage.
    pub bytes: u32,
}

impl CacheLimits {
    /// 10,000 tokens in 16 MiB.
    pub const DEFAULT: Self = Self { entries: 10_000, bytes: 16 * 1024 * 1024 };
    /// No entry, so that each signature is verified.
    pub const NONE: Self = Self { entries: 0, bytes: 0 };

    /// Returns what an entry weighs at least, so that there are never more than this many.
    pub(super) fn least_weight(self) -> u64 {
        match u64::from(self.entries) {
            0 => u64::MAX,
            entries => u64::from(self.bytes).div_ceil(entries).max(1),
        }
    }
}

/// What is stored for a token.
pub(super) struct Entry {
    pub(super) issuer: usize,
    pub(super) generation: u64,
    pub(super) typ: Option<Box<str>>,
    pub(super) claims: Arc<str>,
    pub(super) spans: ClaimSpans,
}

/// Bytes of an entry besides its strings: key, counters and slots in the tables, rounded up.
const OVERHEAD: u64 = 384;

/// An entry weighs its bytes, but at least the byte limit divided by the entry limit.
#[derive(Clone)]
struct Weight {
    least: u64,
}

impl Weighter<[u8; 32], Arc<Entry>> for Weight {
    fn weight(&self, _: &[u8; 32], entry: &Arc<Entry>) -> u64 {
        let typ = entry.typ.as_ref().map_or(0, |typ| typ.len());
        let texts = u64::try_from(entry.claims.len() + typ).unwrap_or(u64::MAX);
        texts.saturating_add(OVERHEAD).max(self.least)
    }
}

pub(super) struct Cache(quick_cache::sync::Cache<[u8; 32], Arc<Entry>, Weight>);

impl Cache {
    pub(super) fn new(limits: CacheLimits) -> Self {
        let bytes = u64::from(limits.bytes);
        let least = limits.least_weight();
        let estimated = usize::try_from(bytes / least.max(2 * OVERHEAD)).unwrap_or_default();
        Self(quick_cache::sync::Cache::with_weighter(estimated, bytes, Weight { least }))
    }

    pub(super) fn get(&self, digest: &[u8; 32]) -> Option<Arc<Entry>> {
        self.0.get(digest)
    }

    pub(super) fn insert(&self, digest: [u8; 32], entry: Entry) {
        self.0.insert(digest, Arc::new(entry));
    }

    /// Removes what keys of this generation verified.
    pub(super) fn forget(&self, generation: u64) {
        self.0.retain(|_, entry| entry.generation != generation);
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> (usize, u64) {
        (self.0.len(), self.0.weight())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(number: u32) -> [u8; 32] {
        let mut digest = [0; 32];
        digest[..4].copy_from_slice(&number.to_le_bytes());
        digest
    }

    /// Inserts 20,000 entries, from keys of three generations in turn.
    fn filled(limits: CacheLimits, length: usize) -> Cache {
        let cache = Cache::new(limits);
        for number in 0..20_000 {
            let claims = "x".repeat(length).into();
            cache.insert(
                digest(number),
                Entry { issuer: 0, generation: u64::from(number % 3), typ: None, claims, spans: ClaimSpans::default() },
            );
        }
        cache
    }

    #[test]
    fn entries_and_bytes_are_bounded() {
        for (entries, bytes, length) in
            [(100, 1 << 20, 10), (100_000, 100_000, 10), (10_000, 1 << 20, 12_000), (1, 4096, 10), (7, 1 << 24, 0)]
        {
            let cache = filled(CacheLimits { entries, bytes }, length);
            let (kept, weight) = cache.size();
            assert!(kept <= entries as usize && weight <= u64::from(bytes), "{entries} {bytes}: {kept}, {weight}");
            assert!(kept * (length + 32) <= bytes as usize);
        }
        let (most, _) = filled(CacheLimits { entries: 100, bytes: 1 << 20 }, 10).size();
        assert!(most > 90, "{most}");
        for nothing in [CacheLimits { entries: 0, bytes: 1 << 20 }, CacheLimits { entries: 100, bytes: 0 }] {
            assert_eq!(filled(nothing, 10).size().0, 0);
        }
    }

    #[test]
    fn what_is_forgotten_takes_no_room() {
        let cache = filled(CacheLimits::DEFAULT, 10);
        let kept = |cache: &Cache| {
            [0, 1, 2].map(|of| (0..20_000).filter(|it| it % 3 == of && cache.get(&digest(*it)).is_some()).count())
        };
        let before = kept(&cache);
        assert!(before.iter().all(|count| *count > 1000), "{before:?}");
        cache.forget(1);
        assert_eq!(kept(&cache), [before[0], 0, before[2]]);
        cache.forget(0);
        cache.forget(2);
        assert_eq!(cache.size(), (0, 0));
    }

    #[test]
    fn an_entry_weighs_all_its_bytes() {
        let (typ, claims) = (Some("t".repeat(50).into()), "x".repeat(100).into());
        let entry = Arc::new(Entry { issuer: 0, generation: 0, typ, claims, spans: ClaimSpans::default() });
        assert_eq!(Weight { least: 1 }.weight(&[0; 32], &entry), 150 + OVERHEAD);
        assert_eq!(Weight { least: 1000 }.weight(&[0; 32], &entry), 1000);
    }
}
