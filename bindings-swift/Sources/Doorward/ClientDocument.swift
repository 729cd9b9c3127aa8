internal import DoorwardBridge
public import struct Foundation.Data
public import struct Foundation.Date

/// Clients whose identifier is the URL of their metadata document.
public enum ClientDocument {
  /// Returns whether a `client_id` is meant as such a URL, whatever ``check(_:)`` says of it: it has a colon, which no
  /// identifier has that this server made when a client registered.
  public static func isURL(_ clientID: String) -> Bool {
    Doorward.read(or: false) { try isClientDocumentUrl(clientId: clientID) }
  }

  /// Throws ``DoorwardError/Code/clientDocumentUrlRefused`` unless a `client_id` is such a URL: `https` with a path, at
  /// a name or a public address. Fetch it with `Accept: application/json` and `Accept-Encoding: identity`, without
  /// following redirects, at an address that ``FetchURL/check(address:)`` accepts.
  public static func check(_ url: String) throws(DoorwardError) {
    try cross { try checkClientDocumentUrl(url: url) }
  }

  /// Returns how many bytes to read of the body of a response with this status. Truncate a longer body: it is then
  /// rejected for its length. 0 if the body is not used.
  public static func bodyLimit(forStatus status: Int) throws(DoorwardError) -> Int {
    try cross { Int(clamping: try clientDocumentBodyLimit(status: UInt16(clamping: status))) }
  }

  /// Parses the response, with all its header fields. The document must be `application/json`, contain this
  /// `client_id`, byte for byte, and no shared secret. Returns the client's metadata, and how long to cache it.
  ///
  /// Throws ``DoorwardError/Code/clientUnknown`` for a status that means that there is no document,
  /// ``DoorwardError/Code/responseStatus`` for one that means that it is not available now.
  public static func read(
    _ url: String, status: Int, fields: [(name: String, value: String)], body: Data, registrable: Registrable,
    at now: Date = Date()
  ) throws(DoorwardError) -> (client: ClientMetadata, lifetime: Duration) {
    let fetched = try cross {
      try clientDocument(
        url: url, status: UInt16(clamping: status), fields: fields.map { HeaderField(name: $0.name, value: $0.value) },
        body: body.bounded, authMethods: registrable.authMethods, clientCredentials: registrable.clientCredentials,
        now: now.unixSeconds)
    }
    return (ClientMetadata(fetched.client, body, registrable), .seconds(fetched.lifetime))
  }
}
