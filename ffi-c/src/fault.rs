//! Why a call failed.

use doorward::error::Error;

use crate::own;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An error of core.
    Core(Error),
    /// NULL, an impossible length, a misaligned pointer, an invalid handle or one in use.
    Argument,
    /// A panic was caught: a defect of this library.
    #[cfg(feature = "std")]
    Panicked,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl Fault {
    /// Returns the number for C.
    pub(crate) fn number(&self) -> i32 {
        match self {
            Self::Core(error) => error.number().into(),
            Self::Argument => own::ARGUMENT_INVALID.0,
            #[cfg(feature = "std")]
            Self::Panicked => own::INTERNAL.0,
        }
    }
}
