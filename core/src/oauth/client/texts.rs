//! What a client remembers, in memory of the caller's: one text after the other.

use core::fmt::{self, Write};
use core::ops::Range;

use zeroize::Zeroize;

use crate::error::Error;
use crate::secret::{STACK, apart};
use crate::text::{Writer, saturate};

/// A text by its place.
#[derive(Clone, Copy)]
pub(super) struct Name(usize);

impl Name {
    /// The resource, as the caller named it.
    pub(super) const RESOURCE: Self = Self(0);
    /// How the client is to register: its settings.
    pub(super) const REDIRECT_URI: Self = Self(1);
    pub(super) const CLIENT_NAME: Self = Self(2);
    pub(super) const CLIENT_DOCUMENT: Self = Self(3);
    pub(super) const DESIRED_SCOPE: Self = Self(4);
    /// What the resource's last challenge said.
    pub(super) const METADATA_URL: Self = Self(5);
    pub(super) const CHALLENGED_SCOPE: Self = Self(6);
    /// What its metadata said: `resource` and `scopes_supported`.
    pub(super) const AUDIENCE: Self = Self(7);
    pub(super) const RESOURCE_SCOPES: Self = Self(8);
    /// The authorization server, and its endpoints.
    pub(super) const ISSUER: Self = Self(9);
    pub(super) const AUTHORIZATION_ENDPOINT: Self = Self(10);
    pub(super) const TOKEN_ENDPOINT: Self = Self(11);
    pub(super) const REGISTRATION_ENDPOINT: Self = Self(12);
    /// The client identifier at the authorization server.
    pub(super) const CLIENT_ID: Self = Self(13);
    pub(super) const CLIENT_SECRET: Self = Self(14);
    pub(super) const ASSERTION: Self = Self(15);
    /// What is to be asked for, and what was granted.
    pub(super) const WANTED_SCOPE: Self = Self(16);
    pub(super) const SCOPE: Self = Self(17);
    /// What belongs to one authorization request.
    pub(super) const STATE: Self = Self(18);
    pub(super) const VERIFIER: Self = Self(19);
    pub(super) const CODE: Self = Self(20);
    pub(super) const ACCESS_TOKEN: Self = Self(21);
    pub(super) const REFRESH_TOKEN: Self = Self(22);
    /// `error` and `error_description` of the authorization server.
    pub(super) const ERROR: Self = Self(23);
    pub(super) const ERROR_DESCRIPTION: Self = Self(24);
    /// What the settings give: by what one authorization server knows the client, and that one, once it is known.
    pub(super) const GIVEN_ID: Self = Self(25);
    pub(super) const GIVEN_SECRET: Self = Self(26);
    pub(super) const GIVEN_ISSUER: Self = Self(27);
    /// The issuer that the caller named, and no document.
    pub(super) const NAMED_ISSUER: Self = Self(28);
    /// The scopes that a step-up asked for, as often as it did, whatever came of it.
    pub(super) const STEPPED_UP: Self = Self(29);
    const COUNT: usize = 30;
}

/// The texts, in the order of their names; what is empty is not there.
pub(super) struct Texts<M> {
    memory: M,
    ends: [usize; Name::COUNT],
}

/// The texts while one of them is written.
#[derive(Clone, Copy)]
pub(super) struct View<'t> {
    bytes: &'t [u8],
    ends: &'t [usize; Name::COUNT],
}

impl<'t> View<'t> {
    pub(super) fn get(self, name: Name) -> &'t str {
        let text = self.bytes.get(range(self.ends, name)).unwrap_or_default();
        core::str::from_utf8(text).unwrap_or_default()
    }
}

fn range(ends: &[usize; Name::COUNT], name: Name) -> Range<usize> {
    let end = |place: usize| ends.get(place).copied().unwrap_or_default();
    name.0.checked_sub(1).map_or(0, end)..end(name.0)
}

impl<M: AsRef<[u8]> + AsMut<[u8]>> Texts<M> {
    pub(super) fn new(memory: M) -> Self {
        Self { memory, ends: [0; Name::COUNT] }
    }

