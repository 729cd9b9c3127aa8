//! Work as a number that is the same on every machine and every run: what the fuzzer's instrumentation sees being compared.
//!
//! Core's own code knows nothing of it: the linker (`build.rs`) puts the functions here before those of libFuzzer, which
//! the compiler calls before each comparison in all Rust of a target. A loop compares in each round, so work that grows with the
//! square of the input shows at lengths that take no time yet.

use base64ct::{Base64UrlUnpadded, Encoding};
use doorward::text::json;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static COUNT: AtomicU64 = AtomicU64::new(0);

/// One thread fuzzes, so that no addition is lost.
fn count(more: u64) {
    COUNT.store(COUNT.load(Relaxed).wrapping_add(more), Relaxed);
}

/// Comparisons that this makes.
pub fn work<T>(run: impl FnOnce() -> T) -> (T, u64) {
    let before = COUNT.load(Relaxed);
    let given = run();
    (given, COUNT.load(Relaxed).wrapping_sub(before))
}

/// What comparing the names of objects with many members may cost, in whole.
pub const NAMES: u64 = 12 * json::RESCAN_BUDGET as u64;

/// What preparing a key and verifying one signature by it may cost: RSA of 8192 bits, and ES512 takes less than half of it.
pub const SIGNATURE: u64 = 4_000_000;

/// Runs what may make so many comparisons for each byte, and so many more.
#[track_caller]
pub fn bounded<T>(bytes: usize, each: u64, more: u64, run: impl FnOnce() -> T) -> T {
    let (given, work) = work(run);
    let most = each * bytes as u64 + more;
    assert!(work <= most, "{work} comparisons for {bytes} bytes, which may cost {most}");
    given
}

/// In base64url.
pub fn encoded(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

macro_rules! counted {
    ($($wrap:ident, $real:ident($($name:ident: $type:ty),*) counts $count:expr;)*) => {
        unsafe extern "C" {
            $(fn $real($($name: $type),*);)*
        }
        $(
            /// # Safety
            ///
            /// As the function of libFuzzer that it calls.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $wrap($($name: $type),*) {
                count($count);
                // SAFETY: the same arguments.
                unsafe { $real($($name),*) }
            }
        )*
    };
}

counted! {
    __wrap___sanitizer_cov_trace_cmp1, __real___sanitizer_cov_trace_cmp1(one: u8, other: u8) counts 1;
    __wrap___sanitizer_cov_trace_cmp2, __real___sanitizer_cov_trace_cmp2(one: u16, other: u16) counts 1;
    __wrap___sanitizer_cov_trace_cmp4, __real___sanitizer_cov_trace_cmp4(one: u32, other: u32) counts 1;
    __wrap___sanitizer_cov_trace_cmp8, __real___sanitizer_cov_trace_cmp8(one: u64, other: u64) counts 1;
    __wrap___sanitizer_cov_trace_const_cmp1, __real___sanitizer_cov_trace_const_cmp1(one: u8, other: u8) counts 1;
    __wrap___sanitizer_cov_trace_const_cmp2, __real___sanitizer_cov_trace_const_cmp2(one: u16, other: u16) counts 1;
    __wrap___sanitizer_cov_trace_const_cmp4, __real___sanitizer_cov_trace_const_cmp4(one: u32, other: u32) counts 1;
    __wrap___sanitizer_cov_trace_const_cmp8, __real___sanitizer_cov_trace_const_cmp8(one: u64, other: u64) counts 1;
    __wrap___sanitizer_cov_trace_switch, __real___sanitizer_cov_trace_switch(value: u64, cases: *const u64) counts 1;
    __wrap___sanitizer_weak_hook_memcmp, __real___sanitizer_weak_hook_memcmp(
        caller: *const u8, one: *const u8, other: *const u8, length: usize, outcome: i32) counts length as u64 / 8;
}
