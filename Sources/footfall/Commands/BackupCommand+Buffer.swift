internal import Drain
internal import EventLog
internal import EventModel
internal import Foundation
internal import Postgres
internal import Redis
internal import Registry
internal import StreamBuffer

/// Takes into the log what the buffer held when it began: by a drain of its own, beside which any other one may run
/// (each lane has one at a time).
struct BufferEmptying {
    /// Between two looks.
    private static let interval = Duration.milliseconds(50)
    /// Without any progress for so long nobody drains: the stores do not work together.
    private static let stuckMax = Duration.seconds(60)

    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    /// Returns when every entry from before is in the log.
    func run() async throws {
        let lanes = try await settings.withPostgres { try ShopRegistry.lanes(on: $0) }
        let drain = DrainService(
            DrainConfiguration(postgres: settings.postgres("backup"), redis: settings.redis, lanes: lanes))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await drain.run() }
            try await wait(lanes)
            group.cancelAll()
        }
    }

    private func wait(_ lanes: [Lane]) async throws {
        let session = PostgresSession(settings.postgres("backup"), label: "footfall.backup")
        let start = try await session.run { _ in try now() }
        var oldest: UInt64 = 0
        var movedAt = ContinuousClock.now
        while let waiting = try await session.run({ try oldestWaiting(lanes, until: start, $0) }) {
            if waiting != oldest { (oldest, movedAt) = (waiting, .now) }
            guard ContinuousClock.now - movedAt < Self.stuckMax else {
                throw CommandFailure("What waits in Redis does not reach the log; run `footfall doctor`.")
            }
            try await Task.sleep(for: Self.interval)
        }
        await session.close()
    }

    /// Redis's clock, which entries' ids are from.
    private func now() throws -> UInt64 {
        do {
            let parts = try RedisConnection(settings.redis).command(["TIME"]).array ?? []
            guard let seconds = parts.first?.text.flatMap({ UInt64($0) }) else { return .max }
            return seconds * 1000 + 999
        } catch {
            throw CommandFailure(
                "Redis cannot be reached (\(error)). Start it, or leave out what it holds: --without-buffer.")
        }
    }

    /// The id's time of the oldest entry from before that no lane's log has; nil where there is none.
    private func oldestWaiting(_ lanes: [Lane], until start: UInt64, _ connection: PostgresConnection) throws -> UInt64?
    {
        let redis = RedisConnection(settings.redis)
        return try lanes.compactMap { lane in
            let reader = StreamReader(lane: lane, redis: redis)
            let cursor = try LogWriter(connection).head(lane: lane).cursor
            // Another Redis than the log has read from: everything in it waits.
            let isSame = try reader.currentIncarnation() == cursor?.incarnation
            let taken = cursor.flatMap { cursor in
                isSame
                    ? StreamEntryID(millis: UInt64(cursor.place.millis), sequence: UInt64(cursor.place.sequence)) : nil
            }
            return try reader.peek(after: taken ?? .zero, limit: 1).first?.id.millis
        }.filter { $0 <= start }.min()
    }
}
