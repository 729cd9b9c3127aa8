//! Panics, which never reach C.

use crate::fault::Fault;
use crate::types::doorward_error;

/// Runs the body of an exported function: no panic leaves it.
pub(crate) fn guard(run: impl FnOnce() -> Result<(), Fault>) -> doorward_error {
    attempt(run).map_or_else(|fault| fault.number(), |()| 0)
}

/// Like [`guard`], for a function that returns a value: `otherwise` on error.
pub(crate) fn guard_or<T>(otherwise: T, run: impl FnOnce() -> Result<T, Fault>) -> T {
    attempt(run).unwrap_or(otherwise)
}

#[cfg(feature = "std")]
fn attempt<T>(run: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    // No state is left inconsistent by a panic: core shares nothing that is changed in place.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_or(Err(Fault::Panicked))
}

#[cfg(not(feature = "std"))]
fn attempt<T>(run: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    run()
}

/// Ends the program at once.
#[cfg(not(feature = "std"))]
pub(crate) fn abort() -> ! {
    // A freestanding program must provide it, beside memcpy, memmove, memset and memcmp, which compilers call.
    // SAFETY: C99 section 7.20.4.1.
    unsafe extern "C" {
        safe fn abort() -> !;
    }
    abort()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x04_a_panic_stays_inside() {
        assert_eq!(guard(|| panic!("on purpose")), 2);
        assert_eq!(guard(|| Err(Fault::Argument)), 1);
        assert_eq!(guard(|| Ok(())), 0);
    }
}
