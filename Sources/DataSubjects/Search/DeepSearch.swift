internal import Cryptography
package import EventModel
package import Postgres
internal import ReadModels

/// Looks for byte strings everywhere: in every text, jsonb, bytea and uuid column of the database and in the buffer, and
/// in the payloads of events, which are compressed. Its cost is that of reading everything, without a limit to its time; an
/// erasure does not wait for it.
package struct DeepSearch: Sendable {
    /// A place where something was found.
    package struct Finding: Sendable, Equatable {
        /// `schema.table.column`, or `buffer`; `log.event.payload` and `log.quarantine.record` also where it stands in
        /// what is compressed in them.
        package let place: String
        /// Rows or entries.
        package let count: Int64
        /// Why it is there, where that is known.
        package var reason: String?
    }

    private let pool: PostgresPool
    private let buffer: any EventBuffer
    private let dictionaries: PayloadDictionaries

    /// Contacts nobody yet. Payloads that were compressed with other dictionaries than these are not looked into.
    package init(pool: PostgresPool, buffer: any EventBuffer, dictionaries: PayloadDictionaries = .none) {
        self.pool = pool
        self.buffer = buffer
        self.dictionaries = dictionaries
    }

    /// Where any of the texts stands: as it is, in hex, in base64 (at all three alignments, also as in addresses), or
    /// with escapes as `Spelling` says: percent-encoded, escaped in JSON or in wide signs, also one in the other. In
    /// columns of bytes only the first two escapes are known. The texts go to the database as parameters and are kept
    /// nowhere.
    package func find(_ texts: [String], lanes: [Lane]) async throws -> [Finding] {
        let forms = texts.flatMap { Self.forms(of: Array($0.utf8)) }
        guard !forms.isEmpty else { return [] }
        let payloads = PayloadSearch(forms, dictionaries)
        var findings = try await patiently { connection in
            var findings = try Self.columns(on: connection).map { column in
                let count = try Self.count(forms, in: column, payloads, on: connection)
                return Finding(place: "\(column.table).\(column.name)", count: count)
            }
            findings.append(
                Finding(place: "log.event.payload", count: try payloads.countEvents(of: lanes, on: connection)))
            findings.append(
                Finding(
                    place: "log.quarantine.record", count: try payloads.countQuarantined(of: lanes, on: connection)))
            return findings.filter { $0.count > 0 }
        }
        let buffered = try await buffer.count(of: forms, lanes: lanes)
        if buffered > 0 { findings.append(Finding(place: "buffer", count: buffered)) }
        return findings
    }

    /// Runs `body` without a limit for its statements.
    private func patiently<R: Sendable>(_ body: @Sendable (PostgresConnection) throws -> R) async throws -> R {
        try await pool.run { connection in
            try connection.execute("set statement_timeout = 0")
            // A connection that cannot do this is not used again.
            defer { try? connection.execute("reset statement_timeout") }
            return try body(connection)
        }
    }

    /// Read models, and the events that wait for one, that still hold one of the handles that this shop has fenced. That
    /// the index of subjects leads from them to the events of orders that are kept is as it should be.
    package func findFenced(shop: ShopID, schemas: [String]) async throws -> [Finding] {
        try await patiently { connection in
            try Self.columns(on: connection).filter { column in
                let isModel = schemas.contains { column.table.hasPrefix($0 + ".") }
                return column.type == "uuid" && (isModel || column.table == "projection.waiting")
            }.compactMap { column in
                let fenced = "in (select handle from privacy.fence where shop_id = $1)"
                // Of each version that is there.
                let kept =
                    column.table.hasSuffix(".mention")
                    ? " and not " + KeptOrders.condition("t", of: column.table, isGone: fenced) : ""
                let count = try connection.query(
                    "select count(*) from \(column.table) t where t.\(column.name) \(fenced)\(kept)", [.int4(shop)]
                )[0].int64(0)
                return count > 0 ? Finding(place: "\(column.table).\(column.name)", count: count) : nil
            }
        }
    }

    /// Erasures of the shop that are not over, which keep what they look for until they are; of all, or this one. Of this
    /// one also what its receipt says is still readable.
    package func findUnfinished(shop: ShopID, request: Key128?) async throws -> [Finding] {
        try await pool.run { connection in
            let open = try RequestTable.openErasures(of: shop, request: request, on: connection)
            let reason = "not over yet: \(open.joined(separator: ", "))"
            let unfinished = Finding(place: "privacy.request", count: Int64(open.count), reason: reason)
            let results = try request.map { try StepResults.all(of: $0, on: connection) } ?? [:]
            let remains = AfterSearch.remains(results[ErasureStep.searched.rawValue] ?? [:])
            return (unfinished.count > 0 ? [unfinished] : [])
                + remains.map { Finding(place: $0.column, count: $0.rows, reason: "remains, as the receipt says") }
        }
    }

    private struct Column {
        let table: String
        let name: String
        let type: String
    }

    private static func columns(on connection: PostgresConnection) throws -> [Column] {
        try connection.query(
            """
            select quote_ident(c.table_schema) || '.' || quote_ident(c.table_name), quote_ident(c.column_name),
                c.data_type::text
            from information_schema.columns c
            join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name
            where c.table_schema not in ('pg_catalog', 'information_schema') and t.table_type = 'BASE TABLE'
                and (c.data_type in ('text', 'jsonb', 'bytea', 'uuid', 'character varying') or c.udt_name = '_text')
            order by 1, 2
            """
        ).map { Column(table: $0.text(0), name: $0.text(1), type: $0.text(2)) }
    }

    private static func count(
        _ forms: [[UInt8]], in column: Column, _ payloads: PayloadSearch, on connection: PostgresConnection
    ) throws -> Int64 {
        guard column.type != "uuid" else { return 0 }
        let isText = column.type != "bytea"
        let (value, text) = ("t.\(column.name)", "t.\(column.name)::text")
        let count = try connection.query(
            """
            select count(*) from \(column.table) t where exists (
                select from unnest($1::bytea[]) f (form)
                where position(f.form in \(isText ? "convert_to(\(text), 'UTF8')" : value)) > 0)
                \(isText ? "and \(text) !~ '\(Spelling.pattern)'" : "")
            """, [.bytesArray(forms.map(Optional.init))])[0].int64(0)
        guard isText else { return count }
        var spelt: Int64 = 0
        let rows = "select \(text) from \(column.table) t where \(text) ~ '\(Spelling.pattern)'"
        // A message has one row, with its backslashes doubled.
        try connection.copyOutBytes("COPY (\(rows)) TO STDOUT") { if payloads.holds(text: $0) { spelt += 1 } }
        return count + spelt
    }

    static func forms(of text: [UInt8]) -> [[UInt8]] {
        let hex = Hex.encode(text)
        let percent = text.flatMap { byte in
            isUnreserved(byte) ? [byte] : Array("%".utf8) + Array(Hex.encode([byte]).uppercased().utf8)
        }
        // Within longer data the text begins at any of three places of a group; what depends on neighbours is cut.
        let base64 = (0..<3).map { shift -> [UInt8] in
            let padded = Array(repeating: UInt8(0), count: shift) + text
            let whole = padded.count / 3 * 3
            let digits = Array(Base64.encode(Array(padded[..<whole])).utf8)
            return Array(digits.dropFirst(shift == 0 ? 0 : 4))
        }
        let escaped = text.flatMap { [0x22, 0x5C].contains($0) ? [0x5C, $0] : [$0] }
        // As in addresses (RFC 4648, section 5).
        let inAddresses = base64.map { $0.map { digit in [0x2B: 0x2D, 0x2F: 0x5F][digit] ?? digit } }
        let all = [text, Array(hex.utf8), Array(hex.uppercased().utf8), percent, escaped] + base64 + inAddresses
        // A short piece would be found everywhere.
        return Array(Set(all.filter { $0.count >= 5 }))
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }
}
