//! Scopes (RFC 6749 section 3.3), and which of them implies which.
//!
//! Each granted scope is looked at once for every 64 that are asked for, and costs a look at few of them.

use core::fmt;

use crate::error::Error;
use crate::text::saturate;

/// Lines of a [`ScopeHierarchy`].
pub const MAX_HIERARCHY_LINES: usize = 64;
/// Scopes in all lines of a [`ScopeHierarchy`] together.
pub const MAX_HIERARCHY_SCOPES: usize = 1024;

/// Scopes that somebody asks for: scope tokens with one space between, possibly none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeList<'a>(&'a str);

impl<'a> ScopeList<'a> {
    /// No scope.
    pub const EMPTY: ScopeList<'static> = ScopeList("");

    /// Takes a text of the grammar of RFC 6749 section 3.3, or an empty one.
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        let good = text.is_empty() || text.split(' ').all(is_scope_token);
        if good { Ok(Self(text)) } else { Err(Error::ScopeRefused) }
    }

    /// The text.
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// For a text that [`ScopeList::parse`] took.
    #[cfg(feature = "std")]
    pub(crate) fn of_checked(text: &'a str) -> Self {
        Self(text)
    }

    /// Each scope.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.0.split(' ').filter(|scope| !scope.is_empty())
    }
}

/// `scope-token` of RFC 6749 section 3.3: visible ASCII without `"` and `\`.
pub fn is_scope_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

/// Scopes that a token grants: whatever stands between single U+0020, taken as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantedScopes<'a>(&'a str);

impl<'a> GrantedScopes<'a> {
    /// Takes any text; what is no scope token equals none that is asked for.
    pub fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// Each scope.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.0.split(' ').filter(|scope| !scope.is_empty())
    }
}

/// Which scope implies which: a line for each broader scope, that scope first and behind it those it implies.
///
/// `"mcp:admin mcp:write\nmcp:write mcp:read"` lets `mcp:admin` stand for all three.
#[derive(Clone, Copy)]
pub struct ScopeHierarchy<'a> {
    text: &'a str,
    closure: Option<&'a Closure>,
}

impl<'a> ScopeHierarchy<'a> {
    /// No scope implies another.
    pub const NONE: ScopeHierarchy<'static> = ScopeHierarchy { text: "", closure: None };

    /// Takes at most [`MAX_HIERARCHY_LINES`] lines of scope tokens with one space between, and at most
    /// [`MAX_HIERARCHY_SCOPES`] of these.
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        let lines = || text.split('\n');
        let scopes = || lines().flat_map(|line| line.split(' '));
        let few = lines().nth(MAX_HIERARCHY_LINES).is_none() && scopes().nth(MAX_HIERARCHY_SCOPES).is_none();
        let good = text.is_empty() || (few && scopes().all(is_scope_token));
        if good { Ok(Self { text, closure: None }) } else { Err(Error::ScopeRefused) }
    }

    /// The same, with all that follows from it worked out: else each use does that anew, in as little time as it takes
    /// to read the hierarchy.
    #[must_use]
    pub fn closed(self, memory: &'a mut Closure) -> Self {
        *memory = Closure::of(self.text);
        Self { closure: Some(memory), ..self }
    }

    /// For a text that [`ScopeHierarchy::parse`] took, and its closure.
    #[cfg(feature = "std")]
    pub(crate) fn of_checked(text: &'a str, closure: Option<&'a Closure>) -> Self {
        Self { text, closure }
    }

    /// The text.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// Each scope that follows from those granted by the lines, and where it stands in the text; some more than once.
    fn implied_by(self, granted: GrantedScopes<'_>) -> impl Iterator<Item = (usize, &'a str)> + Clone + use<'a> {
        let holding = match self.closure {
            Some(closure) => closure.holding(self.text, granted),
            None => Closure::of(self.text).holding(self.text, granted),
        };
        let lines = (0_u32..).zip(pieces(self.text, '\n'));
        lines.filter(move |(number, _)| holding & 1_u64.wrapping_shl(*number) != 0).flat_map(|(_, (start, line))| {
            pieces(line, ' ').skip(1).map(move |(place, scope)| (start.saturating_add(place), scope))
        })
    }
}

