//! Every third-party vector, run.

use doorward::alg::hmac::{HS256, HS384, HS512};
use doorward::alg::{self, Alg, Algorithm, Algorithms, Asymmetric, Curve, Material};
use doorward::error::Error;
use doorward::jwk::KeySet;
use doorward::oauth::fetch_url;
use doorward::oauth::redirect::RedirectUri;
use doorward::text::json;
use doorward::text::uri::Uri;
use doorward_tests::agree;
use doorward_tests::third_party::{Report, hex, json as read, published, signature};
use serde_json::Value;
use std::fs;

/// Runs `verdict` on each test of a Wycheproof file: (group, test) -> verdict. `accepts` says what is expected.
fn wycheproof(
    report: &mut Report,
    file: &str,
    accepts: impl Fn(&Value, &Value) -> bool,
    verdict: impl Fn(&Value, &Value) -> Result<(), Error>,
) {
    for group in read(&format!("wycheproof/{file}.json"))["testGroups"].as_array().unwrap() {
        for test in group["tests"].as_array().unwrap() {
            report.compare(&format!("{file}/{}", test["tcId"]), accepts(group, test), verdict(group, test));
        }
    }
}

fn is_valid(_: &Value, test: &Value) -> bool {
    test["result"] == "valid"
}

fn never(_: &Value, _: &Value) -> bool {
    false
}

/// The word of both sets of implementations.
fn verify(alg: Alg, material: Material<'_>, test: &Value) -> Result<(), Error> {
    agree(verify_in(alg::ASYMMETRIC, alg, &material, test), verify_in(alg::aws_lc::ASYMMETRIC, alg, &material, test))
}

fn verify_in<K: Asymmetric>(
    asymmetric: &[&dyn Algorithm<K>],
    alg: Alg,
    material: &Material<'_>,
    test: &Value,
) -> Result<(), Error> {
    let algorithm = Algorithms::new(asymmetric)?.find(alg)?;
    algorithm.verify(&algorithm.prepare(material)?, &hex(&test["msg"]), &hex(&test["sig"]))
}

#[test]
fn wycheproof_rsa() {
    let mut report = Report::new("rsa");
    let rsa = |alg: Alg| {
        move |group: &Value, test: &Value| {
            let (n, e) = (hex(&group["publicKey"]["modulus"]), hex(&group["publicKey"]["publicExponent"]));
            // DER integers have a zero byte before a set highest bit.
            let plain = |bytes: &[u8]| bytes[usize::from(bytes[0] == 0)..].to_vec();
            verify(alg, Material::Rsa { n: &plain(&n), e: &plain(&e) }, test)
        }
    };
    for (hash, alg) in [("sha256", Alg::Rs256), ("sha384", Alg::Rs384), ("sha512", Alg::Rs512)] {
        for bits in [2048, 3072, 4096] {
            wycheproof(&mut report, &format!("rsa_signature_{bits}_{hash}_test"), is_valid, rsa(alg));
        }
    }
    for (file, alg) in [
        ("2048_sha256_mgf1_32", Alg::Ps256),
        ("3072_sha256_mgf1_32", Alg::Ps256),
        ("4096_sha256_mgf1_32", Alg::Ps256),
        ("2048_sha384_mgf1_48", Alg::Ps384),
        ("4096_sha384_mgf1_48", Alg::Ps384),
        ("4096_sha512_mgf1_64", Alg::Ps512),
    ] {
        wycheproof(&mut report, &format!("rsa_pss_{file}_test"), is_valid, rsa(alg));
    }
    // RFC 7518 section 3.5: the salt is as long as the hash.
    wycheproof(&mut report, "rsa_pss_2048_sha256_mgf1_0_test", never, rsa(Alg::Ps256));
    report.finish(2100);
}

#[test]
fn wycheproof_ecdsa() {
    let mut report = Report::new("ecdsa");
    let ec = |alg: Alg, curve| {
        move |group: &Value, test: &Value| {
            let point = hex(&group["publicKey"]["uncompressed"]);
            let (x, y) = point[1..].split_at(point.len() / 2);
            verify(alg, Material::Ec { curve, x, y }, test)
        }
    };
    wycheproof(&mut report, "ecdsa_secp256r1_sha256_p1363_test", is_valid, ec(Alg::Es256, Curve::P256));
    wycheproof(&mut report, "ecdsa_secp384r1_sha384_p1363_test", is_valid, ec(Alg::Es384, Curve::P384));
    wycheproof(&mut report, "ecdsa_secp521r1_sha512_p1363_test", is_valid, ec(Alg::Es512, Curve::P521));
    // RFC 7518 section 3.4: r and s, not DER.
    wycheproof(&mut report, "ecdsa_secp256r1_sha256_test", never, ec(Alg::Es256, Curve::P256));
    report.finish(900);
}

