internal import Cryptography
package import EventLog
package import EventModel
internal import Pipelines
package import Postgres
internal import Privacy
internal import ReadModels
package import Recorder
internal import Registry

/// Forgets people who gave no sign any more: leads without an order, and checkouts that were never finished.
///
/// Their keys are destroyed and a tombstone (`privacy.erased`) has the read models redact them, as in an erasure, but no
/// fence is set: who comes back is a new lead. What a customer or an order owns is not touched; that goes with the events
/// it came from. Any task may call it; one at a time is enough.
package struct AgedSubjects: Sendable {
    private let pool: PostgresPool
    private let recorder: EventRecorder
    private let shop: @Sendable (ShopID) async throws -> RecordedShop?
    private let looksMax: Int

    /// Reads `subjects`, `leads` and `carts` by `pool`, whose user may delete keys. `shop` gives a shop with its keys; nil
    /// where there is none or where it is redacted. Read models are milliseconds behind the log, or much longer: so
    /// often is looked, five times a second, before a lane counts as behind.
    package init(
        pool: PostgresPool, recorder: EventRecorder,
        shop: @escaping @Sendable (ShopID) async throws -> RecordedShop?, looksMax: Int = 50
    ) {
        self.pool = pool
        self.recorder = recorder
        self.shop = shop
        self.looksMax = looksMax
    }

    /// Finds who is past the rules' times at `now` (Unix milliseconds), and forgets them where a run is named, whose
    /// results it adds to. Returns counts by shop. A lane whose read models are behind is left to the next run. What is
    /// done stays done when it fails half-way, and is not done twice.
    package func age(
        _ rules: RetentionRules, at now: Int64, run: Key128?
    ) async throws -> [RetentionReport.ShopCounts] {
        let shops = try await pool.run { try AgedFinder.shops($0) }
        var heads: [Lane: Position] = [:]
        var all: [RetentionReport.ShopCounts] = []
        for one in shops {
            if heads[one.lane] == nil { heads[one.lane] = try await head(of: one.lane) }
            guard heads[one.lane] ?? -1 >= 0 else { continue }
            var counts = RetentionReport.ShopCounts(shop: one.shop)
            for kind in AgedFinder.Kind.allCases {
                let limit = now - rules.keepMillis(kind.subject, of: one.shop)
                try await age(kind, of: one, before: limit, at: now, run, &counts)
            }
            if !counts.isEmpty { all.append(counts) }
        }
        return all
    }

    /// The lane's head, once the read models that decide have all before it; -1 where they do not get there.
    private func head(of lane: Lane) async throws -> Position {
        let head = try await pool.run { try LogReader($0).head(lane: lane) }
        for _ in 0..<looksMax {
            if try await pool.run({ try AgedFinder.projected(lane, on: $0) }) >= head { return head }
            try await Task.sleep(for: Self.lookInterval)
        }
        return -1
    }

    private func age(
        _ kind: AgedFinder.Kind, of one: ShopKey, before limit: Int64, at now: Int64, _ run: Key128?,
        _ counts: inout RetentionReport.ShopCounts
    ) async throws {
        var cursor: AgedFinder.Cursor?
        repeat {
            let after = cursor
            let page = try await pool.run { try AgedFinder($0, one, before: limit).page(kind, after: after) }
            cursor = page.next
            guard !page.handles.isEmpty else { continue }
            let part = try await forget(page, kind, one, before: limit, run)
            counts.keys += part.keys
            counts.leads += part.leads
            counts.checkouts += part.checkouts
            if run != nil { try await record(page.handles, of: one, at: now) }
        } while cursor != nil
        if run != nil, kind == .checkouts {
            try await pool.run { try AgedFinder($0, one, before: limit).finish() }
        }
    }

    /// Destroys the keys, or counts them. They go before the tombstone: should the process end in between, the read
    /// models still name these people and the next run finds them again.
    private func forget(
        _ page: AgedFinder.Page, _ kind: AgedFinder.Kind, _ one: ShopKey, before limit: Int64, _ run: Key128?
    ) async throws -> RetentionReport.ShopCounts {
        try await pool.run { connection in
            try connection.transaction {
                var counts = RetentionReport.ShopCounts(shop: one.shop)
                switch kind {
                case .leads: counts.leads = page.count
                case .checkouts: counts.checkouts = page.count
                }
                let finder = AgedFinder(connection, one, before: limit)
                counts.keys = try finder.keys(of: page.handles, destroys: run != nil)
                if let run { try RetentionBooks.add(counts, run: run, on: connection) }
                return counts
            }
        }
    }

    /// The same handles on the same day are the same tombstone.
    private func record(_ handles: [Handle], of one: ShopKey, at now: Int64) async throws {
        guard let shop = try await shop(one.shop) else { return }
        let day = now / Self.dayMillis * Self.dayMillis
        let request = Key128(bytes: SHA256.hash(Array("\(day)".utf8) + Handle.packed(handles)))
        let event = OwnEvent.tombstone(
            handles, request: request, sequence: 1, at: day, identity: "aged \(request.uuid)")
        guard try await recorder.record([event], for: shop) == [.recorded] else {
            throw SubjectFailure("the tombstone of aged subjects was refused", isPermanent: true)
        }
    }

    private static let dayMillis: Int64 = 86_400_000
    private static let lookInterval = Duration.milliseconds(200)
}
