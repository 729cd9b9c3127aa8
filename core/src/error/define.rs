//! What a table of errors becomes: the type, and all that is derived from a row.

/// The seconds in the field `retry_after` of a row, whose fields are named twice; 0 if it has none.
macro_rules! seconds_of {
    () => { 0 };
    (retry_after $seconds:ident $($other:ident)*) => { *$seconds };
    ($name:ident $field:ident $($other:ident)*) => { seconds_of!($($other)*) };
}

macro_rules! errors {
    ($($(#[doc = $doc:literal])+ $number:literal $variant:ident $({ $($(#[$fdoc:meta])* $field:ident: $type:ty),* })?
        = $name:literal, $kind:ident;)*) => {
        /// Why something was rejected.
        ///
        /// Contains only numbers, times and names from the standards, never text from a token, key or secret, so it is
        /// safe to log. Numbers and names are permanent and the same in every language; `docs/errors.md` lists each
        /// with what to change. The HTTP status of each is that of the response to a request that fails with it: 500
        /// for mistakes of the server or its settings, 503 where a request cannot be decided now, by no fault of its
        /// caller's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Error {
            $($(#[doc = $doc])+ #[doc = status!($kind)] $variant $({ $($(#[$fdoc])* $field: $type),* })?,)*
        }

        impl Error {
            /// Returns the permanent number, the same in every language.
            pub const fn number(&self) -> u16 {
                match self { $(Self::$variant { .. } => $number,)* }
            }
            /// Returns the permanent name, the same in every language.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $name,)* }
            }
            pub(crate) const fn kind(&self) -> Kind {
                match self { $(Self::$variant { .. } => Kind::$kind,)* }
            }
            /// Returns the kind of the error of this number, if there is one.
            pub(crate) fn kind_of_number(number: u16) -> Option<Kind> {
                let row = Self::TABLE.iter().zip(Self::KINDS).find(|((own, _), _)| *own == number);
                row.map(|(_, kind)| *kind)
            }
            /// Returns the seconds after which to retry, of an error that says them; 0 for any other.
            #[expect(unused_variables, reason = "the fields that are no seconds")]
            pub(crate) const fn retry_after(&self) -> u32 {
                match self {
                    $(Self::$variant $({ $($field),* })? => seconds_of!($($($field $field)*)?),)*
                }
            }
            /// Passes each value with its name to `each`: details for the operator's log.
            pub fn details(&self, mut each: impl FnMut(&'static str, Detail)) {
                match self {
                    $(Self::$variant $({ $($field),* })? => {
                        $($(each(stringify!($field), Detail::from(*$field));)*)?
                    })*
                }
            }
            /// Every number and name, for the tables of other languages.
            pub const TABLE: &'static [(u16, &'static str)] = &[$(($number, $name),)*];
            /// The kind of each error, in the order of [`Error::TABLE`].
            pub(crate) const KINDS: &'static [Kind] = &[$(Kind::$kind,)*];
            /// The description of each error, in the order of [`Error::TABLE`]: the documentation above, for languages
            /// that only have the number.
            pub const TEXTS: &'static [&'static str] = &[$(concat!($($doc),+).trim_ascii(),)*];
        }
    };
}
