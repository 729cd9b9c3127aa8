//! Public keys or shared secrets.

use crate::alg::Alg;
use crate::error::Error;

/// One type for public keys, another for shared secrets. A list of algorithms is for one family, never for both
/// (RFC 8725 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "keys are public or shared, and nothing else")]
pub enum Family<P = (), S = ()> {
    /// What goes with public keys.
    Public(P),
    /// What goes with shared secrets.
    Shared(S),
}

impl Family {
    /// Returns the family of a list of algorithms.
    ///
    /// # Errors
    ///
    /// [`Error::AlgorithmsEmpty`] for an empty list, [`Error::AlgorithmsMixed`] if it has algorithms of both.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::Error;
    /// use doorward::alg::{Alg, Family};
    ///
    /// let public = Family::of([Alg::Es256, Alg::Ed25519])?;
    /// assert_eq!(public, Family::Public(()));
    /// assert_eq!(Family::of([Alg::Es256, Alg::Hs256]), Err(Error::AlgorithmsMixed));
    /// assert_eq!(public.with(Family::of([Alg::Hs256])?), Err(Error::AlgorithmsMixed));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn of(algs: impl IntoIterator<Item = Alg>) -> Result<Self, Error> {
        let mut algs = algs.into_iter().map(Alg::is_symmetric);
        let first = algs.next().ok_or(Error::AlgorithmsEmpty)?;
        match algs.all(|symmetric| symmetric == first) {
            true if first => Ok(Self::Shared(())),
            true => Ok(Self::Public(())),
            false => Err(Error::AlgorithmsMixed),
        }
    }
}

impl<P, S> Family<P, S> {
    /// Borrows what either variant contains.
    pub const fn as_ref(&self) -> Family<&P, &S> {
        match self {
            Self::Public(one) => Family::Public(one),
            Self::Shared(one) => Family::Shared(one),
        }
    }

    /// Pairs the contents of two of the same family.
    ///
    /// # Errors
    ///
    /// [`Error::AlgorithmsMixed`] if they are of different families.
    #[expect(clippy::type_complexity, reason = "a pair for each family; a name for it would be used once")]
    pub fn with<Q, T>(self, other: Family<Q, T>) -> Result<Family<(P, Q), (S, T)>, Error> {
        match (self, other) {
            (Self::Public(one), Family::Public(other)) => Ok(Family::Public((one, other))),
            (Self::Shared(one), Family::Shared(other)) => Ok(Family::Shared((one, other))),
            _ => Err(Error::AlgorithmsMixed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_of_one_family() {
        assert_eq!(Family::of([]), Err(Error::AlgorithmsEmpty));
        assert_eq!(Family::of([Alg::Hs256, Alg::Hs512]), Ok(Family::Shared(())));
        assert_eq!(Family::of([Alg::Es256, Alg::Rs256]), Ok(Family::Public(())));
        for (one, other) in [(Alg::Es256, Alg::Hs256), (Alg::Hs256, Alg::Es256)] {
            assert_eq!(Family::of([one, other]), Err(Error::AlgorithmsMixed));
            assert_eq!(Family::of([one, one, other]), Err(Error::AlgorithmsMixed));
        }
    }

    #[test]
    fn two_things_are_of_one_family() {
        let (public, shared) = (Family::<_, u8>::Public(1), Family::<u8, _>::Shared(2));
        assert_eq!(public.as_ref().with(public), Ok(Family::Public((&1, 1))));
        assert_eq!(shared.with(shared), Ok(Family::Shared((2, 2))));
        assert_eq!(public.with(shared), Err(Error::AlgorithmsMixed));
        assert_eq!(shared.with(public), Err(Error::AlgorithmsMixed));
    }
}
