//! What the sets of implementations promise beside equal verdicts.

use doorward::alg::{self, Alg, Algorithm, Algorithms, Asymmetric, Material};
use doorward::error::Error;
use doorward_tests::third_party::{hex, json};

/// A key that one algorithm prepared is of no use to another, though the numbers would fit (RFC 8725 section 3.1).
#[test]
fn a_key_serves_the_algorithm_that_prepared_it() {
    bound(alg::ASYMMETRIC);
    bound(alg::aws_lc::ASYMMETRIC);
}

fn bound<K: Asymmetric>(asymmetric: &[&dyn Algorithm<K>]) {
    for (file, alg) in [
        ("rsa_signature_2048_sha256_test", Alg::Rs256),
        ("rsa_signature_2048_sha512_test", Alg::Rs512),
        ("rsa_pss_2048_sha256_mgf1_32_test", Alg::Ps256),
    ] {
        let group = &json(&format!("wycheproof/{file}.json"))["testGroups"][0];
        let test = group["tests"].as_array().unwrap().iter().find(|test| test["result"] == "valid").unwrap();
        let (n, e) = (hex(&group["publicKey"]["modulus"]), hex(&group["publicKey"]["publicExponent"]));
        let material = Material::Rsa { n: &n[1..], e: &e };
        let own = Algorithms::new(asymmetric).unwrap().find(alg).unwrap();
        let (message, signature) = (hex(&test["msg"]), hex(&test["sig"]));
        for algorithm in asymmetric {
            let one = algorithm.prepare(&material).and_then(|key| own.verify(&key, &message, &signature));
            let other = algorithm.verify(&own.prepare(&material).unwrap(), &message, &signature);
            if algorithm.alg() == alg {
                assert_eq!((one, other), (Ok(()), Ok(())));
            } else {
                assert_eq!(other, Err(Error::SignatureInvalid), "{alg:?}");
                assert!(one.is_err(), "{alg:?}");
            }
        }
    }
}

/// Both sets have the same algorithms, in the same order.
#[test]
fn nothing_is_missing() {
    fn names<K>(all: &[&dyn Algorithm<K>]) -> Vec<&'static str> {
        all.iter().map(|algorithm| algorithm.alg().name()).collect()
    }
    assert_eq!(names(alg::ASYMMETRIC), names(alg::aws_lc::ASYMMETRIC));
}
