//! Which signatures have held: a memo of a pure function, bounded, and of no use once the keys are others.
//!
//! An entry is found by the SHA-256 of the token, so no token is kept. It says only that the signature held; issuer,
//! audience, times, `typ` and scopes are judged again each time. What is refused is not remembered, so nobody without a
//! good token takes up room.

use std::boxed::Box;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::jwt::Places;

/// How much may be remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoLimits {
    /// Tokens.
    pub entries: u32,
    /// Bytes, of the claims and of what holds them.
    pub bytes: u32,
}

impl MemoLimits {
    /// 10,000 tokens in 16 MiB.
    pub const DEFAULT: Self = Self { entries: 10_000, bytes: 16 * 1024 * 1024 };
}

/// What is kept of a token.
pub(super) struct Entry {
    pub(super) realm: usize,
    pub(super) generation: u64,
    pub(super) typ: Option<Box<str>>,
    pub(super) claims: Arc<str>,
    pub(super) places: Places,
}

/// Bytes that an entry takes besides its texts: key, counters and places in the tables, rounded up.
const OVERHEAD: u64 = 384;

/// An entry weighs its bytes, and at least so much that no more than the most entries weigh as much as all may.
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

pub(super) struct Memo(Cache<[u8; 32], Arc<Entry>, Weight>);

impl Memo {
    pub(super) fn new(limits: MemoLimits) -> Self {
        let bytes = u64::from(limits.bytes);
        let least = match u64::from(limits.entries) {
            0 => u64::MAX,
            entries => bytes.div_ceil(entries).max(1),
        };
        let estimated = usize::try_from(bytes / least.max(2 * OVERHEAD)).unwrap_or_default();
        Self(Cache::with_weighter(estimated, bytes, Weight { least }))
    }

    pub(super) fn get(&self, digest: &[u8; 32]) -> Option<Arc<Entry>> {
        self.0.get(digest)
    }

    pub(super) fn insert(&self, digest: [u8; 32], entry: Entry) {
        self.0.insert(digest, Arc::new(entry));
    }

    /// Drops what keys of this generation have verified.
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

    /// 20,000 entries were put in, by keys of three generations in turn.
    fn filled(limits: MemoLimits, length: usize) -> Memo {
        let memo = Memo::new(limits);
        for number in 0..20_000 {
            let claims = "x".repeat(length).into();
            memo.insert(
                digest(number),
                Entry { realm: 0, generation: u64::from(number % 3), typ: None, claims, places: Places::default() },
            );
        }
        memo
    }

    #[test]
    fn entries_and_bytes_are_bounded() {
        for (entries, bytes, length) in
            [(100, 1 << 20, 10), (100_000, 100_000, 10), (10_000, 1 << 20, 12_000), (1, 4096, 10), (7, 1 << 24, 0)]
        {
            let memo = filled(MemoLimits { entries, bytes }, length);
            let (kept, weight) = memo.size();
            assert!(kept <= entries as usize && weight <= u64::from(bytes), "{entries} {bytes}: {kept}, {weight}");
            assert!(kept * (length + 32) <= bytes as usize);
        }
        let (most, _) = filled(MemoLimits { entries: 100, bytes: 1 << 20 }, 10).size();
        assert!(most > 90, "{most}");
        for nothing in [MemoLimits { entries: 0, bytes: 1 << 20 }, MemoLimits { entries: 100, bytes: 0 }] {
            assert_eq!(filled(nothing, 10).size().0, 0);
        }
    }

    #[test]
    fn what_is_forgotten_takes_no_room() {
        let memo = filled(MemoLimits::DEFAULT, 10);
        let kept = |memo: &Memo| {
            [0, 1, 2].map(|of| (0..20_000).filter(|it| it % 3 == of && memo.get(&digest(*it)).is_some()).count())
        };
        let before = kept(&memo);
        assert!(before.iter().all(|count| *count > 1000), "{before:?}");
        memo.forget(1);
        assert_eq!(kept(&memo), [before[0], 0, before[2]]);
        memo.forget(0);
        memo.forget(2);
        assert_eq!(memo.size(), (0, 0));
    }

    #[test]
    fn an_entry_weighs_all_its_bytes() {
        let (typ, claims) = (Some("t".repeat(50).into()), "x".repeat(100).into());
        let entry = Arc::new(Entry { realm: 0, generation: 0, typ, claims, places: Places::default() });
        assert_eq!(Weight { least: 1 }.weight(&[0; 32], &entry), 150 + OVERHEAD);
        assert_eq!(Weight { least: 1000 }.weight(&[0; 32], &entry), 1000);
    }
}
