//! Types for which every bit pattern is valid.

use crate::types::{doorward_buffer, doorward_random, doorward_text};

/// Numbers and raw pointers, for which every bit pattern is a value, and structs of these: see [`plain`].
///
/// # Safety
/// Every bit pattern must be a value of the type.
pub(crate) unsafe trait Plain {}

// SAFETY: numbers.
unsafe impl Plain for u8 {}
// SAFETY: as above.
unsafe impl Plain for u32 {}
// SAFETY: as above.
unsafe impl Plain for u64 {}
// SAFETY: as above.
unsafe impl Plain for usize {}
// SAFETY: raw pointers.
unsafe impl<T> Plain for *const T {}
// SAFETY: as above.
unsafe impl<T> Plain for *mut T {}
// SAFETY: each element is.
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}

/// `plain!(doorward_text { data, length })` implements [`Plain`]; compiles if all members are named, and implement it.
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
