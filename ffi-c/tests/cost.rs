//! What the way through C costs: the same tokens by `doorward_authenticate` and by core's authenticator, nothing
//! remembered. `cargo test --release --package doorward-ffi --test cost -- --ignored --nocapture`

use std::fs;
use std::ptr::null_mut;
use std::sync::Arc;

use doorward::alg::Alg;
use doorward::alg::aws_lc::ASYMMETRIC;
use doorward::host::{Authenticator, Keys, Policy, Settings};
use doorward::time::UnixTime;
use doorward_ffi::authenticator::*;
use doorward_ffi::keys::*;
use doorward_ffi::policy::*;
use doorward_ffi::principal::doorward_principal_free;
use doorward_ffi::recipient::doorward_policy_audience;
use doorward_ffi::types::doorward_text;

const NOW: u64 = 1_700_000_000;

fn text(text: &str) -> doorward_text {
    doorward_text { data: text.as_ptr().cast(), length: text.len() }
}

/// Nanoseconds of this thread on a CPU.
fn clock() -> u64 {
    let schedstat = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    schedstat.split(' ').next().unwrap().parse().unwrap()
}

#[test]
#[ignore = "a measurement"]
fn c_against_rust() {
    let file = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/tokens.txt")).unwrap();
    for (id, alg) in [("id = es256", Alg::Es256), ("id = good", Alg::Rs256)] {
        let block = file.split("\n\n").find(|block| block.lines().any(|line| line == id)).unwrap();
        let get = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = ")).unwrap();
        let (token, issuer, audience, jwks) = (get("token"), get("issuer"), get("audience"), get("keys"));

        let policy = Policy::new(Settings::mcp(issuer.into(), vec![audience.into()], vec![alg]), ASYMMETRIC).unwrap();
        let keys = Keys::parse(jwks.as_bytes(), policy.algorithms()).unwrap();
        let rust = Authenticator::new([policy]).unwrap();
        rust.set_keys(issuer, Arc::new(keys)).unwrap();

        let mut policy = std::mem::MaybeUninit::uninit();
        let (mut keys, mut c) = (null_mut(), null_mut());
        let nothing = doorward_cache_limits { entries: 0, bytes: 0 };
        assert_eq!(doorward_policy_mcp(policy.as_mut_ptr(), text(issuer)), 0);
        assert_eq!(doorward_policy_audience(policy.as_mut_ptr(), text(audience)), 0);
        assert_eq!(doorward_policy_algorithm(policy.as_mut_ptr(), text(alg.name())), 0);
        assert_eq!(doorward_key_set_parse(policy.as_ptr(), text(jwks), &mut keys), 0);
        assert_eq!(doorward_authenticator_new(policy.as_ptr(), 1, &nothing, &mut c), 0);
        assert_eq!(doorward_authenticator_set_keys(c, text(issuer), keys), 0);

        let time = |verify: &mut dyn FnMut()| {
            let start = clock();
            (0..200).for_each(|_| verify());
            clock() - start
        };
        let mut ratios: Vec<(f64, u64, u64)> = (0..201)
            .map(|_| {
                let in_rust =
                    time(&mut || drop(rust.authenticate(token.as_bytes(), UnixTime::from_seconds(NOW)).unwrap()));
                let in_c = time(&mut || {
                    let mut principal = null_mut();
                    assert_eq!(doorward_authenticate(c, text(token), NOW, &mut principal, null_mut()), 0);
                    doorward_principal_free(&mut principal);
                });
                (in_c as f64 / in_rust as f64, in_c / 200, in_rust / 200)
            })
            .collect();
        ratios.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (ratio, in_c, in_rust) = ratios[100];
        println!("{id}: C {in_c} ns, Rust {in_rust} ns, median of ratios {ratio:.3}");
        doorward_key_set_free(&mut keys);
        doorward_authenticator_free(&mut c);
    }
}
