//! All `unsafe` code: pointers from C become references here, and nowhere else.
//!
//! Null, length and alignment are checked. That a pointer points to memory of the stated length, which nobody changes
//! during the call, is the caller's obligation by the header; each `SAFETY` quotes the part of it that applies. A
//! reference has the lifetime that the exported function infers; none is kept after the call unless the header says so.

mod buffer;
mod guard;
mod handle;
mod inline;
mod memory;
mod place;
mod plain;
mod slots;

pub(crate) use buffer::{fill, fill_from, print, printed};
#[cfg(not(feature = "std"))]
pub(crate) use guard::abort;
pub(crate) use guard::{guard, guard_or};
#[cfg(feature = "std")]
pub(crate) use handle::give;
pub(crate) use handle::{Handle, borrow, borrow_mut, take};
pub(crate) use inline::{Inline, begin, inline, inline_to_change};
pub(crate) use memory::{Linking, bytes, change, each, optional, optional_sent, out, part, read, sent, slice, text};
pub(crate) use place::{ALIGNMENT, cut, placed_size, too_small};
pub(crate) use plain::{Plain, plain};
pub(crate) use slots::{Region, Slots};

#[cfg(test)]
mod tests {
    use std::fs;

    /// Returns the lines of a file that are code, without the attribute that exports a function.
    fn code(path: &std::path::Path) -> String {
        let text = fs::read_to_string(path).unwrap();
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.map(|line| line.replace("#[unsafe(no_mangle)]", "") + "\n").collect()
    }

    #[test]
    fn all_that_is_unsafe_is_here_and_knows_types_and_faults_alone() {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
        let files = |folder: &str| fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let (folders, mut above): (Vec<_>, Vec<_>) = files(source).partition(|path| path.is_dir());
        let others = folders.iter().filter(|folder| !folder.ends_with("raw"));
        above.extend(others.flat_map(|folder| files(folder.to_str().unwrap())));
        assert!(above.len() > 10 && above.iter().all(|path| path.is_file()));
        for path in above.iter().filter(|path| !path.ends_with("raw.rs")) {
            assert!(!code(path).contains(concat!("un", "safe ")), "{}", path.display());
        }
        for path in files(&format!("{source}/raw")) {
            for known in code(&path).split(" crate::").skip(1) {
                assert!(known.starts_with("fault::") || known.starts_with("types::"), "{}: {known}", path.display());
            }
        }
    }
}
