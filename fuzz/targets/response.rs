//! An authorization response, read beside another reader of forms: accepted only if it belongs to the request, and then it says
//! the same.
#![no_main]

use doorward::error::Error;
use doorward::oauth::authorization_response::{AuthorizationResponse, Expected, Sender, check_issuer, check_state, scope, state};
use doorward::oauth::metadata::IssuerUrl;
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;
use url::form_urlencoded;

const ISSUER: &str = "https://issuer.example/t1";

fuzz_target!(|query: &[u8]| {
    let mut out = vec![0; query.len()];
    let texts = |name: &str| -> Vec<String> {
        form_urlencoded::parse(query).filter(|(own, _)| own == name).map(|(_, value)| value.into_owned()).collect()
    };
    let found = bounded(query.len(), 60, 2000, || state(query, &mut out).map(str::to_owned));
    assert!(found.is_err() || texts("state") == [found.clone().unwrap()] && found != Ok(String::new()));
    let read = bounded(query.len(), 60, 2000, || scope(query, &mut out).map(|it| it.map(str::to_owned)));
    match read {
        Ok(read) => assert_eq!(texts("scope"), read.into_iter().collect::<Vec<_>>()),
        Err(Error::ParameterRepeated) => assert!(texts("scope").len() > 1),
        Err(error) => assert_eq!(error, Error::AuthorizationResponseMalformed),
    }
    for iss_supported in [false, true] {
        let sender = Sender::Issuer { issuer: IssuerUrl::parse(ISSUER).unwrap(), iss_supported };
        let expected = Expected { sender, state: "s" };
        // Decoding is no comparison of names: each of six is compared with each parameter's.
        let outcome = bounded(query.len(), 60, 2000, || AuthorizationResponse::parse(query, &expected, &mut out));
        let all = |name: &str| -> Vec<String> {
            form_urlencoded::parse(query).filter(|(own, _)| own == name).map(|(_, value)| value.into_owned()).collect()
        };
        let [given, own] = ["state", "iss"].map(|name| all(name).first().cloned());
        let issuer = IssuerUrl::parse(ISSUER).unwrap();
        assert_eq!(check_state("s", given.as_deref()).is_ok(), given.as_deref() == Some("s"));
        assert!(check_state("", given.as_deref()).is_err());
        let fits = own.as_deref().map_or(!iss_supported, |own| own == ISSUER);
        assert_eq!(check_issuer(issuer, own.as_deref(), iss_supported).is_ok(), fits);
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
