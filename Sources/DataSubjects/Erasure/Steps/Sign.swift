internal import EventModel
internal import Postgres
internal import Privacy
internal import ReadModels

extension RequestWork {
    /// Writes the receipt and ends the request, in one transaction: from then on nothing says which events were the
    /// person's.
    func sign() async throws -> RequestFlow.StepEnd {
        let (parts, request, now) = (parts, request, parts.nowMillis())
        try await parts.pool.run { connection in
            let key = try SigningKey.load(vault: parts.vault, on: connection)
            try connection.transaction {
                let body = try Self.body(request, parts.stores.version, now, on: connection)
                try ReceiptTable.insert(key.sign(body.json), of: request.id, on: connection)
                try RoundTable.forgetPositions(of: request.id, on: connection)
                try RequestTable.finish(request.id, atMillis: now, on: connection)
            }
        }
        return .done
    }

    private static func body(
        _ request: SubjectRequest, _ version: String, _ now: Int64, on connection: PostgresConnection
    ) throws -> ReceiptBody {
        let rounds = try RoundTable.list(request.id, on: connection)
        let redactions = try connection.query(
            """
            select projection, sum(rows)::bigint from privacy.redaction where lane = $1 and position = any($2)
            group by projection order by projection
            """, [.int2(request.shop.lane), .int8Array(rounds.compactMap(\.tombstone))])
        let backups = try connection.query(
            """
            select id, made_at, keys_expire_at from privacy.backup
            where made_at <= $1 and keys_expire_at > $1 order by keys_expire_at, id
            """, [.timestamp(now)])
        let isShopGone = try end(of: request, on: connection) == .gone
        let stretches =
            request.kind == .shopErasure
            ? (isShopGone ? [] : try LogStretch.of(request.shop.shop, on: connection))
            : LogStretch.of(rounds, lane: request.shop.lane)
        return ReceiptBody(
            request: request, rounds: rounds, redactions: redactions.map { ($0.text(0), $0.int64(1)) },
            backups: backups.map {
                ReceiptBody.Backup(
                    id: Key128($0.uuid(0)), madeAt: $0.timestampMillis(1), keysExpireAt: $0.timestampMillis(2))
            },
            results: try StepResults.all(of: request.id, on: connection), version: version, finishedAt: now,
            isShopGone: isShopGone, isFenced: try FenceTable.isFenced(request.asked, of: request.shop, on: connection),
            stretches: stretches)
    }
}