#[test]
fn wycheproof_eddsa() {
    let mut report = Report::new("eddsa");
    wycheproof(&mut report, "ed25519_test", is_valid, |group, test| {
        verify(Alg::Ed25519, Material::Ed25519 { x: &hex(&group["publicKey"]["pk"]) }, test)
    });
    report.finish(100);
}

#[test]
fn wycheproof_hmac() {
    let mut report = Report::new("hmac");
    let algorithms: [(&str, u64, &'static dyn Algorithm<_>); 3] =
        [("hmac_sha256_test", 256, &HS256), ("hmac_sha384_test", 384, &HS384), ("hmac_sha512_test", 512, &HS512)];
    for (file, bits, algorithm) in algorithms {
        // RFC 7518 section 3.2: keys at least as long as the hash, codes never cut off.
        let accepts = |group: &Value, test: &Value| {
            is_valid(group, test) && group["tagSize"] == bits && group["keySize"].as_u64().unwrap() >= bits
        };
        wycheproof(&mut report, file, accepts, |_, test| {
            let key = algorithm.prepare(&Material::Secret { k: &hex(&test["key"]) })?;
            algorithm.verify(&key, &hex(&test["msg"]), &hex(&test["tag"]))
        });
    }
    report.finish(300);
}

fn skipped<K: Asymmetric>(asymmetric: &[&dyn Algorithm<K>], document: &str) -> Error {
    let keys = KeySet::<4, K>::parse(document.as_bytes(), Algorithms::new(asymmetric).unwrap()).unwrap();
    assert!(keys.is_empty());
    keys.skipped()[0].error
}

#[test]
fn wycheproof_other_curves_are_skipped() {
    for file in ["ecdsa_secp256k1_sha256_p1363_test", "ed448_test"] {
        for group in read(&format!("wycheproof/{file}.json"))["testGroups"].as_array().unwrap() {
            if group["publicKeyJwk"].is_null() {
                continue;
            }
            let document = serde_json::json!({ "keys": [group["publicKeyJwk"]] }).to_string();
            for skipped in [skipped(alg::ASYMMETRIC, &document), skipped(alg::aws_lc::ASYMMETRIC, &document)] {
                assert_eq!(skipped, Error::KeyTypeUnknown, "{file}");
            }
        }
    }
}

#[test]
fn wycheproof_json_web() {
    let overrides = read("wycheproof-overrides.json");
    let mut report = Report::new("json_web");
    for file in ["json_web_signature_test", "json_web_key_test", "json_web_crypto_test", "json_web_encryption_test"] {
        for group in read(&format!("wycheproof/{file}.json"))["testGroups"].as_array().unwrap() {
            let keys = if group["public"].is_null() { &group["private"] } else { &group["public"] };
            for test in group["tests"].as_array().unwrap() {
                let named = |line: &&Value| line["file"] == format!("{file}.json") && line["tcId"] == test["tcId"];
                let ours = overrides["overrides"].as_array().unwrap().iter().find(named).map(|line| &line["ours"]);
                let expected = ours.unwrap_or(&test["result"]);
                // An encrypted token is refused, whatever it holds (RFC 7516).
                let (token, good) = match test["jws"].as_str() {
                    Some(token) => (token, expected == "valid"),
                    None => (test["jwe"].as_str().unwrap_or_default(), false),
                };
                if expected != "either" {
                    report.compare(&format!("{file}/{}", test["tcId"]), good, signature(token, keys));
                }
            }
        }
    }
    report.finish(420);
}

#[test]
fn json_test_suite() {
    let mut report = Report::new("jsontestsuite");
    for entry in fs::read_dir(doorward_tests::path("third_party/jsontestsuite/test_parsing")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let outcome = json::parse(&fs::read(&path).unwrap()).map(|_| ());
        match name.as_bytes()[0] {
            b'y' => report.compare(&name, true, outcome),
            b'n' => report.compare(&name, false, outcome),
            // Left open by RFC 8259: it must end, whatever it says.
            _ => {}
        }
    }
    report.finish(180);
}

#[test]
fn examples_of_the_standards() {
    let mut report = Report::new("examples");
    for file in [
        "jws/4_1.rsa_v15_signature",
        "jws/4_2.rsa-pss_signature",
        "jws/4_3.ecdsa_signature",
        "jws/4_4.hmac-sha2_integrity_protection",
        "curve25519/jws",
    ] {
        let case = read(&format!("jose-cookbook/{file}.json"));
        let token = case["output"]["compact"].as_str().unwrap();
        report.compare(file, true, signature(token, &published(&case["input"]["key"])));
        report.compare(
            &format!("{file}/private"),
            case["input"]["key"]["kty"] == "oct",
            signature(token, &case["input"]["key"]),
        );
        let at = token.rfind('.').unwrap() + 2;
        let flipped = format!("{}{}{}", &token[..at], if &token[at..=at] == "A" { "B" } else { "A" }, &token[at + 1..]);
        report.compare(&format!("{file}/flipped"), false, signature(&flipped, &published(&case["input"]["key"])));
    }
    for file in ["4.2.hmac-sha2_b64_false", "hmac-sha2_b64_false"] {
        let case = read(&format!("jose-cookbook/rfc7797/{file}.json"));
        let token = case["output"]["compact"].as_str().unwrap_or_default();
        report.compare(file, false, signature(token, &case["input"]["key"]));
    }
    for example in ["A.1", "A.2", "A.3", "A.4"] {
        let token =
            fs::read_to_string(doorward_tests::path("third_party/rfc-jose").join(format!("rfc7515_{example}.jwsc")))
                .unwrap();
        let key = read(&format!("rfc-jose/rfc7515_{example}.jwk"));
        report.compare(&format!("rfc7515/{example}"), true, signature(token.trim(), &published(&key)));
    }
    let unsecured = fs::read_to_string(doorward_tests::path("third_party/rfc-jose/rfc7515_A.5.jwsc")).unwrap();
    report.compare("rfc7515/A.5", false, signature(unsecured.trim(), &published(&read("rfc-jose/rfc7515_A.2.jwk"))));
    let ed25519 = read("rfc-small/rfc8037_appendix_a.json");
    report.compare("rfc8037", true, signature(ed25519["jws_compact"].as_str().unwrap(), &ed25519["public_jwk"]));
    report.finish(22);
}

/// Host and port as one who connects reads them.
fn place(host: &str, port: Option<u16>) -> (String, Option<u16>) {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).map(str::parse::<std::net::Ipv6Addr>);
    let host = address.map_or_else(|| host.to_ascii_lowercase(), |address| address.unwrap().to_string());
    (host, port.filter(|port| ![80, 443].contains(port)))
}

/// No redirect URI that may be registered, and no URL that may be fetched, leads a browser elsewhere. Most of the table is
/// `http`, which both refuse: it is read as `https` too, which browsers treat alike but for the port.
#[test]
fn u02_a_browser_goes_where_the_text_says() {
    let table = read("url/urltestdata.json");
    let mut accepted = 0;
    for case in table.as_array().unwrap().iter().filter(|case| case.is_object()) {
        let (input, failure) = (case["input"].as_str().unwrap(), case["failure"] == true);
        let text = |name: &str| case[name].as_str().unwrap();
        let as_https = input.strip_prefix("http:").map(|rest| format!("https:{rest}"));
        for url in [Some(input.to_owned()), as_https].into_iter().flatten() {
            if RedirectUri::parse(&url).is_err() && fetch_url::check(&url).is_err() {
                continue;
            }
            accepted += 1;
            if failure {
                // Whether this is the Punycode of something, browsers check; otherwise they go nowhere.
                assert!(url.to_ascii_lowercase().contains("xn--"), "{url}");
                continue;
            }
            let Ok(uri) = Uri::parse(&url) else {
                assert_eq!(url, text("href"));
                continue;
            };
            let path = if uri.path().is_empty() { "/" } else { uri.path() };
            assert_eq!(path, text("pathname"), "{url}");
            assert_eq!(uri.query().unwrap_or_default(), text("search").trim_start_matches('?'), "{url}");
            assert_eq!(place(uri.host(), uri.port()), place(text("hostname"), text("port").parse().ok()), "{url}");
            assert_eq!((text("username"), text("password"), text("hash")), ("", "", ""), "{url}");
        }
    }
    assert_eq!(accepted, 43);
}
