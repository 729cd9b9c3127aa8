//! The twin of `Tests/Bench`: what it costs to authenticate from Rust.

use std::sync::Arc;
use std::time::Duration;

use doorward::alg::aws_lc::ASYMMETRIC;
use doorward::host::{Authenticator, CacheLimits, Keys, Policy, Settings};
use doorward::time::UnixTime;

fn main() {
    let text = std::fs::read_to_string("tests/vectors/tokens.txt").expect("run from the root of the checkout");
    let get = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
        line.expect(name).to_owned()
    };
    let token = get("token");
    let settings =
        || Settings::mcp(get("issuer"), vec![get("audience")], ASYMMETRIC.iter().map(|it| it.alg()).collect());
    let make = || {
        let policy = Policy::new(settings(), ASYMMETRIC).expect("a policy");
        let keys = Keys::parse(get("keys").as_bytes(), policy.algorithms()).expect("keys");
        (Authenticator::new([policy]).expect("an authenticator"), Arc::new(keys))
    };
    let (plain, keys) = make();
    plain.set_keys(&get("issuer"), keys).expect("the issuer");
    let (remembering, keys) = make();
    let remembering = remembering.with_cache(CacheLimits::DEFAULT);
    remembering.set_keys(&get("issuer"), keys).expect("the issuer");
    let verify = |authenticator: &Authenticator<_>| {
        let principal = authenticator.authenticate(token.as_bytes(), UnixTime::from_seconds(1_700_000_000));
        std::hint::black_box(principal.expect("a good token").subject().map(str::to_owned));
    };
    println!("first {:.0}", measure(5_000, || verify(&plain)));
    println!("again {:.0}", measure(50_000, || verify(&remembering)));
}

/// CPU nanoseconds of a call: the median of rounds, each of many ticks of the clock that the system may count by.
fn measure(calls: u32, call: impl Fn()) -> f64 {
    let mut rounds: Vec<f64> = (0..11)
        .map(|_| {
            let start = cpu();
            (0..calls).for_each(|_| call());
            (cpu() - start).as_secs_f64() * 1e9 / f64::from(calls)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[5]
}

/// CPU time of this process, which has one thread (proc(5)): nanoseconds on the CPU.
fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/self/schedstat").expect("Linux");
    Duration::from_nanos(text.split(' ').next().and_then(|word| word.parse().ok()).expect("a number"))
}
