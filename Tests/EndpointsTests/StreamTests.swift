import Endpoints
import EventModel
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Postgres
import ReadModels
import Synchronization
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
        _ world: World, lastID: Int64?, mayGoOn: @escaping @Sendable () async throws -> Void = {},
        _ body: (@Sendable () async -> String?) async throws -> Void
    ) async throws {
        let live = LiveFeed(world.configuration)
        let now = instant("2026-11-20T12:00:00Z")
        let stream = EventStream(
            engine: QueryEngine(world.configuration, workers: 1), live: live, nowMillis: { now }, open: OpenStreams())
        let response = try stream.response(world.shop, lastID: lastID, mayGoOn: mayGoOn)
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

    @Test func `A stream ends when its caller may no longer ask`() async throws {
        struct Refused: Error {}
        try await World.with { world in
            try await world.project([Visit(1, "2026-11-20T11:59:00Z")], at: 1)
            let asked = Number()
            let mayGoOn: @Sendable () async throws -> Void = {
                guard asked.add(1) == 1 else { throw Refused() }
            }
            try await withStream(world, lastID: nil, mayGoOn: mayGoOn) { next in
                _ = await next()
                #expect(await next()?.hasPrefix("id: 1\n") == true)
                try await world.project([Visit(2, "2026-11-20T11:59:00Z")], at: 2)
                #expect(await next() == nil)
            }
        }
    }

    @Test func `A revoked key ends the streams that it opened`() async throws {
        let clock = Number(Site.now)
        try await Site.with(live: true, configure: { $0.nowMillis = { clock.add(0) } }) { site async throws in
            try await site.world.project([Visit(1, "2026-11-20T11:59:00Z")], at: 1)
            async let streamed = site.ask("/api/analytics/realtime", headers: [.accept: "text/event-stream"])
            let id = String(try #require(site.keys["reader"]).dropFirst(4).prefix(16))
            let isRevoked = try await site.world.pool.run { connection in
                let sql = "SELECT 1 FROM registry.api_key WHERE id = $1 AND last_used_at IS NOT NULL"
                while try connection.query(sql, [.text(id)]).count == 0 {}
                return try APIKeys.revoke(id: id, on: connection)
            }
            #expect(isRevoked)
            // What was known of the key is looked up again by then.
            _ = clock.add(2_000)
            try await site.world.project([Visit(2, "2026-11-20T11:59:00Z")], at: 2)
            let response = try await streamed
            #expect(response.status == .ok)
            #expect(try await site.ask("/api/analytics/realtime").status == .unauthorized)
        }
    }
}

/// A number that several tasks share.
private final class Number: Sendable {
    private let value: Atomic<Int64>
    init(_ value: Int64 = 0) { self.value = Atomic(value) }
    func add(_ more: Int64) -> Int64 { value.add(more, ordering: .relaxed).newValue }
}
