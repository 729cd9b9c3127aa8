//! Writes the Swift side of the bridge, the list of errors, and the response if the library itself fails:
//! `doorward-swift-generate LIBRARY FOLDER`.

use std::path::Path;

use doorward::error::Error;
use doorward::response::ErrorResponse;
use uniffi_bindgen::bindings::{SwiftBindingsOptions, generate_swift_bindings};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(library), Some(folder), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        panic!("usage: doorward-swift-generate LIBRARY FOLDER");
    };
    let options = SwiftBindingsOptions {
        generate_swift_sources: true,
        generate_headers: true,
        generate_modulemap: false,
        source: library.into(),
        out_dir: folder.clone().into(),
        xcframework: false,
        module_name: None,
        modulemap_filename: None,
        metadata_no_deps: true,
        link_frameworks: Vec::new(),
        config: None,
    };
    generate_swift_bindings(options).expect("the library holds the bridge");
    std::fs::write(Path::new(&folder).join("ErrorCode.swift"), error_codes()).expect("the folder can be written to");
}

/// A doc comment, in lines that are no longer than others.
fn comment(text: &str) -> String {
    let mut lines = vec![String::from("  ///")];
    for word in text.split(' ') {
        if lines.last().is_some_and(|line| line.len() + 1 + word.len() > 120) {
            lines.push(String::from("  ///"));
        }
        lines.iter_mut().last().into_iter().for_each(|line| *line += &format!(" {word}"));
    }
    lines.join("\n")
}

/// `token_expired` as Swift writes names: `tokenExpired`.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

/// A constant for each error of core's table.
fn error_codes() -> String {
    let rows = || Error::TABLE.iter().zip(Error::TEXTS);
    let constants = rows().map(|((number, name), text)| {
        format!("{}\n  public static let {} = Self(rawValue: {number})\n", comment(text), camel(name))
    });
    let all = rows().map(|((_, name), _)| format!("    .{},\n", camel(name)));
    // No error of core has this number.
    let failure = ErrorResponse::of_number(0, 0);
    format!(
        "// Written by scripts/swift-generate, out of core's table.\n\nextension DoorwardError.Code: CaseIterable {{\n{}\n  \
         /// The errors of core, in the order of their numbers.\n  public static let allCases: [Self] = [\n{}  ]\n}}\n\n\
         extension DoorwardError {{\n  /// The response if the library itself failed, so that core does not say it.\n  \
         static let failure = (\n    status: {}, cacheControl: \"{}\",\n    body: #\"{}\"#\n  )\n}}\n",
        constants.collect::<String>(),
        all.collect::<String>(),
        failure.status(),
        failure.cache_control(),
        failure.body()
    )
}
