//! Random bytes.

use zeroize::Zeroizing;

/// 32 random bytes: a type that cannot have fewer.
#[derive(uniffi::Record)]
pub(crate) struct Random {
    a: u64,
    b: u64,
    c: u64,
    d: u64,
}

impl Random {
    pub(crate) fn bytes(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        for (place, word) in bytes.chunks_exact_mut(8).zip([self.a, self.b, self.c, self.d]) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }
}
