package import EventModel
package import Postgres

/// Adds up what became of every event, by shop, from the appends' own tallies. Blocking; one thread at a time.
///
/// Kept from call to call: each reads only the appends since the last.
package final class LogAccounting {
    /// The books of the log as of some appends.
    package struct Report: Sendable {
        /// By shop; shop 0 stands for batches that were damaged as a whole.
        package let shops: [ShopID: ShopTally]
        /// Over all shops.
        package let total: ShopTally
        /// Events in the log by the lanes' positions; `total.committed` must be the same.
        package let positions: Int64

        /// Zero, or an event was lost or counted twice on its way through the log. What never reached it, the log cannot
        /// know; see `BufferBooks`.
        package var difference: Int64 { abs(total.difference) + abs(total.committed - positions) }
    }

    private struct Books {
        var sheet = TallySheet()
        var sequence: Int64 = 0
        var position: Position = 0
        /// Positions up to this one are in no tally.
        var start: Position = 0
    }

    private static let appendsPage = 10_000

    private let connection: PostgresConnection
    private let isFromNow: Bool
    private var lanes: [Lane: Books] = [:]

    /// Reads nothing yet. With `isFromNow` only appends after the first report count, since a log of years takes minutes.
    package init(_ connection: PostgresConnection, isFromNow: Bool = false) {
        self.connection = connection
        self.isFromNow = isFromNow
    }

    /// The books of these lanes up to now.
    package func report(lanes wanted: [Lane]) throws(PostgresError) -> Report {
        var sheet = TallySheet()
        var positions: Int64 = 0
        for lane in wanted {
            let books = try current(lane)
            sheet.add(books.sheet)
            positions += books.position - books.start
        }
        return Report(shops: sheet.shops, total: sheet.total, positions: positions)
    }

    private func current(_ lane: Lane) throws(PostgresError) -> Books {
        var books: Books
        if let known = lanes[lane] { books = known } else { books = try begin(lane) }
        while true {
            let rows = try connection.query(
                Self.appendsAfter, [.int2(lane), .int8(books.sequence), .int8(Int64(Self.appendsPage))])
            for row in rows {
                books.sheet.add(TallySheet(packed: row.bytes(2)))
                (books.sequence, books.position) = (row.int64(0), row.int64(1))
            }
            if rows.count < Self.appendsPage { break }
        }
        lanes[lane] = books
        return books
    }

    private func begin(_ lane: Lane) throws(PostgresError) -> Books {
        guard isFromNow else { return Books() }
        let head = try LogWriter(connection).head(lane: lane)
        return Books(sequence: head.sequence, position: head.position, start: head.position)
    }

    private static let appendsAfter = """
        select sequence, first_position + event_count - 1, accounting
        from log.batch where lane = $1 and sequence > $2 order by sequence limit $3
        """
}
