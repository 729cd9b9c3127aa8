//! Scopes (RFC 6749 section 3.3), and which of them implies which.

mod join;
mod requested;

pub use join::{Lines, Spaced, granted, join, join_requested, lines};
pub use requested::{RequestedScopes, ScopePrefix, ScopeRules};

use core::fmt;

use crate::error::Error;

/// Maximum number of scopes of a [`ScopeList`]: each is compared with each granted one.
pub const MAX_SCOPES: usize = 256;
/// Maximum number of scopes in a token; one with more is rejected with [`Error::ClaimMalformed`].
pub const MAX_GRANTED_SCOPES: usize = 1024;
/// Maximum number of lines of a [`ScopeHierarchy`].
pub const MAX_HIERARCHY_LINES: usize = 64;
/// Maximum number of scopes in all lines of a [`ScopeHierarchy`] together.
pub const MAX_HIERARCHY_SCOPES: usize = 256;

/// Required scopes: scope tokens separated by single spaces, possibly none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ScopeList<'a>(&'a str);

impl<'a> ScopeList<'a> {
    /// The list of no scopes.
    pub const EMPTY: ScopeList<'static> = ScopeList("");

    /// Parses the grammar of RFC 6749 section 3.3, with at most [`MAX_SCOPES`] scopes; an empty string is no scope.
    ///
    /// # Errors
    ///
    /// [`Error::ScopeInvalid`] if there are more scopes, other characters, or consecutive spaces.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{Error, oauth::scope::ScopeList};
    ///
    /// let scopes = ScopeList::parse("notes:read notes:write")?;
    /// assert!(scopes.iter().eq(["notes:read", "notes:write"]));
    /// assert_eq!(ScopeList::parse("notes:read, notes:write").err(), None); // "notes:read," is a scope, too
    /// assert_eq!(ScopeList::parse("notes:read\tnotes:write").err(), Some(Error::ScopeInvalid));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        let mut scopes = (0..).zip(split(text, b' '));
        let good = text.is_empty() || scopes.all(|(place, scope)| place < MAX_SCOPES && is_scope_token(scope));
        if good { Ok(Self::of_checked(text)) } else { Err(Error::ScopeInvalid) }
    }

    /// Like [`ScopeList::parse`], for the `scope` that a client requests.
    ///
    /// # Errors
    ///
    /// [`Error::ScopeRefused`], which is `invalid_scope` (RFC 6749 sections 4.1.2.1 and 5.2), in the place of
    /// [`Error::ScopeInvalid`].
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{Error, oauth::scope::ScopeList};
    ///
    /// assert!(ScopeList::parse_requested("notes:read notes:write")?.iter().eq(["notes:read", "notes:write"]));
    /// assert_eq!(ScopeList::parse_requested("notes:read\tnotes:write").err(), Some(Error::ScopeRefused));
    /// assert_eq!(Error::ScopeRefused.response().code(), Some("invalid_scope"));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn parse_requested(text: &'a str) -> Result<Self, Error> {
        Self::parse(text).map_err(|_| Error::ScopeRefused)
    }

    /// Returns the space-separated scopes, as passed.
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// Creates a list from a string that [`ScopeList::parse`] accepted.
    pub(crate) fn of_checked(text: &'a str) -> Self {
        Self(text)
    }

    /// Returns these scopes, which a client asks for, or all that it may have if it asks for none (RFC 6749 section
    /// 3.3); [`Error::ScopeRefused`] if one of them is none that it may have.
    pub(crate) fn within(self, allowed: Self) -> Result<Self, Error> {
        if self == Self::EMPTY {
            return Ok(allowed);
        }
        let within = self.iter().all(|scope| allowed.iter().any(|own| own == scope));
        if within { Ok(self) } else { Err(Error::ScopeRefused) }
    }

    /// Returns each scope, in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        split(self.0, b' ').filter(|scope| !scope.is_empty())
    }
}

impl fmt::Debug for ScopeList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScopeList({} scopes)", self.iter().count())
    }
}