    pub(super) fn view(&self) -> View<'_> {
        View { bytes: self.memory.as_ref(), ends: &self.ends }
    }

    pub(super) fn get(&self, name: Name) -> &str {
        self.view().get(name)
    }

    pub(super) fn has(&self, name: Name) -> bool {
        !range(&self.ends, name).is_empty()
    }

    pub(super) fn set(&mut self, name: Name, text: &str) -> Result<(), Error> {
        self.write(name, |_, out| out.write_str(text))
    }

    /// Removes texts, and wipes what they leave.
    pub(super) fn forget(&mut self, names: &[Name]) {
        for name in names {
            // An empty text needs no room.
            let _ = self.write(*name, |_, _| Ok(()));
        }
    }

    /// Writes a text, made of others for example, in the place of what is there. Leaves nothing of it on the stack.
    pub(super) fn write(
        &mut self,
        name: Name,
        write: impl FnOnce(View<'_>, &mut dyn Write) -> fmt::Result,
    ) -> Result<(), Error> {
        apart::<STACK, _>(|| self.put(name, write))
    }

    fn put(&mut self, name: Name, write: impl FnOnce(View<'_>, &mut dyn Write) -> fmt::Result) -> Result<(), Error> {
        let used = range(&self.ends, Name(Name::COUNT - 1)).end;
        let memory = self.memory.as_mut();
        let (texts, free) = memory.split_at_mut_checked(used).unwrap_or_default();
        let mut writer = Writer::new(free);
        // The writer accepts everything and counts, so this cannot fail.
        let _ = write(View { bytes: texts, ends: &self.ends }, &mut writer);
        let length = writer.length();
        let (Range { start, end }, whole) = (range(&self.ends, name), used.saturating_add(length));
        let Some(others) = memory.get_mut(end..whole) else {
            memory.get_mut(used..).unwrap_or_default().zeroize();
            return Err(Error::BufferTooSmall { needed: saturate(whole) });
        };
        // From behind the others to before them, and then over the old text.
        others.rotate_right(length);
        memory.copy_within(end..whole, start);
        let old = end.saturating_sub(start);
        memory.get_mut(whole.saturating_sub(old)..whole).unwrap_or_default().zeroize();
        for end in self.ends.iter_mut().skip(name.0) {
            *end = end.saturating_sub(old).saturating_add(length);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString};
    use std::vec::Vec;

    #[test]
    fn texts_in_any_order() {
        let mut texts = Texts::new([0; 64]);
        let mut model: Vec<String> = (0..Name::COUNT).map(|_| String::new()).collect();
        for step in 0..2000_usize {
            let (place, length) = (step * 7 % Name::COUNT, step * 13 % 20);
            let text = "abcdefghijklmnopqrstuvwxyz"[..length].to_string();
            let whole: usize = model.iter().map(String::len).sum();
            match texts.set(Name(place), &text) {
                Ok(()) => model[place] = text,
                Err(error) => {
                    assert!(whole + length > 64);
                    assert_eq!(error, Error::BufferTooSmall { needed: saturate(whole + length) });
                    texts.forget(&[Name(place)]);
                    model[place].clear();
                }
            }
            for (place, text) in model.iter().enumerate() {
                assert_eq!((texts.get(Name(place)), texts.has(Name(place))), (text.as_str(), !text.is_empty()));
            }
            // Nothing is left behind the last.
            let whole: usize = model.iter().map(String::len).sum();
            assert!(texts.memory[whole..].iter().all(|byte| *byte == 0));
        }
    }

    #[test]
    fn one_of_others() {
        let mut texts = Texts::new([0; 8]);
        texts.set(Name::SCOPE, "ab").unwrap();
        texts.write(Name::SCOPE, |all, out| write!(out, "{0}{0}", all.get(Name::SCOPE))).unwrap();
        assert_eq!(texts.get(Name::SCOPE), "abab");
    }
}
