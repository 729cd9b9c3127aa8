//! Core's error as it crosses the bridge: its number, and what the operator may know besides.

use doorward::error::{Detail, Error, Remedy};

/// A value that explains an error.
#[derive(Debug, uniffi::Enum)]
pub(crate) enum Explanation {
    /// The error is explained by a number.
    Number {
        /// A length in bytes, a time in seconds since 1970, a count.
        number: i64,
    },
    /// The error is explained by a name of the standards.
    Name {
        /// The name of a claim, a header parameter or the like.
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
    /// An error of core's table.
    Refused {
        /// The permanent number of the error.
        number: u16,
        /// What the operator may know besides.
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

/// Whether the error of this number says that what is good once came again.
#[uniffi::export]
pub(crate) fn is_replay(number: u16) -> Result<bool, Failure> {
    Ok(Remedy::of_number(number).is_replay())
}

/// Whether a client's document remains what it was, after the error of this number.
#[uniffi::export]
pub(crate) fn keeps_client_document(number: u16) -> Result<bool, Failure> {
    Ok(Remedy::of_number(number).keeps_client_document())
}

/// Whether credentials were refused as only guessed, forged or stolen ones are, with the error of this number.
#[uniffi::export]
pub(crate) fn is_failed_attempt(number: u16) -> Result<bool, Failure> {
    Ok(Remedy::of_number(number).is_failed_attempt())
}

/// Whether the error of this number says nothing about the credentials.
#[uniffi::export]
pub(crate) fn is_unavailable(number: u16) -> Result<bool, Failure> {
    Ok(Remedy::of_number(number).is_unavailable())
}

/// Whether newer keys may open what was sealed, after the error of this number.
#[uniffi::export]
pub(crate) fn wants_newer_sealing_keys(number: u16) -> Result<bool, Failure> {
    Ok(Remedy::of_number(number).wants_newer_sealing_keys())
}

/// Whether newer keys may resolve the error of this number.
#[uniffi::export]
pub(crate) fn wants_newer_keys(number: u16) -> Result<bool, Failure> {
    Ok(Remedy::of_number(number).wants_newer_keys())
}