/// Splits at each separator, which is ASCII, like `str::split`, whose search for a `char` would bring 300 bytes into a
/// device.
fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> + Clone {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        let end = text.bytes().position(|byte| byte == separator).unwrap_or(text.len());
        rest = text.get(end + 1..);
        text.get(..end)
    })
}

/// Checks `scope-token` (RFC 6749 section 3.3): visible ASCII without `"` and `\`.
pub fn is_scope_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

/// Scopes that a token grants, separated by single U+0020, without validation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct GrantedScopes<'a>(&'a str);

impl<'a> GrantedScopes<'a> {
    /// Accepts any string; what is not a scope token equals no required scope.
    pub fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// Returns whether this scope is among them.
    pub fn contains(self, scope: &str) -> bool {
        let mut rest = self.0.as_bytes();
        loop {
            let end = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
            let (granted, others) = rest.split_at_checked(end).unwrap_or_default();
            if granted == scope.as_bytes() {
                return !scope.is_empty();
            }
            match others.split_first() {
                Some((_, others)) => rest = others,
                None => return false,
            }
        }
    }

    /// Returns whether there are at most [`MAX_GRANTED_SCOPES`], counting empty ones.
    pub(crate) fn is_within_budget(self) -> bool {
        self.0.len() < MAX_GRANTED_SCOPES || self.0.bytes().filter(|byte| *byte == b' ').count() < MAX_GRANTED_SCOPES
    }

    /// Returns the text of the claim, as passed.
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// Returns each scope, in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        split(self.0, b' ').filter(|scope| !scope.is_empty())
    }
}

impl fmt::Debug for GrantedScopes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrantedScopes({} scopes)", self.iter().count())
    }
}

/// Which scope implies which: a line for each broader scope, followed by those it implies.
///
/// `"mcp:admin mcp:write\nmcp:write mcp:read"` makes `mcp:admin` imply the other two.
#[derive(Clone, Copy)]
pub struct ScopeHierarchy<'a> {
    text: &'a str,
    closure: Option<&'a [u64; MAX_HIERARCHY_LINES]>,
    /// Which lines apply, and whether these imply a scope. Pointers, so that a device without a hierarchy links
    /// neither.
    holding: fn(ScopeHierarchy<'_>, GrantedScopes<'_>) -> u64,
    implies: fn(ScopeHierarchy<'_>, u64, &str) -> bool,
}

impl<'a> ScopeHierarchy<'a> {
    /// A hierarchy in which no scope implies another.
    pub const NONE: ScopeHierarchy<'static> =
        ScopeHierarchy { text: "", closure: None, holding: |_, _| 0, implies: |_, _, _| false };

