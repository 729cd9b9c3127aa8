internal import DoorwardBridge

/// The web origins whose requests are accepted (RFC 6454): MCP's transport requires servers to validate `Origin`,
/// against DNS rebinding.
public enum Origin {
  /// Checks the values of the Origin header, one for each header line, against the allowed origins: compared byte for
  /// byte, `*` for any. A request without the header does not come from a web page, and is accepted; `null` is accepted
  /// only if it is listed. Throws ``DoorwardError/Code/originRefused``.
  public static func check(_ values: [String], allowed origins: [String]) throws(DoorwardError) {
    try cross { try checkOrigin(values: values, origins: origins) }
  }

  /// Checks the values of the Origin header of a form that a page sends to the server that it came from, by the URL
  /// that the form is sent to: its origin (RFC 6454), or `null`, which is what a page with `Referrer-Policy:
  /// no-referrer` says. A request without the header is accepted. This is not sufficient on its own: also put a value
  /// into the form that no other page can know, sealed for its browser (``SealingKeys``), for example. Throws
  /// ``DoorwardError/Code/originRefused``.
  public static func checkForm(_ values: [String], sentTo action: String) throws(DoorwardError) {
    try cross { try checkFormOrigin(values: values, action: action) }
  }

  /// Returns whether no page of another site led the user here, by the values of the Sec-Fetch-Site header: a page of
  /// the same origin did, or a program, or the user by typing. False without the header.
  public static func isOwnNavigation(_ values: [String]) -> Bool {
    read(or: false) { try DoorwardBridge.isOwnNavigation(values: values) }
  }

  /// Returns whether this is an origin of `http` or `https` as browsers serialize one (RFC 6454 section 6.2): any other
  /// text in the list of ``check(_:allowed:)`` matches no page, but for `null` and `*`, which are none.
  public static func isSerialized(_ text: String) -> Bool {
    read(or: false) { try isSerializedOrigin(text: text) }
  }
}
