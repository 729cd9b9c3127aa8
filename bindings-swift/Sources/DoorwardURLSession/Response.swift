import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A response: status, header fields and body.
struct Response: Sendable {
  let status: Int
  let fields: [(name: String, value: String)]
  var body = Data()

  init(_ response: HTTPURLResponse) {
    status = response.statusCode
    fields = response.allHeaderFields.map { (name: "\($0.key)", value: "\($0.value)") }
  }
}
