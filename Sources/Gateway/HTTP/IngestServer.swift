package import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import Synchronization

/// Listens, and gives each connection to the gateway's handlers. For processes that have no other HTTP server, and for
/// those that add theirs on demand (`IngestChannel.Rest`).
package struct IngestServer: Service {
    private let gateway: Gateway
    private let host: String
    private let port: Int
    private let group: any EventLoopGroup
    private let rest: IngestChannel.Rest
    private let onReady: @Sendable (Int) async -> Void

    /// Connections that the kernel may hold until they are accepted.
    private static var backlog: Int32 { 1_024 }
    /// How long connections may take to finish what they are at when the server stops.
    private static var graceTime: TimeAmount { .seconds(3) }

    /// `onReady` is called with the port once connections are accepted; port 0 asks the system for a free one.
    package init(
        gateway: Gateway, host: String, port: Int, eventLoopGroup: any EventLoopGroup, rest: IngestChannel.Rest = .none,
        onReady: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.gateway = gateway
        self.host = host
        self.port = port
        self.group = eventLoopGroup
        self.rest = rest
        self.onReady = onReady
    }

    /// Serves until shutdown: then no connection is accepted, requests in progress are answered, and idle connections
    /// are closed.
    package func run() async throws {
        let connections = OpenConnections()
        let listener = try await bind(connections)
        await onReady(listener.localAddress?.port ?? port)
        try await withGracefulShutdownHandler {
            try await withTaskCancellationHandler {
                try await listener.closeFuture.get()
            } onCancel: {
                listener.close(promise: nil)
            }
        } onGracefulShutdown: {
            listener.close(promise: nil)
        }
        await connections.finish(on: group.next(), within: Self.graceTime)
    }

    private func bind(_ connections: OpenConnections) async throws -> any Channel {
        let (gateway, rest) = (gateway, rest)
        return try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    connections.add(channel)
                    try IngestChannel.addHandlers(to: channel, gateway: gateway, rest: rest)
                }
            }
            .bind(host: host, port: port).get()
    }
}

/// The connections of a server, so that they can be asked to end.
private final class OpenConnections: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        channels.withLock { $0[id] = channel }
        channel.closeFuture.whenComplete { [self] _ in _ = channels.withLock { $0.removeValue(forKey: id) } }
    }

    /// Asks all connections to end, and ends those that have not after `limit`.
    func finish(on loop: any EventLoop, within limit: TimeAmount) async {
        let open = channels.withLock { Array($0.values) }
        for channel in open { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        let timer = loop.scheduleTask(in: limit) {
            for channel in open { channel.close(promise: nil) }
        }
        for channel in open {
            // How a connection ended matters to nobody any more.
            _ = try? await channel.closeFuture.get()
        }
        timer.cancel()
    }
}
