internal import EventModel
internal import Postgres

/// Whose events one week of the log holds, and until when they are kept.
///
/// Counted without a lock. A lane's positions only grow, so the count still holds as long as the last positions do.
struct PartitionCensus {
    /// The events of one shop and name in one lane.
    struct Group {
        let lane: Lane
        let shop: ShopID
        let source: EventSource
        let name: String
        let count: Int64
        let lastReceivedAt: Int64
    }

    /// A lane's part of the week.
    struct Stretch: Equatable {
        let lane: Lane
        var first: Position
        var last: Position
        var count: Int64
    }

    /// The table.
    let partition: String
    private(set) var groups: [Group] = []
    /// By lane.
    private(set) var stretches: [Stretch] = []

    /// Reads the whole week.
    init(of partition: String, _ connection: PostgresConnection) throws(PostgresError) {
        self.partition = partition
        for row in try connection.query(Self.count(partition)) {
            let group = Group(
                lane: row.int16(0), shop: row.int32(1),
                source: EventSource(rawValue: UInt8(truncatingIfNeeded: row.int64(2))) ?? .system, name: row.text(3),
                count: row.int64(4), lastReceivedAt: row.timestampMillis(5))
            groups.append(group)
            let (first, last) = (row.int64(6), row.int64(7))
            if let index = stretches.firstIndex(where: { $0.lane == group.lane }) {
                stretches[index].first = min(stretches[index].first, first)
                stretches[index].last = max(stretches[index].last, last)
                stretches[index].count += group.count
            } else {
                stretches.append(Stretch(lane: group.lane, first: first, last: last, count: group.count))
            }
        }
    }

    var eventCount: Int64 { stretches.reduce(0) { $0 + $1.count } }

    /// Footfall's own records are among the events.
    var hasRecords: Bool { groups.contains { $0.source == .system } }

    /// The group that is kept longest, and until when.
    func latest(_ rules: RetentionRules) -> (group: Group, until: Int64)? {
        groups.map { group in
            let keep = rules.keepMillis(of: group.name, from: group.source, of: group.shop)
            return (group, group.lastReceivedAt.addingReportingOverflow(keep))
        }.map { ($0, $1.overflow ? .max : $1.partialValue) }.max { $0.1 < $1.1 }
    }

    /// No event came since.
    func stillHolds(_ connection: PostgresConnection) throws(PostgresError) -> Bool {
        let lasts = try connection.query(Self.lasts(partition)).map { ($0.int16(0), $0.int64(1)) }
        return lasts.count == stretches.count
            && lasts.allSatisfy { lane, last in stretches.contains { $0.lane == lane && $0.last == last } }
    }

    private static func count(_ partition: String) -> String {
        """
        select e.lane, e.shop_id, e.source, coalesce(k.name, ''), e.count, e.newest, e.first, e.last
        from (select lane, shop_id, source::integer as source, kind, count(*) as count, max(received_at) as newest,
                min(position) as first, max(position) as last
            from log.\(partition) group by lane, shop_id, source, kind) e
        left join log.kind k on k.id = e.kind order by e.lane, e.shop_id, e.source, k.name
        """
    }

    /// By the index on the position.
    private static func lasts(_ partition: String) -> String {
        """
        select l.lane, e.last from registry.lane l cross join lateral (
            select max(position) as last from log.\(partition) e where e.lane = l.lane) e
        where e.last is not null order by l.lane
        """
    }
}
