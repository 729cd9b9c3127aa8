//! Lists that an operator writes: a line for each text, borrowed whole, or the texts one by one.

use heapless::Vec;

/// Texts with line feeds between.
#[derive(Clone, Copy)]
pub(crate) struct Lines<'p>(&'p str);

impl<'p> Lines<'p> {
    /// A list without a text.
    pub(crate) const NONE: Lines<'static> = Lines("");

    /// Returns `None` if there are no lines, more than `most`, or one is empty.
    pub(crate) fn parse(text: &'p str, most: usize) -> Option<Self> {
        let mut lines = (0..).zip(text.split('\n'));
        lines.all(|(place, line)| place < most && !line.is_empty()).then_some(Self(text))
    }

    #[cfg(feature = "host")]
    pub(crate) fn of_checked(text: &'p str) -> Self {
        Self(text)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Returns each text, in the order of the lines.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'p str> {
        self.0.split('\n')
    }
}

/// Collects the strings; `None` if there are more than `N` or one is empty.
pub(crate) fn list<'p, const N: usize>(texts: impl IntoIterator<Item = &'p str>) -> Option<Vec<&'p str, N>> {
    let mut list = Vec::new();
    let mut texts = texts.into_iter();
    texts.all(|text| !text.is_empty() && list.push(text).is_ok()).then_some(list)
}

/// Joins texts for [`Lines::parse`]; `None` if one would become several, or none.
#[cfg(feature = "host")]
pub(crate) fn join(texts: &[std::string::String]) -> Option<std::string::String> {
    texts.iter().all(|text| !text.is_empty() && !text.contains('\n')).then(|| texts.join("\n"))
}
