//! Writes the Swift side of the bridge: `doorward-swift-generate LIBRARY FOLDER`.

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
        out_dir: folder.into(),
        xcframework: false,
        module_name: None,
        modulemap_filename: None,
        metadata_no_deps: true,
        link_frameworks: Vec::new(),
        config: None,
    };
    generate_swift_bindings(options).expect("the library holds the bridge");
}
