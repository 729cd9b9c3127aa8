internal import DoorwardBridge

/// Who sends a request, by address.
public enum Client {
  /// Returns the key under which a rate limit counts a client: an IPv4 address, or the first 64 bits of an IPv6
  /// address, since providers assign at least such a network to one customer. An IPv4-mapped address becomes the IPv4
  /// address; zone and port are removed. `nil` for what is not an address: a name, `unknown`, or an address with white
  /// space around it.
  public static func key(of address: String) throws(DoorwardError) -> String? {
    try cross { try clientKey(address: address) }
  }

  /// The header field in which a server's own proxies write the client's address.
  public enum ForwardedBy: Hashable, Sendable {
    /// `X-Forwarded-For`: addresses separated by commas.
    case xForwardedFor
    /// `Forwarded` (RFC 7239 section 4).
    case forwarded
  }

  /// Returns the address of the client of a request that passed so many trusted proxies; without any, the peer's.
  ///
  /// `values` are those of the field that these proxies write, one for each header line, in order. Each trusted proxy
  /// appends the address of its own peer, so the client's address is at position `trustedHops` from the right; what
  /// precedes it is ignored. If there are fewer entries, or that one is not an address, the peer's address is returned;
  /// `nil` if the peer is not an address either.
  public static func address(
    peer: String?, by field: ForwardedBy = .xForwardedFor, values: [String], trustedHops: Int
  ) throws(DoorwardError) -> String? {
    try cross {
      try clientAddress(
        peer: peer, forwarded: field == .forwarded, values: values, trustedHops: UInt64(clamping: trustedHops))
    }
  }
}
