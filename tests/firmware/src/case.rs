//! A case of the shared vectors (`tests/vectors/README.md`): a block of `name = value` lines, read where it stands.

/// One block.
#[derive(Clone, Copy)]
pub struct Case<'t>(&'t str);

/// The blocks of a file that hold a case.
pub fn cases(file: &str) -> impl Iterator<Item = Case<'_>> {
    file.split("\n\n").map(Case).filter(|case| case.get("id").is_some())
}

impl<'t> Case<'t> {
    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<&'t str> {
        let lines = self.0.lines().filter(|line| !line.starts_with('#'));
        let mut values = lines.filter_map(|line| line.split_once(" ="));
        let (_, value) = values.find(|(found, _)| *found == name)?;
        Some(value.strip_prefix(' ').unwrap_or(value))
    }

    /// The value of this name, or nothing.
    pub fn text(&self, name: &str) -> &'t str {
        self.get(name).unwrap_or_default()
    }

    /// The words of a value.
    pub fn words(&self, name: &str) -> impl Iterator<Item = &'t str> + use<'t> {
        self.text(name).split(' ').filter(|word| !word.is_empty())
    }

    /// A number.
    pub fn number(&self, name: &str, default: u32) -> u32 {
        self.get(name).map_or(default, |text| text.parse().expect("a number"))
    }
}
