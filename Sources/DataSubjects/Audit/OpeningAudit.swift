internal import Cryptography
package import EventModel
package import Postgres
package import ReadModels
package import Recorder

/// The audit log of personal data: each opening is an event `personal.opened` in the log, under its chain of hashes,
/// before anything of it is handed out. Any task may call it.
package struct OpeningAudit: Sendable {
    private let pool: PostgresPool
    private let recorder: EventRecorder
    private let nowMillis: @Sendable () -> Int64

    /// Positions named in one event: a page of a list has at most 250, an export more.
    private static let positionsMax = 1000
    /// Reader and route are ours and short; a staff member's id comes from outside.
    private static let textBytesMax = 200

    /// An audit log over the tables of `pool`.
    package init(pool: PostgresPool, recorder: EventRecorder, nowMillis: @escaping @Sendable () -> Int64) {
        self.pool = pool
        self.recorder = recorder
        self.nowMillis = nowMillis
    }

    /// Notes that a reader opens the events at these positions, all of one answer as one event (an export of thousands
    /// as several). Throws `OpeningNotNoted` where it is not durable: the caller then hands nothing out. No positions are
    /// no opening.
    package func note(
        _ positions: some Collection<Position>, by reading: PersonalReading, shop: RecordedShop
    ) async throws {
        let sorted = Set(positions).sorted()
        for start in stride(from: 0, to: sorted.count, by: Self.positionsMax) {
            try await note(
                Array(sorted[start..<min(start + Self.positionsMax, sorted.count)]), reading, shop)
        }
    }

    private func note(_ positions: [Position], _ reading: PersonalReading, _ shop: RecordedShop) async throws {
        let id = Key128(bytes: SecureRandom.bytes(16))
        let entry = OpeningTable.Reading(
            at: nowMillis(), reader: Self.cut(reading.reader), route: Self.cut(reading.route))
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("reader", entry.reader)
            writer.member("route", entry.route)
            writer.member("events", Int64(positions.count))
            writer.member("positions") { $0.array(positions) { $0.integer($1) } }
        }
        let event = OwnEvent.system(
            .personalOpened, payload: writer.bytes, occurredAt: entry.at, identity: id.hex)
        do {
            guard try await recorder.record([event], for: shop) == [.recorded] else {
                throw OpeningNotNoted(retryAfterSeconds: 1)
            }
            try await pool.run {
                try OpeningTable($0).insert(id, positions, entry, shop: ShopKey(lane: shop.lane, shop: shop.id))
            }
        } catch let error as RecorderError {
            throw OpeningNotNoted(retryAfterSeconds: error.retryAfterSeconds)
        } catch is PostgresError {
            throw OpeningNotNoted(retryAfterSeconds: 1)
        }
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count <= textBytesMax ? text : String(text.prefix(textBytesMax / 4))
    }
}
