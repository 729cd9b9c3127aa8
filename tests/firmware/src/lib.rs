//! The board: mps2-an386 under QEMU, where one instruction takes one nanosecond (`-icount shift=0`).
//!
//! Nothing here formats or copies by library code, so that what an image has over an empty one is Doorward's alone.
#![no_std]

pub mod case;

use core::panic::PanicInfo;
use core::ptr::addr_of;

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;
use cortex_m_semihosting::debug::{self, EXIT_FAILURE, EXIT_SUCCESS};
use cortex_m_semihosting::hio;

/// The core clock has 25 MHz: a tick each 40 nanoseconds.
const INSTRUCTIONS_PER_TICK: u32 = 40;
/// What SysTick counts down from.
const RELOAD: u32 = 0x00ff_ffff;
/// What the stack is painted with, and how deep.
const PAINT: u32 = 0xdead_beef;
const PAINTED: usize = 64 * 1024;
/// Bytes below the stack pointer that are left to the frame of the painter.
const MARGIN: usize = 128;

unsafe extern "C" {
    /// By cortex-m-rt: the first word after the statics.
    static __sheap: u32;
}

/// Writes a text to the host.
pub fn print(text: &str) {
    if let Ok(mut out) = hio::hstdout() {
        let _ = out.write_all(text.as_bytes());
    }
}

/// Writes a number to the host.
pub fn print_number(mut number: u32) {
    let mut digits = [0_u8; 10];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    print(core::str::from_utf8(&digits[start..]).unwrap_or_default());
}

/// Ends the program with an exit code of the host.
pub fn exit(good: bool) -> ! {
    debug::exit(if good { EXIT_SUCCESS } else { EXIT_FAILURE });
    loop {}
}

/// What a piece of work took.
pub struct Cost {
    /// Bytes of stack below the caller's frame.
    pub stack: u32,
    /// Instructions, to 40; at most 2^24 ticks.
    pub instructions: u32,
}

/// Does the work and tells what it took.
#[inline(never)]
pub fn measure(timer: &mut SYST, work: impl FnOnce()) -> Cost {
    let top = cortex_m::register::msp::read() as usize;
    let bottom = (top - PAINTED).max(addr_of!(__sheap) as usize);
    paint(bottom, top - MARGIN);
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(RELOAD);
    timer.clear_current();
    timer.enable_counter();
    // The first tick loads the counter.
    while SYST::get_current() == 0 {}
    run(work);
    let ticks = RELOAD - SYST::get_current();
    timer.disable_counter();
    let reached = reached(bottom, top - MARGIN);
    if timer.has_wrapped() || reached == bottom {
        print("past what the timer counts or the paint covers\n");
        exit(false);
    }
    Cost { stack: (top - reached) as u32, instructions: ticks * INSTRUCTIONS_PER_TICK }
}

/// Does the work and tells whether it left any of these on the stack, in eight bytes at a time as they lie there.
#[inline(never)]
pub fn leaves(work: impl FnOnce(), wanted: impl Fn([u8; 8]) -> bool) -> bool {
    let top = cortex_m::register::msp::read() as usize;
    let bottom = (top - PAINTED).max(addr_of!(__sheap) as usize);
    paint(bottom, top - MARGIN);
    run(work);
    // SAFETY: as for the painter.
    (bottom..top - MARGIN - 8).any(|at| wanted(unsafe { (at as *const [u8; 8]).read_unaligned() }))
}

#[inline(never)]
fn run(work: impl FnOnce()) {
    work();
}

#[inline(never)]
fn paint(bottom: usize, top: usize) {
    for at in (bottom..top).step_by(4) {
        // SAFETY: between the statics and the stack pointer, less a margin for this very frame, nothing lives.
        unsafe { (at as *mut u32).write_volatile(PAINT) };
    }
}

/// The lowest word whose paint is gone.
#[inline(never)]
fn reached(bottom: usize, top: usize) -> usize {
    // SAFETY: as above.
    let painted = |at: &usize| unsafe { (*at as *const u32).read_volatile() } == PAINT;
    (bottom..top).step_by(4).find(|at| !painted(at)).unwrap_or(top)
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    print("panicked\n");
    exit(false)
}

#[exception]
unsafe fn HardFault(_: &cortex_m_rt::ExceptionFrame) -> ! {
    print("hard fault\n");
    exit(false)
}
