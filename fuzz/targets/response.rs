//! An authorization response, read beside another reader of forms: accepted only if it belongs to the request, and then it says
//! the same.
#![no_main]

use doorward::error::Error;
use doorward::oauth::authorization_response::{AuthorizationResponse, Expected, Sender};
use doorward::oauth::metadata::IssuerUrl;
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;
use url::form_urlencoded;

const ISSUER: &str = "https://issuer.example/t1";

fuzz_target!(|query: &[u8]| {
    let mut out = vec![0; query.len()];
    for iss_supported in [false, true] {
        let sender = Sender::Issuer { issuer: IssuerUrl::parse(ISSUER).unwrap(), iss_supported };
        let expected = Expected { sender, state: "s" };
        // Decoding is no comparison of names: each of six is compared with each parameter's.
        let outcome = bounded(query.len(), 60, 2000, || AuthorizationResponse::parse(query, &expected, &mut out));
        let all = |name: &str| -> Vec<String> {
            form_urlencoded::parse(query).filter(|(own, _)| own == name).map(|(_, value)| value.into_owned()).collect()
        };
        let [state, iss, code, error] = ["state", "iss", "code", "error"].map(all);
        let own_issuer = iss == [ISSUER] || (iss.is_empty() && !iss_supported);
        match outcome {
            Ok(response) => {
                assert!(state == ["s"] && own_issuer, "{state:?} {iss:?}");
                let (text, one, other) = match response {
                    AuthorizationResponse::Code(text) => (text, &code, &error),
                    AuthorizationResponse::Error { error: text, .. } => (text, &error, &code),
                };
                assert!(*one == [text] && other.is_empty() && !text.is_empty(), "{code:?} {error:?}");
            }
            Err(Error::ParameterRepeated) => {}
            Err(Error::StateMismatch) => assert_ne!(state, ["s"]),
            Err(Error::ResponseIssuerMissing) => assert!(iss.is_empty() && iss_supported),
            Err(Error::ResponseIssuerMismatch) => assert_ne!(iss, [ISSUER]),
            Err(error) => assert_eq!(error, Error::AuthorizationResponseMalformed),
        }
    }
});
