//! Core's error as it crosses the bridge: its number, and what the operator may know besides.

use doorward::error::{Detail, Error};

/// A value that explains an error.
#[derive(Debug, uniffi::Enum)]
pub(crate) enum Explanation {
    /// A length, a time, a count.
    Number {
        /// It.
        number: i64,
    },
    /// A name of the standards.
    Name {
        /// It.
        name: String,
    },
}

/// A value with its name.
#[derive(Debug, uniffi::Record)]
pub(crate) struct Explained {
    name: String,
    value: Explanation,
}

/// An error of core.
#[derive(Debug, uniffi::Error)]
pub(crate) enum Failure {
    /// Something was refused.
    Refused {
        /// The permanent number.
        number: u16,
        /// Its details.
        details: Vec<Explained>,
    },
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let mut details = Vec::new();
        error.details(|name, detail| {
            let value = match detail {
                Detail::Number(number) => Explanation::Number { number },
                Detail::Name(name) => Explanation::Name { name: name.to_owned() },
            };
            details.push(Explained { name: name.to_owned(), value });
        });
        Self::Refused { number: error.number(), details }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::Refused { number, .. } = self;
        number.fmt(f)
    }
}

impl std::error::Error for Failure {}
