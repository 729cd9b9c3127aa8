//! What C and this library hand to each other: plain types, which know nothing of the rest of the crate.

use core::ffi::c_char;

/// 0 (DOORWARD_OK), or a number of the list above. Numbers are permanent and the same in every language.
pub type doorward_error = i32;

/// Text or bytes that somebody else owns: a pointer and a length in bytes.
///
/// No NUL is expected at the end, and one inside is a byte like others: doorward_text_to_string() makes a string of C. NULL
/// with length 0 is the empty text where a text must be given, and "none" where it may be left out; NULL with another length
/// is refused. Text that is not UTF-8 is refused with DOORWARD_TEXT_INVALID, or, where somebody sent it, as malformed:
/// DOORWARD_API_KEY_MALFORMED for example. See also doorward_string().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct doorward_text {
    /// The first byte.
    pub data: *const c_char,
    /// Bytes.
    pub length: usize,
}

impl doorward_text {
    pub(crate) const NONE: Self = Self { data: core::ptr::null(), length: 0 };

    pub(crate) fn of(text: &str) -> Self {
        Self { data: text.as_ptr().cast(), length: text.len() }
    }

    pub(crate) fn maybe(text: Option<&str>) -> Self {
        text.map_or(Self::NONE, Self::of)
    }
}

/// The caller's memory for a text that comes out.
///
/// A function that writes sets `length` to the bytes it wrote. Where `room` is too little, it writes nothing that counts,
/// sets `length` to a number of bytes that is enough and returns DOORWARD_BUFFER_TOO_SMALL; no text is ever cut. `data` may
/// be NULL while `room` is 0. No NUL is written at the end. Must not overlap with what goes in.
#[repr(C)]
pub struct doorward_buffer {
    /// The memory.
    pub data: *mut c_char,
    /// Its bytes.
    pub room: usize,
    /// Bytes that were written, or are needed.
    pub length: usize,
}

/// What a secret is made of: bytes of the operating system's cryptographic generator, used once.
#[repr(C)]
pub struct doorward_random {
    /// The bytes.
    pub bytes: [u8; 32],
}

/// A SHA-256.
#[repr(C)]
pub struct doorward_digest {
    /// The bytes.
    pub bytes: [u8; 32],
}
