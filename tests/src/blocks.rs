//! Our own vectors: blocks of `name = value` lines (`vectors/README.md`).

use std::collections::HashMap;
use std::fs;

/// One block.
pub type Case<'t> = HashMap<&'t str, &'t str>;

/// The text of a file of vectors.
pub fn file(name: &str) -> String {
    fs::read_to_string(crate::path("vectors").join(name)).expect(name)
}

/// Its blocks.
pub fn cases(text: &str) -> Vec<Case<'_>> {
    let blocks = text.split("\n\n").map(|block| {
        let lines = block.lines().filter(|line| !line.starts_with('#'));
        lines
            .map(|line| {
                line.split_once(" =").map(|(name, value)| (name, value.strip_prefix(' ').unwrap_or(value))).expect(line)
            })
            .collect()
    });
    blocks.filter(|case: &Case<'_>| !case.is_empty()).collect()
}

/// The words of a value, if it is there.
pub fn words<'t>(case: &Case<'t>, name: &str) -> impl Iterator<Item = &'t str> + use<'t> {
    case.get(name).copied().unwrap_or_default().split(' ').filter(|word| !word.is_empty())
}

/// A scope hierarchy: lines with `;` between.
pub fn hierarchy(case: &Case<'_>) -> String {
    case.get("hierarchy").copied().unwrap_or_default().replace(';', "\n")
}
