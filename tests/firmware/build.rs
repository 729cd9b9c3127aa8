//! Finds memory.x, and takes the token whose cost is measured out of the shared vectors.

use std::path::Path;
use std::{env, fs};

fn main() {
    let here = env::var("CARGO_MANIFEST_DIR").expect("set by cargo");
    println!("cargo::rustc-link-search={here}");
    println!("cargo::rerun-if-changed=memory.x");
    let vectors = format!("{here}/../vectors/tokens.txt");
    println!("cargo::rerun-if-changed={vectors}");
    let text = fs::read_to_string(vectors).expect("tokens.txt");
    let out = env::var("OUT_DIR").expect("set by cargo");
    let wanted = |(feature, _): &(&str, &str)| env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    let vectors = [
        ("RS256_4096", "rs256-4096"),
        ("RS256", "good"),
        ("ES256", "es256"),
        ("ED25519", "ed25519"),
        ("HS256", "hs256"),
    ];
    let Some((_, id)) = vectors.into_iter().find(wanted) else { return };
    let block = text.split("\n\n").find(|block| block.starts_with(&format!("id = {id}\n"))).expect(id);
    for name in ["token", "keys"] {
        let start = format!("{name} = ");
        let value = block.lines().find_map(|line| line.strip_prefix(&start)).expect(name);
        fs::write(Path::new(&out).join(name), value).expect("OUT_DIR");
    }
}
