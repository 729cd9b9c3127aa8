// swift-tools-version: 6.0
// A package of somebody else, who depends on this one by its path.
import PackageDescription

let package = Package(
  name: "Consumer",
  platforms: [.macOS(.v13)],
  dependencies: [.package(name: "Doorward", path: "../..")],
  targets: [
    .executableTarget(
      name: "Consumer",
      dependencies: [
        .product(name: "Doorward", package: "Doorward"), .product(name: "DoorwardURLSession", package: "Doorward"),
      ])
  ]
)
