internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy
internal import ReadModels
internal import Recorder
internal import Registry

extension RequestWork {
    /// Records the tombstones of the rounds that have none yet, and waits until they are in the log: the last round's, and
    /// after a restore those before it.
    func recordTombstone() async throws -> RequestFlow.StepEnd {
        let rounds = try await rounds()
        guard !rounds.isEmpty else { throw SubjectFailure("there is no round to be recorded") }
        for round in rounds where round.tombstone == nil {
            let end = try await recordTombstone(of: round)
            guard end == .done else { return end }
        }
        return .done
    }

    /// The tombstone's bytes follow from the round, so that a second try is the same event.
    private func recordTombstone(of round: ErasureRound) async throws -> RequestFlow.StepEnd {
        let (request, dictionaries) = (request, parts.dictionaries)
        let event = OwnEvent.tombstone(
            request.kind == .shopErasure ? nil : round.handles + round.unlinked, request: request.id,
            sequence: round.sequence, at: round.occurredAt)
        try await record(event)
        let position = try await parts.pool.run { connection in
            let position = try LoggedTombstone.position(
                event, shop: request.shop, dictionaries, on: connection)
            if let position {
                try RoundTable.set(
                    tombstone: position, of: request.id, sequence: round.sequence, on: connection)
            }
            return position
        }
        return position == nil ? .wait(Self.lookEvery) : .done
    }

    /// All rounds so far.
    func rounds() async throws -> [ErasureRound] {
        let id = request.id
        return try await parts.pool.run { try RoundTable.list(id, on: $0) }
    }

    /// Records an event of the shop; durable when it returns.
    func record(_ event: OwnEvent) async throws {
        let (parts, shop) = (parts, request.shop.shop)
        let recorded = try await parts.pool.run { connection in
            try ShopRegistry.find(id: shop, on: connection).map { try RecordedShop($0, vault: parts.vault) }
        }
        guard let recorded else { throw SubjectFailure("there is no such shop", isPermanent: true) }
        do {
            guard try await parts.recorder.record([event], for: recorded) == [.recorded] else {
                throw SubjectFailure("an event of the request was refused", isPermanent: true)
            }
        } catch let error as RecorderError {
            throw SubjectFailure("neither buffer nor log takes events (\(error.code))")
        }
    }
}

/// Finds a tombstone of ours in the log: by the time in its key, which is indexed, and by its bytes.
private enum LoggedTombstone {
    /// Clocks of processes differ by less.
    private static let skewMillis: Int64 = 86_400_000

    static func position(
        _ event: OwnEvent, shop: ShopKey, _ dictionaries: PayloadDictionaries, on connection: PostgresConnection
    ) throws -> Position? {
        let millis = event.occurredAt
        let low = EventKey.make(timeMillis: millis, hash: .zero)
        let high = EventKey.make(timeMillis: millis, hash: Key128(high: .max, low: .max))
        let rows = try connection.transaction {
            // A partition that is empty when a statement is planned would be read whole ever after.
            try connection.execute("set local enable_seqscan = off")
            return try connection.query(
                """
                select e.position, e.payload, e.dictionary::integer from log.event e join log.kind k on k.id = e.kind
                where e.lane = $1 and e.key between $2 and $3 and e.received_at >= $4 and e.shop_id = $5 and k.name = $6
                """,
                [
                    .int2(shop.lane), .uuid(low.high, low.low), .uuid(high.high, high.low),
                    .timestamp(millis - skewMillis), .int4(shop.shop), .text(event.name),
                ])
        }
        let opener = PayloadDecompressor(dictionaries)
        for row in rows {
            var opened: [UInt8] = []
            let dictionary = UInt8(truncatingIfNeeded: row.int16(2))
            try opener.open(row.bytes(1).span, dictionary: dictionary, into: &opened)
            if opened == event.payload { return row.int64(0) }
        }
        return nil
    }
}
