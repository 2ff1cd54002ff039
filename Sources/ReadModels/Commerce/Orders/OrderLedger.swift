/// The ledger of one order: a pure function of its state. Entries of the order's own day, of its edits, of its refunds
/// and of its cancellation; together they are what the order brought.
struct OrderLedger {
    private(set) var entries: [LedgerEntry] = []
    let order: OrderSnapshot
    /// What the payloads showed, one after the other.
    let runs: [OrderRun]
    let known: KnownChanges
    /// The order's lines, and after them those that the newest payload no longer lists, by their ids.
    private(set) var allLines: [OrderLine] = []
    /// The same by their ids.
    private(set) var lines: [Int64: OrderLine] = [:]
    private var keys: [String: Int] = [:]
    /// Not yet given back, by line.
    var left: [Int64: SalesAmounts] = [:]
    /// Not yet given back of what no line has: shipping, duties, adjustments.
    var leftOfOrder = SalesAmounts()

    /// The ledger of an order whose payload is known.
    init?(_ state: OrderState) {
        guard let order = state.snapshot else { return nil }
        self.init(order, state.history.runs(to: order), KnownChanges(state, through: order.version.time))
        let listed = Set(order.lines.map(\.id))
        let gone = (runs.last?.lines ?? [:]).values.map(\.shown).filter { !listed.contains($0.id) }
        allLines =
            order.lines
            + gone.sorted { $0.id < $1.id }.map { OrderLine(id: $0.id, product: $0.product, variant: $0.variant) }
        lines = Dictionary(allLines.map { ($0.id, $0) }) { first, _ in first }
        addOrder()
        for refund in state.refundsInOrder where refund.at <= order.cancelledAt ?? .max { addRefund(refund) }
        if let cancelledAt = order.cancelledAt { addCancellation(cancelledAt) }
    }

    /// An empty ledger, to see what a single fact would add.
    init(alone order: OrderSnapshot) { self.init(order, [], KnownChanges()) }

    private init(_ order: OrderSnapshot, _ runs: [OrderRun], _ known: KnownChanges) {
        self.order = order
        self.runs = runs
        self.known = known
    }

    mutating func add(_ kind: LedgerEntry.Kind, _ id: String, _ at: Int64, _ line: OrderLine?, _ amounts: SalesAmounts)
    {
        guard !amounts.isZero || kind == .order else { return }
        var key = id.isEmpty ? kind.rawValue : "\(kind.rawValue):\(id)"
        // Ids are Shopify's and do not repeat; should they, no amount is lost.
        let count = keys[key, default: 0]
        keys[key] = count + 1
        if count > 0 { key += "'\(count)" }
        entries.append(LedgerEntry(key: key, kind: kind, at: at, line: line, amounts: amounts))
        if let line {
            left[line.id] = (left[line.id] ?? SalesAmounts()) + amounts
        } else {
            leftOfOrder = leftOfOrder + amounts
        }
    }

    private mutating func addOrder() {
        add(.order, "", order.orderedAt, nil, SalesAmounts())
        for line in allLines { addLine(line) }
        addShipping()
        add(.duty, "", order.orderedAt, nil, SalesAmounts(duties: order.duties))
    }
}