impl fmt::Debug for ScopeHierarchy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScopeHierarchy").field(&self.text).finish()
    }
}

/// What follows from each line of a [`ScopeHierarchy`], worked out once; see [`ScopeHierarchy::closed`].
#[derive(Clone)]
pub struct Closure {
    broader: Index,
    /// For each line those that hold with it, itself among them: a bit for each.
    with: [u64; MAX_HIERARCHY_LINES],
}

impl Closure {
    /// Memory for one.
    pub const EMPTY: Self = Self { broader: Index::EMPTY, with: [0; MAX_HIERARCHY_LINES] };

    /// In time that grows with the text's length; over that, 64 steps for each line.
    pub(crate) fn of(text: &str) -> Self {
        let mut closure = Self::EMPTY;
        for (number, (start, line)) in (0_u32..).zip(pieces(text, '\n')) {
            closure.broader.add(number, start, line.split(' ').next().unwrap_or_default());
        }
        for (own, (number, line)) in closure.with.iter_mut().zip((0_u32..).zip(text.split('\n'))) {
            let itself = 1_u64.wrapping_shl(number);
            *own = line.split(' ').skip(1).fold(itself, |lines, scope| lines | closure.broader.find(text, scope));
        }
        // S. Warshall, 1962.
        for line in 0..text.split('\n').count() {
            let through = closure.with.get(line).copied().unwrap_or_default();
            for own in &mut closure.with {
                if *own & 1_u64.wrapping_shl(saturate(line)) != 0 {
                    *own |= through;
                }
            }
        }
        closure
    }

    /// The lines whose broader scope is granted, directly or by another such line.
    fn holding(&self, text: &str, granted: GrantedScopes<'_>) -> u64 {
        let lines = granted.iter().flat_map(|scope| members(self.broader.find(text, scope)));
        lines.filter_map(|line| self.with.get(line)).fold(0, |holding, with| holding | with)
    }
}

/// The texts between separators, and where each begins.
fn pieces(text: &str, separator: char) -> impl Iterator<Item = (usize, &str)> + Clone {
    let mut next = 0_usize;
    text.split(separator).map(move |piece| {
        let start = next;
        next = start.saturating_add(piece.len()).saturating_add(separator.len_utf8());
        (start, piece)
    })
}

/// The numbers of the bits that are set.
fn members(mut bits: u64) -> impl Iterator<Item = usize> {
    core::iter::from_fn(move || {
        let lowest = usize::try_from(bits.trailing_zeros()).ok().filter(|_| bits != 0);
        bits &= bits.wrapping_sub(1);
        lowest
    })
}

/// At most 64 scopes of a text, found again by a look at few of them: a bit for each.
#[derive(Clone)]
struct Index {
    /// Where each begins.
    starts: [u32; 64],
    /// Which have this hash.
    hashed: [u64; 16],
}

impl Index {
    const EMPTY: Self = Self { starts: [0; 64], hashed: [0; 16] };

    fn hash(scope: &str) -> usize {
        let hash = scope.bytes().fold(0_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        usize::try_from(hash.wrapping_mul(0x9e37_79b1) >> 28).unwrap_or_default()
    }

    /// Takes a scope that begins here; the bit is its number's.
    fn add(&mut self, number: u32, start: usize, scope: &str) -> u64 {
        let place = usize::try_from(number).ok().and_then(|number| self.starts.get_mut(number));
        let (Some(place), Some(hashed)) = (place, self.hashed.get_mut(Self::hash(scope))) else { return 0 };
        // What begins past 4 GiB is found nowhere: it is never granted.
        *place = saturate(start);
        *hashed |= 1_u64.wrapping_shl(number);
        1_u64.wrapping_shl(number)
    }

    fn at<'t>(&self, text: &'t str, number: usize) -> &'t str {
        let start = self.starts.get(number).and_then(|start| usize::try_from(*start).ok());
        let rest = start.and_then(|start| text.get(start..)).unwrap_or_default();
        rest.split([' ', '\n']).next().unwrap_or_default()
    }

    /// Those of the text's scopes that are this one.
    fn find(&self, text: &str, scope: &str) -> u64 {
        let candidates = self.hashed.get(Self::hash(scope)).copied().unwrap_or_default();
        let found = members(candidates).filter(|number| self.at(text, *number) == scope);
        found.fold(0, |found, number| found | 1_u64.wrapping_shl(saturate(number)))
    }
}

