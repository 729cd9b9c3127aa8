//! What comes to an authorization server, or from one: documents, forms and headers.

use base64ct::{Base64, Encoding};
use doorward::oauth::challenge::MAX_CHALLENGE_LENGTH;
use doorward::oauth::client_document::MAX_CLIENT_DOCUMENT_LENGTH;
use doorward::oauth::registration::{MAX_LIST, MAX_NAME_LENGTH, MAX_REDIRECT_URIS, MAX_REGISTRATION_LENGTH};

use super::{ISSUER, alike, claims};

/// The longest form that callers read: core has no limit of its own.
pub const MAX_FORM_LENGTH: usize = 64 * 1024;
/// The document of the client below.
pub const CLIENT: &str = "https://app.example/client.json";

/// So many short names are compared within [`RESCAN_BUDGET`](doorward::text::json::RESCAN_BUDGET); 500 more are refused.
const NAMES: usize = 1500;

const REDIRECT: &str = r#""redirect_uris":["https://app.example/cb"],"token_endpoint_auth_method":"none""#;

/// A registration with as many names as are taken, as long as there is room for.
pub fn registration() -> String {
    alike(REDIRECT, 62, MAX_REGISTRATION_LENGTH / 62 - 10)
}

/// As many redirect URIs as a client may have, on loopback and so alike that only the last bytes tell them apart.
pub fn redirect_uris() -> Vec<String> {
    (0..MAX_REDIRECT_URIS).map(|number| format!("http://127.0.0.1:1/{}{number:02}", "a".repeat(300))).collect()
}

/// A registration of these, with every other member as long as it may be.
pub fn registration_lists() -> String {
    let uris = redirect_uris().iter().map(|uri| format!("{uri:?}")).collect::<Vec<_>>().join(",");
    let name = "n".repeat(MAX_NAME_LENGTH);
    let contacts = vec![format!("{:?}", "c".repeat(100)); MAX_LIST].join(",");
    let members = ["client_name", "software_id", "software_version"].map(|member| format!(r#","{member}":"{name}""#));
    format!(
        r#"{{"redirect_uris":[{uris}],"token_endpoint_auth_method":"none","contacts":[{contacts}]{}}}"#,
        members.concat()
    )
}

/// A client's own document of the same kind.
pub fn client_document() -> String {
    alike(&format!(r#""client_id":"{CLIENT}",{REDIRECT}"#), 61, MAX_CLIENT_DOCUMENT_LENGTH / 61 - 10)
}

/// These parameters behind as many others as there is room for, whose names begin as one that counts.
pub fn form(parameters: &str) -> String {
    let other = "code_challenge_m&";
    other.repeat((MAX_FORM_LENGTH - parameters.len()) / other.len()) + parameters
}

/// These parameters behind as many others as a request may have, whose long names differ at their ends.
pub fn request(parameters: &str) -> String {
    let others = 64 - parameters.split('&').count();
    let long = "x".repeat((MAX_FORM_LENGTH - parameters.len()) / others - 3);
    (0..others).map(|other| format!("{long}{other:02}&")).collect::<String>() + parameters
}

/// An authorization request of which all is good.
pub fn authorization_request() -> String {
    let redirect = redirect_uris().pop().unwrap_or_default().replace(":1/", ":2/");
    request(&format!(
        "response_type=code&client_id=app&redirect_uri={redirect}&state=s&code_challenge_method=S256&code_challenge={}",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    ))
}

/// Credentials whose every character is encoded twice, and the form that they come with.
pub fn token_request() -> (String, String) {
    let credentials = format!("app:{}", "%61".repeat(4000));
    (
        format!("Basic {}", Base64::encode_string(credentials.as_bytes())),
        request("grant_type=refresh_token&refresh_token=t"),
    )
}

/// An assertion that names its client alone, which is read before anybody's signature.
pub fn assertion_request(assertion: &[u8]) -> String {
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let assertion = String::from_utf8_lossy(assertion);
    format!("grant_type=client_credentials&client_assertion_type={kind}&client_assertion={assertion}")
}

/// An object of these members and of [`NAMES`] others.
fn numbered(members: &str) -> String {
    format!("{{{members}{}}}", (0..NAMES).map(|number| format!(r#","{number:04}":0"#)).collect::<String>())
}

/// An answer about a token with as many names as are compared.
pub fn introspection_answer() -> String {
    numbered(&format!(r#""active":true,"token_type":"Bearer",{}"#, claims()))
}

/// One of GitHub's, of which claims are made first.
pub fn nested_answer() -> String {
    let members = r#""app":{"client_id":"c"},"user":{"id":1,"login":"u"},"scopes":["s"],"expires_at":null"#;
    numbered(members)
}

/// A response with tokens and as many names.
pub fn token_response() -> String {
    numbered(r#""access_token":"t","token_type":"Bearer""#)
}

/// Metadata of a server with as many names.
pub fn server_metadata() -> String {
    let endpoint = |name: &str| format!(r#","{name}_endpoint":"{ISSUER}/{name}""#);
    let members = format!(
        r#""issuer":"{ISSUER}","code_challenge_methods_supported":["S256"]{}{}"#,
        endpoint("authorization"),
        endpoint("token")
    );
    numbered(&members)
}

/// Challenges of other schemes, and one of ours at the end.
pub fn challenge() -> String {
    let ours = r#"Bearer error="invalid_token""#;
    let other = r#"a b="\\","#;
    other.repeat((MAX_CHALLENGE_LENGTH - ours.len()) / other.len()) + ours
}

/// `Forwarded` with one element of many pairs.
pub fn forwarded() -> String {
    r#"a="\\";"#.repeat(2000) + "for=192.0.2.1"
}
