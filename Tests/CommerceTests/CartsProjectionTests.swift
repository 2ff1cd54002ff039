import EventModel
import Postgres
import ReadModels
import Testing

/// Carts, checkouts and the orders that complete them.
@Suite struct CartsProjectionTests {
    static let start = Timestamp.parse("2026-03-01T00:00:00Z") ?? 0
    static func time(_ hours: Double) -> String { Timestamp.text(start + Int64(hours * 3_600_000)) }

    static func cart(_ token: String, _ hours: Double, prices: [String] = ["10.00"]) -> ShopEvent {
        let lines = prices.map {
            """
            {"id":1,"line_price":"\($0)","line_price_set":{"shop_money":{"amount":"\($0)","currency_code":"EUR"}}}
            """
        }
        return ShopEvent(
            name: "carts/update",
            body: """
                {"id":"\(token)","token":"\(token)","created_at":"\(time(0))","updated_at":"\(time(hours))",\
                "line_items":[\(lines.joined(separator: ","))]}
                """, time: start + Int64(hours * 3_600_000))
    }

    static func checkout(_ token: String, cart: String?, _ hours: Double, total: String = "12.00") -> ShopEvent {
        ShopEvent(
            name: "checkouts/update",
            body: """
                {"token":"\(token)","cart_token":\(cart.map { "\"\($0)\"" } ?? "null"),"created_at":"\(time(hours))",\
                "updated_at":"\(time(hours))","currency":"EUR","total_price":"\(total)","line_items":[{},{}]}
                """, time: start + Int64(hours * 3_600_000))
    }

    static func order(_ id: Int, _ hours: Double, cart: String? = nil, checkout: String? = nil) -> ShopEvent {
        func text(_ value: String?) -> String { value.map { "\"\($0)\"" } ?? "null" }
        return ShopEvent(
            name: "orders/create",
            body: """
                {"id":\(id),"processed_at":"\(time(hours))","updated_at":"\(time(hours))","cart_token":\(text(cart)),\
                "checkout_token":\(text(checkout))}
                """, time: start + Int64(hours * 3_600_000))
    }

    /// A day is 24 h, 30 days are 720 h: the states of one cart `c` after `events`, looked at after so many hours.
    static let lives: [([ShopEvent], Double, CartState)] = [
        ([cart("c", 0)], 24, .open), ([cart("c", 0)], 24.001, .abandoned),
        ([cart("c", 0), cart("c", 20)], 40, .open), ([cart("c", 0), checkout("k", cart: "c", 1)], 20, .checkout),
        ([checkout("c", cart: nil, 1)], 20, .checkout), ([checkout("c", cart: nil, 1)], 26, .abandoned),
        ([cart("c", 0), order(1, 24, cart: "c")], 900, .completed),
        ([cart("c", 0), order(1, 24.001, cart: "c")], 900, .recovered),
        ([cart("c", 0), order(1, 744, cart: "c")], 900, .recovered),
        ([cart("c", 0), order(1, 744.001, cart: "c")], 900, .abandoned),
        ([cart("c", 0), cart("c", 80), order(1, 80.1, cart: "c")], 900, .recovered),
        ([cart("c", 0), checkout("k", cart: "c", 1), order(1, 2, checkout: "k")], 900, .completed),
        ([checkout("c", cart: nil, 1), order(1, 2, checkout: "c")], 900, .completed),
        ([cart("c", 0), order(1, 3, cart: "c"), order(2, 700, cart: "c")], 900, .completed),
        ([cart("c", 0), order(1, 3, cart: "other")], 900, .abandoned),
        ([cart("c", 0), order(1, 30, cart: "c")], 26, .abandoned),
    ]

