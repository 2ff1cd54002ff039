internal import CLibPQ

extension PostgresConnection {
    /// Runs one statement; rows come back as plain values.
    ///
    /// The statement is prepared once per session, text and parameter types, and runs in binary both ways. A plan that
    /// a change of a table has made stale is prepared again once, unless a transaction stands in the way.
    package func query(_ sql: String, _ parameters: [PostgresValue] = []) throws(PostgresError) -> PostgresResult {
        let mayRepeat = isIdle
        do {
            return try run(sql, parameters)
        } catch  where error.isStalePlan {
            forget(sql)
            guard mayRepeat else { throw error }
            return try run(sql, parameters)
        }
    }

    private func run(_ sql: String, _ parameters: [PostgresValue]) throws(PostgresError) -> PostgresResult {
        let session = unsafe try session()
        let name = unsafe try statement(for: sql, parameters, session)
        let count = Int32(parameters.count)
        let isSent = unsafe arena.withEncoded(parameters) { values, lengths, formats in
            unsafe PQsendQueryPrepared(session, name, count, values, lengths, formats, 1)
        }
        let result = unsafe try answer(session, isSent)
        if unsafe [PGRES_COPY_IN, PGRES_COPY_OUT].contains(PQresultStatus(result)) {
            unsafe PQclear(result)
            close()
            throw PostgresError(.usage, "COPY runs by copyIn and copyOut")
        }
        return unsafe try take(result) { unsafe PostgresResult(copying: $0) }
    }

    /// The name of the prepared statement, prepared now if it is not yet.
    private func statement(
        for sql: String, _ parameters: [PostgresValue], _ session: OpaquePointer
    ) throws(PostgresError) -> String {
        if let name = statements.name(of: sql, parameters) { return name }
        let types = parameters.map(\.oid)
        let name = statements.freshName()
        _ = unsafe try take(answer(session, PQsendPrepare(session, name, sql, Int32(types.count), types)))
        if let evicted = statements.insert(name, sql, types) { try execute("DEALLOCATE \(evicted)") }
        return name
    }

    /// Lets go of every statement of this text; best effort on the server, whose copy is of no use to anybody.
    private func forget(_ sql: String) {
        for name in statements.remove(sql) where isIdle && isConnected {
            // It may be gone already: a failure here means that there is nothing left to free.
            try? execute("DEALLOCATE \(name)")
        }
    }
}

/// Which statements a session has prepared. At most `countMax`; the one used longest ago makes room.
struct StatementCache {
    /// Our SQL is some 200 fixed texts; a plan takes tens of kilobytes in the server.
    static let countMax = 256

    private struct Statement {
        let name: String
        let types: [UInt32]
        var usedAt: Int
    }

    private var statements: [String: [Statement]] = [:]
    private var count = 0
    private var clock = 0

    /// A statement fits when every parameter has the prepared type or is null.
    mutating func name(of sql: String, _ parameters: [PostgresValue]) -> String? {
        // Looked up once: a text is long, and so is the work of hashing it.
        guard let place = statements.index(forKey: sql),
            let index = statements.values[place].firstIndex(where: { Self.fits($0.types, parameters) })
        else { return nil }
        clock += 1
        statements.values[place][index].usedAt = clock
        return statements.values[place][index].name
    }

    mutating func freshName() -> String {
        clock += 1
        return "s\(clock)"
    }

    /// Returns the name of a statement that had to go, if one had to.
    mutating func insert(_ name: String, _ sql: String, _ types: [UInt32]) -> String? {
        statements[sql, default: []].append(Statement(name: name, types: types, usedAt: clock))
        count += 1
        return count > Self.countMax ? evict() : nil
    }

    /// Returns the names of all statements of this text.
    mutating func remove(_ sql: String) -> [String] {
        let removed = statements.removeValue(forKey: sql) ?? []
        count -= removed.count
        return removed.map(\.name)
    }

    private mutating func evict() -> String? {
        let oldest = statements.compactMap { sql, all in
            all.min { $0.usedAt < $1.usedAt }.map { (sql: sql, statement: $0) }
        }.min { $0.statement.usedAt < $1.statement.usedAt }
        guard let oldest else { return nil }
        statements[oldest.sql]?.removeAll { $0.name == oldest.statement.name }
        if statements[oldest.sql]?.isEmpty == true { statements[oldest.sql] = nil }
        count -= 1
        return oldest.statement.name
    }

    private static func fits(_ types: [UInt32], _ parameters: [PostgresValue]) -> Bool {
        types.count == parameters.count && zip(types, parameters).allSatisfy { $1.isNull || $0 == $1.oid }
    }
}
