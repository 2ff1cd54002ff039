internal import EventModel
internal import Postgres

/// Reads and writes the tables of `orders`, inside whatever transaction the caller has: what hangs on a changed order is
/// written anew.
struct OrderStore {
    let lane: Lane
    let sql: OrderSQL

    init(lane: Lane, schema: String) {
        self.lane = lane
        sql = OrderSQL(schema: schema)
    }

    func load(_ ids: [OrderID], on connection: PostgresConnection) throws -> [OrderID: OrderState] {
        var states: [OrderID: OrderState] = [:]
        for row in try connection.query(sql.load, keys(ids)) {
            states[OrderID(shop: row.int32(0), order: row.int64(1))] = try OrderState(decoding: row.bytes(2))
        }
        return states
    }

    func write(_ changes: OrdersProjection.Changes, version: Position, on connection: PostgresConnection) throws {
        let states = changes.orders.sorted { ($0.key.shop, $0.key.order) < ($1.key.shop, $1.key.order) }
        let ids = states.map(\.key)
        _ = try connection.query(sql.upsertStates, keys(ids) + [.bytesArray(states.map { $0.value.encoded() })])
        let known = ids.filter(changes.known.contains)
        if !known.isEmpty { for clear in sql.clear { _ = try connection.query(clear, keys(known)) } }
        let rows = states.compactMap { OrderRow($0.key, $0.value) }
        guard !rows.isEmpty else { return }
        try writeOrders(rows, version, connection)
        try writeLines(rows.flatMap { row in row.order.lines.enumerated().map { (row, $0, $1) } }, connection)
        try writeRefunds(rows.flatMap { row in row.refunds.map { (row, $0) } }, connection)
        try writeTransactions(rows.flatMap { row in row.transactions.map { (row, $0) } }, connection)
        try writeLedger(rows.flatMap { row in row.entries.map { (row, $0) } }, connection)
    }

    private func keys(_ ids: [OrderID]) -> [PostgresValue] {
        [.int2(lane), .int4Array(ids.map(\.shop)), .int8Array(ids.map(\.order))]
    }

    private func writeOrders(_ rows: [OrderRow], _ version: Position, _ connection: PostgresConnection) throws {
        let who: [PostgresValue] = [.int2(lane), .int8(version)] + keys(rows.map(\.id)).dropFirst()
        let handles: PostgresValue = .optionalUUIDArray(rows.map { $0.handle.map { ($0.high, $0.low) } })
        _ = try connection.query(
            sql.upsertOrders,
            who + states(rows) + amounts(rows) + details(rows.map(\.order)) + [
                handles, .optionalInt8Array(rows.map(\.order.currentTotalPrice)),
                .optionalInt8Array(rows.map(\.order.presentmentTotal)),
            ])
    }

    private func states(_ rows: [OrderRow]) -> [PostgresValue] {
        let orders = rows.map(\.order)
        return [
            .textArray(orders.map(\.name)), .optionalInt8Array(orders.map(\.number)),
            .optionalTimestampArray(orders.map(\.createdAt)), .timestampArray(orders.map(\.orderedAt)),
            .optionalTimestampArray(orders.map(\.processedAt)), .optionalTimestampArray(orders.map(\.updatedAt)),
            .optionalTimestampArray(orders.map(\.cancelledAt)), .optionalTimestampArray(orders.map(\.closedAt)),
            .textArray(orders.map(\.cancelReason)), .boolArray(orders.map(\.isTest)),
            .boolArray(rows.map(\.isDeleted)), .textArray(orders.map(\.financialStatus)),
            .textArray(orders.map(\.fulfillmentStatus)),
        ]
    }

    private func amounts(_ rows: [OrderRow]) -> [PostgresValue] {
        let orders = rows.map(\.order)
        return [
            .textArray(orders.map(\.currency)), .textArray(orders.map(\.presentmentCurrency)),
            .int2Array(orders.map { Int16($0.exponent) }), .boolArray(orders.map(\.taxesIncluded)),
            .int8Array(rows.map(\.sold.gross)), .int8Array(rows.map(\.sold.discounts)),
            .int8Array(rows.map(\.sold.shipping)), .int8Array(rows.map(\.sold.taxes)),
            .int8Array(rows.map(\.sold.duties)), .int8Array(rows.map { $0.order.totalPrice ?? $0.sold.total }),
            .int8Array(rows.map(\.refunded)),
            .int8Array(rows.map(\.sold.quantity)),
        ]
    }

    private func details(_ orders: [OrderSnapshot]) -> [PostgresValue] {
        func list(_ texts: [[String]]) -> PostgresValue {
            .textArray(texts.map { $0.joined(separator: OrderSQL.separator) })
        }
        func uuids(_ keys: [Key128?]) -> PostgresValue { .optionalUUIDArray(keys.map { $0.map { ($0.high, $0.low) } }) }
        return [
            .textArray(orders.map(\.sourceName)), list(orders.map(\.tags)), list(orders.map(\.discountCodes)),
            list(orders.map(\.gateways)), .textArray(orders.map(\.cartToken)), .textArray(orders.map(\.checkoutToken)),
            uuids(orders.map(\.customer)), uuids(orders.map(\.email)), uuids(orders.map(\.phone)),
            uuids(orders.map(\.client)), .int8Array(orders.map(\.position)),
        ]
    }
}