    @Test(arguments: [false, true]) func states(_ isReversed: Bool) async throws {
        try await CommerceLog.with { log in
            // Each life in a shop of its own.
            for (index, life) in Self.lives.enumerated() {
                let events = life.0.map { event in
                    var event = event
                    event.shop = ShopID(index + 1)
                    return event
                }
                try log.append(isReversed ? events.reversed() : events)
            }
            try await log.project(["carts"], batchSize: 1)
            for (index, life) in Self.lives.enumerated() {
                let row = try #require(
                    try log.connection.query(
                        """
                        select due_at, lapsed_at, completed_at, checkout_token is not null from carts.cart
                        where token = 'c' and shop_id = $1
                        """, [.int4(Int32(index + 1))]
                    ).first)
                let found = CartState(
                    now: Self.start + Int64(life.1 * 3_600_000), dueAt: row.timestampMillis(0),
                    lapsedAt: row.timestampMillisIfPresent(1), completedAt: row.timestampMillisIfPresent(2),
                    hasCheckout: row.bool(3))
                #expect(found == life.2, "life \(index)")
            }
        }
    }

    @Test func listsGoFromTheNewestCartPageByPage() async throws {
        try await CommerceLog.with { log in
            try log.addShop()
            try log.append(
                (0..<5).map { Self.checkout("k\($0)", cart: nil, Double($0 / 2), total: "\($0).50") }
                    + [Self.order(7, 3, checkout: "k4")])
            try await log.project(["carts"])
            let shop = ShopKey(lane: CommerceLog.lane, shop: 1)
            var tokens: [String] = []
            var page = ListPage(first: 2)
            repeat {
                let answer = try CartRecord.list(shop, page, now: Self.start + 26 * 3_600_000, log.connection)
                tokens += answer.items.map { "\($0.token) \($0.state.rawValue)" }
                page.after = answer.next
            } while page.after != nil
            #expect(tokens.first == "k4 completed")
            #expect(Set(tokens) == ["k0 abandoned", "k1 abandoned", "k2 abandoned", "k3 abandoned", "k4 completed"])
            #expect(tokens.count == 5)
            let first = try CartRecord.list(shop, ListPage(first: 1), now: Self.start, log.connection)
            let json = try JSONTree(first.json { $1.write(&$0) }).root["items"]?.elements.first
            #expect(json?["value"]?["amount"]?.text == "4.50" && json?["value"]?["currency"]?.text == "EUR")
            #expect(json?["order"]?["gid"] == nil || json?["order"]?["gid"]?.text == "gid://shopify/Order/7")
        }
    }

    @Test func theCheckoutSpeaksForItsCart() async throws {
        try await CommerceLog.with { log in
            try log.append([
                Self.cart("c", 5, prices: ["10.00", "2.50"]), Self.cart("c", 2), Self.order(9, 7, checkout: "k"),
                Self.cart("d", 1, prices: ["10.00", "2.50"]), Self.checkout("k", cart: "c", 3, total: "15.00"),
            ])
            try await log.project(["carts"], batchSize: 2)
            let sql = """
                select value::text, lines::text, currency, checkout_token, order_id::text from carts.cart
                where token = $1
                """
            #expect(try log.row(sql.replacing("$1", with: "'c'")) == ["1500", "2", "EUR", "k", "9"])
            #expect(try log.row(sql.replacing("$1", with: "'d'")) == ["1250", "2", "EUR", "null", "null"])
            #expect(try log.row("select count(*)::text from carts.cart") == ["2"])
        }
    }

    @Test func aCheckoutThatFindsItsCartLaterMovesThere() async throws {
        try await CommerceLog.with { log in
            try log.append([Self.checkout("k", cart: nil, 1), Self.checkout("k", cart: "c", 2)])
            try await log.project(["carts"], batchSize: 1)
            #expect(try log.row("select string_agg(token, ',') from carts.cart") == ["c"])
        }
    }

    @Test func arrivalAndRepetitionPlayNoPart() async throws {
        var random = SplitMix(9)
        var events: [ShopEvent] = []
        for number in 0..<120 {
            let (cart, hours) = (
                "c\(Int.random(in: 0...9, using: &random))", Double(Int.random(in: 0...400, using: &random))
            )
            let token = "k\(Int.random(in: 0...9, using: &random))"
            switch number % 3 {
            case 0: events.append(Self.cart(cart, hours, prices: ["\(number).00"]))
            case 1:
                events.append(
                    Self.checkout(token, cart: Bool.random(using: &random) ? cart : nil, hours, total: "\(number).00"))
            default:
                events.append(
                    Self.order(
                        number % 30, hours, cart: Bool.random(using: &random) ? cart : nil,
                        checkout: Bool.random(using: &random) ? token : nil))
            }
        }
        var dumps: Set<[String]> = []
        for round in 0..<4 {
            try await CommerceLog.with { log in
                let again =
                    round == 0
                    ? []
                    : events.filter { _ in Bool.random(using: &random) }
                        .map(ProductsProjectionTests.repeated)
                try log.append(round == 0 ? events : (events + again).shuffled(using: &random))
                try await log.project(["carts"], batchSize: round == 1 ? 7 : 1000)
                dumps.insert(
                    try log.dump(
                        "carts", ["cart", "source", "activity", "purchase"],
                        without: ["version", "source_position"]))
            }
        }
        #expect(dumps.count == 1 && dumps.first?.isEmpty == false)
    }
}
