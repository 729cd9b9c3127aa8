import struct Foundation.Data

extension Data {
  /// The bridge counts in 32 bits. Longer data is over every limit, and remains so when it is truncated.
  var bounded: Data { count > Int(Int32.max) ? prefix(Int(Int32.max)) : self }
}
