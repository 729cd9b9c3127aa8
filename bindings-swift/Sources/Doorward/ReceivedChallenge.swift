internal import DoorwardBridge

/// The Bearer challenge of a `WWW-Authenticate` header, as a client parses it (RFC 9110 section 11.6.1, RFC 6750
/// section 3). A parameter whose value its standard does not allow counts as missing. The texts are the server's, which
/// may repeat what was sent: its description and dump contain none of them; format each with ``printable(_:)``.
public struct ReceivedChallenge: Hashable, Sendable, Redacted {
  /// `error`, such as `invalid_token` (RFC 6750 section 3.1).
  public let error: String?
  /// `error_description`: a text for developers.
  public let errorDescription: String?
  /// `scope`, separated by spaces: what the request requires.
  public let scope: String?
  /// `resource_metadata` (RFC 9728 section 5.1): an absolute URI, which is not checked further.
  public let resourceMetadata: String?

  /// Parses the values of the header, one for each header line. Throws ``DoorwardError/Code/challengeMissing`` or
  /// ``DoorwardError/Code/challengeMalformed``.
  public init(_ values: [String]) throws(DoorwardError) {
    let read = try cross { try readChallenge(values: values) }
    (error, errorDescription) = (read.error, read.errorDescription)
    (scope, resourceMetadata) = (read.scope, read.resourceMetadata)
  }
}
