//! Why a call came to nothing.

use doorward::error::Error;

use crate::own;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An error of core.
    Core(Error),
    /// NULL, a length that cannot be, a pointer that is not aligned, a handle that is none or in use.
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
    /// What C is told.
    pub(crate) fn number(&self) -> i32 {
        match self {
            Self::Core(error) => error.number().into(),
            Self::Argument => own::ARGUMENT_INVALID.0,
            #[cfg(feature = "std")]
            Self::Panicked => own::INTERNAL.0,
        }
    }
}
