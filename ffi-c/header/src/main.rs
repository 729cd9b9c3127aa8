//! Writes `include/doorward.h`: functions and types from the sources of `ffi-c`, error numbers from core's own table, the
//! version from the workspace. `--check` writes nothing and fails where the file differs.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use cbindgen::{Braces, Builder, Config, DocumentationStyle, Language, ParseConfig, Style};
use doorward::error::Error;
use doorward::jwk::MAX_KEY_SET_LENGTH;
use doorward::jwt::MAX_TOKEN_LENGTH;
use doorward::oauth::code::DEFAULT_CODE_LIFETIME;
use doorward::oauth::metadata::MAX_METADATA_LENGTH;
use doorward::oauth::rotation::Lifetimes;

#[path = "../../src/own.rs"]
mod own;

const ABOUT: &str = include_str!("about.h");
const INLINE: &str = include_str!("inline.h");

/// The member `version` of the workspace's manifest.
fn version(root: &Path) -> Option<String> {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).ok()?;
    let line = manifest.lines().find(|line| line.starts_with("version = "))?;
    line.split('"').nth(1).map(str::to_owned)
}

fn version_macros(version: &str) -> String {
    let mut text = format!(
        "\n/** The version of this header; doorward_version() returns the library's. */\n#define DOORWARD_VERSION \"{version}\"\n"
    );
    for (name, number) in ["MAJOR", "MINOR", "PATCH"].into_iter().zip(version.split(['.', '-'])) {
        let _ = writeln!(text, "#define DOORWARD_VERSION_{name} {number}");
    }
    text
}

/// Core's limits on what is read.
fn limits() -> String {
    let mut text = String::from(
        "\n/* The maximum lengths in bytes of a token, a key set and a metadata document: longer ones are rejected. */\n",
    );
    for (name, bytes) in
        [("TOKEN", MAX_TOKEN_LENGTH), ("KEY_SET", MAX_KEY_SET_LENGTH), ("METADATA", MAX_METADATA_LENGTH)]
    {
        let _ = writeln!(text, "#define DOORWARD_MAX_{name}_LENGTH {bytes}");
    }
    text
}

/// Core's defaults of an authorization server.
fn defaults() -> String {
    let mut text = String::from(
        "\n/* Seconds for which a code is good, and the members of doorward_refresh_lifetimes, where nothing asks for others. */\n",
    );
    let Lifetimes { family, idle, grace } = Lifetimes::DEFAULT;
    let code = ("CODE_LIFETIME", DEFAULT_CODE_LIFETIME);
    for (name, seconds) in [code, ("REFRESH_FAMILY", family), ("REFRESH_IDLE", idle), ("REFRESH_GRACE", grace)] {
        let _ = writeln!(text, "#define DOORWARD_DEFAULT_{name} {seconds}");
    }
    text
}

/// An enumerator for each number; its type is an int, and that is what functions return.
fn errors() -> String {
    let mut text = String::from(
        "\n/**\n * Error numbers. Those below 100 are specific to this library, the others are the same in every language.\n */\nenum {\n",
    );
    let core =
        Error::TABLE.iter().zip(Error::TEXTS).map(|((number, name), text)| (i32::from(*number), *name, *text));
    let all: Vec<_> = own::ERRORS.into_iter().chain(core).collect();
    for (at, (number, name, about)) in all.iter().enumerate() {
        let comma = if at + 1 == all.len() { "" } else { "," };
        let _ = writeln!(text, "  /** {about} */\n  DOORWARD_{} = {number}{comma}", name.to_uppercase());
    }
    text + "};\n"
}

fn config(version: &str) -> Config {
    let mut config = Config {
        language: Language::C,
        cpp_compat: true,
        header: Some(ABOUT.trim_end().into()),
        no_includes: true,
        sys_includes: ["stdbool.h", "stddef.h", "stdint.h"].map(String::from).into(),
        after_includes: Some(version_macros(version) + &limits() + &defaults() + &errors()),
        trailer: Some(INLINE.trim_end().into()),
        documentation_style: DocumentationStyle::Doxy,
        style: Style::Both,
        braces: Braces::SameLine,
        line_length: 110,
        tab_width: 2,
        usize_is_size_t: true,
        parse: ParseConfig { parse_deps: false, ..ParseConfig::default() },
        ..Config::default()
    };
    config.defines.insert("feature = std".into(), "DOORWARD_WITH_HEAP".into());
    config
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (source, target) = (root.join("ffi-c"), root.join("ffi-c/include/doorward.h"));
    let Some(version) = version(&root) else {
        eprintln!("Cargo.toml has no version");
        return ExitCode::from(2);
    };
    let mut text = Vec::new();
    match Builder::new().with_crate(&source).with_config(config(&version)).generate() {
        Ok(bindings) => {
            bindings.write(&mut text);
            text.push(b'\n');
        }
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    }
    if env::args().any(|argument| argument == "--check") {
        let same = fs::read(&target).is_ok_and(|before| before == text);
        if !same {
            eprintln!("{} is not what the sources say: make -C ffi-c header", target.display());
        }
        return if same { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    match fs::write(&target, text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", target.display());
            ExitCode::FAILURE
        }
    }
}
