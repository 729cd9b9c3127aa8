//! The C half of the target `c_calls`, and the count of work (`src/lib.rs`).

fn main() {
    println!("cargo::rerun-if-changed=../ffi-c/tests");
    println!("cargo::rerun-if-changed=../ffi-c/include/doorward.h");
    cc::Build::new()
        .file("../ffi-c/tests/calls.c")
        .include("../ffi-c/include")
        .define("LLVMFuzzerTestOneInput", "c_calls")
        .compile("c_calls");
    let compared = ["cmp1", "cmp2", "cmp4", "cmp8", "const_cmp1", "const_cmp2", "const_cmp4", "const_cmp8", "switch"];
    for name in compared {
        println!("cargo::rustc-link-arg-bins=-Wl,--wrap=__sanitizer_cov_trace_{name}");
    }
    println!("cargo::rustc-link-arg-bins=-Wl,--wrap=__sanitizer_weak_hook_memcmp");
}
