//! The sources themselves: where each file stands, and how long the lines of their documentation are.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The sources below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| ["rs", "swift", "py"].iter().any(|one| extension == *one)) {
            found.push(path);
        }
    }
}

fn below(folder: &str) -> (PathBuf, Vec<PathBuf>) {
    let (root, mut found) = (doorward_tests::path("..").join(folder), Vec::new());
    sources(&root, &mut found);
    assert!(!found.is_empty(), "{folder}");
    (root, found)
}

/// The names in a cell: `jwt/{token,claims}` are two.
fn names(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).flat_map(|name| match name.split_once('{') {
        Some((before, rest)) => {
            let rest = rest.strip_suffix('}').unwrap();
            rest.split(',').map(|one| format!("{before}{one}")).collect()
        }
        None => vec![name.to_owned()],
    })
}

#[test]
fn the_table_of_files_has_each_file() {
    let text = fs::read_to_string(doorward_tests::path("../ARCHITECTURE.md")).unwrap();
    let table = text.split_once("| file of `core/src` |").unwrap().1.split_once("\n\n").unwrap().0;
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |"));
    let listed: Vec<_> = rows.flat_map(|(cell, _)| names(cell)).collect();
    let (root, files) = below("core/src");
    let path = |file: &PathBuf| file.strip_prefix(&root).unwrap().with_extension("").to_str().unwrap().to_owned();
    let there: BTreeSet<_> = files.iter().map(path).filter(|name| name != "lib").collect();
    let once: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!((&once, listed.len()), (&there, there.len()), "of ARCHITECTURE.md and of core/src");
}

/// Modules of core that only contain others, or what lib.rs re-exports.
const WITHOUT_ROW: [&str; 3] = ["error", "time", "text"];

#[test]
fn the_map_of_core_names_each_public_module() {
    let root = doorward_tests::path("../core/src");
    let map = fs::read_to_string(root.join("lib.rs")).unwrap();
    let map: String = map.lines().filter(|line| line.starts_with("//!")).collect();
    let mut modules = vec![(root.join("lib.rs"), String::new())];
    let mut unnamed = Vec::new();
    while let Some((file, path)) = modules.pop() {
        let source = fs::read_to_string(&file).unwrap();
        let folder = if path.is_empty() { root.clone() } else { file.with_extension("") };
        for line in source.replace("#[cfg(fuzzing)]\npub mod ", "").lines() {
            let Some(name) = line.strip_prefix("pub mod ").and_then(|line| line.strip_suffix(';')) else { continue };
            let inner = if path.is_empty() { name.to_owned() } else { format!("{path}::{name}") };
            let named = [format!("`{inner}`"), format!("`{inner}::")].iter().any(|it| map.contains(it));
            if !named && !WITHOUT_ROW.contains(&&*inner) {
                unnamed.push(inner.clone());
            }
            modules.push((folder.join(name).with_extension("rs"), inner));
        }
    }
    assert!(unnamed.is_empty(), "lib.rs names no {unnamed:?}");
}

const FOLDERS: [&str; 6] = [
    "core/src",
    "ffi-c/src",
    "bindings-python/src",
    "bindings-swift/src",
    "bindings-swift/Sources/Doorward",
    "bindings-swift/Sources/DoorwardURLSession",
];

/// Fewer words than these repeat the name of the item, or stand for a sentence that nobody wrote.
const FEWEST: usize = 4;

#[test]
fn documentation_says_more_than_three_words() {
    let is_documentation = |line: &str| line.trim_start().starts_with("///");
    let mut wrong = Vec::new();
    for file in FOLDERS.into_iter().flat_map(|folder| below(folder).1) {
        let source = fs::read_to_string(&file).unwrap();
        let lines: Vec<_> = source.split("\nmod tests {").next().unwrap().lines().enumerate().collect();
        for block in lines.chunk_by(|(_, one), (_, next)| is_documentation(one) == is_documentation(next)) {
            let (number, first) = block[0];
            let summary = block.iter().map_while(|(_, line)| line.trim_start().strip_prefix("/// "));
            let words = summary.flat_map(str::split_whitespace);
            // What begins with an empty line goes on with what a macro is given.
            if is_documentation(first) && first.trim() != "///" && words.count() < FEWEST {
                wrong.push(format!("{}:{}: {}", file.display(), number + 1, first.trim_start()));
            }
        }
    }
    assert!(wrong.is_empty(), "fewer than {FEWEST} words:\n{}", wrong.join("\n"));
}

