internal import Cryptography
package import EventModel
package import Postgres

/// Walks a lane's chain of hashes: every append follows the one before, every event is where it should be, and every
/// record, encoded anew from its columns, gives the hash that was stored.
package final class LogVerifier {
    /// What is wrong, and where.
    package struct Damage: Sendable, Equatable, CustomStringConvertible {
        /// What was found; the raw value is for people.
        package enum Kind: String, Sendable {
            case missingAppend = "append missing"
            case wrongPosition = "first position wrong"
            case missingEvent = "event missing"
            case wrongHash = "hash differs"
            case wrongAccounting = "accounting does not add up"
            case surplusEvents = "events that no append knows"
            case wrongBooks = "the books of what was dropped do not agree"
        }

        /// What was found.
        package let kind: Kind
        /// The lane it was found in.
        package let lane: Lane
        /// Number of the append.
        package let sequence: Int64
        /// The first event concerned.
        package let position: Position

        /// One line for people.
        package var description: String {
            "\(kind.rawValue): lane \(lane), append \(sequence), position \(position)"
        }
    }

    /// What a walk has seen.
    package struct Report: Sendable {
        /// Rows of `log.batch` walked.
        package internal(set) var appends = 0
        /// Events encoded and hashed anew.
        package internal(set) var events = 0
        /// The first ones only; a damaged append makes all after it differ no more than itself.
        package internal(set) var damages: [Damage] = []
        /// What retention has dropped, knowingly missing. The books vouch for the appends that held it.
        package internal(set) var dropped: [DroppedStretch] = []
        /// Events found missing where something was dropped.
        package internal(set) var eventsDropped: Int64 = 0
        /// Nothing was found.
        package var isIntact: Bool { damages.isEmpty }
    }

    /// More would not tell more.
    package static let damagesMax = 100
    private static let appendsPage = 1000
    private static let eventsPage = 5000

    private let connection: PostgresConnection
    private let reader: LogReader
    private var page = EventPage()
    private var pageIndex = 0
    /// Nothing is left to read.
    private var isAtEnd = false

    /// The connection may be used for other work between calls.
    package init(_ connection: PostgresConnection) {
        self.connection = connection
        self.reader = LogReader(connection)
    }

    /// Verifies one lane from its beginning. `progress` is told the number of events walked so far.
    package func verify(lane: Lane, progress: (Int) -> Void = { _ in }) throws -> Report {
        var report = Report()
        var hash = LogHead.empty.hash
        var sequence: Int64 = 0
        var position: Position = 0
        page.removeAll()
        (pageIndex, isAtEnd) = (0, false)
        report.dropped = try DroppedStretch.all(of: lane, connection)
        while report.damages.count < Self.damagesMax {
            let rows = try connection.query(
                Self.appendsAfter, [.int2(lane), .int8(sequence), .int8(Int64(Self.appendsPage))])
            if rows.isEmpty { break }
            for row in rows {
                let append = StoredAppend(row, lane: lane)
                try verify(append, after: (sequence, position, hash), &report)
                (sequence, position, hash) = (append.sequence, append.lastPosition, append.hash)
            }
            progress(report.events)
        }
        let booked = report.dropped.reduce(0) { $0 + $1.count }
        if booked != report.eventsDropped || !report.dropped.allSatisfy(\.isVouchedFor) {
            report.add(.wrongBooks, lane, sequence, report.dropped.first?.first ?? position)
        }
        let stored = try connection.query(Self.eventCount, [.int2(lane)]).first?.int64(0) ?? 0
        if stored > position - booked { report.add(.surplusEvents, lane, sequence, position) }
        return report
    }

    private func verify(
        _ append: StoredAppend, after last: (sequence: Int64, position: Position, hash: [UInt8]), _ report: inout Report
    ) throws {
        report.appends += 1
        if append.sequence != last.sequence + 1 {
            report.add(.missingAppend, append.lane, last.sequence + 1, last.position)
        }
        if append.firstPosition != last.position + 1 {
            report.add(.wrongPosition, append.lane, append.sequence, append.firstPosition)
        }
        if !append.isBalanced { report.add(.wrongAccounting, append.lane, append.sequence, append.firstPosition) }
        let digest = try digest(append, &report)
        if let digest, append.expectedHash(after: last.hash, records: digest) != append.hash {
            report.add(.wrongHash, append.lane, append.sequence, append.firstPosition)
        }
    }

    /// Over the append's records, encoded from their columns; nil where some were dropped.
    private func digest(_ append: StoredAppend, _ report: inout Report) throws -> [UInt8]? {
        var hash = SHA256()
        var record: [UInt8] = []
        var isWhole = true
        for position in append.firstPosition..<append.lastPosition + 1 {
            guard let event = try event(append.lane, at: position) else {
                if report.dropped.contains(where: { $0.first <= position && position <= $0.last }) {
                    report.eventsDropped += 1
                    isWhole = false
                    continue
                }
                report.add(.missingEvent, append.lane, append.sequence, position)
                break
            }
            record.removeAll(keepingCapacity: true)
            page.encode(event, into: &record)
            hash.update(record)
            report.events += 1
        }
        return isWhole ? hash.finish() : nil
    }

    private func event(_ lane: Lane, at position: Position) throws -> LoggedEvent? {
        while pageIndex < page.count, page.events[pageIndex].position < position { pageIndex += 1 }
        if pageIndex == page.count, !isAtEnd {
            isAtEnd = try reader.read(lane: lane, after: position - 1, limit: Self.eventsPage, into: &page) == 0
            pageIndex = 0
        }
        guard pageIndex < page.count, page.events[pageIndex].position == position else { return nil }
        return page.events[pageIndex]
    }

    private static let appendsAfter = """
        select sequence, first_position, event_count, stream_incarnation, stream_ms, stream_seq, accounting, hash,
            received_count, duplicate_count, quarantined_count, refused_count
        from log.batch where lane = $1 and sequence > $2 order by sequence limit $3
        """
    private static let eventCount = "select count(*) from log.event where lane = $1"
}

