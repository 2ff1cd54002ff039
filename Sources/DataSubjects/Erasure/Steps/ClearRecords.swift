internal import EventLog
internal import EventModel
internal import Postgres
internal import Privacy
internal import Reactors
internal import ReadModels

extension RequestWork {
    /// Blanks events that could not be appended: the person's own, and damaged batches that carry one of the keys. Takes
    /// the person's name off those that no read model could take.
    func clearQuarantine() async throws -> RequestFlow.StepEnd {
        let (request, rounds) = (request, try await rounds())
        try await adding(.quarantine) { connection in
            guard request.kind != .shopErasure else {
                return ["events": Int64(try QuarantineSweep.blankAll(of: request.shop, on: connection))]
            }
            return [
                "events": Int64(try QuarantineSweep.blank(rounds, of: request.shop, on: connection)),
                "waiting": try WaitingEvents.unname(rounds, of: request.shop, on: connection),
            ]
        }
        return .done
    }

    /// Empties tasks that were made of the person's events and are over; the payloads of reactors name nobody, this is
    /// for those that will. Of a shop all tasks go but requests like this one.
    func clearTasks() async throws -> RequestFlow.StepEnd {
        let (request, rounds) = (request, try await rounds())
        try await adding(.tasks) { connection in
            let shop = PostgresValue.int4(request.shop.shop)
            guard request.kind != .shopErasure else {
                _ = try connection.query("delete from reactor.throttle where shop_id = $1", [shop])
                return [
                    "tasks": Int64(
                        try connection.query(
                            "delete from reactor.task where shop_id = $1 and reactor <> $2",
                            [shop, .text(ReactorDesk.privacyReactor)]
                        ).affectedRows)
                ]
            }
            let rows = try connection.query(
                "update reactor.task set payload = '{}', settlement = null, last_error = null \(PersonTasks.full)",
                PersonTasks.parameters(request, rounds))
            return ["tasks": Int64(rows.affectedRows)]
        }
        return .done
    }

    /// Destroys what had been gathered for the person and was not fetched or has not expired yet.
    func clearExports() async throws -> RequestFlow.StepEnd {
        let (request, rounds) = (request, try await rounds())
        try await adding(.exports) { connection in
            guard request.kind != .shopErasure else {
                return ["exports": Int64(try ExportTable.destroyAll(of: request.shop.shop, on: connection))]
            }
            // Also one that was asked for by what only claims say is the person's.
            let count = try ExportTable.destroy(of: rounds.owners, shop: request.shop.shop, on: connection)
            return ["exports": Int64(count)]
        }
        return .done
    }

    /// Runs an effect on the database once, however often the step is begun: what it came to is written down in its
    /// transaction.
    func once(
        _ step: ErasureStep, _ effect: @Sendable (PostgresConnection) throws -> [String: Int64]
    ) async throws {
        let id = request.id
        try await parts.pool.run { connection in
            try connection.transaction {
                guard try !StepResults.has(step, of: id, on: connection) else { return }
                try StepResults.note(step, try effect(connection), of: id, on: connection)
            }
        }
    }

    /// Runs an effect that finds nothing left to do when it is run again, and adds what it came to up.
    func adding(
        _ step: ErasureStep, _ effect: @Sendable (PostgresConnection) throws -> [String: Int64]
    ) async throws {
        let id = request.id
        try await parts.pool.run { connection in
            try connection.transaction {
                let before = try StepResults.counts(step, of: id, on: connection)
                let counts = try effect(connection).merging(before, uniquingKeysWith: +)
                try StepResults.note(step, counts, of: id, on: connection)
            }
        }
    }
}

/// Tasks of other reactors that were made of a person's events and are over, with something in them still.
enum PersonTasks {
    static let full = """
        where shop_id = $1 and reactor <> $2 and state in ('done', 'dead', 'dropped')
            and split_part(idempotency_key, ':', 2) = $3 and split_part(idempotency_key, ':', 3) = any($4::text[])
            and (payload <> '{}' or settlement is not null or last_error is not null)
        """

    static func parameters(_ request: SubjectRequest, _ rounds: [ErasureRound]) -> [PostgresValue] {
        [
            .int4(request.shop.shop), .text(ReactorDesk.privacyReactor), .text(String(request.shop.lane)),
            .textArray(rounds.flatMap(\.positions).map { Optional(String($0)) }),
        ]
    }
}

/// `privacy.request.results`: what each step came to.
enum StepResults {
    static func has(_ step: ErasureStep, of request: Key128, on connection: PostgresConnection) throws -> Bool {
        try connection.query(
            "select results ? $2 from privacy.request where id = $1 for update",
            [RequestTable.id(request), .text(step.rawValue)]
        ).first?.bool(0) ?? true
    }

    /// What a step came to so far, by name; nothing before its first time. Locks the request's row.
    static func counts(
        _ step: ErasureStep, of request: Key128, on connection: PostgresConnection
    ) throws -> [String: Int64] {
        _ = try connection.query("select from privacy.request where id = $1 for update", [RequestTable.id(request)])
        return try all(of: request, on: connection)[step.rawValue] ?? [:]
    }

    /// What each step came to, by its name.
    static func all(
        of request: Key128, on connection: PostgresConnection
    ) throws -> [String: [String: Int64]] {
        try connection.query(
            """
            select s.key, c.key, c.value::bigint
            from privacy.request r, jsonb_each(r.results) s, jsonb_each_text(s.value) c where r.id = $1
            """, [RequestTable.id(request)]
        ).reduce(into: [:]) { $0[$1.text(0), default: [:]][$1.text(1)] = $1.int64(2) }
    }

    static func note(
        _ step: ErasureStep, _ counts: [String: Int64], of request: Key128, on connection: PostgresConnection
    ) throws {
        var writer = JSONWriter()
        write(counts, &writer)
        _ = try connection.query(
            "update privacy.request set results = results || jsonb_build_object($2::text, $3::jsonb) where id = $1",
            [RequestTable.id(request), .text(step.rawValue), .jsonb(String(decoding: writer.bytes, as: UTF8.self))])
    }

    /// As a JSON object.
    static func write(_ counts: [String: Int64], _ writer: inout JSONWriter) {
        writer.object { writer in
            for (name, count) in counts.sorted(by: { $0.key < $1.key }) { writer.member(name, count) }
        }
    }
}
