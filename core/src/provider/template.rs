//! Templates of URLs, and the parameters that fill them.

use core::fmt;

use crate::error::{Error, ProviderParameter};
use crate::oauth::metadata::IssuerUrl;

/// The lengths of the groups of hexadecimal digits that `-` separates in a UUID (RFC 9562 section 4).
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

/// Returns whether this is a UUID in lower case, as Entra's tokens have that of their tenant.
pub(super) fn is_tenant(value: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let mut groups = value.split('-');
    UUID.into_iter().all(|length| groups.next().is_some_and(|it| it.len() == length && it.bytes().all(is_digit)))
        && groups.next().is_none()
}

pub(super) fn no_tenant(parameter: ProviderParameter) -> Error {
    let wanted = "the tenant's identifier, a UUID in lower case: no token has its domain, or common and the like";
    Error::ProviderParameterInvalid { parameter, wanted }
}

/// Returns the names of the parameters of templates, each once.
pub(super) fn parameters(
    templates: impl Iterator<Item = &'static str> + Clone,
) -> impl Iterator<Item = &'static str> + Clone {
    let names = templates.flat_map(|template| Pieces(template).filter_map(Piece::parameter));
    names
        .clone()
        .enumerate()
        .filter(move |(at, name)| names.clone().take(*at).all(|before| before != *name))
        .map(|(_, name)| name)
}

/// Checks that each name has one value, which changes nothing of the URL around it, and that there are no others.
pub(super) fn check<'v>(
    names: impl Iterator<Item = &'static str> + Clone,
    values: impl Iterator<Item = (&'v str, &'v str)> + Clone,
) -> Result<(), Error> {
    let is_good = |(name, value): (&str, &str)| match name {
        "issuer" => IssuerUrl::parse(value).is_ok(),
        // A path follows, which begins with a slash.
        "server" => IssuerUrl::parse(value).is_ok() && !value.ends_with('/'),
        _ => {
            let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
            value.bytes().all(good) && value.bytes().any(|byte| byte != b'.')
        }
    };
    let once = |name: &str| values.clone().filter(|(other, _)| *other == name).count() == 1;
    if let Some(missing) = names.clone().find(|name| !once(name)) {
        return Err(ProviderParameter::invalid(missing));
    }
    if values.clone().count() != names.count() {
        return Err(ProviderParameter::invalid(""));
    }
    let wrong = values.clone().find(|one| !is_good(*one));
    wrong.map_or(Ok(()), |(name, _)| Err(ProviderParameter::invalid(name)))
}

/// Reads parameters as lines of a text.
pub(super) fn pairs(lines: &str) -> impl Iterator<Item = (&str, &str)> + Clone {
    // Without a value, it is none that is good.
    let pair = |line| str::split_once(line, '=').unwrap_or((line, ""));
    lines.split('\n').filter(|line| !line.is_empty()).map(pair)
}

/// Writes templates, a line for each, with the parameters in their places.
pub(super) fn fill<'v>(
    f: &mut fmt::Formatter<'_>,
    templates: impl Iterator<Item = &'static str>,
    values: &(impl Iterator<Item = (&'v str, &'v str)> + Clone),
) -> fmt::Result {
    for (at, template) in templates.enumerate() {
        f.write_str(if at == 0 { "" } else { "\n" })?;
        Pieces(template).try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(text),
            Piece::Parameter(name) => {
                let value = values.clone().find(|(other, _)| *other == name);
                f.write_str(value.map_or("", |(_, value)| value))
            }
        })?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Piece {
    Text(&'static str),
    Parameter(&'static str),
}

impl Piece {
    fn parameter(self) -> Option<&'static str> {
        if let Self::Parameter(name) = self { Some(name) } else { None }
    }
}

/// The pieces of a template.
#[derive(Clone)]
struct Pieces(&'static str);

impl Iterator for Pieces {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if let Some((name, rest)) = self.0.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            self.0 = rest;
            return Some(Piece::Parameter(name));
        }
        let end = self.0.find('{').unwrap_or(self.0.len());
        let (text, rest) = self.0.split_at_checked(end).unwrap_or_default();
        self.0 = rest;
        (!text.is_empty()).then_some(Piece::Text(text))
    }
}
