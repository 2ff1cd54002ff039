internal import EventModel
internal import Postgres
internal import ReadModels

extension RequestWork {
    /// A rebuild takes hours at most; a copy that is still behind then was left behind.
    private static let rebuildMillis: Int64 = 6 * 3_600_000
    /// Tables whose pages held keys, probes, exports or set-aside events.
    private static let vacuumed = [
        "registry.subject_key", "privacy.request", "privacy.round", "privacy.export", "log.quarantine",
    ]

    /// Drops read models that were kept for a rollback, which no tombstone reaches, and copies without them that nobody is
    /// filling any more. A rebuild that goes on gets its time to pass the tombstone.
    func dropOldVersions() async throws -> RequestFlow.StepEnd {
        let (names, lane, id) = (parts.stores.projections, request.shop.lane, request.id)
        let rounds = try await rounds()
        let tombstone = rounds.compactMap(\.tombstone).max() ?? 0
        let isLate = parts.nowMillis() >= (rounds.map(\.occurredAt).max() ?? 0) + Self.rebuildMillis
        return try await parts.pool.run { connection in
            try connection.transaction {
                let before = try StepResults.counts(.versions, of: id, on: connection)
                let behind = try names.map { $0 + "_next" }.filter {
                    try ReadModelPositions.position($0, lane: lane, on: connection) < tombstone
                }
                guard try behind.isEmpty || isLate || RebuildLock.isFree(on: connection) else {
                    return .wait(Self.lookEvery)
                }
                let dropped = try (names.map { $0 + "_previous" } + behind).filter {
                    try Self.drop($0, on: connection)
                }
                let counts = ["read_models": Int64(dropped.count)].merging(before, uniquingKeysWith: +)
                try StepResults.note(.versions, counts, of: id, on: connection)
                return .done
            }
        }
    }

    private static func drop(_ schema: String, on connection: PostgresConnection) throws -> Bool {
        guard try !connection.query("select 1 from pg_namespace where nspname = $1", [.text(schema)]).isEmpty else {
            return false
        }
        try connection.execute("drop schema \(schema) cascade")
        return true
    }

    /// Trims what the log has out of the buffer, and has the buffer's file on disk written anew without it.
    func clearBuffer() async throws -> RequestFlow.StepEnd {
        let (buffer, id, lane) = (parts.stores.buffer, request.id, request.shop.lane)
        let run = try await buffer.run()
        var (mark, hasFailed) = (BufferMark(run: run, restarts: 0), false)
        if let begun = request.awaited.flatMap(BufferMark.init(text:)) {
            switch begun.run == run ? try await buffer.rewriting() : nil {
            case .underWay: return .wait(Self.lookEvery)
            case .done where try await buffer.run() == run: return try await noteRewritten(true)
            case .failed: hasFailed = true
            case .done, nil:
                mark.restarts = begun.restarts + 1
                guard mark.restarts <= BufferMark.restartsMax else { return try await noteRewritten(false) }
            }
        }
        let cursor = try await parts.pool.run { try LogCursors.place(lane: lane, on: $0) }
        if let cursor { try await buffer.trim(lane, through: cursor) }
        switch try await buffer.rewrite() {
        case .begun:
            let text = mark.text
            try await parts.pool.run { try RequestTable.await(text, of: id, on: $0) }
            // Tried again less and less often, and people see why.
            if hasFailed { throw SubjectFailure("Redis could not write its file anew; its log says why") }
            return .wait(Self.lookEvery)
        case .busy: return .wait(Self.lookEvery)
        case .impossible: return try await noteRewritten(false)
        }
    }

    private func noteRewritten(_ isRewritten: Bool) async throws -> RequestFlow.StepEnd {
        try await once(.buffer) { _ in ["file_rewritten": isRewritten ? 1 : 0] }
        return .done
    }

    /// Removes dead rows from their pages. What a page held stays on the disk until the page is written over, which the
    /// receipt says.
    func vacuum() async throws -> RequestFlow.StepEnd {
        try await parts.pool.run { connection in
            // Its time depends on the tables, and nobody waits for it.
            try connection.execute("set statement_timeout = 0")
            for table in Self.vacuumed { try connection.execute("vacuum (truncate false) \(table)") }
            try connection.execute("reset statement_timeout")
        }
        return .done
    }

    /// Removes what is kept of the shop's standing with Shopify, and keys that were under way when the others went; the
    /// shop's own key, which wrapped them, is gone.
    func forgetShopify() async throws -> RequestFlow.StepEnd {
        let (key, shop) = (request.shop, request.shop.shop)
        try await adding(.shopify) { connection in
            _ = try SubjectKeys.deleteAll(of: key, on: connection)
            let tables = [
                "token", "announcement", "webhook_subscription", "pixel_history", "pixel", "import", "draft_order",
                "installation",
            ]
            return try tables.reduce(into: [:]) { counts, table in
                counts[table] = Int64(
                    try connection.query("delete from shopify.\(table) where shop_id = $1", [.int4(shop)])
                        .affectedRows)
            }
        }
        return .done
    }
}

/// Which process of the buffer's server was asked to write its file anew, as `awaited` keeps it: one that was restarted
/// in the middle says that nothing is under way, and its old file is still there.
private struct BufferMark {
    /// A server that does not live through so many has other troubles; the receipt says that the file was not rewritten.
    static let restartsMax = 10
    private static let word = "rewriting"

    let run: String
    var restarts: Int

    init(run: String, restarts: Int) { (self.run, self.restarts) = (run, restarts) }

    /// Nil for anything else that is waited for. Older versions wrote the word alone.
    init?(text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.first.map(String.init) == Self.word else { return nil }
        self.init(run: parts.count > 1 ? String(parts[1]) : "", restarts: parts.count > 2 ? Int(parts[2]) ?? 0 : 0)
    }

    var text: String { "\(Self.word) \(run) \(restarts)" }
}
