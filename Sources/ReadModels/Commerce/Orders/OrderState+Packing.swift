internal import EventModel

extension OrderState {
    private static let layout: Int64 = 3
    /// Rows that were written before `units` was kept.
    private static let layoutWithoutUnits: Int64 = 2

    /// The packed bytes of `order_state.state`.
    func encoded() -> [UInt8] {
        var packer = StatePacker()
        var copy = self
        // Writing reads nothing that could be damaged.
        try? copy.pack(&packer)
        return packer.writer.bytes
    }

    /// Reads a row back.
    init(decoding bytes: [UInt8]) throws(ByteReader.Damaged) {
        self.init()
        var packer = StatePacker(reading: bytes)
        try pack(&packer)
    }

    private mutating func pack(_ packer: inout StatePacker) throws(ByteReader.Damaged) {
        var layout = Self.layout
        try packer.int(&layout)
        guard layout == Self.layout || layout == Self.layoutWithoutUnits else { throw ByteReader.Damaged(offset: 0) }
        try packer.flag(&isDeleted)
        try packer.key(&handle)
        try packer.optional(&erasure, OrderErasure()) { (packer, value) throws(ByteReader.Damaged) in
            try packer.key(&value.customer)
            try packer.flag(&value.isOrder)
        }
        try packer.optional(&snapshot, OrderSnapshot()) { (packer, value) throws(ByteReader.Damaged) in
            try value.pack(&packer)
        }
        if layout == Self.layout {
            try units.pack(&packer)
        } else if let snapshot {
            units.note(snapshot)
        }
        var (refunds, edits, transactions) = (refundsInOrder, editsInOrder, transactionsInOrder)
        try packer.list(&refunds, OrderRefund()) { (packer, value) throws(ByteReader.Damaged) in
            try value.pack(&packer)
        }
        try packer.list(&edits, OrderEdit()) { (packer, value) throws(ByteReader.Damaged) in try value.pack(&packer) }
        try packer.list(&transactions, OrderTransaction()) { (packer, value) throws(ByteReader.Damaged) in
            try value.pack(&packer)
        }
        guard packer.isReading else { return }
        refunds.forEach { merge($0) }
        edits.forEach { merge($0) }
        transactions.forEach { merge($0) }
    }
}

extension UnitHistory {
    fileprivate mutating func pack(_ packer: inout StatePacker) throws(ByteReader.Damaged) {
        var since = since
        var lines = lines.sorted { $0.key < $1.key }.map { (id: $0.key, line: $0.value) }
        try packer.int(&since)
        try packer.list(&lines, (id: 0, line: Line())) { (packer, entry) throws(ByteReader.Damaged) in
            try packer.int(&entry.id)
            try entry.line.ordered.pack(&packer)
            try entry.line.gone.pack(&packer)
        }
        if packer.isReading { self = UnitHistory(since: since, lines: lines) }
    }
}

extension FirstSeen {
    fileprivate mutating func pack(_ packer: inout StatePacker) throws(ByteReader.Damaged) {
        var steps = steps
        try packer.list(&steps, Step()) { (packer, step) throws(ByteReader.Damaged) in
            try packer.int(&step.at)
            try packer.int(&step.units)
        }
        if packer.isReading { self = FirstSeen(steps: steps) }
    }
}

extension OrderSnapshot {
    fileprivate mutating func pack(_ packer: inout StatePacker) throws(ByteReader.Damaged) {
        try packer.version(&version)
        try packer.int(&position)
        try packer.text(&name)
        try packer.int(&number)
        try packer.int(&createdAt)
        try packer.int(&processedAt)
        try packer.int(&updatedAt)
        try packer.int(&cancelledAt)
        try packer.int(&closedAt)
        try packer.text(&cancelReason)
        try packer.flag(&isTest)
        try packer.text(&financialStatus)
        try packer.text(&fulfillmentStatus)
        try packer.text(&currency)
        try packer.text(&presentmentCurrency)
        try packer.flag(&taxesIncluded)
        try packer.int(&totalDiscounts)
        try packer.int(&totalTax)
        try packer.int(&totalPrice)
        try packer.int(&duties)
        try packer.text(&sourceName)
        try packer.texts(&tags)
        try packer.texts(&discountCodes)
        try packer.texts(&gateways)
        try packer.text(&cartToken)
        try packer.text(&checkoutToken)
        try packer.key(&customer)
        try packer.key(&email)
        try packer.key(&phone)
        try packer.key(&client)
        try packer.list(&lines, OrderLine()) { (packer, line) throws(ByteReader.Damaged) in try line.pack(&packer) }
        try packer.list(&shippingLines, ShippingLine()) { (packer, line) throws(ByteReader.Damaged) in
            try packer.int(&line.id)
            try packer.int(&line.price)
            try packer.int(&line.discount)
            try packer.int(&line.tax)
        }
    }
}

extension OrderLine {
    fileprivate mutating func pack(_ packer: inout StatePacker) throws(ByteReader.Damaged) {
        try packer.int(&id)
        try packer.int(&product)
        try packer.int(&variant)
        try packer.text(&title)
        try packer.text(&variantTitle)
        try packer.text(&sku)
        try packer.text(&vendor)
        try packer.int(&quantity)
        try packer.int(&currentQuantity)
        try packer.int(&price)
        try packer.int(&discount)
        try packer.int(&tax)
        try packer.int(&taxRate)
    }
}

extension OrderRefund {
    fileprivate mutating func pack(_ packer: inout StatePacker) throws(ByteReader.Damaged) {
        try packer.version(&version)
        try packer.int(&id)
        try packer.int(&createdAt)
        try packer.int(&processedAt)
        try packer.flag(&hasNote)
        try packer.int(&duties)
        try packer.int(&paid)
        try packer.text(&paidCurrency)
        try packer.list(&lines, RefundLine()) { (packer, line) throws(ByteReader.Damaged) in
            try packer.int(&line.id)
            try packer.int(&line.line)
            try packer.int(&line.quantity)
            try packer.int(&line.subtotal)
            try packer.int(&line.tax)
        }
        try packer.list(&adjustments, RefundAdjustment()) { (packer, adjustment) throws(ByteReader.Damaged) in
            try packer.int(&adjustment.id)
            try packer.text(&adjustment.kind)
            try packer.int(&adjustment.amount)
            try packer.int(&adjustment.tax)
        }
    }
}

extension OrderEdit {
    fileprivate mutating func pack(_ packer: inout StatePacker) throws(ByteReader.Damaged) {
        try packer.version(&version)
        try packer.int(&id)
        try packer.int(&at)
        try Self.pack(&packer, &additions)
        try Self.pack(&packer, &removals)
    }

    private static func pack(_ packer: inout StatePacker, _ deltas: inout [Delta]) throws(ByteReader.Damaged) {
        try packer.list(&deltas, Delta()) { (packer, delta) throws(ByteReader.Damaged) in
            try packer.int(&delta.line)
            try packer.int(&delta.units)
        }
    }
}

extension OrderTransaction {
    fileprivate mutating func pack(_ packer: inout StatePacker) throws(ByteReader.Damaged) {
        try packer.version(&version)
        try packer.int(&id)
        try packer.int(&parent)
        try packer.text(&kind)
        try packer.text(&status)
        try packer.text(&gateway)
        try packer.int(&amount)
        try packer.text(&currency)
        try packer.int(&createdAt)
        try packer.int(&processedAt)
        try packer.flag(&isTest)
        try packer.text(&errorCode)
    }
}
