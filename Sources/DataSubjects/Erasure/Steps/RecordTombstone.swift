internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy
internal import ReadModels
internal import Recorder
internal import Registry

extension RequestWork {
    /// Records the last round's tombstone and waits until it is in the log. Its bytes follow from the round, so that a
    /// second try is the same event.
    func recordTombstone() async throws -> RequestFlow.StepEnd {
        let (request, dictionaries) = (request, parts.dictionaries)
        guard let round = try await rounds().last else { throw SubjectFailure("there is no round to be recorded") }
        guard round.tombstone == nil else { return .done }
        let payload = Self.payload(request, round)
        let name: SystemEventName = request.kind == .shopErasure ? .shopRedacted : .privacyErased
        try await record(
            name, payload, identity: "\(request.id.uuid) \(round.sequence)", at: round.occurredAt)
        let position = try await parts.pool.run { connection in
            let position = try LoggedTombstone.position(
                name, payload, shop: request.shop, at: round.occurredAt, dictionaries, on: connection)
            if let position {
                try RoundTable.set(
                    tombstone: position, of: request.id, sequence: round.sequence, on: connection)
            }
            return position
        }
        return position == nil ? .wait(Self.lookEvery) : .done
    }

    private static func payload(_ request: SubjectRequest, _ round: ErasureRound) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("request", request.id.uuid)
            guard request.kind != .shopErasure else { return }
            writer.member("sequence", Int64(round.sequence))
            writer.member("handles") { writer in
                writer.array(round.handles + round.unlinked) { writer, handle in
                    writer.object { writer in
                        writer.member("kind", Int64(handle.kind.rawValue))
                        writer.member("hash", handle.hash.hex)
                    }
                }
            }
        }
        return writer.bytes
    }

    /// All rounds so far.
    func rounds() async throws -> [ErasureRound] {
        let id = request.id
        return try await parts.pool.run { try RoundTable.list(id, on: $0) }
    }

    /// Records an event of the shop; durable when it returns.
    func record(_ name: SystemEventName, _ payload: [UInt8], identity: String, at millis: Int64) async throws {
        let (parts, shop) = (parts, request.shop.shop)
        let recorded = try await parts.pool.run { connection in
            try ShopRegistry.find(id: shop, on: connection).map { try RecordedShop($0, vault: parts.vault) }
        }
        guard let recorded else { throw SubjectFailure("there is no such shop", isPermanent: true) }
        let event = OwnEvent.system(name, payload: payload, occurredAt: millis, identity: identity)
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
        _ name: SystemEventName, _ payload: [UInt8], shop: ShopKey, at millis: Int64,
        _ dictionaries: PayloadDictionaries, on connection: PostgresConnection
    ) throws -> Position? {
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
                    .timestamp(millis - skewMillis), .int4(shop.shop), .text(name.rawValue),
                ])
        }
        let opener = PayloadDecompressor(dictionaries)
        for row in rows {
            var opened: [UInt8] = []
            let dictionary = UInt8(truncatingIfNeeded: row.int16(2))
            try opener.open(row.bytes(1).span, dictionary: dictionary, into: &opened)
            if opened == payload { return row.int64(0) }
        }
        return nil
    }
}
