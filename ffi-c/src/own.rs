//! Errors that only C can bring about; the numbers of core begin at 101. Stands alone: `header` reads it too.

/// Number, name and what it means.
type Row = (i32, &'static str, &'static str);

pub(crate) const OK: Row = (0, "ok", "No error.");
pub(crate) const ARGUMENT_INVALID: Row =
    (1, "argument_invalid", "NULL, a length that cannot be, a pointer that is not aligned, or no handle of this kind.");
pub(crate) const INTERNAL: Row =
    (2, "internal", "A defect of the library, caught; what was asked for has not been done.");

pub(crate) const ERRORS: [Row; 3] = [OK, ARGUMENT_INVALID, INTERNAL];
