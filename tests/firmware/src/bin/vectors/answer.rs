//! What else a device does: PKCE, API keys, bearer tokens, challenges, scopes.

use core::fmt::Write;

use doorward::alg::Alg;
use doorward::api_key::{ApiKey, ApiKeyHash, Pepper};
use doorward::error::Error;
use doorward::jwk::Key;
use doorward::oauth::bearer::{self, Challenge};
use doorward::oauth::pkce::{self, CodeChallenge, CodeVerifier};
use doorward::oauth::scope::{self, GrantedScopes, ScopeHierarchy, ScopeList, Spaced};
use doorward::response::ErrorResponse;
use doorward::text::printable::Printable;
use doorward_firmware::case::{Case, hex};
use heapless::{String, Vec};

use crate::Answer;

/// Writes the answer to a case; `None` if its operation is none of these.
pub(crate) fn answer(case: &Case<'_>, answer: &mut Answer) -> Option<Result<(), Error>> {
    let operation: fn(&Case<'_>, &mut Answer) -> Result<(), Error> = match case.text("op") {
        "bearer_token" => bearer_token,
        "challenge" => challenge,
        "response" => response,
        "missing_scopes" => missing_scopes,
        "pkce_check" => pkce_check,
        "pkce_make" => pkce_make,
        "api_key_mint" => api_key_mint,
        "api_key_parse" => api_key_parse,
        "api_key_hash" => api_key_hash,
        "api_key_check" => api_key_check,
        "shared_secret" => shared_secret,
        "printable" => printable,
        _ => return None,
    };
    Some(operation(case, answer))
}

macro_rules! put {
    ($answer:expr, $($text:tt)*) => {
        write!($answer, $($text)*).expect("room")
    };
}

fn bearer_token(case: &Case<'_>, answer: &mut Answer) -> Result<(), Error> {
    let values = [case.get("header"), case.get("second_header")].into_iter().flatten();
    put!(answer, "{}", bearer::token(values.map(str::as_bytes))?);
    Ok(())
}

fn challenge(case: &Case<'_>, answer: &mut Answer) -> Result<(), Error> {
    let mut challenge = Challenge::new();
    for (name, value) in case.text("parameters").split('|').filter_map(|parameter| parameter.split_once('=')) {
        challenge = challenge.with(name, value)?;
    }
    put!(answer, "{}", challenge.write(&mut [0; 2048])?);
    Ok(())
}

fn response(case: &Case<'_>, answer: &mut Answer) -> Result<(), Error> {
    let number = |name| case.text(name).parse::<u16>().unwrap_or_default();
    let response = ErrorResponse::of_number(number("number"), number("retry_after").into());
    put!(answer, "{} ", response.status());
    match response.retry_after() {
        Some(seconds) => put!(answer, "{seconds} "),
        None => put!(answer, "- "),
    }
    put!(answer, "{} ", response.write_body(&mut [0; 256])?);
    match response.challenge(ScopeList::parse(case.text("scopes"))?, case.text("resource_metadata"))? {
        Some(challenge) => put!(answer, "{challenge}"),
        None => put!(answer, "-"),
    }
    Ok(())
}

fn missing_scopes(case: &Case<'_>, answer: &mut Answer) -> Result<(), Error> {
    let mut lines = String::<1024>::new();
    case.text("hierarchy").chars().for_each(|it| lines.push(if it == ';' { '\n' } else { it }).expect("room"));
    let (mut required, mut granted) = (String::<256>::new(), String::<256>::new());
    if let Some(list) = case.get("required_list") {
        put!(required, "{}", scope::join(list.split('|'))?);
    }
    if let Some(list) = case.get("granted_list") {
        put!(granted, "{}", scope::granted(list.split('|')));
    }
    let required = case.get("required").unwrap_or(&required);
    let granted = case.get("granted").unwrap_or(&granted);
    let hierarchy = ScopeHierarchy::parse(&lines)?;
    let missing = scope::missing(ScopeList::parse(required)?, GrantedScopes::new(granted), hierarchy);
    put!(answer, "{}", Spaced::new(missing));
    Ok(())
}

fn pkce_check(case: &Case<'_>, _: &mut Answer) -> Result<(), Error> {
    let challenge = pkce::authorization_request(case.get("challenge"), case.get("method"))?;
    pkce::token_request(Some(&challenge), case.get("verifier"))
}

fn random(case: &Case<'_>) -> [u8; 32] {
    hex(case.text("random"), &mut [0; 64]).try_into().expect("32 bytes")
}

fn pkce_make(case: &Case<'_>, answer: &mut Answer) -> Result<(), Error> {
    let mut out = [0; 43];
    let verifier = CodeVerifier::from_random(&random(case), &mut out)?;
    put!(answer, "{} {}", verifier.reveal(), CodeChallenge::of(&verifier)?.as_str());
    Ok(())
}

fn api_key_mint(case: &Case<'_>, answer: &mut Answer) -> Result<(), Error> {
    put!(answer, "{}", ApiKey::mint(case.text("prefix"), &random(case))?.reveal(&mut [0; 256])?);
    Ok(())
}

fn shared_secret(case: &Case<'_>, answer: &mut Answer) -> Result<(), Error> {
    let mut memory = [0; 64];
    Key::secret(case.get("kid"), Alg::parse(case.text("algorithm"))?, hex(case.text("secret"), &mut memory))?;
    put!(answer, "1");
    Ok(())
}

fn printable(case: &Case<'_>, answer: &mut Answer) -> Result<(), Error> {
    let mut memory = [0; 512];
    let text = core::str::from_utf8(hex(case.text("text_hex"), &mut memory)).map_err(|_| Error::TextInvalid)?;
    put!(answer, "{}", Printable(text));
    Ok(())
}

fn api_key_parse(case: &Case<'_>, answer: &mut Answer) -> Result<(), Error> {
    let key = ApiKey::parse(case.text("key"))?;
    put!(answer, "{} {}", key.prefix(), key.id());
    Ok(())
}

/// Versions and secrets: `1:<digits>`, the current one first.
fn with_peppers<T>(case: &Case<'_>, work: impl FnOnce(&[Pepper<'_>]) -> Result<T, Error>) -> Result<T, Error> {
    let mut memory = [[0; 64]; 4];
    let mut peppers = Vec::<_, 4>::new();
    for (word, secret) in case.words("peppers").zip(&mut memory) {
        let (version, digits) = word.split_once(':').expect("version and secret");
        let _ = peppers.push(Pepper::new(version.parse().expect("a number"), hex(digits, secret))?);
    }
    work(&peppers)
}

fn api_key_hash(case: &Case<'_>, answer: &mut Answer) -> Result<(), Error> {
    let key = ApiKey::parse(case.text("key"))?;
    put!(answer, "{}", with_peppers(case, |peppers| key.hash(Pepper::current(peppers)?))?);
    Ok(())
}

fn api_key_check(case: &Case<'_>, answer: &mut Answer) -> Result<(), Error> {
    let key = ApiKey::parse(case.text("key"))?;
    let stored = case.get("stored").map(str::parse::<ApiKeyHash>).transpose()?;
    let fits = with_peppers(case, |peppers| key.check(stored.as_ref(), peppers))?;
    put!(answer, "{}", if fits.rehash { "rehash" } else { "current" });
    Ok(())
}
