//! The plain types of the C interface, which depend on nothing else in the crate.

use core::ffi::c_char;

/// 0 (DOORWARD_OK), or a number of the list above. Numbers are permanent and the same in every language.
pub type doorward_error = i32;

/// A borrowed string or bytes: a pointer and a length in bytes.
///
/// No NUL is required at the end, and one inside is an ordinary byte: doorward_text_to_string() makes a C string. NULL
/// with length 0 is the empty string where one is required, and "none" where it is optional; NULL with another length
/// is rejected. A string that is not UTF-8 is rejected with DOORWARD_TEXT_INVALID, or, if it came from a client, as
/// malformed: DOORWARD_API_KEY_MALFORMED for example. See also doorward_string().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct doorward_text {
    /// A pointer to the first byte.
    pub data: *const c_char,
    /// The length in bytes.
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

/// The caller's memory for an output string.
///
/// A function that writes sets `length` to the bytes it wrote. If `room` is too small, the contents are unspecified,
/// `length` is set to a sufficient number of bytes and DOORWARD_BUFFER_TOO_SMALL is returned; output is never
/// truncated. `data` may be NULL if `room` is 0. No NUL is appended. Must not overlap with the inputs.
#[repr(C)]
pub struct doorward_buffer {
    /// The memory to write to.
    pub data: *mut c_char,
    /// Its length in bytes.
    pub room: usize,
    /// Bytes that were written, or are required.
    pub length: usize,
}

/// The bytes of a new secret: from the operating system's cryptographically secure generator, used once.
#[repr(C)]
pub struct doorward_random {
    /// The 32 random bytes.
    pub bytes: [u8; 32],
}

/// The 32 bytes of a SHA-256 hash.
#[repr(C)]
pub struct doorward_digest {
    /// The bytes of the hash.
    pub bytes: [u8; 32],
}
