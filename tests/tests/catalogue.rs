//! The attack catalogue (`CATALOGUE.md`) held against the names of tests and the rules of vectors.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use doorward_tests::blocks;

/// Where tests are written, in whichever language.
const FOLDERS: [&str; 6] = ["core", "tests", "ffi-c", "fuzz", "bindings-python", "bindings-swift"];
/// What was made by tools, or is not ours.
const PASSED_OVER: [&str; 4] = ["target", "node_modules", "third_party", "build"];

/// A letter and two digits.
fn is_code(text: &str) -> bool {
    matches!(text.as_bytes(), [letter, tens, ones] if letter.is_ascii_uppercase() && tens.is_ascii_digit() && ones.is_ascii_digit())
}

/// The codes of each heading; every row has another code.
fn catalogue() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(doorward_tests::path("CATALOGUE.md")).unwrap();
    let (mut headings, mut heading, mut all) = (BTreeMap::<_, BTreeSet<_>>::new(), "", BTreeSet::new());
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            heading = title;
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let ["", code, attack, required, specification, ""] = cells[..]
            && is_code(code)
        {
            assert!([attack, required, specification].iter().all(|cell| !cell.is_empty()), "{code}");
            assert!(all.insert(code), "{code} has two rows");
            headings.entry(heading.to_owned()).or_default().insert(code.to_owned());
        }
    }
    headings
}

/// The codes that a function's name begins with: `test_k09_k11_rotation`, or `k09Rotation` in Swift.
fn codes_of(name: &str) -> Vec<String> {
    let (mut rest, mut codes) = (name.strip_prefix("test_").unwrap_or(name), Vec::new());
    while let Some((first, after)) = rest.split_at_checked(3) {
        let code = first.to_ascii_uppercase();
        if !is_code(&code) || !first.starts_with(|letter: char| letter.is_lowercase()) {
            break;
        }
        match after.strip_prefix('_') {
            Some(after) => rest = after,
            None if after.starts_with(char::is_uppercase) => rest = "",
            None => break,
        }
        codes.push(code);
    }
    codes
}

/// The names of the functions of a source, whatever their language calls one.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|character: char| !character.is_alphanumeric() && character != '_');
    let mut words = words.filter(|word| !word.is_empty());
    let mut before = "";
    std::iter::from_fn(move || {
        loop {
            let word = words.next()?;
            if matches!(std::mem::replace(&mut before, word), "fn" | "def" | "func" | "void") {
                return Some(word);
            }
        }
    })
}

/// Adds the codes of all sources below a folder, each with a name that has it.
fn read(folder: &Path, named: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if !name.starts_with('.') && !PASSED_OVER.contains(&name) {
                read(&path, named);
            }
        } else if matches!(path.extension().and_then(|name| name.to_str()), Some("rs" | "py" | "c" | "swift")) {
            let text = fs::read_to_string(&path).unwrap();
            for function in functions(&text) {
                named.extend(codes_of(function).into_iter().map(|code| (code, function.to_owned())));
            }
        }
    }
}

#[test]
fn every_row_is_shown_and_every_code_has_a_row() {
    let (catalogue, mut tests) = (catalogue(), BTreeMap::new());
    for folder in FOLDERS {
        read(&doorward_tests::path("..").join(folder), &mut tests);
    }
    let text = ["tokens.txt", "answers.txt", "client.txt"].map(blocks::file).join("\n");
    let rules = text.lines().filter_map(|line| line.strip_prefix("rule = "));
    let vectors: BTreeMap<String, String> = rules
        .flat_map(|rule| rule.split(' ').filter(|word| is_code(word)).map(|code| (code.to_owned(), rule.to_owned())))
        .collect();

    let mut wrong = Vec::new();
    let mut rows = BTreeSet::new();
    for (heading, codes) in &catalogue {
        for code in codes {
            let (test, vector) = (tests.get(code), vectors.get(code));
            match heading.as_str() {
                "Shown by vectors" if vector.is_none() => wrong.push(format!("{code}: no vector has it")),
                "Shown by tests" if test.is_none() => wrong.push(format!("{code}: no test has it")),
                "Shown by vectors" | "Shown by tests" => {}
                "Built, without a test" => wrong.extend(
                    test.or(vector).map(|shown| format!("{code}: {shown:?} shows it, but its row says: {heading}")),
                ),
                _ => wrong.push(format!("{code}: a heading of another kind: {heading}")),
            }
            rows.insert(code);
        }
    }
    for (code, name) in tests.iter().chain(&vectors) {
        if !rows.contains(code) {
            wrong.push(format!("{code}: {name:?} has it, and the catalogue does not"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(catalogue.len() == 3 && !rows.is_empty());
}
