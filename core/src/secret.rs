//! Work on secrets that leaves nothing of them behind.
//!
//! A value that is moved leaves a copy where it was, and hashes keep words of a key in their working memory. So no secret
//! is returned by value in core: whoever has one lends it, what is computed of it goes up or into the caller's memory, and
//! the stack on which that was done is wiped.

use zeroize::zeroize_stack;

/// Bytes of stack below [`apart`] that work on a secret takes at most, reading a key set and handing out its keys among it;
/// tests hold it, on a device too.
pub(crate) const STACK: usize = if cfg!(target_pointer_width = "64") { 8192 } else { 2048 };
/// As [`STACK`], for an HMAC, which is made for each token.
pub(crate) const HMAC_STACK: usize = if cfg!(target_pointer_width = "64") { 2048 } else { 1024 };

/// Does work that reads a secret, and wipes as much stack as this took. What it returns may hold nothing of the secret.
pub(crate) fn apart<const STACK: usize, T>(work: impl FnOnce() -> T) -> T {
    let outcome = below(work);
    zeroize_stack::<STACK>();
    outcome
}

/// A frame of its own, so that everything about the work lies where the wiping begins.
#[inline(never)]
fn below<T>(work: impl FnOnce() -> T) -> T {
    work()
}
