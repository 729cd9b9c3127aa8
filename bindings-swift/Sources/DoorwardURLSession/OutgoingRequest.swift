import Foundation

/// A request that is to be sent.
struct OutgoingRequest: Sendable {
  var method = "GET"
  let url: String
  let fields: [(name: String, value: String)]
  var body = Data()
  let timeout: Duration
  /// The URL whose document named this one; none where the configuration did.
  var namedBy: String?
  /// What finds the addresses of a host.
  var resolve: @Sendable (String) throws -> Set<String> = { try addresses(of: $0) }
  /// How many bytes to read of the body of a response with this status.
  let limit: @Sendable (Int) throws -> Int
}
