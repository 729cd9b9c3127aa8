//! How this program authenticates as a client.

use doorward::oauth::outgoing_authentication as outgoing;
use zeroize::Zeroizing;

use crate::error::Failure;

/// What a client sends to authenticate.
#[derive(uniffi::Record)]
pub(crate) struct OutgoingAuthentication {
    header: Option<String>,
    form: String,
}

/// What this program sends to a token endpoint as its client.
#[uniffi::export]
pub(crate) fn outgoing_authentication(
    client_id: String,
    secret: Option<String>,
    method: Option<String>,
) -> Result<OutgoingAuthentication, Failure> {
    let secret = secret.map(Zeroizing::new);
    let secret = secret.as_ref().map(|secret| secret.as_str());
    let client = outgoing::OutgoingAuthentication::new(&client_id, secret, method.as_deref())?;
    // Three for a byte that is escaped, four for three in base64; and the names.
    let mut out = Zeroizing::new(vec![0; 32 + 4 * (client_id.len() + secret.map_or(0, str::len))]);
    let header = client.write_header(&mut out)?.to_owned();
    let form = client.write_form(&mut out)?.to_owned();
    Ok(OutgoingAuthentication { header: Some(header).filter(|value| !value.is_empty()), form })
}
