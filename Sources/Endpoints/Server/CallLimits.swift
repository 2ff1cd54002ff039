internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Synchronization

/// Around every call of the API: one more of its address, and the headers that say how much is left. The shop is counted
/// where it is known, by `Gatekeeper`; of the two limits the headers show the shop's.
struct CallLimits: RouterMiddleware {
    typealias Context = EndpointContext

    let limiter: (any CallLimiter)?

    /// What a call came to; `Gatekeeper` writes it, far below in the same task.
    final class Note: Sendable {
        private let rate = Mutex<CallRate?>(nil)
        var last: CallRate? { rate.withLock { $0 } }
        func set(_ rate: CallRate) { self.rate.withLock { $0 = rate } }
    }

    /// The note of the call that this task answers.
    @TaskLocal static var note: Note?

    @concurrent
    func handle(
        _ request: Request, context: EndpointContext,
        next: @concurrent (Request, EndpointContext) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        guard let limiter, path.hasPrefix("/api/") || path.hasPrefix("/app/api/"), request.method != .options else {
            return try await next(request, context)
        }
        let note = Note()
        if let rate = limiter.take(from: context.peer, headers: request.headers) {
            try rate.check()
            note.set(rate)
        }
        var response: Response
        do {
            response = try await Self.$note.withValue(note) { try await next(request, context) }
        } catch let error as CancellationError {
            throw error
        } catch {
            // The frame outside counts and logs it by its status.
            var problem = Problem(error)
            if problem.status.code == 500 { throw error }
            if problem.status != .tooManyRequests { note.last?.write(&problem.headers) }
            throw problem
        }
        note.last?.write(&response.headers)
        return response
    }
}
