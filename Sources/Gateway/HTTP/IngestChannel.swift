package import NIOCore
internal import NIOHTTP1

/// How a connection's pipeline is put together; the seam to whoever answers everything but ingest.
package enum IngestChannel {
    /// Who answers requests that are not the gateway's.
    package enum Rest: Sendable {
        /// Nobody: 404.
        case none
        /// Handlers that this closure adds to the end of the pipeline when the connection's first such request comes.
        /// They take `HTTPServerRequestPart` and answer with `HTTPServerResponsePart`, one request at a time. It is
        /// called on the connection's event loop.
        case onDemand(@Sendable (any Channel) throws -> Void)
        /// Handlers that the caller adds to the end of the pipeline right after `addHandlers`.
        case added
    }

    /// Adds the gateway's handlers to a new connection. Call it first, on the connection's event loop.
    package static func addHandlers(to channel: any Channel, gateway: Gateway, rest: Rest) throws {
        let worker = gateway.loops.worker(for: channel.eventLoop, gateway: gateway)
        guard gateway.metrics.connectionOpened() <= gateway.configuration.limits.connectionsMax else {
            gateway.metrics.connectionClosed()
            throw ConnectionLimitReached()
        }
        let metrics = gateway.metrics
        channel.closeFuture.whenComplete { _ in metrics.connectionClosed() }
        let front = IngestHandler(worker: worker, rest: rest)
        try channel.pipeline.syncOperations.addHandler(front)
        if case .added = rest { front.codec = try addCodec(to: channel, front: front) }
    }

    /// As many connections are open as the limits allow; this one is closed.
    package struct ConnectionLimitReached: Error {}

    /// Adds NIO's codec and the handler behind it.
    static func addCodec(to channel: any Channel, front: IngestHandler) throws -> IngestHTTPHandler {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderListSize = front.limits.headBytesMax
        limits.maxHeaderFieldSize = front.limits.headBytesMax
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withPipeliningAssistance: true, withErrorHandling: false, withOutboundHeaderValidation: true,
            withEncoderConfiguration: .init(), withDecoderLimitConfiguration: limits)
        let handler = IngestHTTPHandler(front: front)
        try channel.pipeline.syncOperations.addHandler(handler)
        return handler
    }
}
