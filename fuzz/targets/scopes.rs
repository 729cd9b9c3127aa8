//! What scopes imply, against sets that grow until nothing is added. Lines: those required, those granted, a hierarchy.
#![no_main]

use doorward::oauth::scope::{
    Closure, GrantedScopes, MAX_HIERARCHY_LINES, MAX_HIERARCHY_SCOPES, ScopeHierarchy, ScopeList, implied, missing,
};
use doorward::provider::upstream::{self, Upstream};
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;

/// All that is granted, however far down.
fn closure<'a>(granted: &BTreeSet<&'a str>, hierarchy: &'a str) -> BTreeSet<&'a str> {
    let mut all = granted.clone();
    loop {
        let before = all.len();
        for line in hierarchy.split('\n') {
            let (broader, narrower) = line.split_once(' ').unwrap_or((line, ""));
            if all.contains(broader) {
                all.extend(narrower.split(' '));
            }
        }
        if all.len() == before {
            return all;
        }
    }
}

fuzz_target!(|input: &str| {
    let (required, rest) = input.split_once('\n').unwrap_or((input, ""));
    let (granted, lines) = rest.split_once('\n').unwrap_or((rest, ""));
    let Ok(hierarchy) = bounded(lines.len(), 40, 1000, || ScopeHierarchy::parse(lines)) else { return };
    let mut memory = Closure::EMPTY;
    let closing = (MAX_HIERARCHY_SCOPES * MAX_HIERARCHY_LINES) as u64 * 80;
    // Once for a policy: each scope is looked for in the whole text, whose bytes are compared with a line's end and, in a
    // line's first scope, with that scope's end, and their places with the length.
    let looking = 4 * MAX_HIERARCHY_SCOPES as u64;
    let hierarchy = bounded(lines.len(), 40 + looking, closing, || hierarchy.closed(&mut memory));
    // What a service says it has granted, under any of its names, and which of those that were asked for these are: its other
    // names are looked through for each scope.
    for by in [None, Some(Upstream::from_name("github").unwrap()), Some(Upstream::from_name("google").unwrap())] {
        let said: Vec<&str> = bounded(rest.len(), 400, 4000, || upstream::granted(by, rest).collect());
        assert!(said.iter().all(|scope| !scope.is_empty() && !scope.contains(' ')));
        let split: BTreeSet<&str> = rest.split([' ', ',']).filter(|scope| !scope.is_empty()).collect();
        assert!(by.is_some() || said.iter().copied().collect::<BTreeSet<_>>() == split);
    }
    let Ok(required) = ScopeList::parse(required) else { return };
    let granted = GrantedScopes::new(granted);
    let direct: BTreeSet<&str> = granted.iter().collect();
    let length = required.as_str().len() + granted.as_str().len();
    let of: Vec<&str> = bounded(length, 1000, 100_000, || upstream::granted_of(required, required, granted).collect());
    let named: Vec<&str> = required.iter().filter(|scope| direct.contains(scope)).collect();
    assert_eq!(of, if named.is_empty() { required.iter().collect() } else { named });
    let all = closure(&direct, lines);

    // What the operator writes is looked through for each scope, and a token for each of what the operator writes.
    let written = required.as_str().len() + lines.len();
    let asked = required.iter().count() + MAX_HIERARCHY_LINES;
    let lacking =
        bounded((written + granted.as_str().len()) * asked, 12, 2000, || missing(required, granted, hierarchy).count());
    let expected: Vec<&str> = required.iter().filter(|scope| !all.contains(scope)).collect();
    assert_eq!(missing(required, granted, hierarchy).collect::<Vec<_>>(), expected);
    assert_eq!(lacking, expected.len());

    let read = (lines.len() + granted.as_str().len()) * MAX_HIERARCHY_SCOPES;
    let given: Vec<&str> = bounded(read, 12, 2000, || implied(granted, hierarchy).collect());
    let expected: BTreeSet<&str> = all.difference(&direct).copied().filter(|scope| !scope.is_empty()).collect();
    assert_eq!(given.len(), expected.len(), "each once");
    assert_eq!(given.into_iter().collect::<BTreeSet<_>>(), expected);
});