extension LogVerifier.Report {
    fileprivate mutating func add(
        _ kind: LogVerifier.Damage.Kind, _ lane: Lane, _ sequence: Int64, _ position: Position
    ) {
        damages.append(LogVerifier.Damage(kind: kind, lane: lane, sequence: sequence, position: position))
    }
}

/// A row of `log.batch`.
private struct StoredAppend {
    let lane: Lane
    let sequence: Int64
    let firstPosition: Position
    let eventCount: Int
    let cursor: LogCursor?
    let accounting: [UInt8]
    let hash: [UInt8]
    /// The tallies' sum is what the columns say.
    let isBalanced: Bool

    var lastPosition: Position { firstPosition + Position(eventCount) - 1 }

    init(_ row: PostgresRow, lane: Lane) {
        self.lane = lane
        self.sequence = row.int64(0)
        self.firstPosition = row.int64(1)
        self.eventCount = Int(row.int64(2))
        self.cursor = row.uuidIfPresent(3).map {
            LogCursor(
                incarnation: Key128(high: $0.0, low: $0.1),
                place: StreamPlace(millis: row.int64(4), sequence: row.int64(5)))
        }
        self.accounting = row.bytes(6)
        self.hash = row.bytes(7)
        let total = TallySheet(packed: accounting).total
        self.isBalanced =
            total.difference == 0 && total.committed == row.int64(2) && total.received == row.int64(8)
            && total.duplicate == row.int64(9) && total.quarantined == row.int64(10) && total.refused == row.int64(11)
    }

    func expectedHash(after previous: [UInt8], records digest: [UInt8]) -> [UInt8] {
        ChainHash(
            lane: lane, sequence: sequence, firstPosition: firstPosition, eventCount: eventCount, cursor: cursor,
            accounting: accounting
        ).value(after: previous, records: digest)
    }
}
