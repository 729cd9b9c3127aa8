extension Duration {
  /// Clamped to core's range. More seconds than 64 bits hold would trap in `components`, and in clocks.
  package var bounded: Duration { max(.zero, min(self, .seconds(UInt32.max))) }

  /// Clamped to what `components` hold.
  var holdable: Duration { max(.zero, min(self, .seconds(Int64.max))) }

  /// Whole seconds, rounded down, in 32 bits.
  var wholeSeconds: UInt32 { UInt32(clamping: bounded.components.seconds) }

  /// Rounded down; 0 for less, and the most that there is for more.
  var wholeMilliseconds: UInt64 {
    let (seconds, attoseconds) = holdable.components
    let (whole, over) = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1000)
    let (sum, more) = whole.addingReportingOverflow(UInt64(clamping: attoseconds / 1_000_000_000_000_000))
    return over || more ? .max : sum
  }
}
