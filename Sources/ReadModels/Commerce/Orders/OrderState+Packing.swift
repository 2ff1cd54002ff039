internal import EventModel

extension OrderState {
    /// The read model is made anew where its rows have another one (schema/032_commerce.sql).
    private static let layout: Int64 = 5

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
        guard layout == Self.layout else { throw ByteReader.Damaged(offset: 0) }
        try packer.flag(&isDeleted)
        try packer.key(&handle)
        try packer.optional(&erasure, OrderErasure()) { (packer, value) throws(ByteReader.Damaged) in
            try packer.key(&value.customer)
            try packer.flag(&value.isOrder)
        }
        try packer.optional(&snapshot, OrderSnapshot()) { (packer, value) throws(ByteReader.Damaged) in
            try value.pack(&packer)
        }
        try history.pack(&packer)
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

extension OrderHistory {
    /// Few payloads of an order change what it shows: each view is packed once.
    fileprivate mutating func pack(_ packer: inout StatePacker) throws(ByteReader.Damaged) {
        var views: [OrderView] = []
        var places: [Int64] = []
        for step in steps {
            let place = views.lastIndex(of: step.view) ?? views.endIndex
            if place == views.endIndex { views.append(step.view) }
            places.append(Int64(place))
        }
        try packer.list(&views, OrderView()) { (packer, view) throws(ByteReader.Damaged) in try view.pack(&packer) }
        var entries = zip(steps, places).map { (version: $0.version, place: $1) }
        try packer.list(&entries, (version: PayloadVersion(), place: 0)) { (packer, entry) throws(ByteReader.Damaged) in
            try packer.version(&entry.version)
            try packer.int(&entry.place)
        }
        guard packer.isReading else { return }
        self = OrderHistory(
            steps: try entries.map { entry throws(ByteReader.Damaged) in
                guard let place = Int(exactly: entry.place), views.indices.contains(place) else {
                    throw ByteReader.Damaged(offset: 0)
                }
                return Step(version: entry.version, view: views[place])
            })
    }
}

extension OrderView {
    fileprivate mutating func pack(_ packer: inout StatePacker) throws(ByteReader.Damaged) {
        try packer.list(&lines, Line()) { (packer, line) throws(ByteReader.Damaged) in
            try packer.int(&line.id)
            try packer.int(&line.product)
            try packer.int(&line.variant)
            try packer.int(&line.units)
            try packer.int(&line.gone)
            try packer.int(&line.sold.gross)
            try packer.int(&line.sold.discounts)
            try packer.int(&line.sold.taxes)
        }
        try packer.list(&shipping, ShippingLine()) { (packer, line) throws(ByteReader.Damaged) in
            try line.pack(&packer)
        }
    }
}

extension ShippingLine {
    fileprivate mutating func pack(_ packer: inout StatePacker) throws(ByteReader.Damaged) {
        try packer.int(&id)
        try packer.int(&price)
        try packer.int(&discount)
        try packer.int(&tax)
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
        try packer.int(&currentTotalPrice)
        try packer.int(&presentmentTotal)
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
            try line.pack(&packer)
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
        try packer.optional(&presentment, RefundSums()) { (packer, sums) throws(ByteReader.Damaged) in
            try packer.int(&sums.lines)
            try packer.int(&sums.lineTaxes)
            try packer.int(&sums.adjustments)
            try packer.int(&sums.adjustmentTaxes)
            try packer.int(&sums.duties)
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
        try packer.int(&presentment)
        try packer.text(&presentmentCurrency)
        try packer.int(&createdAt)
        try packer.int(&processedAt)
        try packer.flag(&isTest)
        try packer.text(&errorCode)
    }
}
