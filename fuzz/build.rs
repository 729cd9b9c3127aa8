//! The C half of the target `c_calls`.

fn main() {
    println!("cargo::rerun-if-changed=../ffi-c/tests/calls.c");
    println!("cargo::rerun-if-changed=../ffi-c/include/doorward.h");
    cc::Build::new()
        .file("../ffi-c/tests/calls.c")
        .include("../ffi-c/include")
        .define("LLVMFuzzerTestOneInput", "c_calls")
        .compile("c_calls");
}