/// The scopes of a list that a token lacks (RFC 6750 section 3.1).
pub fn missing<'r>(
    required: ScopeList<'r>,
    granted: GrantedScopes<'_>,
    hierarchy: ScopeHierarchy<'_>,
) -> impl Iterator<Item = &'r str> {
    blocks(required.0).flat_map(move |block| {
        let held = held(block, granted, hierarchy);
        let scopes = (0_u32..).zip(block.split(' '));
        scopes.filter(move |(number, _)| held & 1_u64.wrapping_shl(*number) == 0).map(|(_, scope)| scope)
    })
}

/// A list cut into lists of at most 64 scopes.
fn blocks(mut rest: &str) -> impl Iterator<Item = &str> {
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.match_indices(' ').nth(63).map_or(rest.len(), |(space, _)| space);
        let block;
        (block, rest) = rest.split_at_checked(end)?;
        rest = rest.strip_prefix(' ').unwrap_or(rest);
        Some(block)
    })
}

/// Which scopes of a block are granted or implied: a bit for each.
#[inline(never)]
fn held(block: &str, granted: GrantedScopes<'_>, hierarchy: ScopeHierarchy<'_>) -> u64 {
    let (mut index, mut all) = (Index::EMPTY, 0);
    for (number, (start, scope)) in (0_u32..).zip(pieces(block, ' ')) {
        all |= index.add(number, start, scope);
    }
    let find = |held, scope| held | index.find(block, scope);
    let held = granted.iter().fold(0, find);
    if held == all || hierarchy.text.is_empty() {
        return held;
    }
    hierarchy.implied_by(granted).map(|(_, scope)| scope).fold(held, find)
}

/// Whether none is missing.
pub(crate) fn require(
    required: ScopeList<'_>,
    granted: GrantedScopes<'_>,
    hierarchy: ScopeHierarchy<'_>,
) -> Result<(), Error> {
    if missing(required, granted, hierarchy).next().is_none() { Ok(()) } else { Err(Error::InsufficientScope) }
}

