//! Every public function of core that reads what others send is called by a fuzz target.

use std::fs;
use std::path::{Path, PathBuf};

/// What arguments are called here that hold what others send.
const SENT: [&str; 27] = [
    "authorization",
    "body",
    "challenge",
    "challenges",
    "claims",
    "client_id",
    "content_type",
    "document",
    "error",
    "form",
    "host",
    "iss",
    "lines",
    "method",
    "own",
    "query",
    "requested",
    "scope",
    "sealed",
    "state",
    "text",
    "token",
    "uri",
    "url",
    "value",
    "values",
    "verifier",
];

/// What reads an operator's settings or core's own output, or keeps or hashes what it is given.
const OTHERS: [&str; 5] = [
    "Issuers::any_of",
    "Issuers::template",
    "introspection::digest",
    "ClientAuthentication::new",
    "Endpoints::printed",
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Up to the first character that no name has.
fn word(text: &str) -> &str {
    text.split(|one: char| !one.is_alphanumeric() && one != '_').next().unwrap()
}

/// The type that an `impl` is for.
fn implemented(line: &str) -> &str {
    let rest = line.strip_prefix("impl").unwrap();
    let mut depth = 0;
    let generic = |one: char| {
        depth += i32::from(one == '<') - i32::from(one == '>');
        depth == 0 && one == ' '
    };
    word(rest.split_once(generic).unwrap().1.rsplit(" for ").next().unwrap())
}

/// The module by which programs name what a file has: its own, or its folder's if its own is private.
fn public_module(path: &Path) -> &str {
    let (own, folder) = (path.file_stem().unwrap().to_str().unwrap(), path.parent().unwrap());
    let is_public = |above: &str| above.contains(&format!("\npub mod {own};"));
    match fs::read_to_string(folder.with_extension("rs")) {
        Ok(above) if !is_public(&above) => folder.file_name().unwrap().to_str().unwrap(),
        _ => own,
    }
}

/// Each function that reads, as `Type::name` or `module::name`, whether it is a method, and the argument that it reads.
fn readers(path: &Path) -> Vec<(String, bool, &'static str)> {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("\n#[cfg(test)]\n").next().unwrap();
    let module = public_module(path);
    let (mut owner, mut found) = ("", Vec::new());
    for (at, line) in text.match_indices('\n').map(|(at, _)| (at + 1, text[at + 1..].lines().next().unwrap_or(""))) {
        if line.starts_with("impl") {
            owner = implemented(line);
        }
        let Some(name) = line.trim_start().strip_prefix("pub fn ").map(word) else { continue };
        let signature = text[at..].split([';', '{']).next().unwrap();
        let (_, arguments) = signature.split_once('(').unwrap();
        let arguments = arguments.split("->").next().unwrap();
        for (argument, kind) in arguments.split(',').filter_map(|argument| argument.trim().split_once(": ")) {
            let Some(sent) = SENT.into_iter().find(|sent| *sent == argument) else { continue };
            if !kind.contains("&mut") && (kind.contains("[u8]") || kind.contains("str")) {
                let owner = if line.starts_with(' ') { owner } else { module };
                found.push((format!("{owner}::{name}"), arguments.split(',').next().unwrap().ends_with("self"), sent));
            }
        }
    }
    found
}

/// Whether a target calls it, or imports it, which an unused import does not do for long.
fn calls(target: &str, function: &str, is_method: bool) -> bool {
    let (owner, name) = function.split_once("::").unwrap();
    let listed = |line: &str| {
        let list =
            line.strip_prefix("use ").and_then(|line| line.split_once(&format!("{owner}::{{"))).map(|(_, list)| list);
        list.is_some_and(|list| list.split([',', ' ', '}']).any(|own| own == name))
    };
    match is_method {
        true => target.contains(&format!(".{name}(")),
        false => {
            target.match_indices(function).any(|(at, _)| word(&target[at + owner.len() + 2..]) == name)
                || target.lines().any(listed)
        }
    }
}

#[test]
fn whatever_reads_what_others_send_is_fuzzed() {
    let root = doorward_tests::path("..");
    let targets: Vec<String> =
        files(&root.join("fuzz/targets")).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let readers: Vec<_> = files(&root.join("core/src")).iter().flat_map(|path| readers(path)).collect();
    let is_fuzzed = |function: &str, is_method| targets.iter().any(|target| calls(target, function, is_method));
    let missing: Vec<_> = readers
        .iter()
        .filter(|(function, is_method, _)| !OTHERS.contains(&&**function) && !is_fuzzed(function, *is_method))
        .collect();
    assert!(missing.is_empty() && readers.len() > 50, "{} read, and no target calls {missing:?}", readers.len());
    let gone = OTHERS.iter().filter(|other| !readers.iter().any(|(function, ..)| function == *other));
    assert_eq!(gone.collect::<Vec<_>>(), Vec::<&&str>::new());
    let unused = SENT.iter().filter(|sent| !readers.iter().any(|(.., argument)| argument == *sent));
    assert_eq!(unused.collect::<Vec<_>>(), Vec::<&&str>::new());
}
