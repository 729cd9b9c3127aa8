//! Errors that only C has; the numbers of core start at 101. Has no dependencies: `header` reads it too.

/// Number, name and description.
type Row = (i32, &'static str, &'static str);

pub(crate) const OK: Row = (0, "ok", "No error.");
pub(crate) const ARGUMENT_INVALID: Row =
    (1, "argument_invalid", "An argument is NULL, misaligned, of an impossible length, or not a handle of this kind.");
pub(crate) const INTERNAL: Row =
    (2, "internal", "A defect of the library was caught; the operation was not completed.");

pub(crate) const ERRORS: [Row; 3] = [OK, ARGUMENT_INVALID, INTERNAL];
