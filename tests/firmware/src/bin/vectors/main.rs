//! Runs the shared vectors (`tests/vectors`) and fails on any wrong verdict, error name or answer.
#![no_std]
#![no_main]

mod answer;
mod secret;
mod token;

use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;
use doorward::error::Error;
use doorward_firmware::case::{Case, cases};
use doorward_firmware::exit;
use heapless::String;

/// What a case answers.
type Answer = String<2048>;

/// Compares each case of a file; gives how many were run, and how many of them were wrong.
fn run(file: &str, judge: impl Fn(&Case<'_>, &mut Answer) -> Option<Result<(), Error>>) -> (u32, u32) {
    let (mut compared, mut wrong) = (0, 0);
    for case in cases(file) {
        let mut answer = Answer::new();
        let Some(outcome) = judge(&case, &mut answer) else { continue };
        let actual = outcome.err().map_or("-", |error| error.name());
        let expected = case.get("error").unwrap_or("-");
        let told = case.get("principal").or(case.get("result")).unwrap_or(&answer);
        compared += 1;
        if actual != expected || (actual == "-" && told != answer) {
            wrong += 1;
            hprintln!("{}: {} {}; expected {} {}", case.text("id"), actual, answer, expected, told);
        }
    }
    (compared, wrong)
}

#[entry]
fn main() -> ! {
    let tokens = run(include_str!("../../../../vectors/tokens.txt"), token::judge);
    let answers = run(include_str!("../../../../vectors/answers.txt"), answer::answer);
    hprintln!("tokens {} answers {} wrong {}", tokens.0, answers.0, tokens.1 + answers.1);
    let gone = secret::is_gone();
    // Fewer would mean that the files were not read as they are written.
    exit(gone && tokens.1 + answers.1 == 0 && tokens.0 >= 300 && answers.0 >= 80)
}