    /// Parses at most [`MAX_HIERARCHY_LINES`] lines of scope tokens separated by single spaces, and at most
    /// [`MAX_HIERARCHY_SCOPES`] scopes. An empty string is no hierarchy.
    ///
    /// # Errors
    ///
    /// [`Error::ScopeInvalid`] if there are more lines or scopes, other characters, or an empty line.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::scope::{GrantedScopes, ScopeHierarchy, ScopeList, missing};
    ///
    /// let hierarchy = ScopeHierarchy::parse("admin write\nwrite read")?;
    /// let required = ScopeList::parse("read audit")?;
    /// assert!(missing(required, GrantedScopes::new("admin"), hierarchy).eq(["audit"]));
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        let lines = || split(text, b'\n');
        let scopes = || lines().flat_map(|line| split(line, b' '));
        let few = lines().nth(MAX_HIERARCHY_LINES).is_none() && scopes().nth(MAX_HIERARCHY_SCOPES).is_none();
        match text.is_empty() {
            true => Ok(Self::NONE),
            false if few && scopes().all(is_scope_token) => Ok(Self::of_checked(text, None)),
            false => Err(Error::ScopeInvalid),
        }
    }

    /// Returns the same hierarchy with its closure computed: otherwise each use computes it, comparing each scope with
    /// each line.
    #[must_use]
    pub fn closed(self, memory: &'a mut Closure) -> Self {
        *memory = Closure::of(self.text);
        self.with_closure(&memory.0)
    }

    /// Like [`ScopeHierarchy::closed`], with what [`Closure::lines`] returned for the same text: that of another text
    /// implies other scopes.
    #[must_use]
    pub fn with_closure(self, lines: &'a [u64; MAX_HIERARCHY_LINES]) -> Self {
        Self { closure: Some(lines), ..self }
    }

    /// Creates a hierarchy from a non-empty string that [`ScopeHierarchy::parse`] accepted, and its closure.
    pub(crate) fn of_checked(text: &'a str, closure: Option<&'a Closure>) -> Self {
        Self {
            text,
            closure: closure.map(Closure::lines),
            holding: |it, granted| it.lines_that_hold(granted),
            implies: |it, holding, scope| it.implied_by(holding).any(|implied| implied == scope),
        }
    }

    /// Returns the lines, as passed.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// Returns every scope in it; some more than once.
    fn scopes(self) -> impl Iterator<Item = &'a str> + Clone {
        self.text.split(['\n', ' ']).filter(|scope| !scope.is_empty())
    }

    /// Returns each broader scope with those that it implies.
    fn lines(self) -> impl Iterator<Item = (&'a str, impl Iterator<Item = &'a str> + Clone)> + Clone {
        split(self.text, b'\n').map(|line| {
            let mut scopes = split(line, b' ');
            (scopes.next().unwrap_or_default(), scopes)
        })
    }

    /// Returns the lines whose broader scope is granted, directly or by another such line: a bit for each.
    fn lines_that_hold(self, granted: GrantedScopes<'_>) -> u64 {
        let worked_out;
        let with = match self.closure {
            Some(lines) => lines,
            None => {
                worked_out = Closure::of(self.text);
                worked_out.lines()
            }
        };
        let granted = self.lines().zip(with).filter(|((broader, _), _)| granted.contains(broader));
        granted.fold(0, |holding, (_, with)| holding | with)
    }

    /// Returns each scope that these lines imply; some more than once.
    fn implied_by(self, holding: u64) -> impl Iterator<Item = &'a str> + Clone {
        let lines = (0_u32..).zip(self.lines()).filter(move |(number, _)| holding & 1_u64.wrapping_shl(*number) != 0);
        lines.flat_map(|(_, (_, implied))| implied)
    }
}

impl fmt::Debug for ScopeHierarchy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScopeHierarchy").field(&self.text).finish()
    }
}

/// For each line of a [`ScopeHierarchy`], the lines that apply with it, including itself; see
/// [`ScopeHierarchy::closed`].
#[derive(Clone, Debug)]
pub struct Closure([u64; MAX_HIERARCHY_LINES]);

impl Closure {
    /// An empty closure, to be filled.
    pub const EMPTY: Self = Self([0; MAX_HIERARCHY_LINES]);

    /// Returns a number for each line.
    pub fn lines(&self) -> &[u64; MAX_HIERARCHY_LINES] {
        &self.0
    }

    /// Compares each scope with the first of each line, and each line with each other.
    pub(crate) fn of(text: &str) -> Self {
        let mut with = [0; MAX_HIERARCHY_LINES];
        let lines = ScopeHierarchy::of_checked(text, None).lines();
        for ((number, own), (_, implied)) in (0_u32..).zip(&mut with).zip(lines.clone()) {
            *own = 1_u64.wrapping_shl(number);
            for scope in implied {
                let named = (0_u32..).zip(lines.clone()).filter(|(_, (broader, _))| *broader == scope);
                *own = named.fold(*own, |own, (number, _)| own | 1_u64.wrapping_shl(number));
            }
        }
        // The transitive closure (Warshall's algorithm): what a scope's scopes bring, it brings too.
        for number in 0..64_u32 {
            let bit = 1_u64.wrapping_shl(number);
            let through = usize::try_from(number).ok().and_then(|number| with.get(number)).copied().unwrap_or_default();
            with.iter_mut().filter(|own| **own & bit != 0).for_each(|own| *own |= through);
        }
        Self(with)
    }
}

