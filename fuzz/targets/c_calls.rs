#![no_main]
//! Random sequences of calls of the C library; `ffi-c/tests/calls.c` makes them.

use doorward_ffi as _;
use doorward_fuzz::{SIGNATURE, bounded};
use libfuzzer_sys::fuzz_target;

unsafe extern "C" {
    fn c_calls(data: *const u8, length: usize) -> i32;
}

fuzz_target!(|data: &[u8]| {
    // Texts are the input's own bytes or short ones. What costs most for the bytes that choose it signs by two keys, or
    // verifies ES256; the last call may have no bytes left.
    bounded(data.len(), 60_000, SIGNATURE, || {
        // SAFETY: reads so many bytes.
        unsafe { c_calls(data.as_ptr(), data.len()) }
    });
});
