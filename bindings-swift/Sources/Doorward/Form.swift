internal import DoorwardBridge
public import struct Foundation.Data

/// Forms that a browser submits from one of the server's own pages (RFC 6749 appendix B).
public enum Form {
  /// Returns the value of a field; `nil` if it is missing or empty. Does not check that the form is the server's own:
  /// include sealed state in it (``SealingKeys``). Throws ``DoorwardError/Code/parameterRepeated`` if any field occurs
  /// twice, ``DoorwardError/Code/parameterMalformed`` if it is not form encoded or not UTF-8, or the form has more than
  /// 64 fields.
  public static func field(_ name: String, of form: Data) throws(DoorwardError) -> String? {
    try cross { try formField(form: form.bounded, name: name) }
  }
}
