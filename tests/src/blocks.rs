//! Our own vectors: blocks of `name = value` lines (`vectors/README.md`).

use std::collections::{HashMap, HashSet};
use std::fs;

/// One block.
pub type Case<'t> = HashMap<&'t str, &'t str>;

/// The text of a file of vectors.
pub fn file(name: &str) -> String {
    fs::read_to_string(crate::path("vectors").join(name)).expect(name)
}

/// How many blocks its first line says that it has.
pub fn count(text: &str) -> usize {
    text.split(' ').nth(1).and_then(|count| count.parse().ok()).expect("a count in the first line")
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
    let cases: Vec<_> = blocks.filter(|case: &Case<'_>| !case.is_empty()).collect();
    let mut ids = HashSet::new();
    cases.iter().filter_map(|case| case.get("id")).for_each(|id| assert!(ids.insert(*id), "two are {id}"));
    cases
}

/// The words of a value, if it is there.
pub fn words<'t>(case: &Case<'t>, name: &str) -> impl Iterator<Item = &'t str> + use<'t> {
    case.get(name).copied().unwrap_or_default().split(' ').filter(|word| !word.is_empty())
}

/// A scope hierarchy: lines with `;` between.
pub fn hierarchy(case: &Case<'_>) -> String {
    case.get("hierarchy").copied().unwrap_or_default().replace(';', "\n")
}

/// The words of a value, a line each.
pub fn lines<'t>(words: impl IntoIterator<Item = &'t str>) -> String {
    words.into_iter().collect::<Vec<_>>().join("\n")
}

/// A number, if it is there.
pub fn number(case: &Case<'_>, name: &str, default: u32) -> u32 {
    case.get(name).map_or(default, |text| text.parse().expect(name))
}

/// The bytes of a token.
pub fn token(case: &Case<'_>) -> Vec<u8> {
    match case.get("token_hex") {
        Some(digits) => crate::third_party::hex(&serde_json::json!(digits)),
        None => case["token"].as_bytes().to_vec(),
    }
}

/// Writes a principal, borrowed or owned, as the vectors do.
#[macro_export]
macro_rules! principal_line {
    ($principal:expr) => {{
        let principal = &$principal;
        let text = |text: Option<&str>| text.unwrap_or("-").to_owned();
        let seconds = |seconds: Option<i64>| seconds.map_or("-".to_owned(), |seconds| seconds.to_string());
        let audiences = principal.audiences().map(|audience| audience.chars().collect::<String>());
        [
            principal.issuer().to_owned(),
            text(principal.subject()),
            text(principal.client_id()),
            text(principal.jwt_id()),
            audiences.collect::<Vec<_>>().join(" "),
            text(principal.matched_audience()),
            principal.scopes().iter().collect::<Vec<_>>().join(" "),
            principal.expires_at().to_string(),
            seconds(principal.issued_at()),
            seconds(principal.not_before()),
            principal.digest().iter().map(|byte| format!("{byte:02x}")).collect(),
        ]
        .join("|")
    }};
}
