//! Forms of the server's own pages.

use doorward::text::form;

use crate::raw::{self, guard};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// Writes the value of a field of a form that a browser submits from one of the server's own pages; nothing if it is
/// missing or empty. Does not check that the form is the server's own: include sealed state in it
/// (doorward_state_seal()). DOORWARD_PARAMETER_REPEATED if any field occurs twice, DOORWARD_PARAMETER_MALFORMED if it
/// is not form encoded or not UTF-8, or the form has more than 64 fields.
///
/// @param form the body of the request
/// @param out room for as many bytes as the form has
#[unsafe(no_mangle)]
pub extern "C" fn doorward_form_field(
    form: doorward_text,
    name: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    guard(|| {
        raw::change(out)?.length = 0;
        let (form, name) = (raw::bytes(form)?, raw::text(name)?);
        raw::fill_from(form.len(), out, |room| Ok(form::field(form, name, room)?.unwrap_or_default()))
    })
}
