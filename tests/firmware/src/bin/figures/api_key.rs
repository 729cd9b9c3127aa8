//! An API key, from its text and what is stored of it to the decision.

use core::hint::black_box;

use doorward::api_key::{ApiKey, ApiKeyHash, Lifecycle, Record};
use doorward::error::Error;
use doorward::oauth::scope::{GrantedScopes, ScopeList};
use doorward::secret::Pepper;
use doorward::time::UnixTime;

static KEY: &str = include_str!(concat!(env!("OUT_DIR"), "/key"));
static STORED: &str = include_str!(concat!(env!("OUT_DIR"), "/stored"));

pub(crate) fn load_keys() -> Option<ApiKeyHash> {
    black_box(STORED).parse().ok()
}

pub(crate) fn authenticate(hash: ApiKeyHash) -> Result<(), Error> {
    let peppers = [Pepper::new(2, black_box(&[0x22; 40]))?];
    let record =
        Record { hash, lifecycle: Lifecycle::default(), scopes: GrantedScopes::new("read write"), resource: None };
    let (required, now) = (ScopeList::parse("read")?, UnixTime::from_seconds(1_700_000_000));
    let found = ApiKey::parse(black_box(KEY))?;
    found.authenticate(Some(&record), &peppers, "https://mcp.example.com/mcp", required, now).map(drop)
}
