internal import EventModel
internal import Postgres

/// Reads and writes `session`, inside whatever transaction the caller has.
struct SessionStore {
    /// A visitor, and from which start on its visits are needed.
    struct Wanted {
        let key: VisitorKey
        let from: Int64
    }

    /// Visits of a visitor that are read at a time. Nearly nobody has more, and who has many is not read whole for one
    /// event of long ago.
    static let visitsReadMax = 64

    private let lane: Lane
    private let visitsReadMax: Int
    private let selectSQL: String
    private let deleteSQL: String
    private let copySQL: String
    private let removedSQL: String
    private let trimSQL: String

    init(lane: Lane, schema: String, visitsReadMax: Int) {
        precondition(visitsReadMax > 1, "the visit before and one more are needed")
        self.lane = lane
        self.visitsReadMax = visitsReadMax
        // An ANALYZE that sees an empty table makes all indices look alike, so the form of these statements leaves no
        // choice: LIMIT and OFFSET 0 keep a look-up by key a look-up a row, and the order asked for (with sorts turned off, see
        // `ProjectorConfiguration`) is that of the primary key alone. An equality would make the order trivial.
        selectSQL = """
            select w.ordinal, s.activity, s.positions, s.state, s.customer
            from unnest($2::int4[], $3::uuid[], $4::timestamptz[]) with ordinality as w (shop_id, visitor, since, ordinal)
            left join lateral (
                select b.started_at from \(schema).session b
                where b.lane = $1 and b.shop_id = w.shop_id and b.visitor >= w.visitor
                    and (b.visitor, b.started_at) < (w.visitor, w.since)
                order by b.visitor desc, b.started_at desc limit 1) before on true
            cross join lateral (
                select p.activity, p.positions, p.state, p.customer from \(schema).session p
                where p.lane = $1 and p.shop_id = w.shop_id and p.visitor <= w.visitor
                    and (p.visitor, p.started_at) >= (w.visitor, coalesce(before.started_at, w.since))
                order by p.visitor, p.started_at limit \(visitsReadMax)) s
            """
        deleteSQL = """
            delete from \(schema).session where ctid = any (array(
                select o.ctid from unnest($2::int4[], $3::uuid[], $4::timestamptz[]) as d (shop_id, visitor, started_at)
                cross join lateral (
                    select s.ctid from \(schema).session s
                    where s.lane = $1 and s.shop_id = d.shop_id and s.visitor >= d.visitor and s.visitor <= d.visitor
                        and s.started_at = d.started_at
                    order by s.visitor offset 0) o))
            """
        copySQL = "copy \(schema).session (\(VisitRow.columns)) from stdin (format binary)"
        removedSQL = """
            insert into \(schema).session_removed (lane, shop_id, version, visitor, started_at)
            select $1, shop_id, $2, visitor, started_at
            from unnest($3::int4[], $4::uuid[], $5::timestamptz[]) as d (shop_id, visitor, started_at)
            """
        trimSQL = """
            with gone as (delete from \(schema).session_removed where lane = $1 and version <= $2)
            insert into \(schema).session_trimmed as t (lane, version) values ($1, $2)
            on conflict (lane, shop_id) do update set version = greatest(t.version, excluded.version)
            """
    }

    /// Forgets the removals up to this version; readers that have seen less read all anew.
    func trimRemoved(through version: Position, on connection: PostgresConnection) throws {
        _ = try connection.query(trimSQL, [.int2(lane), .int8(version)])
    }

    /// The first visits that start at `from` or later and the one before those, of each visitor.
    func load(_ wanted: [Wanted], on connection: PostgresConnection) throws -> [VisitorKey: KnownVisitor] {
        var known: [VisitorKey: KnownVisitor] = [:]
        known.reserveCapacity(wanted.count)
        for (item, found) in zip(wanted, try read(wanted, on: connection)) {
            let hasEarlier = found.first.map { $0.state.start < item.from } ?? false
            known[item.key] = KnownVisitor(
                key: item.key,
                timeline: VisitorTimeline(
                    visits: found, isFirstFrozen: hasEarlier, isWhole: found.count < visitsReadMax),
                // Without a visit before there is none at all before.
                knownFrom: hasEarlier ? item.from : .min)
        }
        return known
    }

    /// The visits that are stored after the last one known, as many as are read at a time; `isWhole` where no more are.
    func later(
        than visitor: KnownVisitor, on connection: PostgresConnection
    ) throws -> (visits: [Visit], isWhole: Bool) {
        let next = Wanted(key: visitor.key, from: visitor.timeline.knownThrough + 1)
        let found = try read([next], on: connection)[0]
        // The one before those is known.
        return (found.filter { $0.state.start >= next.from }, found.count < visitsReadMax)
    }

    /// The visits of each of these, ascending.
    private func read(_ wanted: [Wanted], on connection: PostgresConnection) throws -> [[Visit]] {
        let result = try connection.query(
            selectSQL,
            [
                .int2(lane), .int4Array(wanted.map(\.key.shop)),
                .uuidArray(wanted.map { ($0.key.visitor.high, $0.key.visitor.low) }),
                .timestampArray(wanted.map(\.from)),
            ])
        var visits: [[Visit]] = Array(repeating: [], count: wanted.count)
        for row in result {
            var state = try SessionState(
                decoding: row.bytes(3), activity: row.bytes(1), positions: row.bytes(2))
            state.customer = row.uuidIfPresent(4).map { Key128(high: $0.0, low: $0.1) }
            visits[Int(row.int64(0)) - 1].append(Visit(stored: state))
        }
        return visits.map { $0.sorted { $0.state.start < $1.state.start } }
    }

    /// Replaces the rows of changed visits and takes away those of visits that are no more.
    func write(_ visitors: [KnownVisitor], version: Position, on connection: PostgresConnection) throws {
        // In the order of the primary key, so that neighbours touch the same index pages.
        let visitors = visitors.sorted { ($0.key.shop, $0.key.visitor) < ($1.key.shop, $1.key.visitor) }
        var outdated = Keys()
        var removed = Keys()
        for visitor in visitors {
            for start in visitor.timeline.removed {
                outdated.append(visitor.key, start)
                let isBack = visitor.timeline.visits.contains { $0.isChanged && $0.state.start == start }
                if !isBack { removed.append(visitor.key, start) }
            }
            for visit in visitor.timeline.visits where visit.isChanged {
                if let stored = visit.storedStart { outdated.append(visitor.key, stored) }
            }
        }
        if !outdated.shops.isEmpty { _ = try connection.query(deleteSQL, [.int2(lane)] + outdated.parameters) }
        if !removed.shops.isEmpty {
            _ = try connection.query(removedSQL, [.int2(lane), .int8(version)] + removed.parameters)
        }
        _ = try connection.copyIn(copySQL) { writer in
            for visitor in visitors {
                for visit in visitor.timeline.visits where visit.isChanged {
                    VisitRow(lane: lane, key: visitor.key, state: visit.state).write(version: version, to: &writer)
                }
            }
        }
    }

    /// Keys of rows as columns.
    private struct Keys {
        var shops: [ShopID] = []
        var visitors: [(UInt64, UInt64)] = []
        var starts: [Int64] = []

        mutating func append(_ key: VisitorKey, _ start: Int64) {
            shops.append(key.shop)
            visitors.append((key.visitor.high, key.visitor.low))
            starts.append(start)
        }

        var parameters: [PostgresValue] { [.int4Array(shops), .uuidArray(visitors), .timestampArray(starts)] }
    }
}
