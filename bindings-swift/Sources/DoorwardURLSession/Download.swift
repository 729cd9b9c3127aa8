import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A document that was fetched, and the headers that say how long it may be kept.
struct Document: Sendable {
  var body = Data()
  var cacheControl: String?
  var age: UInt32 = 0
}

enum FetchFailed: Error {
  /// There is nothing at this URL.
  case notFound
  case status(Int, retryAfter: Duration?)
  case overBudget
  case unusable
  case timedOut
}

/// Fetches one document: no redirects, no more bytes than the budget, in one time limit as a whole.
func download(_ url: String, budget: Int, timeout: Duration) async throws -> Document {
  guard let url = URL(string: url) else { throw FetchFailed.unusable }
  let configuration = URLSessionConfiguration.ephemeral
  configuration.httpCookieStorage = nil
  configuration.urlCache = nil
  configuration.urlCredentialStorage = nil
  configuration.connectionProxyDictionary = [:]
  let download = Download(budget: budget)
  // Keeps its delegate until it is told to let go.
  let session = URLSession(configuration: configuration, delegate: download, delegateQueue: nil)
  defer { session.invalidateAndCancel() }
  var request = URLRequest(url: url, cachePolicy: .reloadIgnoringLocalAndRemoteCacheData)
  request.setValue("application/json", forHTTPHeaderField: "Accept")
  request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
  let task = session.dataTask(with: request)
  let clock = Task {
    try await Task.sleep(for: timeout)
    download.finish(.failure(FetchFailed.timedOut))
  }
  defer { clock.cancel() }
  return try await withTaskCancellationHandler {
    try await withCheckedThrowingContinuation { continuation in
      download.begin(continuation)
      task.resume()
    }
  } onCancel: {
    download.finish(.failure(CancellationError()))
  }
}

private final class Download: NSObject, URLSessionDataDelegate {
  private struct State {
    var document = Document()
    var continuation: CheckedContinuation<Document, any Error>?
    var outcome: Result<Document, any Error>?
  }

  private let budget: Int
  private let state = Lock(State())

  init(budget: Int) {
    self.budget = budget
  }

  /// Who waits; at once answered where the end has come already.
  func begin(_ continuation: CheckedContinuation<Document, any Error>) {
    let outcome = state.with { state in
      if state.outcome == nil { state.continuation = continuation }
      return state.outcome
    }
    if let outcome { continuation.resume(with: outcome) }
  }

  /// The first end counts.
  func finish(_ outcome: Result<Document, any Error>) {
    let waiting = state.with { state -> CheckedContinuation<Document, any Error>? in
      guard state.outcome == nil else { return nil }
      state.outcome = outcome
      return state.continuation
    }
    waiting?.resume(with: outcome)
  }

  func urlSession(
    _: URLSession, task _: URLSessionTask, willPerformHTTPRedirection _: HTTPURLResponse, newRequest _: URLRequest,
    completionHandler: @escaping (URLRequest?) -> Void
  ) {
    completionHandler(nil)
    // Not followed. Providers point at a page to log in where they have no such document.
    finish(.failure(FetchFailed.notFound))
  }

  func urlSession(
    _: URLSession, dataTask _: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    switch read(response) {
    case .success(let document):
      state.with { $0.document = document }
      completionHandler(.allow)
    case .failure(let error):
      completionHandler(.cancel)
      finish(.failure(error))
    }
  }

  private func read(_ response: URLResponse) -> Result<Document, FetchFailed> {
    guard let response = response as? HTTPURLResponse else { return .failure(.unusable) }
    // Providers say 400, 401, 403 or 405 too where they have no such document.
    if (400..<500).contains(response.statusCode), response.statusCode != 429 { return .failure(.notFound) }
    guard response.statusCode == 200 else {
      let after = response.value(forHTTPHeaderField: "Retry-After").flatMap { UInt32($0) }
      return .failure(.status(response.statusCode, retryAfter: after.map { .seconds($0) }))
    }
    return .success(
      Document(
        cacheControl: response.value(forHTTPHeaderField: "Cache-Control"),
        age: response.value(forHTTPHeaderField: "Age").flatMap { UInt32($0) } ?? 0))
  }

  func urlSession(_: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    let fits = state.with { state in
      guard state.document.body.count + data.count <= budget else { return false }
      state.document.body += data
      return true
    }
    if !fits {
      dataTask.cancel()
      finish(.failure(FetchFailed.overBudget))
    }
  }

  func urlSession(_: URLSession, task _: URLSessionTask, didCompleteWithError error: (any Error)?) {
    finish(error.map { .failure($0) } ?? .success(state.with { $0.document }))
  }
}
