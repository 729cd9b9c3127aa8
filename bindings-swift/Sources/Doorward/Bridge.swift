internal import DoorwardBridge

/// Calls core and converts its error to a ``DoorwardError``.
func cross<T>(_ call: () throws -> T) throws(DoorwardError) -> T {
  do {
    return try call()
  } catch let failure as Failure {
    throw DoorwardError(failure)
  } catch {
    throw DoorwardError(.libraryFailed)
  }
}

/// Returns a value that is always there; if the library itself fails, `closed`, which lets nobody in.
func read<T>(or closed: T, _ call: () throws -> T) -> T {
  do { return try call() } catch { return closed }
}