/// Returns the scopes of a list that a token lacks (RFC 6750 section 3.1).
pub fn missing<'r>(
    required: ScopeList<'r>,
    granted: GrantedScopes<'_>,
    hierarchy: ScopeHierarchy<'_>,
) -> impl Iterator<Item = &'r str> + Clone {
    required.iter().filter(lacking(granted, hierarchy))
}

/// Returns whether a scope was not granted, directly or through the hierarchy.
fn lacking(granted: GrantedScopes<'_>, hierarchy: ScopeHierarchy<'_>) -> impl FnMut(&&str) -> bool + Clone {
    let mut holding = None;
    move |scope| {
        !granted.contains(scope) && {
            let holding = *holding.get_or_insert_with(|| (hierarchy.holding)(hierarchy, granted));
            !(hierarchy.implies)(hierarchy, holding, scope)
        }
    }
}

/// Leaves out what came before.
pub(crate) fn once<'s>(scopes: impl Iterator<Item = &'s str> + Clone) -> impl Iterator<Item = &'s str> + Clone {
    let before = scopes.clone();
    let new = move |(at, scope): &(usize, &str)| before.clone().take(*at).all(|before| before != *scope);
    scopes.enumerate().filter(new).map(|(_, scope)| scope)
}

/// Checks that none is missing.
pub(crate) fn require(
    required: ScopeList<'_>,
    granted: GrantedScopes<'_>,
    hierarchy: ScopeHierarchy<'_>,
) -> Result<(), Error> {
    let none_missing = required.0.is_empty() || missing(required, granted, hierarchy).next().is_none();
    if none_missing { Ok(()) } else { Err(Error::InsufficientScope) }
}

/// Returns the scopes that the granted ones imply, without these: each once, in the order of the hierarchy.
pub fn implied<'h>(granted: GrantedScopes<'h>, hierarchy: ScopeHierarchy<'h>) -> impl Iterator<Item = &'h str> + Clone {
    once(hierarchy.implied_by((hierarchy.holding)(hierarchy, granted))).filter(move |scope| !granted.contains(scope))
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

    /// Computes the definition, without regard for time.
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
            let hierarchy = (0..[0, 1, 5, 64][round / 4 % 4]).map(|_| list(4)).collect::<Vec<_>>().join("\n");
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
    fn y02_debug_shows_no_scope() {
        let (requested, granted) = (ScopeList::parse("notes:read b").unwrap(), GrantedScopes::new("notes:read"));
        assert_eq!(std::format!("{requested:?} {granted:?}"), "ScopeList(2 scopes) GrantedScopes(1 scopes)");
    }

    #[test]
    fn only_the_grammar_is_taken() {
        for bad in [" a", "a ", "a  b", "a\"b", "a\\b", "\u{e4}", "a\nb", "a\tb"] {
            assert_eq!(ScopeList::parse(bad), Err(Error::ScopeInvalid), "{bad:?}");
        }
        assert_eq!(ScopeList::parse(&["a"; MAX_SCOPES + 1].join(" ")), Err(Error::ScopeInvalid));
        assert!(ScopeList::parse(&["a"; MAX_SCOPES].join(" ")).is_ok());
        assert_eq!(ScopeHierarchy::parse("a b\nb c").map(|it| it.as_str()), Ok("a b\nb c"));
        let long = std::iter::repeat_n("a b", 65).collect::<Vec<_>>().join("\n");
        for bad in [&long, "a b\n", &["a"; MAX_HIERARCHY_SCOPES + 1].join(" ")] {
            assert_eq!(ScopeHierarchy::parse(bad).err(), Some(Error::ScopeInvalid));
        }
        assert!(ScopeHierarchy::parse(&["a"; MAX_HIERARCHY_SCOPES].join(" ")).is_ok());
    }
}
