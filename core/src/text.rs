//! Strict parsing of external text: JSON, URIs, forms, base64url; and what of it may be printed.

#[cfg(fuzzing)]
pub mod base64url;
#[cfg(not(fuzzing))]
#[expect(unreachable_pub, reason = "public for the fuzzer")]
pub(crate) mod base64url;
pub mod form;
pub mod json;
pub(crate) mod lines;
pub mod printable;
pub(crate) mod swar;
pub mod uri;

/// Converts a length for an error; lengths past 4 GiB become `u32::MAX`.
pub(crate) fn saturate(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Writes a value to the beginning of `out` and returns that part; otherwise the error contains the required length.
pub(crate) fn write<'o>(out: &'o mut [u8], value: &impl core::fmt::Display) -> Result<&'o str, crate::error::Error> {
    let mut writer = Writer::new(out);
    // The writer accepts everything and counts, so this cannot fail.
    let _ = core::fmt::write(&mut writer, format_args!("{value}"));
    let Writer { out, length } = writer;
    let written = out.get(..length).and_then(|bytes| core::str::from_utf8(bytes).ok());
    written.ok_or(crate::error::Error::BufferTooSmall { needed: saturate(length) })
}

/// Returns how long the text of a value is, in bytes.
pub(crate) fn length(value: &impl core::fmt::Display) -> usize {
    let mut writer = Writer::new(&mut []);
    let _ = core::fmt::write(&mut writer, format_args!("{value}"));
    writer.length()
}

/// Counts what does not fit.
pub(crate) struct Writer<'o> {
    out: &'o mut [u8],
    length: usize,
}

impl<'o> Writer<'o> {
    pub(crate) fn new(out: &'o mut [u8]) -> Self {
        Self { out, length: 0 }
    }

    /// Returns how much was written, or would have been.
    pub(crate) fn length(&self) -> usize {
        self.length
    }
}

impl core::fmt::Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let end = self.length.saturating_add(text.len());
        if let Some(place) = self.out.get_mut(self.length..end) {
            place.copy_from_slice(text.as_bytes());
        }
        self.length = end;
        Ok(())
    }
}
