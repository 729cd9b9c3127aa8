// swift-tools-version: 6.0
import PackageDescription

// Linux links the static library that `scripts/swift-library PREFIX` installs, found by pkg-config. On Apple platforms it
// comes in an XCFramework, which `scripts/swift-xcframework` builds.
#if os(Linux)
  let library = Target.systemLibrary(name: "DoorwardBridgeFFI", pkgConfig: "doorward-swift")
#else
  let library = Target.binaryTarget(name: "DoorwardBridgeFFI", path: "DoorwardBridgeFFI.xcframework")
#endif

let package = Package(
  name: "Doorward",
  platforms: [.macOS(.v13), .iOS(.v16)],
  products: [
    .library(name: "Doorward", targets: ["Doorward"]),
    .library(name: "DoorwardURLSession", targets: ["DoorwardURLSession"]),
  ],
  targets: [
    library,
    // Generated (`scripts/swift-generate`), and not API.
    .target(name: "DoorwardBridge", dependencies: ["DoorwardBridgeFFI"]),
    .target(name: "Doorward", dependencies: ["DoorwardBridge"]),
    .target(name: "DoorwardURLSession", dependencies: ["Doorward"]),
    .testTarget(
      name: "DoorwardTests",
      dependencies: ["Doorward", "DoorwardBridge", "DoorwardURLSession", "MCPAdapter", "TinyHTTP"]),
    .executableTarget(name: "Verdicts", dependencies: ["Doorward"], path: "Tests/Verdicts"),
    .executableTarget(name: "Bench", dependencies: ["Doorward"], path: "Tests/Bench"),
    .target(name: "TinyHTTP", path: "Examples/TinyHTTP"),
    .executableTarget(
      name: "ExampleServer", dependencies: ["Doorward", "DoorwardURLSession", "TinyHTTP"], path: "Examples/Server"),
    .target(name: "MCPAdapter", dependencies: ["Doorward"], path: "Examples/MCPAdapter"),
    .executableTarget(name: "Readme", dependencies: ["Doorward", "DoorwardURLSession"], path: "Examples/Readme"),
  ]
)
