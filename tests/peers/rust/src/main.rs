//! Times the validation of one access token, ours beside the peers'. See ../README.md.
// No build has all peers, and claims are read so that all read the same, not because anyone asks for them.
#![allow(dead_code)]

#[cfg(any(feature = "bare", feature = "dalek-default"))]
mod bare;
mod bench;
mod case;
#[cfg(feature = "josekit")]
mod josekit;
#[cfg(any(feature = "jsonwebtoken-aws", feature = "jsonwebtoken-rust"))]
mod jsonwebtoken;
#[cfg(feature = "jwt-compact")]
mod jwt_compact;
#[cfg(any(feature = "jwt-simple-boring", feature = "jwt-simple-pure"))]
mod jwt_simple;
#[cfg(feature = "ours")]
mod ours;

use bench::Bench;
use case::Case;

fn main() {
    let mut bench = Bench::default();
    for case in Case::all() {
        add(&mut bench, case);
    }
    bench.run();
}

/// Every implementation of this build; one that cannot do a case leaves it out.
fn add(bench: &mut Bench, case: &'static Case) {
    #[cfg(feature = "ours")]
    {
        ours::add(bench, case);
        if case.name == "es256" {
            ours::add_rest(bench, case);
            ours::add_decisions(bench);
        }
    }
    if case.is_plain() {
        #[cfg(any(feature = "bare", feature = "dalek-default"))]
        bare::add(bench, case);
    }
    if case.has_key_set() {
        return;
    }
    #[cfg(feature = "josekit")]
    josekit::add(bench, case);
    #[cfg(any(feature = "jsonwebtoken-aws", feature = "jsonwebtoken-rust"))]
    jsonwebtoken::add(bench, case);
    #[cfg(feature = "jwt-compact")]
    jwt_compact::add(bench, case);
    #[cfg(any(feature = "jwt-simple-boring", feature = "jwt-simple-pure"))]
    jwt_simple::add(bench, case);
}
