//! Values that need no destructor, in structs of C.

use super::memory::check;
use crate::fault::Fault;

/// A struct of C that contains a value behind a tag. The value is never dropped, so it must own nothing.
pub(crate) trait Inline {
    type Value: 'static;
    const TAG: usize;
}

#[repr(C)]
struct Begun<V> {
    tag: usize,
    value: V,
}

const fn fits<I: Inline>() {
    assert!(size_of::<Begun<I::Value>>() <= size_of::<I>() && align_of::<Begun<I::Value>>() <= align_of::<I>());
}

pub(crate) fn begin<I: Inline>(place: *mut I, value: I::Value) -> Result<(), Fault> {
    const { fits::<I>() };
    check(place, 1)?;
    // SAFETY: checked above, and it fits; "writable and used by nobody else".
    unsafe { place.cast::<Begun<I::Value>>().write(Begun { tag: I::TAG, value }) };
    Ok(())
}

/// Returns the value; any number of threads may borrow it.
pub(crate) fn inline<'a, I: Inline>(place: *const I) -> Result<&'a I::Value, Fault> {
    const { fits::<I>() };
    check(place, 1)?;
    let begun: *const Begun<I::Value> = place.cast();
    // SAFETY: checked above; "readable and unchanged during the call". That `begin` wrote it, the header requires, and
    // the tag shows.
    unsafe { if (*begun).tag == I::TAG { Ok(&(*begun).value) } else { Err(Fault::Argument) } }
}

pub(crate) fn inline_to_change<'a, I: Inline>(place: *mut I) -> Result<&'a mut I::Value, Fault> {
    inline(place.cast_const())?;
    let begun: *mut Begun<I::Value> = place.cast();
    // SAFETY: as above; "writable and used by nobody else".
    Ok(unsafe { &mut (*begun).value })
}
