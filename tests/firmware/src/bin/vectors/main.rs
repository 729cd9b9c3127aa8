//! Runs the shared vectors (`tests/vectors`) and fails on any wrong verdict, error name or answer.
#![no_std]
#![no_main]

// What core does beside tokens, and what the tests of hosts run as well.
#[path = "../../../../src/operations.rs"]
mod operations;
mod secret;
mod token;

use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;
use doorward::error::Error;
use doorward_firmware::case::{Case, cases};
use doorward_firmware::exit;
use heapless::String;
use operations::Arguments;

const TOKENS: &str = include_str!("../../../../vectors/tokens.txt");
const ANSWERS: &str = include_str!("../../../../vectors/answers.txt");

/// How many cases the first line of a file says that it has.
fn count(file: &str) -> usize {
    file.split(' ').nth(1).and_then(|count| count.parse().ok()).unwrap_or_default()
}

/// What a case answers.
type Answer = String<2048>;

/// Compares each case of a file; gives how many were run, and how many of them were wrong.
fn run(file: &str, verify: impl Fn(&Case<'_>, &mut Answer) -> Option<Result<(), Error>>) -> (usize, u32) {
    let (mut compared, mut wrong) = (0, 0);
    for case in cases(file) {
        let mut answer = Answer::new();
        let Some(outcome) = verify(&case, &mut answer) else { continue };
        let actual = outcome.err().map_or("-", |error| error.name());
        let expected = case.get("error").unwrap_or("-");
        let wanted = case.get("principal").or(case.get("result")).unwrap_or(&answer);
        compared += 1;
        if actual != expected || (actual == "-" && wanted != answer) {
            wrong += 1;
            hprintln!("{}: {} {}; expected {} {}", case.text("id"), actual, answer, expected, wanted);
        }
    }
    (compared, wrong)
}

#[entry]
fn main() -> ! {
    let tokens = run(TOKENS, token::verify);
    let answers = run(ANSWERS, |case, answer| {
        let outcome = operations::answer(&Arguments(&|name| case.get(name)))?;
        Some(outcome.map(|text| answer.push_str(&text).expect("room")))
    });
    hprintln!("tokens {} answers {} wrong {}", tokens.0, answers.0, tokens.1 + answers.1);
    let gone = secret::is_gone();
    // Whatever sends requests is driven by hosts.
    let of_hosts = ["\nop = key_source\n", "\nop = introspection\n"].map(|op| ANSWERS.matches(op).count());
    let ours = count(ANSWERS) - of_hosts.iter().sum::<usize>();
    exit(gone && tokens.1 + answers.1 == 0 && tokens.0 == count(TOKENS) && answers.0 == ours)
}
