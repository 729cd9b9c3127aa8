//! Scopes (RFC 6749 section 3.3), and which of them implies which.

use crate::error::Error;

/// Lines of a [`ScopeHierarchy`].
pub const MAX_HIERARCHY_LINES: usize = 64;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeHierarchy<'a>(&'a str);

impl<'a> ScopeHierarchy<'a> {
    /// No scope implies another.
    pub const NONE: ScopeHierarchy<'static> = ScopeHierarchy("");

    /// Takes at most [`MAX_HIERARCHY_LINES`] lines of scope tokens with one space between.
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        let good = text.is_empty()
            || (text.split('\n').count() <= MAX_HIERARCHY_LINES
                && text.split('\n').all(|line| line.split(' ').all(is_scope_token)));
        if good { Ok(Self(text)) } else { Err(Error::ScopeRefused) }
    }

    /// The text.
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// Each broader scope with those it implies.
    fn lines(self) -> impl Iterator<Item = (&'a str, impl Iterator<Item = &'a str> + Clone)> {
        self.0.split('\n').filter_map(|line| {
            let mut scopes = line.split(' ');
            Some((scopes.next().filter(|scope| !scope.is_empty())?, scopes))
        })
    }

    /// The lines whose broader scope is granted, directly or by another such line: a bit for each.
    fn holding(&self, granted: GrantedScopes<'_>) -> u64 {
        let mut holding = 0_u64;
        loop {
            let mut more = holding;
            for (index, (broader, _)) in (0_u32..).zip(self.lines()) {
                if granted.iter().any(|scope| scope == broader) || self.implies(holding, broader) {
                    more |= 1_u64.wrapping_shl(index);
                }
            }
            if more == holding {
                return holding;
            }
            holding = more;
        }
    }

    fn implies(&self, holding: u64, scope: &str) -> bool {
        (0_u32..).zip(self.lines()).any(|(index, (_, mut implied))| {
            holding & 1_u64.wrapping_shl(index) != 0 && implied.any(|other| other == scope)
        })
    }
}

/// The scopes of a list that a token lacks (RFC 6750 section 3.1).
pub fn missing<'r>(
    required: ScopeList<'r>,
    granted: GrantedScopes<'_>,
    hierarchy: ScopeHierarchy<'_>,
) -> impl Iterator<Item = &'r str> {
    let holding = if hierarchy == ScopeHierarchy::NONE { 0 } else { hierarchy.holding(granted) };
    required.iter().filter(move |scope| {
        granted.iter().all(|granted| granted != *scope) && !(holding != 0 && hierarchy.implies(holding, scope))
    })
}

/// Whether none is missing.
pub(crate) fn require(
    required: ScopeList<'_>,
    granted: GrantedScopes<'_>,
    hierarchy: ScopeHierarchy<'_>,
) -> Result<(), Error> {
    if required == ScopeList::EMPTY || missing(required, granted, hierarchy).next().is_none() {
        return Ok(());
    }
    Err(Error::InsufficientScope)
}

/// The scopes that a token has besides those granted, by what these imply: each once, in the order of the hierarchy.
pub fn implied<'h>(granted: GrantedScopes<'h>, hierarchy: ScopeHierarchy<'h>) -> impl Iterator<Item = &'h str> {
    let holding = hierarchy.holding(granted);
    let all = move || {
        let lines = (0_u32..).zip(hierarchy.lines());
        lines.filter(move |(index, _)| holding & 1_u64.wrapping_shl(*index) != 0).flat_map(|(_, (_, implied))| implied)
    };
    let new = move |(at, scope): &(usize, &str)| {
        granted.iter().all(|granted| granted != *scope) && all().take(*at).all(|before| before != *scope)
    };
    all().enumerate().filter(new).map(|(_, scope)| scope)
}

#[cfg(test)]
mod tests {
    use super::*;
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
    }

    #[test]
    fn only_the_grammar_is_taken() {
        for bad in [" a", "a ", "a  b", "a\"b", "a\\b", "\u{e4}", "a\nb", "a\tb"] {
            assert_eq!(ScopeList::parse(bad), Err(Error::ScopeRefused), "{bad:?}");
        }
        let long = std::iter::repeat_n("a b", 65).collect::<Vec<_>>().join("\n");
        assert_eq!(ScopeHierarchy::parse(&long), Err(Error::ScopeRefused));
        assert_eq!(ScopeHierarchy::parse("a b\n"), Err(Error::ScopeRefused));
    }
}