/// A docstring of so few words is one line.
#[test]
fn docstrings_say_more_than_three_words() {
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for file in below("bindings-python/python/doorward").1 {
        let source = fs::read_to_string(&file).unwrap();
        for (number, line) in source.lines().map(str::trim).enumerate() {
            let text = line.strip_prefix("\"\"\"").and_then(|text| text.strip_suffix("\"\"\""));
            seen += usize::from(text.is_some());
            if text.is_some_and(|text| text.split_whitespace().count() < FEWEST) {
                wrong.push(format!("{}:{}: {line}", file.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "fewer than {FEWEST} words:\n{}", wrong.join("\n"));
    assert!(seen > 0);
}

/// Tables and examples are as wide as what they show.
#[test]
fn documentation_keeps_to_120_columns() {
    let mut wrong = Vec::new();
    for folder in FOLDERS {
        for file in below(folder).1 {
            let (text, mut example) = (fs::read_to_string(&file).unwrap(), false);
            for (number, line) in text.lines().enumerate() {
                let said = ["///", "//!"].iter().find_map(|mark| line.trim_start().strip_prefix(mark));
                let Some(said) = said.map(str::trim_start) else { continue };
                example ^= said.starts_with("```");
                if line.chars().count() > 120 && !example && !said.starts_with('|') {
                    wrong.push(format!("{}:{}", file.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "over 120 columns: {}", wrong.join(", "));
}

/// The lines of documentation that are in blocks which run.
fn examples(source: &str) -> String {
    let (mut found, mut block) = (String::new(), None);
    for line in source.lines() {
        let said = ["///", "//!"].iter().find_map(|mark| line.trim_start().strip_prefix(mark)).map(str::trim);
        match (said, block) {
            (Some(said), None) if said.starts_with("```") => block = Some(said == "```"),
            (Some("```"), Some(_)) => block = None,
            (Some(said), Some(true)) => found.extend([said, "\n"]),
            _ => {}
        }
    }
    found
}

/// The names of public functions that may fail.
fn fallible(source: &str) -> Vec<&str> {
    let source = source.split("\nmod tests {").next().unwrap();
    let functions = source.split("\n    pub ").chain(source.split("\npub ")).skip(1);
    let head = |text: &'_ str| text.split(" {\n").next().is_some_and(|head| head.contains("-> Result<"));
    let named = functions.filter(|text| head(text)).filter_map(|text| text.split_once("fn "));
    named
        .filter(|(before, _)| ["", "const "].contains(before))
        .filter_map(|(_, name)| name.split(['<', '(']).next())
        .collect()
}

/// A file whose functions are of its folder's type may do with an example there that calls one.
#[test]
fn what_may_fail_has_an_example_that_runs() {
    let (mut without, mut seen) = (Vec::new(), 0);
    // Public for whoever fuzzes it.
    for file in below("core/src").1.into_iter().filter(|file| !file.ends_with("text/base64url.rs")) {
        let source = fs::read_to_string(&file).unwrap();
        let functions = fallible(&source);
        if functions.is_empty() {
            continue;
        }
        seen += 1;
        let above = fs::read_to_string(file.parent().unwrap().with_extension("rs")).unwrap_or_default();
        let above = examples(&above);
        let called =
            functions.iter().any(|name| [".", "::"].iter().any(|dot| above.contains(&format!("{dot}{name}("))));
        if examples(&source).is_empty() && !called {
            without.push(format!("{}: {}", file.display(), functions.join(", ")));
        }
    }
    assert!(without.is_empty(), "without an example:\n{}", without.join("\n"));
    assert!(seen > 0);
}

/// The example of a function stands under its heading.
#[test]
fn examples_of_functions_have_their_heading() {
    let (mut without, mut seen) = (Vec::new(), 0);
    for file in below("core/src").1 {
        let source = fs::read_to_string(&file).unwrap();
        let mut said = Vec::new();
        for line in source.lines().map(str::trim_start) {
            if line.starts_with("///") {
                said.push(line);
            } else if !line.starts_with("#[") {
                let example = line.starts_with("pub ") && line.contains("fn ") && said.contains(&"/// ```");
                seen += usize::from(example);
                if example && !said.contains(&"/// # Examples") {
                    without.push(format!("{}: {line}", file.display()));
                }
                said.clear();
            }
        }
    }
    assert!(without.is_empty(), "without `# Examples`:\n{}", without.join("\n"));
    assert!(seen > 0);
}