extension OrderStore {
    private func writeLines(
        _ lines: [(row: OrderRow, place: Int, line: OrderLine)], _ connection: PostgresConnection
    ) throws {
        guard !lines.isEmpty else { return }
        let all = lines.map(\.line)
        _ = try connection.query(
            sql.lines,
            keys(lines.map(\.row.id)) + [
                .int8Array(all.map(\.id)), .optionalInt8Array(all.map(\.product)),
                .optionalInt8Array(all.map(\.variant)), .textArray(all.map(\.title)),
                .textArray(all.map(\.variantTitle)), .textArray(all.map(\.sku)), .textArray(all.map(\.vendor)),
                .int8Array(all.map(\.quantity)), .int8Array(lines.map { $0.row.currentQuantity(of: $0.line) }),
                .int8Array(all.map(\.price)), .int8Array(all.map(\.discount)), .int8Array(all.map(\.tax)),
                .int4Array(lines.map { Int32(clamping: $0.place) }),
            ])
    }

    private func writeRefunds(
        _ refunds: [(row: OrderRow, refund: OrderRefund)], _ connection: PostgresConnection
    ) throws {
        guard !refunds.isEmpty else { return }
        let all = refunds.map(\.refund)
        _ = try connection.query(
            sql.refunds,
            keys(refunds.map(\.row.id)) + [
                .int8Array(all.map(\.id)), .optionalTimestampArray(all.map(\.createdAt)),
                .optionalTimestampArray(all.map(\.processedAt)), .boolArray(all.map(\.hasNote)),
                .int8Array(refunds.map { $0.row.amount(of: $0.refund) }),
                .optionalInt8Array(refunds.map { $0.row.presentmentAmount(of: $0.refund) }),
            ])
        let lines = refunds.flatMap { row, refund in refund.lines.map { (row: row, refund: refund.id, line: $0) } }
        guard !lines.isEmpty else { return }
        _ = try connection.query(
            sql.refundLines,
            keys(lines.map(\.row.id)) + [
                .int8Array(lines.map(\.refund)), .int8Array(lines.map(\.line.id)), .int8Array(lines.map(\.line.line)),
                .int8Array(lines.map(\.line.quantity)), .int8Array(lines.map { $0.row.order.minor($0.line.subtotal) }),
                .int8Array(lines.map { $0.row.order.minor($0.line.tax) }),
            ])
    }

    private func writeTransactions(
        _ transactions: [(row: OrderRow, transaction: OrderTransaction)], _ connection: PostgresConnection
    ) throws {
        guard !transactions.isEmpty else { return }
        let all = transactions.map(\.transaction)
        let presentment = transactions.map { $0.row.presentment(of: $0.transaction) }
        _ = try connection.query(
            sql.transactions,
            keys(transactions.map(\.row.id)) + [
                .int8Array(all.map(\.id)), .optionalInt8Array(all.map(\.parent)), .textArray(all.map(\.kind)),
                .textArray(all.map(\.status)), .textArray(all.map(\.gateway)), .int8Array(all.map(\.amount)),
                .textArray(all.map(\.currency)),
                .int2Array(all.map { Int16(MinorUnits.exponent(of: $0.currency)) }),
                .optionalTimestampArray(all.map(\.createdAt)), .optionalTimestampArray(all.map(\.processedAt)),
                .boolArray(all.map(\.isTest)), .textArray(all.map(\.errorCode)),
                .optionalInt8Array(presentment.map { $0?.amount }), .textArray(presentment.map { $0?.currency }),
            ])
    }

    private func writeLedger(_ entries: [(row: OrderRow, entry: LedgerEntry)], _ connection: PostgresConnection) throws
    {
        guard !entries.isEmpty else { return }
        let all = entries.map(\.entry)
        _ = try connection.query(
            sql.ledger,
            keys(entries.map(\.row.id)) + [
                .textArray(all.map(\.key)), .textArray(all.map(\.kind.rawValue)), .timestampArray(all.map(\.at)),
                .timestampArray(entries.map { $0.entry.kind.isReturn ? $0.row.order.orderedAt : $0.entry.at }),
                .optionalInt8Array(all.map { $0.line?.id }), .optionalInt8Array(all.map { $0.line?.product }),
                .optionalInt8Array(all.map { $0.line?.variant }), .int8Array(all.map(\.amounts.quantity)),
                .int8Array(all.map(\.amounts.gross)), .int8Array(all.map(\.amounts.discounts)),
                .int8Array(all.map(\.amounts.returns)), .int8Array(all.map(\.amounts.taxes)),
                .int8Array(all.map(\.amounts.shipping)), .int8Array(all.map(\.amounts.duties)),
                .textArray(entries.map(\.row.order.currency)),
            ])
    }
}
