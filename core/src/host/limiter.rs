//! A limit for many clients, in memory that does not grow.

use core::fmt;
use std::boxed::Box;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::rate_limit::{Decision, RateLimit, State};

/// Places of a set, of which a client has one.
const WAYS: usize = 8;

/// What clients have used of a limit, however many clients there are: 24 bytes for each place, and a lock for eight.
///
/// A client has one of eight places by a keyed hash of its name. Where all are others', it takes over the place of who
/// used least, and with it what was used there. So nobody's use is ever forgotten: who was replaced and comes back
/// finds at least as much counted as there was. What a flood of clients can do, once it is larger than the table, is to
/// use up some of the limit of new ones.
///
/// # Examples
///
/// ```
/// use doorward::host::Limiter;
/// use doorward::rate_limit::RateLimit;
///
/// # let random = [7; 32]; // of the system's generator
/// let limiter = Limiter::new(RateLimit::new(100, 60_000, 2)?, 1 << 16, random)?;
/// let ask = || limiter.take(b"192.0.2.1", 1, 1_000).allowed;
/// assert_eq!([ask(), ask(), ask()], [true, true, false]);
/// # Ok::<(), doorward::Error>(())
/// ```
pub struct Limiter {
    limit: RateLimit,
    key: Zeroizing<[u8; 32]>,
    sets: Box<[Mutex<[Place; WAYS]>]>,
}

#[derive(Clone, Copy, Default)]
struct Place {
    /// The caller's hash; 0 if the place is free.
    whose: u64,
    state: State,
}

impl Limiter {
    /// The most places that one may have.
    pub const MAX_PLACES: usize = 1 << 24;

    /// Creates a limiter with so many places, rounded up to eight, from 32 random bytes, without which nobody knows
    /// which clients share places.
    ///
    /// # Errors
    ///
    /// [`Error::RateLimitInvalid`] for more than [`Limiter::MAX_PLACES`].
    pub fn new(limit: RateLimit, places: usize, key: [u8; 32]) -> Result<Self, Error> {
        if places > Self::MAX_PLACES {
            return Err(Error::RateLimitInvalid);
        }
        let sets = (0..places.div_ceil(WAYS).max(1)).map(|_| Mutex::new([Place::default(); WAYS])).collect();
        Ok(Self { limit, key: Zeroizing::new(key), sets })
    }

    /// Decides whether a request is within the limit of a client, and counts it if so. `now` is as in
    /// [`RateLimit::take`].
    pub fn take(&self, client: &[u8], cost: u32, now: u64) -> Decision {
        self.decide(client, cost, now, true)
    }

    /// Decides as [`Limiter::take`] does, and counts nothing.
    pub fn peek(&self, client: &[u8], cost: u32, now: u64) -> Decision {
        self.decide(client, cost, now, false)
    }

    fn decide(&self, client: &[u8], cost: u32, now: u64, count: bool) -> Decision {
        let whose = self.hash(client);
        let Some(mut set) = self.set(whose) else { return self.limit.take(State::default(), cost, now).0 };
        let (at, state) = self.find(&set, whose, now);
        let (decision, next) = self.limit.take(state, cost, now);
        if let Some(place) = set.get_mut(at).filter(|_| count && decision.allowed) {
            *place = Place { whose, state: next };
        }
        decision
    }

    fn hash(&self, client: &[u8]) -> u64 {
        let digest = Sha256::new().chain_update(*self.key).chain_update(client).finalize();
        digest.first_chunk().map_or(1, |bytes| u64::from_le_bytes(*bytes).max(1))
    }

    /// There is always one.
    fn set(&self, whose: u64) -> Option<MutexGuard<'_, [Place; WAYS]>> {
        let count = u64::try_from(self.sets.len()).unwrap_or(u64::MAX);
        let set = self.sets.get(usize::try_from(whose.checked_rem(count)?).ok()?)?;
        Some(set.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the client's place and what it has used, or the place that it would get.
    fn find(&self, set: &[Place; WAYS], whose: u64, now: u64) -> (usize, State) {
        let place = |wanted| set.iter().enumerate().find(move |(_, place)| place.whose == wanted);
        if let Some((at, place)) = place(whose).or_else(|| place(0)) {
            return (at, place.state);
        }
        let used = set.iter().map(|place| self.limit.take(place.state, 0, now).1).enumerate();
        used.min_by_key(|(_, state)| state.used).unwrap_or_default()
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Limiter({:?}, {} places)", self.limit, self.sets.len().saturating_mul(WAYS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::thread;
    use std::vec::Vec;

    const KEY: [u8; 32] = [7; 32];

    fn limiter(limit: (u32, u64, u32), places: usize) -> Limiter {
        Limiter::new(RateLimit::new(limit.0, limit.1, limit.2).unwrap(), places, KEY).unwrap()
    }

    #[test]
    fn each_client_has_a_limit_of_its_own() {
        let limiter = limiter((10, 60_000, 3), 1 << 10);
        let ask = |client: &[u8], now| limiter.take(client, 1, now).allowed;
        assert_eq!([0, 0, 0, 0].map(|now| ask(b"a", now)), [true, true, true, false]);
        assert!(ask(b"b", 0) && ask(b"", 0) && !ask(b"a", 5999));
        assert!(limiter.peek(b"a", 1, 6000).allowed && limiter.peek(b"a", 1, 6000).allowed, "to look uses nothing");
        assert!(ask(b"a", 6000) && !ask(b"a", 6000));
        assert_eq!(format!("{limiter:?}"), format!("Limiter({:?}, 1024 places)", limiter.limit));
    }

    #[test]
    fn l02_no_flood_resets_who_is_busy_and_memory_is_bounded() {
        let limiter = limiter((1, 3_600_000, 5), 4096);
        assert_eq!((size_of::<Place>(), limiter.sets.len() * WAYS), (24, 4096));
        while limiter.take(b"busy", 1, 0).allowed {}
        let mut allowed = 0;
        for stranger in 0..100_000_u32 {
            allowed += usize::from(limiter.take(&stranger.to_le_bytes(), 1, 0).allowed);
            assert!(stranger % 100 > 0 || !limiter.take(b"busy", 1, 0).allowed);
        }
        assert!(allowed > 4096, "strangers are served: {allowed}");
        assert_eq!(Limiter::new(limiter.limit, 0, KEY).unwrap().sets.len(), 1);
        let too_many = Limiter::new(limiter.limit, Limiter::MAX_PLACES + 1, KEY).err();
        assert_eq!(too_many, Some(Error::RateLimitInvalid));
    }

    #[test]
    fn nobody_gets_more_than_with_a_table_of_his_own() {
        let (small, exact) = (limiter((5, 10_000, 4), 64), limiter((5, 10_000, 4), 1 << 16));
        let (mut now, mut random, mut refused) = (0, 1_u64, 0);
        for _ in 0..30_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let pick = random >> 33;
            now += pick % 3;
            let client = (if pick % 2 == 0 { pick / 6 % 12 } else { pick / 6 % 2000 }).to_le_bytes();
            if small.take(&client, 1, now).allowed {
                assert!(exact.take(&client, 1, now).allowed);
            } else {
                refused += 1;
            }
        }
        assert!((1..30_000).contains(&refused));
    }

    #[test]
    fn threads_count_together() {
        let limiter = limiter((1, 3_600_000, 1000), 64);
        let ask = || (0..1000).filter(|_| limiter.take(b"a", 1, 0).allowed).count();
        let total: usize = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(total, 1000);
    }
}
