//! Forms of the server's own pages.

use doorward::text::form;

use crate::error::Failure;

/// A field of a form of the server's own.
#[uniffi::export]
pub(crate) fn form_field(form: &[u8], name: String) -> Result<Option<String>, Failure> {
    Ok(form::field(form, &name, &mut vec![0; form.len()])?.map(str::to_owned))
}
