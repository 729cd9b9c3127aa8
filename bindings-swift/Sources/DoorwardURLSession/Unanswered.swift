import Doorward
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A fetch that failed because no response came.
struct Unanswered: Error {
  let outcome: DoorwardError
  /// Why no response came.
  let cause: any Error
}

/// Returns the text for the log about an error.
func reason(_ error: any Error) -> String {
  switch error {
  case let error as Unanswered: "\(error.outcome.description), \(reason(error.cause))"
  case let error as DoorwardError: error.description
  case let error as URLError: "URLError \(error.code.rawValue)"
  default: "\(type(of: error))"
  }
}
