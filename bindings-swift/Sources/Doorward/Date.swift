import struct Foundation.Date

extension Date {
  init(unixSeconds: Int64) {
    self.init(timeIntervalSince1970: Double(unixSeconds))
  }

  /// What is before 1970 counts as 1970; what is no time at all is so late that every token has expired.
  var unixSeconds: UInt64 {
    let seconds = timeIntervalSince1970
    if seconds < 0 { return 0 }
    return seconds < 0x1p63 ? UInt64(seconds) : .max
  }
}
