#![no_main]
//! Random sequences of calls of the C library; `ffi-c/tests/calls.c` makes them.

use doorward_ffi as _;
use doorward_fuzz as _;
use libfuzzer_sys::fuzz_target;

unsafe extern "C" {
    fn c_calls(data: *const u8, length: usize) -> i32;
}

fuzz_target!(|data: &[u8]| {
    // SAFETY: reads so many bytes.
    unsafe { c_calls(data.as_ptr(), data.len()) };
});
