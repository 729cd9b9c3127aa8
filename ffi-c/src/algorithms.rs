//! The algorithms of the portable set, as a policy stores them: a bit for each.

#[cfg(feature = "hmac")]
use doorward::alg::hmac::{self, SharedSecret};
use doorward::alg::{self, Alg, Algorithm, Algorithms, PublicKey};
use doorward::error::Error;

use crate::fault::Fault;

/// Every public-key algorithm of the portable set, which names them.
const ASYMMETRIC: &[&dyn Algorithm<PublicKey>] = alg::ASYMMETRIC;

/// Every algorithm with shared secrets, if the build has them: a device without them pays nothing for them.
#[cfg(feature = "hmac")]
const SHARED: &[&dyn Algorithm<SharedSecret>] = hmac::ALL;

/// The place of the first of [`SHARED`].
#[cfg(feature = "hmac")]
const FIRST_SHARED: u32 = 16;

/// Beside their bits: these are a provider's, which those that are named replace.
pub(crate) const OF_PROVIDER: u32 = 1 << 31;

/// Every algorithm of this build, with its bit.
fn places() -> impl Iterator<Item = (u32, Alg)> {
    let public = (0..).zip(ASYMMETRIC.iter().map(|one| one.alg()));
    #[cfg(feature = "hmac")]
    let public = public.chain((FIRST_SHARED..).zip(SHARED.iter().map(|one| one.alg())));
    public.map(|(at, alg)| (1_u32.wrapping_shl(at), alg))
}

/// Returns the bit of an algorithm; [`Error::AlgorithmUnknown`] if this build does not have it.
pub(crate) fn bit(alg: Alg) -> Result<u32, Error> {
    places().find(|(_, one)| *one == alg).map(|(bit, _)| bit).ok_or(Error::AlgorithmUnknown)
}

/// Returns the algorithms whose bits are set.
pub(crate) fn algs(bits: u32) -> impl Iterator<Item = Alg> {
    places().filter(move |(bit, _)| bits & bit != 0).map(|(_, alg)| alg)
}

/// Returns whether these algorithms are for shared secrets.
pub(crate) fn are_shared(bits: u32) -> Result<bool, Error> {
    Ok(alg::Family::of(algs(bits))? == alg::Family::Shared(()))
}

/// The maximum number of algorithms of one family.
#[cfg(feature = "hmac")]
const MOST: usize = if ASYMMETRIC.len() > SHARED.len() { ASYMMETRIC.len() } else { SHARED.len() };
#[cfg(not(feature = "hmac"))]
const MOST: usize = ASYMMETRIC.len();

/// Algorithms of one family, in an array.
pub(crate) struct Chosen<K: 'static> {
    list: [&'static dyn Algorithm<K>; MOST],
    length: usize,
}

impl<K> Chosen<K> {
    /// Selects those of the set whose bits are set.
    fn of(set: &[&'static dyn Algorithm<K>], bits: u32) -> Result<Self, Error> {
        let mut chosen = Self { list: [*set.first().ok_or(Error::AlgorithmUnknown)?; MOST], length: 0 };
        for (_, algorithm) in (0..).zip(set).filter(|(at, _)| bits & 1_u32.wrapping_shl(*at) != 0) {
            *chosen.list.get_mut(chosen.length).ok_or(Error::AlgorithmUnknown)? = *algorithm;
            chosen.length += 1;
        }
        Ok(chosen)
    }

    pub(crate) fn algorithms(&self) -> Result<Algorithms<'_, K>, Error> {
        Algorithms::new(self.list.get(..self.length).unwrap_or_default())
    }
}

/// The portable set's algorithms, of one family.
pub(crate) enum Family {
    Public(Chosen<PublicKey>),
    #[cfg(feature = "hmac")]
    Shared(Chosen<SharedSecret>),
}

impl Family {
    pub(crate) fn of(bits: u32) -> Result<Self, Fault> {
        #[cfg(feature = "hmac")]
        if are_shared(bits)? {
            return Ok(Self::Shared(Chosen::of(SHARED, bits >> FIRST_SHARED)?));
        }
        Ok(Self::Public(Chosen::of(ASYMMETRIC, bits)?))
    }
}
