//! Finds memory.x, and takes the token or key whose cost is measured out of the shared vectors.

use std::path::Path;
use std::{env, fs};

fn main() {
    let here = env::var("CARGO_MANIFEST_DIR").expect("set by cargo");
    println!("cargo::rustc-link-search={here}");
    println!("cargo::rerun-if-changed=memory.x");
    println!("cargo::rerun-if-changed={here}/../vectors");
    let out = env::var("OUT_DIR").expect("set by cargo");
    let wanted =
        |(feature, ..): &(&str, &str, &str, [&str; 2])| env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    let vectors = [
        ("RS256_4096", "tokens", "rs256-4096", ["token", "keys"]),
        ("RS256", "tokens", "good", ["token", "keys"]),
        ("ES256", "tokens", "es256", ["token", "keys"]),
        ("ED25519", "tokens", "ed25519", ["token", "keys"]),
        ("HS256", "tokens", "hs256", ["token", "keys"]),
        ("API_KEY", "answers", "key-good", ["key", "stored"]),
    ];
    let Some((_, file, id, names)) = vectors.into_iter().find(wanted) else { return };
    let text = fs::read_to_string(format!("{here}/../vectors/{file}.txt")).expect(file);
    let block = text.split("\n\n").find(|block| block.starts_with(&format!("id = {id}\n"))).expect(id);
    for name in names {
        let start = format!("{name} = ");
        let value = block.lines().find_map(|line| line.strip_prefix(&start)).expect(name);
        fs::write(Path::new(&out).join(name), value).expect("OUT_DIR");
    }
}
