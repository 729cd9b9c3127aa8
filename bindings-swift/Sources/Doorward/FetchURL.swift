internal import DoorwardBridge
public import struct Foundation.Data

/// URLs from other parties (RFC 9728 section 7.7), before and after their host is resolved.
public enum FetchURL {
  /// Throws ``DoorwardError/Code/fetchUrlRefused`` unless it is `https`, at a name or a public address, without user
  /// information, fragment or dot segments.
  public static func check(_ url: String) throws(DoorwardError) {
    try cross { try checkFetchUrl(url: url) }
  }

  /// Throws ``DoorwardError/Code/addressRefused`` unless an address that the host resolved to, as text, is that of a
  /// host on the internet (RFC 6890). Connect to the address that was checked: the name may resolve to another one
  /// later.
  public static func check(address: String) throws(DoorwardError) {
    try cross { try checkAddress(address: address) }
  }

  /// Returns whether to connect to an address, as text, for a URL that a document of `origin` named: it is that of a
  /// host on the internet, or the URL's host is the origin's own, or the origin is on loopback.
  public static func mayConnect(from origin: String, to url: String, at address: String) -> Bool {
    read(or: false) { try DoorwardBridge.mayConnect(origin: origin, url: url, address: address) }
  }

  /// Returns whether a host that an operator configured is a name in the public DNS. Whoever controls such a name
  /// decides to which address it leads, so pass each address that it resolves to to ``check(address:)``. False for an
  /// address, and for a name that only exists in the operator's own network.
  public static func isPublicName(_ host: String) -> Bool {
    read(or: true) { try DoorwardBridge.isPublicName(host: host) }
  }

  /// Like ``check(address:)``, for an address of 4 or 16 bytes in network order.
  public static func check(address: Data) throws(DoorwardError) {
    try cross { try checkAddressBytes(address: address.bounded) }
  }
}
