package import Hummingbird
internal import NIOCore
package import ReadModels
internal import Synchronization

/// Server-sent events of what happens in a shop now: a snapshot whenever the read models have moved on, at most once a
/// second, and at least every few seconds, since visitors also leave. A comment keeps idle connections open.
package struct EventStream: Sendable {
    private let engine: QueryEngine
    private let live: LiveFeed
    private let nowMillis: @Sendable () -> Int64
    private let open: OpenStreams

    private static let pause: Duration = .seconds(1)
    /// Without news a snapshot is taken this often; if it says nothing new, a comment is sent instead.
    private static let quiet: Duration = .seconds(5)
    /// What a browser waits before it connects again.
    private static let retryMillis = 2_000

    /// Streams of one process share `open`, which bounds their number.
    package init(
        engine: QueryEngine, live: LiveFeed, nowMillis: @escaping @Sendable () -> Int64, open: OpenStreams
    ) {
        self.engine = engine
        self.live = live
        self.nowMillis = nowMillis
        self.open = open
    }

    /// The response; `lastID` is the position that the client has seen, if it comes back. Before each snapshot `mayGoOn` is
    /// asked; where it throws, the stream ends, and the client's next request hears why.
    package func response(
        _ shop: ShopKey, lastID: Int64?, mayGoOn: @escaping @Sendable () async throws -> Void = {}
    ) throws -> Response {
        guard let place = open.enter(max: RequestLimits.streamsMax) else {
            throw Problem(.serviceUnavailable, "Too many streams are open.", headers: [.retryAfter: "5"])
        }
        let body = ResponseBody { writer in
            defer { place.leave() }
            try await writer.write(ByteBuffer(string: "retry: \(Self.retryMillis)\n\n"))
            try await write(shop, lastID: lastID, mayGoOn, &writer)
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .vary: Response.variesBy],
            body: body)
    }

    @concurrent
    private func write(
        _ shop: ShopKey, lastID: Int64?, _ mayGoOn: @Sendable () async throws -> Void,
        _ writer: inout any ResponseBodyWriter
    ) async throws {
        var shown: RealtimeSnapshot?
        while !Task.isCancelled {
            do { try await mayGoOn() } catch { return }  // the head is sent, so there is no other way to say it
            let snapshot = try await engine.realtime(shop, nowMillis: nowMillis())
            if shown.map({ !snapshot.shows(sameAs: $0) }) ?? (snapshot.asOf.position != lastID) {
                try await writer.write(Self.event(snapshot))
            } else {
                try await writer.write(ByteBuffer(string: ": still here\n\n"))
            }
            shown = snapshot
            let wake = await live.next(shop.lane, after: snapshot.asOf.position, deadline: .now + Self.quiet)
            if wake == .ended { return }
            guard wake == .moved else { continue }
            // The pause, which the end of the process cuts short.
            if await live.next(shop.lane, after: .max, deadline: .now + Self.pause) == .ended { return }
        }
    }

    private static func event(_ snapshot: RealtimeSnapshot) -> ByteBuffer {
        var buffer = ByteBuffer(string: "id: \(snapshot.asOf.position)\nevent: realtime\ndata: ")
        buffer.writeBytes(snapshot.json())
        buffer.writeString("\n\n")
        return buffer
    }
}

/// Streams that are open in this process.
package final class OpenStreams: Sendable {
    private let count = Mutex(0)

    /// None yet.
    package init() {}

    /// A place among the open streams, given back once.
    final class Place: Sendable {
        private let streams: OpenStreams
        private let isTaken = Mutex(true)

        fileprivate init(_ streams: OpenStreams) {
            self.streams = streams
        }

        deinit { leave() }

        func leave() {
            let wasTaken = isTaken.withLock { taken in
                defer { taken = false }
                return taken
            }
            if wasTaken { streams.count.withLock { $0 -= 1 } }
        }
    }

    /// nil where there are too many.
    func enter(max: Int) -> Place? {
        let isFree = count.withLock { count in
            guard count < max else { return false }
            count += 1
            return true
        }
        return isFree ? Place(self) : nil
    }

    /// How many there are.
    var number: Int { count.withLock { $0 } }
}
