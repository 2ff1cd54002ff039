import EventModel
import Gateway
import NIOCore
import NIOPosix
import Testing

/// Bodies that come slowly, or not at all, beside clients that send theirs.
@Suite struct ReceivingTests {
    /// Connections that stay open and unfinished until the test ends.
    struct Unfinished {
        var channels: [any Channel] = []

        /// Sends a whole event, and then the beginning of a request; returns when the event is answered, so the gateway
        /// has read what came with it.
        mutating func open(_ harness: Harness, _ beginning: [UInt8], id: String) async throws {
            let (answered, first) = (RawClient.group.next().makePromise(of: Void.self), FramingTests.pixel(id))
            let channel = try await ClientBootstrap(group: RawClient.group)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(FirstAnswer(answered))
                    }
                }
                .connect(host: "127.0.0.1", port: harness.port).get()
            channels.append(channel)
            try await channel.writeAndFlush(ByteBuffer(bytes: first + beginning))
            try await answered.futureResult.get()
        }

        func close() async {
            // The gateway may have ended it already.
            for channel in channels { try? await channel.close() }
        }
    }

    private final class FirstAnswer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private var promise: EventLoopPromise<Void>?
        init(_ promise: EventLoopPromise<Void>) { self.promise = promise }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { end(with: .success(())) }
        func channelInactive(context: ChannelHandlerContext) { end(with: .failure(ChannelError.eof)) }

        private func end(with result: Result<Void, any Error>) {
            promise?.completeWith(result)
            promise = nil
        }
    }

    static func head(_ path: String, length: Int, _ headers: String = "") -> [UInt8] {
        Array("POST \(path) HTTP/1.1\r\nhost: x\r\n\(headers)content-length: \(length)\r\n\r\n".utf8)
    }

    static func withUnfinished(_ body: (inout Unfinished) async throws -> Void) async throws {
        var unfinished = Unfinished()
        do {
            try await body(&unfinished)
        } catch {
            await unfinished.close()
            throw error
        }
        await unfinished.close()
    }

    /// A gateway that believes what its peers say of their clients, with room for a megabyte.
    static let small = Harness.configuration {
        $0.trustedProxies = ["127.0.0.0/8"].compactMap { AddressRange($0) }
        $0.limits.receivingBytesMax = 1 << 20
    }

    @Test func `those who only announce bodies keep nobody out`() async throws {
        try await Harness.run { harness in
            try await Self.withUnfinished { unfinished in
                for index in 0..<10 {
                    try await unfinished.open(harness, Self.head("/webhooks", length: 10 << 20), id: "w\(index)")
                    try await unfinished.open(harness, Self.head(BadInputTests.path, length: 1 << 20), id: "p\(index)")
                }
                #expect(harness.gateway.metrics.snapshot().receivingBytes == 0)
                // Another's body comes after its head, and is larger than what needs no room.
                let body = event(id: "large", more: #","x":"\#(String(repeating: "x", count: 100 << 10))""#)
                let head = Self.head(BadInputTests.path, length: body.utf8.count)
                let answers = try await harness.client.exchange([head, Array(body.utf8)])
                #expect(answers.map(\.status) == [202])
            }
        }
    }

    @Test func `who fills the room has a part of it, and usual bodies need none`() async throws {
        try await Harness.run(Self.small) { harness in
            func from(_ address: String) -> String { "x-forwarded-for: \(address)\r\n" }
            func begun(_ address: String, _ kilobytes: Int) -> [UInt8] {
                Self.head(BadInputTests.path, length: 1 << 20, from(address))
                    + [UInt8](repeating: 0x20, count: kilobytes << 10)
            }
            try await Self.withUnfinished { unfinished in
                try await unfinished.open(harness, begun("1.1.1.1", 50), id: "a")
                // A quarter of the room is one sender's, in plain bodies and in chunks together.
                let chunk = "\(String(300 << 10, radix: 16))\r\n"
                let chunked =
                    Array("POST \(BadInputTests.path) HTTP/1.1\r\nhost: x\r\n\(from("1.1.1.1"))".utf8)
                    + Array("transfer-encoding: chunked\r\n\r\n\(chunk)".utf8)
                    + [UInt8](repeating: 0x20, count: 300 << 10)
                for request in [begun("1.1.1.1", 300), chunked] {
                    let (answers, _) = try await harness.client.talk([request], answers: 1)
                    #expect(answers.map(\.status) == [503])
                    #expect(answers.first?.headers["retry-after"] != nil)
                }
                for (index, address) in ["1.1.1.1", "2.2.2.2"].enumerated() {
                    let body = Array(event(id: "b\(index)").utf8)
                    let usual = Self.head(BadInputTests.path, length: body.count, from(address))
                    let answers = try await harness.client.exchange([usual, body])
                    #expect(answers.map(\.status) == [202])
                }
                let large = Array(event(id: "c", more: #","x":"\#(String(repeating: "x", count: 200 << 10))""#).utf8)
                let other = Self.head(BadInputTests.path, length: large.count, from("2.2.2.2"))
                let answers = try await harness.client.exchange([other, large])
                #expect(answers.map(\.status) == [202])
            }
        }
    }
}
