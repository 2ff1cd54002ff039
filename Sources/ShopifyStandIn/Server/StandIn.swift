internal import HTTPTypes
internal import Hummingbird
package import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import Synchronization

/// Shopify's side of the app, as an HTTP server on this machine.
///
/// `SHOPIFY_ADMIN_BASE_URL` set to `address` leads the app here. It knows every shop whose name is well-formed, keeps
/// what an app does to each, refuses what Shopify refuses, and writes down every request with what is wrong in it. It
/// listens on 127.0.0.1 only.
package final class StandIn: Service {
    /// The app it knows.
    package let configuration: StandInConfiguration
    /// Signs what Shopify signs.
    package let signer: ShopifySigner
    let state: Mutex<StandInState>
    private let logger: Logger
    private let ports = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))

    /// A request body may have this many bytes.
    private static let bodyMax = 20 * 1024 * 1024

    /// A server that starts with `run()`.
    package init(_ configuration: StandInConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        signer = ShopifySigner(clientID: configuration.clientID, clientSecret: configuration.clientSecret)
        state = Mutex(StandInState(configuration: configuration))
    }

    /// Serves until it is cancelled or shut down.
    package func run() async throws {
        let application = Application(
            responder: CallbackResponder { (request: Request, _: BasicRequestContext) in try await self.respond(request)
            },
            configuration: .init(address: .hostname("127.0.0.1", port: configuration.port), serverName: "stand-in"),
            onServerRunning: { channel in self.opened(channel.localAddress?.port ?? 0) }, logger: logger)
        try await application.run()
    }

    private func opened(_ port: Int) {
        state.withLock { $0.baseURL = "http://127.0.0.1:\(port)" }
        ports.continuation.yield(port)
        ports.continuation.finish()
    }

    /// What `SHOPIFY_ADMIN_BASE_URL` must be, known once the server runs; waits for that, the first time it is asked.
    package func address() async -> String {
        if state.withLock({ $0.baseURL.isEmpty }) { for await _ in ports.stream { break } }
        return state.withLock { $0.baseURL } + "/{shop}"
    }

    /// The address of a shop, without a slash at its end.
    package func address(of shop: String) -> String { state.withLock { $0.baseURL } + "/\(shop)" }

    /// Serves while `body` runs.
    package static func serving<R: Sendable>(
        _ configuration: StandInConfiguration, logger: Logger,
        _ body: @Sendable (StandIn) async throws -> R
    ) async throws -> R {
        let standIn = StandIn(configuration, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await standIn.run() }
            defer { group.cancelAll() }
            _ = await standIn.address()
            return try await body(standIn)
        }
    }

    private func respond(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: Self.bodyMax)
        let now = configuration.nowMillis()
        let logged = LoggedRequest(
            number: 0, at: now, method: request.method.rawValue, target: request.uri.string, shop: "",
            headers: request.headers.map { ($0.name.canonicalName, $0.value) }, body: Array(body.readableBytesView))
        let reply = state.withLock { $0.answer(logged, now: now) }
        if reply.delayMillis > 0 { try await Task.sleep(for: .milliseconds(reply.delayMillis)) }
        return Self.response(reply)
    }

    private static func response(_ reply: StandInReply) -> Response {
        var headers = HTTPFields()
        for (name, value) in reply.headers {
            guard let name = HTTPField.Name(name) else { continue }
            headers.append(HTTPField(name: name, value: value))
        }
        let status = HTTPResponse.Status(code: reply.status)
        switch reply.body {
        case .bytes(let bytes):
            return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        case .nothing:
            return Response(status: status, headers: headers, body: .init { _ in throw BrokenConnection() })
        case .file(let file, let from, let breaksAfter):
            return Response(
                status: status, headers: headers,
                body: .init { writer in
                    var reader = BulkFileReader(file)
                    var offset = 0
                    while var piece = reader.next() {
                        defer { offset += piece.count }
                        if let breaksAfter, offset + piece.count > breaksAfter {
                            piece = Array(piece.prefix(breaksAfter - offset))
                            try await writer.write(ByteBuffer(bytes: piece))
                            throw BrokenConnection()
                        }
                        guard offset + piece.count > from else { continue }
                        try await writer.write(ByteBuffer(bytes: piece.dropFirst(max(0, from - offset))))
                    }
                    try await writer.finish(nil)
                })
        }
    }

    private struct BrokenConnection: Error {}
}
