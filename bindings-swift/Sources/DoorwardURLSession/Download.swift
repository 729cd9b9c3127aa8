import Doorward
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Sends a request, and reads the body of its response up to the limit. Throws ``DoorwardError/Code/addressRefused``,
/// and sends nothing, if its host has an address to which no document may lead.
func response(to outgoing: OutgoingRequest) async throws -> Response {
  guard let url = URL(string: outgoing.url), let host = url.host else { throw URLError(.badURL) }
  let configuration = URLSessionConfiguration.ephemeral
  configuration.httpCookieStorage = nil
  configuration.urlCache = nil
  configuration.urlCredentialStorage = nil
  configuration.connectionProxyDictionary = [:]
  let download = Download(limit: outgoing.limit)
  // Retains its delegate until it is invalidated.
  let session = URLSession(configuration: configuration, delegate: download, delegateQueue: nil)
  defer { session.invalidateAndCancel() }
  // The session's own limit is one for silence, and would be a minute.
  let silence = TimeInterval(outgoing.timeout.components.seconds + 1)
  var request = URLRequest(url: url, cachePolicy: .reloadIgnoringLocalAndRemoteCacheData, timeoutInterval: silence)
  request.httpMethod = outgoing.method
  if !outgoing.body.isEmpty { request.httpBody = outgoing.body }
  for field in outgoing.fields { request.addValue(field.value, forHTTPHeaderField: field.name) }
  let task = session.dataTask(with: request)
  let clock = Task {
    try await Task.sleep(for: outgoing.timeout)
    download.finish(.failure(URLError(.timedOut)))
  }
  defer { clock.cancel() }
  return try await withTaskCancellationHandler {
    try await withCheckedThrowingContinuation { continuation in
      download.begin(continuation)
      guard outgoing.isToBeResolved else { return task.resume() }
      // In a thread of its own, since it blocks. Whoever waits does so no longer than for the response.
      Thread.detachNewThread {
        do {
          try outgoing.checkAddresses(of: host)
          if !download.isFinished { task.resume() }
        } catch {
          download.finish(.failure(error))
        }
      }
    }
  } onCancel: {
    download.finish(.failure(CancellationError()))
  }
}

private final class Download: NSObject, URLSessionDataDelegate {
  private struct State {
    var response: Response?
    var limit = 0
    var continuation: CheckedContinuation<Response, any Error>?
    var outcome: Result<Response, any Error>?
  }

  private let limit: @Sendable (Int) throws -> Int
  private let state = Lock(State())

  init(limit: @escaping @Sendable (Int) throws -> Int) {
    self.limit = limit
  }

  /// Sets the continuation that waits; resumes it at once if the download has already ended.
  func begin(_ continuation: CheckedContinuation<Response, any Error>) {
    let outcome = state.with { state in
      if state.outcome == nil { state.continuation = continuation }
      return state.outcome
    }
    if let outcome { continuation.resume(with: outcome) }
  }

  /// Whether the download has ended.
  var isFinished: Bool { state.with { $0.outcome != nil } }

  /// Ends the download. Only the first call has an effect.
  func finish(_ outcome: Result<Response, any Error>) {
    let waiting = state.with { state -> CheckedContinuation<Response, any Error>? in
      guard state.outcome == nil else { return nil }
      state.outcome = outcome
      return state.continuation
    }
    waiting?.resume(with: outcome)
  }

  func urlSession(
    _: URLSession, task _: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
    newRequest _: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
  ) {
    // Not followed.
    completionHandler(nil)
    receive(response)
  }

  func urlSession(
    _: URLSession, dataTask _: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    completionHandler(.allow)
    receive(response)
  }

  private func receive(_ response: URLResponse) {
    do {
      guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
      let limit = try limit(response.statusCode)
      state.with { ($0.response, $0.limit) = (Response(response), limit) }
      receive(Data())
    } catch {
      finish(.failure(error))
    }
  }

  func urlSession(_: URLSession, dataTask _: URLSessionDataTask, didReceive data: Data) {
    receive(data)
  }

  /// Reads up to the limit, then ends the download.
  private func receive(_ data: Data) {
    let whole = state.with { state -> Response? in
      let room = state.limit - (state.response?.body.count ?? 0)
      state.response?.body += data.prefix(room)
      return data.count < room ? nil : state.response
    }
    if let whole { finish(.success(whole)) }
  }

  func urlSession(_: URLSession, task _: URLSessionTask, didCompleteWithError error: (any Error)?) {
    guard error == nil, let response = state.with({ $0.response }) else {
      return finish(.failure(error ?? URLError(.badServerResponse)))
    }
    finish(.success(response))
  }
}
