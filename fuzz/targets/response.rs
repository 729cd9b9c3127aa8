//! An authorization response, read beside another reader of forms: accepted only if it belongs to the request, and then it says
//! the same.
#![no_main]

use doorward::error::Error;
use doorward::oauth::authorization_response::{AuthorizationResponse, Expected};
use doorward::oauth::metadata::IssuerUrl;
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;
use url::form_urlencoded;

const ISSUER: &str = "https://issuer.example/t1";

fuzz_target!(|query: &[u8]| {
    let mut out = vec![0; query.len()];
    for iss_supported in [false, true] {
        let expected = Expected { issuer: IssuerUrl::parse(ISSUER).unwrap(), iss_supported, state: "s" };
        let mut parse = || AuthorizationResponse::parse(query, &expected, &mut out).map(|it| format!("{it:?}"));
        // Decoding is no comparison of names: each of six is compared with each parameter's.
        let outcome = bounded(query.len(), 60, 2000, &mut parse);
        let all = |name: &str| -> Vec<String> {
            form_urlencoded::parse(query).filter(|(own, _)| own == name).map(|(_, value)| value.into_owned()).collect()
        };
        let [state, iss, code, error] = ["state", "iss", "code", "error"].map(all);
        let own_issuer = iss == [ISSUER] || (iss.is_empty() && !iss_supported);
        match outcome {
            Ok(said) => {
                assert!(state == ["s"] && own_issuer && code.len() + error.len() == 1, "{said}");
                let text = code.first().or(error.first()).unwrap();
                assert!(!text.is_empty() && said.contains(&format!("{text:?}")), "{said} {text}");
            }
            Err(Error::ParameterRepeated) => {}
            Err(Error::StateMismatch) => assert_ne!(state, ["s"]),
            Err(Error::ResponseIssuerMissing) => assert!(iss.is_empty() && iss_supported),
            Err(Error::ResponseIssuerMismatch) => assert_ne!(iss, [ISSUER]),
            Err(error) => assert_eq!(error, Error::AuthorizationResponseMalformed),
        }
    }
});
