//! No file uses one that uses it, however long the way round.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The sources below a folder, by their path in the crate, without comments and tests: `jwt/claims`.
fn sources(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_stem().unwrap().to_str().unwrap());
        if path.is_dir() {
            sources(&path, &format!("{name}/"), found);
        } else if path.extension().is_some_and(|ends| ends == "rs" || ends == "py") {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("\nmod tests {").next().unwrap().lines();
            let code = code.filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            found.insert(name, code);
        }
    }
}

/// The paths that begin at `crate`, or at the folder of the file of this name (`super`), those in braces one by one:
/// `jwt/claims/Claims`.
fn paths(name: &str, code: &str) -> Vec<String> {
    let is_path = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | ':');
    let mut all = Vec::new();
    let folder = name.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let begins = |root: &'static str, at: String| code.split(root).skip(1).map(move |rest| (at.clone(), rest));
    for (at, rest) in begins("crate::", String::new()).chain(begins("super::", folder)) {
        let (path, after) = rest.split_at(rest.find(|character| !is_path(character)).unwrap_or(rest.len()));
        let group = after.strip_prefix('{').and_then(|group| group.split_once('}'));
        let each = group.map_or("", |(group, _)| group).split(',');
        all.extend(each.map(|one| format!("{at}{path}{}", one.trim()).replace("::", "/")));
    }
    all
}

/// The file that a path leads to: the longest that there is.
fn file<'f>(mut path: &str, files: &'f BTreeMap<String, String>) -> Option<&'f str> {
    loop {
        if let Some((name, _)) = files.get_key_value(path) {
            return Some(name);
        }
        path = path.rsplit_once('/')?.0;
    }
}

fn circles(source: &str) -> BTreeSet<String> {
    let mut files = BTreeMap::new();
    sources(&doorward_tests::path("..").join(source), "", &mut files);
    assert!(files.len() > 5);
    let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, code) in &files {
        let used = paths(name, code).iter().filter_map(|path| file(path, &files)).filter(|used| used != name).collect();
        uses.insert(name, used);
    }
    left(uses)
}

/// Those in a circle, or that use one.
fn left(mut uses: BTreeMap<&str, BTreeSet<&str>>) -> BTreeSet<String> {
    // What uses nothing that is left is taken away, until nothing can be: then all is in a circle, or uses one.
    while let Some(end) = uses.iter().find(|(_, used)| used.is_empty()).map(|(name, _)| *name) {
        uses.remove(end);
        for used in uses.values_mut() {
            used.remove(end);
        }
    }
    uses.into_keys().map(str::to_owned).collect()
}

/// The modules of the package that a module of Python imports, for annotations too: `oauth_proxy/proxy`.
fn imported(code: &str, files: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (at, _) in code.match_indices("from doorward") {
        let (_, line) = code.split_at(at);
        let Some((module, names)) = line.strip_prefix("from ").and_then(|line| line.split_once(" import ")) else {
            continue;
        };
        let end = if names.starts_with('(') { ')' } else { '\n' };
        let names = names.split(end).next().unwrap().trim_start_matches('(');
        let folder = module.strip_prefix("doorward").unwrap().replace('.', "/");
        for name in names.split(',').filter_map(|name| name.split_whitespace().next()) {
            let path = format!("{folder}/{name}");
            let init = format!("{}/__init__", folder.trim_start_matches('/'));
            let found = file(path.trim_start_matches('/'), files).or_else(|| file(init.trim_start_matches('/'), files));
            all.extend(found.map(str::to_owned));
        }
    }
    all
}

#[test]
fn what_python_imports_is_seen() {
    let names = ["__init__", "arguments", "oauth_proxy/proxy", "store/__init__"];
    let files = names.map(|name| (name.to_owned(), String::new())).into();
    let code = "from doorward import ERRORS, arguments\nif TYPE_CHECKING:\n    from doorward.oauth_proxy.proxy import (\n    A,\n)\n\
                from doorward._core import X\nfrom doorward.store import Store\n";
    assert_eq!(imported(code, &files), BTreeSet::from(names.map(str::to_owned)));
}

#[test]
fn pythons_package_has_no_circle() {
    let mut files = BTreeMap::new();
    sources(&doorward_tests::path("../bindings-python/python/doorward"), "", &mut files);
    let used: BTreeMap<_, _> = files.iter().map(|(name, code)| (name, imported(code, &files))).collect();
    assert!(files.len() > 50 && used.values().all(|all| all.len() < 30) && used[&"mcp".to_owned()].len() > 3);
    let uses = used.iter().map(|(name, all)| {
        (name.as_str(), all.iter().map(String::as_str).filter(|one| one != name).collect::<BTreeSet<_>>())
    });
    assert_eq!(left(uses.collect()), BTreeSet::new());
}

/// A source of C and its header are one.
#[test]
fn the_nginx_module_has_no_circle() {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for entry in fs::read_dir(doorward_tests::path("../ffi-c/examples/nginx/src")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        texts.entry(name).or_default().push_str(&fs::read_to_string(&path).unwrap());
    }
    let included = |text: &str| -> Vec<String> {
        text.split("#include \"").skip(1).map(|rest| rest.split('.').next().unwrap().to_owned()).collect()
    };
    let includes: BTreeMap<_, _> = texts.iter().map(|(name, text)| (name.as_str(), included(text))).collect();
    let uses: BTreeMap<&str, BTreeSet<&str>> = includes
        .iter()
        .map(|(name, all)| {
            (*name, all.iter().map(String::as_str).filter(|one| texts.contains_key(*one) && one != name).collect())
        })
        .collect();
    assert!(uses.len() > 5 && uses["module"].len() > 1);
    assert_eq!(left(uses), BTreeSet::new());
}

#[test]
fn paths_begin_at_the_crate_or_beside_the_file() {
    let code = "use crate::error::{Error, kind};\nuse super::texts::Name;\nuse super::{Client, Stage};";
    let all = ["error/Error", "error/kind", "oauth/client/texts/Name", "oauth/client/Client", "oauth/client/Stage"];
    assert_eq!(paths("oauth/client/browser", code), all);
}

#[test]
fn core_has_no_circle() {
    assert_eq!(circles("core/src"), BTreeSet::new());
}

#[test]
fn bindings_have_no_circle() {
    for source in ["ffi-c/src", "bindings-python/src", "bindings-swift/src"] {
        assert_eq!(circles(source), BTreeSet::new(), "{source}");
    }
}
