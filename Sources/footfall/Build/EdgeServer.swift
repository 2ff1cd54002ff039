internal import Gateway
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOExtras
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1
internal import NIOPosix
internal import ServiceLifecycle
internal import SystemPackage

/// The listener: one port for everything. The gateway's handler stands first on each connection and answers ingest
/// itself; a connection that asks for anything else gets Hummingbird's handlers then, and one child task.
///
/// So an idle pixel connection costs a channel and one handler, and no task.
struct EdgeServer: Service {
    typealias Connection = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let gateway: Gateway
    let responder: HTTPChannelHandler.Responder
    let host: String
    let port: Int
    let group: any EventLoopGroup
    let logger: Logger
    /// Called with the port once the listener is bound.
    let onListening: @Sendable (Int) async -> Void

    /// Requests that are being answered get this long at shutdown; the whole process has five seconds.
    private static let quiesceMax: TimeAmount = .seconds(2)
    private static let backlog: ChannelOptions.Types.SocketOption.Value = 4096

    func run() async throws {
        let (connections, continuation) = AsyncStream.makeStream(of: Connection.self)
        let quiescing = ServerQuiescingHelper(group: group)
        let listener = try await bind(quiescing) { connection in continuation.yield(connection) }
        await onListening(listener.localAddress?.port ?? port)
        let rest = RestHandler(responder: responder)
        let logger = self.logger
        let loop = group.next()
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { tasks in
                for await connection in connections {
                    tasks.addTask { await rest.handleHTTP(asyncChannel: connection, logger: logger) }
                }
            }
        } onGracefulShutdown: {
            let closed = loop.makePromise(of: Void.self)
            let deadline = loop.scheduleTask(in: Self.quiesceMax) { closed.succeed() }
            quiescing.initiateShutdown(promise: closed)
            closed.futureResult.whenComplete { _ in
                deadline.cancel()
                continuation.finish()
            }
        }
    }

    private func bind(
        _ quiescing: ServerQuiescingHelper, _ hand: @escaping @Sendable (Connection) -> Void
    ) async throws -> any Channel {
        do {
            return try await bootstrap(quiescing, hand).bind(host: host, port: port).get()
        } catch let error as IOError {
            throw CommandFailure(
                "\(host):\(port) cannot be listened on: \(Errno(rawValue: error.errnoCode)). "
                    + "Choose another with --port or FOOTFALL_LISTEN.")
        }
    }

    private func bootstrap(
        _ quiescing: ServerQuiescingHelper, _ hand: @escaping @Sendable (Connection) -> Void
    ) -> ServerBootstrap {
        let gateway = self.gateway
        return ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: Int32(Self.backlog))
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(quiescing.makeServerChannelHandler(channel: channel))
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try IngestChannel.addHandlers(
                        to: channel, gateway: gateway, rest: .onDemand { hand(try Self.connection($0)) })
                }
            }
    }

    private static func connection(_ channel: any Channel) throws -> Connection {
        try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        return try NIOAsyncChannel(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }
}

/// Runs Hummingbird's request loop on connections that `EdgeServer` has set up.
private struct RestHandler: HTTPChannelHandler {
    typealias Value = EdgeServer.Connection
    let responder: HTTPChannelHandler.Responder

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        preconditionFailure("EdgeServer sets connections up")
    }

    func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }
}
