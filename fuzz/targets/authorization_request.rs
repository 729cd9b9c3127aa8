//! An authorization request, read beside another reader of forms: nobody is redirected but to what was registered, and the
//! location has what it is to tell, once.
#![no_main]

use doorward::Error;
use doorward::oauth::authorization_request::{Received, Redirect};
use doorward::oauth::metadata::IssuerUrl;
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;
use url::{Url, form_urlencoded};

const ISSUER: &str = "https://issuer.example/t1";
const OWN: [&str; 2] = ["https://app.example/cb", "http://127.0.0.1/cb?a=b"];

fuzz_target!(|query: &[u8]| {
    let mut out = vec![0; query.len()];
    let all = |name: &str| -> Vec<String> {
        let pairs = form_urlencoded::parse(query).filter(|(own, value)| own == name && !value.is_empty());
        pairs.map(|(_, value)| value.into_owned()).collect()
    };
    // Each of nine names is compared with each parameter's.
    let received = bounded(query.len(), 90, 2000, || Received::parse(query, &mut out));
    let Ok(received) = received else { return };
    assert_eq!(all("client_id"), [received.client_id()]);
    for own in [&OWN[..], &OWN[..1], &[]] {
        let redirect = match bounded(query.len(), 40, 4000, || received.check(own.iter().copied(), true)) {
            Ok(redirect) => redirect,
            Err(error) => {
                assert!(matches!(error, Error::RedirectUriMismatch | Error::RedirectUriRefused));
                continue;
            }
        };
        let uri = redirect.uri().as_str();
        let loopback = uri.starts_with("http://127.0.0.1") && uri.ends_with("/cb?a=b");
        assert!(own.contains(&uri) || (loopback && own.len() == 2), "{uri}");
        assert!(all("redirect_uri") == [uri] || (all("redirect_uri").is_empty() && own.len() == 1), "{uri}");
        assert!(redirect.state().is_none_or(|state| all("state") == [state]));
        let (issuer, outcome) = (IssuerUrl::parse(ISSUER).unwrap(), redirect.request());
        let location = match &outcome {
            Ok(request) => {
                assert_eq!((all("response_type"), all("code_challenge_method")), (vec!["code".into()], vec!["S256".into()]));
                assert_eq!(all("code_challenge"), [request.challenge().as_str()]);
                assert!(all("scope") == [request.scope().as_str()] || all("scope").is_empty());
                redirect.code(issuer, "c/+").to_string()
            }
            Err(error) => redirect.error(issuer, *error).to_string(),
        };
        // What is kept while the user is asked leads to the same place.
        let kept = Redirect::restore(uri, redirect.state()).unwrap();
        assert!(outcome.is_err() || kept.code(issuer, "c/+").to_string() == location);
        assert!(redirect.state().is_none_or(|state| state.bytes().all(|byte| matches!(byte, b' '..=b'~'))));
        let location = Url::parse(&location).unwrap();
        assert_eq!(location.host_str(), Url::parse(uri).unwrap().host_str());
        let parameter = |name: &str| -> Vec<String> {
            location.query_pairs().filter(|(own, _)| own == name).map(|(_, value)| value.into_owned()).collect()
        };
        let state: Vec<_> = redirect.state().into_iter().collect();
        assert_eq!((parameter("iss"), parameter("state")), (vec![ISSUER.to_owned()], state.iter().map(|it| it.to_string()).collect()));
        assert_eq!(parameter("code") == ["c/+"], outcome.is_ok());
        assert_eq!(parameter("error").len(), usize::from(outcome.is_err()));
    }
});
