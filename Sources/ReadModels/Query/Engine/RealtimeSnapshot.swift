/// What happens in a shop now: visitors with an event in the last five minutes, and the last half hour by minute.
package struct RealtimeSnapshot: Sendable, Equatable {
    /// Visitors that share a value.
    package struct Share: Sendable, Equatable {
        /// nil is unknown.
        package var value: String?
        package var visitors: Int64
    }

    /// One event of the feed.
    package struct Event: Sendable, Equatable {
        package var name: String
        package var page: String?
        package var occurredAt: Int64
    }

    package var visitorsNow: Int64 = 0
    package var sessionsNow: Int64 = 0
    /// Page views of each of the last 30 minutes, the current one last.
    package var perMinute: [Int64] = []
    package var pages: [Share] = []
    package var sources: [Share] = []
    package var countries: [Share] = []
    /// By their own time, the last one first; none from before the half hour.
    package var recent: [Event] = []
    package var asOf: AsOf

    /// How long after an event a visitor counts as present.
    private static let presentMillis: Int64 = 5 * 60_000
    /// Lines of each list.
    private static let linesMax = 10

    static func take(_ columns: ShopColumns, _ pulse: ShopPulse, _ asOf: AsOf, nowMillis: Int64) -> RealtimeSnapshot {
        var snapshot = RealtimeSnapshot(asOf: asOf)
        let present = presentRows(columns, since: nowMillis - presentMillis)
        snapshot.sessionsNow = Int64(present.count)
        snapshot.visitorsNow = Int64(Set(present.map { columns.person[$0] }).count)
        snapshot.pages = shares(columns, present, .exitPage)
        snapshot.sources = shares(columns, present, .source)
        snapshot.countries = shares(columns, present, .country)
        let minute = nowMillis / 60_000
        snapshot.perMinute = (0..<Int64(ShopPulse.minutes)).map { offset in
            pulse.pageviews[minute - Int64(ShopPulse.minutes) + 1 + offset] ?? 0
        }
        snapshot.recent = pulse.events.map { Event(name: $0.name, page: $0.page, occurredAt: $0.occurredAt) }
        return snapshot
    }

    /// True where a reader sees no difference; the times of the states may differ.
    package func shows(sameAs other: RealtimeSnapshot) -> Bool {
        var other = other
        other.asOf = asOf
        return self == other
    }

    /// Page views of the last 30 minutes.
    package var pageviews: Int64 { perMinute.reduce(0, +) }

    private static func presentRows(_ columns: ShopColumns, since: Int64) -> [Int] {
        let slots = UInt32(clamping: Slot.containing(since) - Slot.perDay - 1)..<ShopColumns.unusedSlot
        var present: [Int] = []
        RowMask(columns, in: slots, bots: .exclude).forEachBlock { rows, _ in
            present += rows.lazy.map { Int($0) }.filter { columns.endedAt($0) >= since }
        }
        return present
    }

    private static func shares(_ columns: ShopColumns, _ rows: [Int], _ column: VisitColumn) -> [Share] {
        var visitors: [String?: Set<UInt32>] = [:]
        for row in rows { visitors[columns.texts[column.rawValue].text(row), default: []].insert(columns.person[row]) }
        return visitors.map { Share(value: $0.key, visitors: Int64($0.value.count)) }
            .sorted { ($1.visitors, $0.value ?? "") < ($0.visitors, $1.value ?? "") }
            .prefix(linesMax).map { $0 }
    }
}
