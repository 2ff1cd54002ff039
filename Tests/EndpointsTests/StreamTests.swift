import Endpoints
import EventModel
import HTTPTypes
import Hummingbird
import NIOCore
import ReadModels
import Testing

/// The stream of what happens now.
@Suite struct StreamTests {
    /// Hands on what a response body writes.
    private struct Recorder: ResponseBodyWriter {
        let lines: AsyncStream<String>.Continuation

        @concurrent
        mutating func write(_ buffer: ByteBuffer) async throws { lines.yield(String(buffer: buffer)) }

        @concurrent
        consuming func finish(_ trailingHeaders: HTTPFields?) async throws { lines.finish() }
    }

    /// Runs a stream over a world; it is cancelled when `body` returns.
    private func withStream(
        _ world: World, lastID: Int64?, _ body: (@Sendable () async -> String?) async throws -> Void
    ) async throws {
        let live = LiveFeed(world.configuration)
        let now = instant("2026-11-20T12:00:00Z")
        let stream = EventStream(
            engine: QueryEngine(world.configuration, workers: 1), live: live, nowMillis: { now }, open: OpenStreams())
        let response = try stream.response(world.shop, lastID: lastID)
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await live.run() }
            group.addTask { try await response.body.write(Recorder(lines: continuation)) }
            try await body {
                for await line in lines { return line }
                return nil
            }
            group.cancelAll()
        }
    }

    @Test func `A snapshot comes at once and after every projection`() async throws {
        try await World.with { world in
            try await world.project([Visit(1, "2026-11-20T11:59:00Z")], at: 1)
            try await withStream(world, lastID: nil) { next in
                #expect(await next()?.hasPrefix("retry: ") == true)
                let first = await next()
                #expect(first?.hasPrefix("id: 1\nevent: realtime\ndata: {\"visitors_now\":1,") == true)
                try await world.project([Visit(2, "2026-11-20T11:59:00Z")], at: 2)
                let second = await next()
                #expect(second?.hasPrefix("id: 2\nevent: realtime\ndata: {\"visitors_now\":2,") == true)
            }
        }
    }

    @Test func `Who comes back hears of news only`() async throws {
        try await World.with { world in
            try await world.project([Visit(1, "2026-11-20T11:59:00Z")], at: 1)
            try await withStream(world, lastID: 1) { next in
                _ = await next()
                #expect(await next()?.hasPrefix(":") == true)
                try await world.project([Visit(2, "2026-11-20T11:59:00Z")], at: 2)
                #expect(await next()?.hasPrefix("id: 2\n") == true)
            }
        }
    }
}
