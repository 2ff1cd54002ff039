/// The ledger of one order: a pure function of its state. Entries of the order's own day, of its edits, of its refunds
/// and of its cancellation; together they are what the order brought.
struct OrderLedger {
    private(set) var entries: [LedgerEntry] = []
    let order: OrderSnapshot
    let state: OrderState
    private var keys: Set<String> = []
    /// Not yet given back, by line.
    var left: [Int64: SalesAmounts] = [:]
    /// Not yet given back of what no line has: shipping, duties, adjustments.
    var leftOfOrder = SalesAmounts()

    /// The ledger of an order whose payload is known.
    init?(_ state: OrderState) {
        guard let order = state.snapshot else { return nil }
        self.order = order
        self.state = state
        addOrder()
        for refund in state.refundsInOrder where refund.at <= order.cancelledAt ?? .max { addRefund(refund) }
        if let cancelledAt = order.cancelledAt { addCancellation(cancelledAt) }
    }

    /// An empty ledger, to see what a single fact would add.
    init(alone order: OrderSnapshot) {
        self.order = order
        state = OrderState()
    }

    mutating func add(_ kind: LedgerEntry.Kind, _ id: String, _ at: Int64, _ line: OrderLine?, _ amounts: SalesAmounts)
    {
        guard !amounts.isZero || kind == .order else { return }
        var key = id.isEmpty ? kind.rawValue : "\(kind.rawValue):\(id)"
        // Ids are Shopify's and do not repeat; should they, no amount is lost.
        while !keys.insert(key).inserted { key += "'" }
        entries.append(LedgerEntry(key: key, kind: kind, at: at, line: line, amounts: amounts))
        if let line {
            left[line.id] = (left[line.id] ?? SalesAmounts()) + amounts
        } else {
            leftOfOrder = leftOfOrder + amounts
        }
    }

    private mutating func addOrder() {
        let at = order.orderedAt
        let sales = order.sales()
        add(.order, "", at, nil, SalesAmounts())
        for (line, sold) in zip(order.lines, sales.lines) { addLine(line, sold) }
        for shipping in sales.shipping {
            add(.shipping, "\(shipping.id)", at, nil, SalesAmounts(shipping: shipping.price))
            add(.tax, "shipping:\(shipping.id)", at, nil, SalesAmounts(taxes: shipping.tax))
        }
        add(.duty, "", at, nil, SalesAmounts(duties: order.duties))
    }

    /// Units that edits added count on the edits' days, all others on the order's; units that edits took away and no
    /// refund returned are taken back on the edits' days.
    private mutating func addLine(_ line: OrderLine, _ sold: LineSales) {
        let (additions, removals) = changes(line)
        let ordered = line.quantity - additions.reduce(0) { $0 + $1.units }
        let parts = sold.split(by: [ordered] + additions.map(\.units))
        let (id, at, first) = ("\(line.id)", order.orderedAt, parts[0])
        add(.line, id, at, line, SalesAmounts(quantity: first.quantity, gross: first.gross))
        add(.discount, id, at, line, SalesAmounts(discounts: first.discounts))
        add(.tax, id, at, line, SalesAmounts(taxes: first.taxes))
        for (addition, part) in zip(additions, parts.dropFirst()) {
            add(.edit, "\(addition.name):\(line.id):added", addition.at, line, part)
        }
        let removed = removals.map(\.units)
        let taken = sold.split(by: removed + [line.quantity - removed.reduce(0, +)])
        for (removal, part) in zip(removals, taken) {
            add(.edit, "\(removal.name):\(line.id):removed", removal.at, line, part.negated)
        }
    }
}

extension SalesAmounts {
    fileprivate var negated: SalesAmounts {
        SalesAmounts(
            quantity: -quantity, gross: -gross, discounts: -discounts, returns: -returns, taxes: -taxes,
            shipping: -shipping, duties: -duties)
    }
}
