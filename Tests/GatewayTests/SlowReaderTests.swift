import Gateway
import NIOCore
import NIOPosix
import Testing

/// Answers leave past the channel where the socket takes them at once, and through it where not.
@Suite struct SlowReaderTests {
    /// Far below the length of an answer, so that a socket takes only a part of it.
    private static let socketBytes: ChannelOptions.Types.SocketOption.Value = 4_096
    private static let idBytes = 20_000

    /// The same handlers as the server's, on sockets that take little.
    private static func listen(_ gateway: Gateway) async throws -> any Channel {
        try await ServerBootstrap(group: RawClient.group)
            .childChannelOption(.socketOption(.so_sndbuf), value: socketBytes)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try IngestChannel.addHandlers(to: channel, gateway: gateway, rest: .none)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    private static func request(_ id: Character) -> ByteBuffer {
        let id = String(repeating: id, count: idBytes)
        let path = "\(BadInputTests.path)?verbose=1"
        return ByteBuffer(bytes: RawClient.request("POST", path, body: Array(event(id: id).utf8)))
    }

    @Test(.timeLimit(.minutes(1))) func `a client that reads late gets all answers whole and in order`() async throws {
        try await Harness.run { harness in
            let server = try await Self.listen(harness.gateway)
            let client = try await ClientBootstrap(group: RawClient.group)
                .channelOption(.socketOption(.so_rcvbuf), value: Self.socketBytes)
                .channelOption(.autoRead, value: false)
                .connect(to: try #require(server.localAddress)) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            try await client.executeThenClose { inbound, outbound in
                // Each is answered before the next is sent; nothing of it is read.
                for (count, id) in "ab".enumerated() {
                    try await outbound.write(Self.request(id))
                    while harness.gateway.metrics.snapshot().accepted <= count { await Task.yield() }
                }
                try await client.channel.setOption(.autoRead, value: true).get()
                var parser = ResponseParser(headAnswers: [])
                for try await part in inbound {
                    parser.bytes += part.readableBytesView
                    let before = parser.responses.count
                    parser.parse()
                    // All has been read: the third finds an empty channel.
                    if before < 2, parser.responses.count == 2 { try await outbound.write(Self.request("c")) }
                    if parser.responses.count == 3 { break }
                }
                #expect(parser.responses.map(\.status) == [202, 202, 202])
                for (response, id) in zip(parser.responses, "abc") {
                    #expect(response.body.contains(String(repeating: id, count: Self.idBytes)))
                }
            }
            try await server.close()
        }
    }
}
