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
        let left = counts.filter { $0.value > 0 && !AfterSearch.informative.contains($0.key) }
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

/// What the search after an erasure looks for, by name; each count has to be 0 but the informative ones.
enum AfterSearch {
    /// Say how much was looked at.
    static let informative: Set<String> = ["events_tried", "columns_searched", "values_searched", "tables_searched"]

    /// Rows of read models with a handle of the person.
    static let readModels = "handles_in_read_models"

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
            "values_in_read_models": 0, "columns_searched": Int64(Lineage.handleColumns.count),
            "values_searched": Int64(probes.count),
        ]
        for column in Lineage.handleColumns {
            counts[readModels, default: 0] += try holding(
                handles.filter { column.handles.contains($0.kind) }.map(\.hash), column, request.shop, on: connection)
            guard column.treatment == .pseudonym, !probes.isEmpty else { continue }
            let pseudonyms = rounds.flatMap { round in
                let tombstone = Tombstone(
                    position: 0, shop: request.shop.shop, request: request.id, sequence: Int64(round.sequence),
                    scope: .person(round.handles))
                return tombstone.handles.filter { column.handles.contains($0.kind) }.map(tombstone.pseudonym(of:))
            }
            counts["values_in_read_models", default: 0] += try saying(
                probes, pseudonyms, column, request.shop, on: connection)
        }
        return counts
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

    /// Rows of the erased person, found by the pseudonym, that hold one of the person's values in any column.
    private static func saying(
        _ probes: [String], _ pseudonyms: [Key128], _ column: Lineage.Column, _ shop: ShopKey,
        on connection: PostgresConnection
    ) throws -> Int64 {
        guard !pseudonyms.isEmpty else { return 0 }
        return try connection.query(
            """
            select count(*) from \(column.table) t where t.lane = $1 and t.shop_id = $2 and t.\(column.name) = any($3)
                and exists (select from unnest($4::text[]) p (probe) where t::text ~ p.probe)
            """,
            [
                .int2(shop.lane), .int4(shop.shop), .uuidArray(pseudonyms.map { ($0.high, $0.low) }),
                .textArray(probes.compactMap(SearchProbes.pattern)),
            ])[0].int64(0)
    }
}
