//! The server's peppers.

use doorward::error::Error;
use doorward::secret::Pepper;

use crate::fault::Fault;
use crate::raw::{self, plain};
use crate::types::doorward_text;

/// The maximum number of peppers.
pub const DOORWARD_MAX_PEPPERS: usize = 8;

/// A secret of the server with which API keys are hashed.
#[repr(C)]
pub struct doorward_pepper {
    /// Its version, which stored hashes contain.
    pub version: u32,
    /// The secret, of 32 bytes at least.
    pub secret: doorward_text,
}
plain!(doorward_pepper { version, secret });

/// Peppers in an array.
pub(crate) struct Peppers<'a> {
    list: [Pepper<'a>; DOORWARD_MAX_PEPPERS],
    length: usize,
}

impl<'a> Peppers<'a> {
    pub(crate) fn of(peppers: &[doorward_pepper]) -> Result<Self, Fault> {
        let one = |pepper: &doorward_pepper| Ok::<_, Fault>(Pepper::new(pepper.version, raw::bytes(pepper.secret)?)?);
        let first = one(peppers.first().ok_or(Error::PepperUnknown { version: 0 })?)?;
        let mut list = [first; DOORWARD_MAX_PEPPERS];
        for (place, pepper) in list.get_mut(..peppers.len()).ok_or(Fault::Argument)?.iter_mut().zip(peppers) {
            *place = one(pepper)?;
        }
        Ok(Self { list, length: peppers.len() })
    }

    pub(crate) fn as_slice(&self) -> &[Pepper<'a>] {
        self.list.get(..self.length).unwrap_or_default()
    }
}