/// The scopes that a token has besides those granted, by what these imply: each once, in the order of the hierarchy.
pub fn implied<'h>(granted: GrantedScopes<'h>, hierarchy: ScopeHierarchy<'h>) -> impl Iterator<Item = &'h str> {
    let (text, all) = (hierarchy.text, hierarchy.implied_by(granted));
    let mut rest = all.clone().peekable();
    let block = move || {
        let (start, _) = *rest.peek()?;
        let (mut index, mut new) = (Index::EMPTY, 0);
        for number in 0..64 {
            let Some((start, scope)) = rest.find(|(_, scope)| index.find(text, scope) == 0) else { break };
            new |= index.add(number, start, scope);
        }
        let before = all.clone().take_while(|(place, _)| *place < start).map(|(_, scope)| scope);
        new = granted.iter().chain(before).fold(new, |new, scope| new & !index.find(text, scope));
        Some(members(new).map(move |number| index.at(text, number)))
    };
    core::iter::from_fn(block).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    fn lacking<'r>(required: &'r str, granted: &str, hierarchy: &str) -> Vec<&'r str> {
        let hierarchy = ScopeHierarchy::parse(hierarchy).unwrap();
        missing(ScopeList::parse(required).unwrap(), GrantedScopes::new(granted), hierarchy).collect()
    }

    #[test]
    fn c09_scopes_are_equal_or_lacking() {
        assert!(lacking("a b", "b a c", "").is_empty());
        assert!(lacking("", "", "").is_empty());
        assert_eq!(lacking("mcp:read", "mcp:readall mcp:rea", ""), ["mcp:read"]);
        for odd in ["mcp:read\tx", "mcp:read,x", "x\u{a0}mcp:read", "mcp:read\n", "MCP:READ"] {
            assert_eq!(lacking("mcp:read", odd, ""), ["mcp:read"], "{odd:?}");
        }
    }

    #[test]
    fn a_broader_scope_implies_narrower_ones_however_far_down() {
        let tree = "write read\nadmin write\nroot admin audit";
        assert!(lacking("read audit", "root", tree).is_empty());
        assert!(lacking("read", "admin", tree).is_empty());
        assert_eq!(lacking("admin write read", "write", tree), ["admin"]);
        assert!(lacking("b", "a", "a b\nb a").is_empty(), "a circle does no harm");
        assert_eq!(lacking("c", "a", "a b\nb a"), ["c"]);
        assert!(lacking("x y", "a", "a x\na y").is_empty(), "two lines of one scope");
        assert_eq!(lacking("b", "a\nb", "a\nb c"), ["b"], "no scope reaches over lines");
    }

    /// What the definition says, however long it takes.
    fn slowly(required: &str, granted: &str, hierarchy: &str) -> (Vec<String>, Vec<String>) {
        let mut held: Vec<&str> = granted.split(' ').collect();
        let mut at = 0;
        while let Some(scope) = held.get(at).copied() {
            for line in hierarchy.split('\n').filter(|line| line.split(' ').next() == Some(scope)) {
                let new: Vec<&str> = line.split(' ').skip(1).filter(|scope| !held.contains(scope)).collect();
                held.extend(new);
            }
            at += 1;
        }
        let missing = required.split(' ').filter(|scope| !held.contains(scope)).map(String::from).collect();
        let mut implied: Vec<String> = Vec::new();
        let lines = hierarchy.split('\n').filter(|line| line.split(' ').next().is_some_and(|own| held.contains(&own)));
        for scope in lines.flat_map(|line| line.split(' ').skip(1)) {
            if !granted.split(' ').any(|granted| granted == scope) && implied.iter().all(|before| before != scope) {
                implied.push(scope.into());
            }
        }
        (missing, implied)
    }

    #[test]
    fn many_scopes_and_lines_mean_what_few_mean() {
        let mut state = 1_u32;
        let mut draw = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % below
        };
        for round in 0..300 {
            let names = [3, 20, 70, 200][round % 4];
            let mut list = |count: u32| -> String {
                (0..count).map(|_| std::format!("s{}", draw(names))).collect::<Vec<_>>().join(" ")
            };
            let hierarchy =
                (0..[0, 1, 5, 64][round / 4 % 4]).map(|_| list(1 + 15 % names)).collect::<Vec<_>>().join("\n");
            let (required, granted) = (list(1 + 150 % names), list(1 + names / 4));
            let (missing, implied) = slowly(&required, &granted, &hierarchy);
            let mut memory = Closure::EMPTY;
            let open = ScopeHierarchy::parse(&hierarchy).unwrap();
            for hierarchy in [open, open.closed(&mut memory)] {
                let (required, granted) = (ScopeList::parse(&required).unwrap(), GrantedScopes::new(&granted));
                assert!(super::missing(required, granted, hierarchy).eq(missing.iter()));
                assert!(super::implied(granted, hierarchy).eq(implied.iter()));
            }
        }
    }

    #[test]
    fn only_the_grammar_is_taken() {
        for bad in [" a", "a ", "a  b", "a\"b", "a\\b", "\u{e4}", "a\nb", "a\tb"] {
            assert_eq!(ScopeList::parse(bad), Err(Error::ScopeRefused), "{bad:?}");
        }
        let long = std::iter::repeat_n("a b", 65).collect::<Vec<_>>().join("\n");
        for bad in [&long, "a b\n", &["a"; MAX_HIERARCHY_SCOPES + 1].join(" ")] {
            assert_eq!(ScopeHierarchy::parse(bad).err(), Some(Error::ScopeRefused));
        }
        assert!(ScopeHierarchy::parse(&["a"; MAX_HIERARCHY_SCOPES].join(" ")).is_ok());
    }
}
