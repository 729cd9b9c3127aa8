//! Types that C may fill in as it likes.

use crate::types::{doorward_buffer, doorward_random, doorward_text};

/// Numbers and raw pointers, for which every pattern of bits is one, and structs of these: see [`plain`].
///
/// # Safety
/// Every pattern of bits must be a value of the type.
pub(crate) unsafe trait Plain {}

// SAFETY: numbers.
unsafe impl Plain for u8 {}
// SAFETY: as above.
unsafe impl Plain for u32 {}
// SAFETY: as above.
unsafe impl Plain for u64 {}
// SAFETY: as above.
unsafe impl Plain for usize {}
// SAFETY: pointers, to whatever.
unsafe impl<T> Plain for *const T {}
// SAFETY: as above.
unsafe impl<T> Plain for *mut T {}
// SAFETY: one behind another.
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}

/// `plain!(doorward_text { data, length })` makes a struct [`Plain`]; compiles if all of its members are named, and are.
macro_rules! plain {
    ($name:ident { $($member:ident),+ $(,)? }) => {
        const _: fn(&$name) = |$name { $($member),+ }| {
            const fn is<T: $crate::raw::Plain>(_: &T) {}
            $(is($member);)+
        };
        // SAFETY: each member is, as was just checked.
        unsafe impl $crate::raw::Plain for $name {}
    };
}
pub(crate) use plain;

plain!(doorward_text { data, length });
plain!(doorward_buffer { data, room, length });
plain!(doorward_random { bytes });
