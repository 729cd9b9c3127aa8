internal import DoorwardBridge

extension Random {
  init(from generator: inout some RandomNumberGenerator) {
    self.init(a: generator.next(), b: generator.next(), c: generator.next(), d: generator.next())
  }
}
