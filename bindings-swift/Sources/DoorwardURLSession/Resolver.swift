import Doorward
import Foundation

/// Returns the addresses of a host, as text. Blocks for as long as the system's resolver waits.
func addresses(of host: String) throws -> Set<String> {
  var hints = addrinfo()
  hints.ai_family = AF_UNSPEC
  var found: UnsafeMutablePointer<addrinfo>?
  guard getaddrinfo(host, nil, &hints, &found) == 0 else { throw URLError(.cannotFindHost) }
  defer { freeaddrinfo(found) }
  return try Set(
    sequence(first: found) { $0?.pointee.ai_next }.compactMap { $0?.pointee }.map { one in
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      let failed = getnameinfo(
        one.ai_addr, one.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
      guard failed == 0 else { throw URLError(.cannotFindHost) }
      return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    })
}

extension OutgoingRequest {
  /// Whether the host's addresses must be checked: not if the configuration contains the URL, nor if every address is
  /// allowed.
  var isToBeResolved: Bool {
    namedBy.map { !FetchURL.mayConnect(from: $0, to: url, at: "::1") } ?? false
  }

  /// Throws ``DoorwardError/Code/addressRefused`` if the host has an address to which the document that contains the
  /// URL may not lead. Blocks. URLSession resolves the name again: a change of its addresses in between is not
  /// detected.
  func checkAddresses(of host: String) throws {
    let found = try resolve(host)
    guard !found.isEmpty else { throw URLError(.cannotFindHost) }
    for address in found where !FetchURL.mayConnect(from: namedBy ?? url, to: url, at: address) {
      throw DoorwardError(.addressRefused)
    }
  }
}
