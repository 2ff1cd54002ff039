import EventModel
import Postgres
import ReadModels
import Testing

/// What holds for any orders, in any order of arrival and with any repetition.
@Suite struct OrdersPropertyTests {
    static let tables = ["order_state", "shop_order", "order_line", "refund", "refund_line", "transaction", "ledger"]
    /// The state holds the position of its payload.
    static let arrival = ["version", "position", "state"]

    /// `cents` as decimal text.
    static func text(_ cents: Int) -> String { "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)" }

    /// The events of one order's life, made up but consistent.
    static func life(_ id: Int64, _ random: inout SplitMix, hasEdits: Bool) -> [ShopEvent] {
        func day(_ number: Int) -> String { "2026-03-\(number < 10 ? "0" : "")\(number)T10:00:00Z" }
        var order = OrderPayload(id: id, updated: day(1), processed: day(1))
        order.taxesIncluded = Bool.random(using: &random)
        var (total, tax) = (0, 0)
        for number in 1...Int.random(in: 1...3, using: &random) {
            let (price, quantity) = (Int.random(in: 0...9999, using: &random), Int.random(in: 1...4, using: &random))
            let discount = Int.random(in: 0...price * quantity, using: &random)
            let net = price * quantity - discount
            let due = order.taxesIncluded ? net * 10 / 110 : net / 10
            order.lines.append(
                .init(
                    id: Int(id) * 10 + number, price: text(price), quantity: quantity, discount: text(discount),
                    tax: text(due), product: number))
            (total, tax) = (total + net, tax + due)
        }
        let shipping = Int.random(in: 0...900, using: &random)
        order.shipping = text(shipping)
        order.totalTax = text(tax)
        order.totalPrice = text(total + shipping + (order.taxesIncluded ? 0 : tax))
        var events = [order.event("orders/create")]
        for number in 0..<Int.random(in: 0...2, using: &random) {
            let line = order.lines.randomElement(using: &random) ?? order.lines[0]
            let at = day(5 + 5 * number)
            let kept = ("refund_discrepancy", "0.30", "0.00")
            let isListed = Bool.random(using: &random)
            let refund = order.refund(
                Int(id) * 10 + number, at,
                lines: [(line.id, 1, text(Int.random(in: 0...500, using: &random)), "0.10")],
                adjustments: [kept] + (isListed ? [] : [("shipping_refund", "-" + text(shipping), "0.00")]),
                shipping: isListed ? (text(shipping), text(shipping), "0.00") : nil)
            order.refunds.append(refund)
            order.updated = at
            events += [order.refundEvent(refund, at), order.event()]
        }
        // An edit of which only the next payloads tell.
        if hasEdits, Bool.random(using: &random) {
            order.updated = day(11)
            order.lines[0].current = max(0, order.lines[0].quantity - 1)
            events.append(order.event())
        }
        if hasEdits { events += changes(&order, &random, day) }
        if Int.random(in: 0..<4, using: &random) == 0 {
            order.cancelled = day(12)
            order.updated = day(19)
            events.append(order.event("orders/cancelled"))
        }
        events.append(order.edit(Int(id), day(2), added: [(order.lines[0].id, 1)]))
        events.append(transaction(order, day(1)))
        events.append(order.event(source: .history))
        if Int.random(in: 0..<9, using: &random) == 0 { events.append(order.deletion) }
        return events
    }

    /// Edits of discounts and shipping, some of which are taken back.
    static func changes(
        _ order: inout OrderPayload, _ random: inout SplitMix, _ day: (Int) -> String
    ) -> [ShopEvent] {
        var events: [ShopEvent] = []
        for number in 14...Int.random(in: 14...18, using: &random) {
            order.updated = day(number)
            order.lines[0].discount = text(Int.random(in: 0...2, using: &random) * 10)
            order.isShippingRemoved = Bool.random(using: &random)
            events.append(order.event())
            if Bool.random(using: &random) { events.append(order.edit(Int(order.id) * 100 + number, day(number))) }
        }
        return events
    }

    static func transaction(_ order: OrderPayload, _ at: String) -> ShopEvent {
        ShopEvent(
            name: "order_transactions/create",
            body: """
                {"id":\(order.id),"order_id":\(order.id),"kind":"sale","status":"success","gateway":"bogus",\
                "amount":"\(order.totalPrice)","currency":"USD","parent_id":null,"processed_at":"\(at)","test":false}
                """, time: Timestamp.parse(at) ?? 0)
    }

    static func lives(_ seed: UInt64, _ count: Int64, hasEdits: Bool = false) -> [ShopEvent] {
        var random = SplitMix(seed)
        return (1...count).flatMap { life($0, &random, hasEdits: hasEdits) }
    }

    @Test func arrivalAndRepetitionPlayNoPart() async throws {
        let events = Self.lives(7, 30, hasEdits: true)
        var random = SplitMix(1)
        var dumps: Set<[String]> = []
        for round in 0..<4 {
            try await CommerceLog.with { log in
                if round == 0 {
                    try log.append(events)
                } else {
                    let again = events.indices.filter { $0 % 3 == 0 }.map { index in
                        var event = events[index]
                        event.delivery = 1
                        return event
                    }
                    try log.append((events + again).shuffled(using: &random))
                }
                try await log.project(["orders"], batchSize: round == 1 ? 19 : 500)
                dumps.insert(try log.dump("orders", Self.tables, without: Self.arrival))
            }
        }
        #expect(dumps.count == 1 && dumps.first?.isEmpty == false)
    }

    @Test func entriesSumToTheOrder() async throws {
        try await CommerceLog.with { log in
            try log.append(Self.lives(11, 120))
            try await log.project(["orders"])
            let orders = try log.connection.query(
                """
                select o.id, o.total, o.refunded, o.cancelled_at is not null, o.gross - o.discounts + o.shipping + o.tax,
                    sum(l.gross - l.discounts - l.returns + l.taxes + l.shipping + l.duties),
                    sum(l.gross - l.discounts - l.returns) filter (where l.at >= '2026-01-01'),
                    sum(l.gross - l.discounts - l.returns) filter (where l.at_order >= '2026-01-01'), sum(l.quantity)
                from orders.shop_order o join orders.ledger l on l.order_id = o.id group by o.id, o.total, o.refunded,
                    o.cancelled_at, o.gross, o.discounts, o.shipping, o.tax
                """)
            #expect(orders.count > 80 && orders.contains { $0.bool(3) } && orders.contains { $0.int64(2) > 0 })
            for order in orders {
                #expect(order.int64(1) == order.int64(4), "as ordered: \(order.int64(0))")
                #expect(order.int64(6) == order.int64(7), "both bases: \(order.int64(0))")
                if !order.bool(3) { #expect(order.int64(5) == order.int64(1) - order.int64(2)) }
                if order.bool(3) { #expect(order.int64(5) <= 0 && order.int64(8) <= 0) }
            }
        }
    }
}
