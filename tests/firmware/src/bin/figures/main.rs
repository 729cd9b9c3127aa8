//! Verifies one token, from its text and the text of its key set to a principal, and tells what that took; or decides about
//! an API key, or about a limit.
#![no_std]
#![no_main]

use cortex_m::Peripherals;
use cortex_m_rt::entry;
use doorward_firmware::{Cost, exit, measure, print, print_number};

#[cfg(feature = "token")]
mod token;

#[cfg(feature = "api-key")]
#[path = "api_key.rs"]
mod token;

#[cfg(feature = "rate-limit")]
#[path = "rate_limit.rs"]
mod token;

/// The empty image.
#[cfg(not(any(feature = "token", feature = "api-key", feature = "rate-limit")))]
mod token {
    pub(crate) fn load_keys() -> Option<()> {
        Some(())
    }
    pub(crate) fn authenticate((): ()) -> Result<(), ()> {
        Ok(())
    }
}

fn print_cost(step: &str, cost: &Cost) {
    for (name, number) in [("stack", cost.stack), ("instructions", cost.instructions)] {
        print(step);
        print("_");
        print(name);
        print(" ");
        print_number(number);
        print("\n");
    }
}

#[entry]
fn main() -> ! {
    let Some(mut board) = Peripherals::take() else { exit(false) };
    let (mut keys, mut good) = (None, false);
    print_cost("load", &measure(&mut board.SYST, || keys = token::load_keys()));
    let Some(keys) = keys else { exit(false) };
    print_cost("verify", &measure(&mut board.SYST, || good = token::authenticate(keys).is_ok()));
    exit(good)
}
