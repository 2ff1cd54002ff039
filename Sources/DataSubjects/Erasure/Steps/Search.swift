internal import EventModel
internal import Postgres
internal import Privacy
internal import ReadModels

extension RequestWork {
    /// Looks for what must not be there any more. Costs by the person's events and rows; `DeepSearch` looks everywhere.
    func search() async throws -> RequestFlow.StepEnd {
        let (parts, request, rounds) = (parts, request, try await rounds())
        let found = try await parts.pool.run { connection in
            request.kind == .shopErasure
                ? try AfterSearch.shop(request.shop, on: connection)
                : try AfterSearch.person(request, rounds, parts, on: connection)
        }
        let (stores, end) = try await searchStores(rounds)
        if let end { return end }
        let counts = found.merging(stores) { $1 }
        let left = counts.filter { $0.value > 0 && AfterSearch.mustBeNone($0.key) }
        if left[AfterSearch.readModels] != nil, let end = try await nameAgain(rounds) { return end }
        guard left.isEmpty else {
            throw SubjectFailure(
                "the search still found: "
                    + left.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
        }
        try await once(.searched) { _ in counts }
        return .done
    }
}

/// What the search after an erasure looks for, by name.
enum AfterSearch {
    /// Say how much was looked at.
    private static let informative: Set<String> = [
        "events_tried", "columns_searched", "values_searched", "tables_searched",
    ]

    /// Rows of read models with a handle of the person.
    static let readModels = "handles_in_read_models"

    /// Places of read models, a row's column each, where a value of the person stands readably (`ReadableValues`); and with
    /// `schema.table.column` in the place of this name's end how many of them are where.
    static let readable = readablePrefix + "read_models"
    private static let readablePrefix = "values_in_"

    /// What is readable stays, whatever is done again: rows under a pseudonym are changed by nobody any more. So the
    /// erasure goes on at once, and the values that were looked for go with the request.
    static func mustBeNone(_ name: String) -> Bool {
        !informative.contains(name) && !name.hasPrefix(readablePrefix)
    }

    /// The columns that the counts of a search tell to have something readable, and how many of their rows do.
    static func remains(_ counts: [String: Int64]) -> [(column: String, rows: Int64)] {
        counts.filter { $0.key.hasPrefix(readablePrefix) && $0.key != readable && $0.value > 0 }
            .map { (String($0.key.dropFirst(readablePrefix.count)), $0.value) }.sorted { $0.column < $1.column }
    }

    /// Of a person: keys, handles in read models, events that open, and the person's own words in rows that stay.
    static func person(
        _ request: SubjectRequest, _ rounds: [ErasureRound], _ parts: ErasureParts, on connection: PostgresConnection
    ) throws -> [String: Int64] {
        guard let context = try ShopContext.find(request.shop.shop, vault: parts.vault, on: connection) else {
            return [:]
        }
        try SubjectKeys.delete(ids: rounds.flatMap(\.keyIDs), of: request.shop, on: connection)
        let handles = rounds.flatMap(\.handles)
        let positions = rounds.flatMap(\.positions)
        let owners = rounds.owners
        var opened: Int64 = 0
        var events = PersonEvents(connection, context, lane: request.shop.lane, parts.dictionaries)
        try events.each(positions) { event in
            // What others share with the person is sealed under their key and stays theirs.
            if event.isReadable, let owner = event.handles.first, owners.contains(owner) { opened += 1 }
            return true
        }
        let probes = try SearchProbes.read(request.id, context, on: connection).texts
        var counts: [String: Int64] = [
            "subject_keys": try SubjectKeys.count(handles.filter(\.kind.isFenceable), of: request.shop, on: connection),
            "events_opened": opened, "events_tried": Int64(positions.count), readModels: 0,
            "columns_searched": Int64(Lineage.handleColumns.count), "values_searched": Int64(probes.count),
        ]
        for column in Lineage.handleColumns {
            counts[readModels, default: 0] += try holding(
                handles.filter { column.handles.contains($0.kind) }.map(\.hash), column, request.shop, on: connection)
        }
        let readable = try readable(probes, request, rounds, on: connection)
        counts[Self.readable] = readable.values.reduce(0, +)
        for (column, rows) in readable { counts[readablePrefix + column] = rows }
        return counts
    }

    /// In rows that stay, which are found by the person's pseudonyms.
    private static func readable(
        _ probes: [String], _ request: SubjectRequest, _ rounds: [ErasureRound], on connection: PostgresConnection
    ) throws -> [String: Int64] {
        let values = ReadableValues(probes)
        let tombstones = rounds.map { round in
            Tombstone(
                position: 0, shop: request.shop.shop, request: request.id, sequence: Int64(round.sequence),
                scope: .person(round.handles))
        }
        let columns = Dictionary(grouping: Lineage.handleColumns.filter { $0.treatment == .pseudonym }, by: \.table)
        // Bounded by the person's rows, which may be many; nobody waits for it.
        return try connection.transaction {
            try connection.execute("set local statement_timeout = 0")
            return try columns.reduce(into: [:]) { found, table in
                let keys = table.value.map { column in
                    let hashes = tombstones.flatMap { tombstone in
                        tombstone.handles.filter { column.handles.contains($0.kind) }.map(tombstone.pseudonym(of:))
                    }
                    return (column.name, hashes)
                }
                let counts = try values.count(in: table.key, keys, request.shop, on: connection)
                found.merge(counts) { $1 }
            }
        }
    }

    /// Of a shop: its keys.
    static func shop(_ shop: ShopKey, on connection: PostgresConnection) throws -> [String: Int64] {
        let keys = try connection.query(
            "select count(*) from registry.subject_key where lane = $1 and shop_id = $2",
            [.int2(shop.lane), .int4(shop.shop)])[0].int64(0)
        let api = try connection.query(
            "select count(*) from registry.api_key where shop_id = $1 and revoked_at is null", [.int4(shop.shop)]
        )[0].int64(0)
        return ["subject_keys": keys, "api_keys": api]
    }

    /// Rows with one of the handles in a column; of the index of subjects those that lead to what is not kept.
    private static func holding(
        _ handles: [Key128], _ column: Lineage.Column, _ shop: ShopKey, on connection: PostgresConnection
    ) throws -> Int64 {
        guard !handles.isEmpty else { return 0 }
        let kept =
            column.table == Lineage.mentions
            ? " and not " + KeptOrders.condition("t", of: column.table, isGone: "= any($3)") : ""
        return try connection.query(
            """
            select count(*) from \(column.table) t
            where t.lane = $1 and t.shop_id = $2 and t.\(column.name) = any($3)\(kept)
            """,
            [.int2(shop.lane), .int4(shop.shop), .uuidArray(handles.map { ($0.high, $0.low) })])[0].int64(0)
    }
}
