import EventModel
import Pipelines
import Postgres
import ReadModels
import Testing

/// Order metrics in analytics queries.
@Suite struct OrdersQueryTests {
    /// Two orders of a customer, one of a guest from the till, a refund two days later, and one order in another year.
    static func events(_ currency: String = "USD") -> [ShopEvent] {
        let customer = [(HandleKind.customer, UInt64(5))]
        var first = OrderPayload(
            id: 1, updated: "2026-03-01T10:00:00Z", processed: "2026-03-01T10:00:00Z",
            lines: [
                .init(id: 1, price: "20.00", quantity: 2, discount: "4.00", tax: "3.60", product: 11),
                .init(id: 2, price: "10.00", tax: "1.00", product: 12),
            ], shipping: "5.00", totalDiscounts: "4.00", totalTax: "4.60", totalPrice: "55.60")
        var again = first
        again.id = 2
        again.processed = "2026-03-02T23:30:00Z"
        again.lines = [.init(id: 3, price: "20.00", product: 11)]
        (again.shipping, again.totalTax, again.totalDiscounts) = ("0.00", "0.00", "0.00")
        var till = again
        till.id = 3
        till.source = "pos"
        till.processed = "2026-03-03T10:00:00Z"
        till.lines = [.init(id: 4, price: "7.00", product: 12)]
        till.currency = currency
        var test = till
        test.id = 4
        test.isTest = true
        let back = first.refund(9, "2026-03-03T09:00:00Z", lines: [(1, 1, "18.00", "1.80")])
        first.updated = "2026-03-03T09:00:00Z"
        first.refunds = [back]
        return [first.event(), again.event(), till.event(), test.event()].enumerated().map { index, event in
            var event = event
            if index < 2 { event.handles = customer }
            return event
        }
    }

    /// Lends a way to ask queries about these events, after a change of their rows; the period is March.
    static func with(
        _ events: [ShopEvent] = events(), change: String = "",
        _ body: ((String) async throws -> Answer) async throws -> Void
    ) async throws {
        try await CommerceLog.with { log in
            try log.append(events)
            try await log.project(["orders"])
            try log.connection.execute(change)
            let zone = try #require(Zone(identifier: "Europe/Berlin"))
            let engine = QueryEngine(log.database, workers: 1)
            try await body { members in
                let text = "{\(members),\"date_range\":[\"2026-03-01\",\"2026-03-31\"]}"
                let request = QueryRequest(
                    shop: ShopKey(lane: CommerceLog.lane, shop: 1), zone: zone,
                    body: try #require(JSONValue.parse(Array(text.utf8))), nowMillis: 1_775_000_000_000)
                guard case .answer(let answer, _, _) = try await engine.answer(request) else {
                    throw CommerceLog.NoAnswer()
                }
                return answer
            }
        }
    }

    static func texts(_ cells: [Cell]) -> String {
        cells.map { cell in
            switch cell {
            case .null: "-"
            case .integer(let value): "\(value)"
            case .number(let value): "\(value)"
            case .ratio(let top, let bottom): "\(top)/\(bottom)"
            case .text(let text): text
            case .bool(let value): "\(value)"
            }
        }.joined(separator: " ")
    }

    @Test func metricsByDayProductAndCustomer() async throws {
        try await Self.with { ask in
            let all = try await ask(
                """
                "metrics":["orders","units","gross_sales","discounts","returns","net_sales","taxes","shipping",
                "total_sales","aov_gross","aov_net","new_customers"]
                """)
            #expect(all.rows.map(Self.texts) == ["3 5 7700 400 1800 5500 280 500 6280 7300/3 5500/3 1"])
            #expect(all.columns.map(\.currency) == [nil, nil] + Array(repeating: "USD", count: 9) + [nil])
            #expect(all.columns[2].type == "money" && all.columns[9].type == "ratio")

            let metrics = #""metrics":["orders","returns","net_sales"],"dimensions":["time:day"]"#
            let processed = try await ask(metrics)
            #expect(processed.rows.map(Self.texts) == ["2026-03-01 1 0 4600", "2026-03-03 2 1800 900"])
            let byOrder = try await ask(metrics + #","basis":"order""#)
            #expect(byOrder.rows.map(Self.texts) == ["2026-03-01 1 1800 2800", "2026-03-03 2 0 2700"])

            let products = try await ask(
                #""metrics":["orders","units","net_sales"],"dimensions":["order:product"],"order_by":[["units","desc"]]"#
            )
            #expect(products.rows.map(Self.texts) == ["11 2 3 3800", "12 2 2 1700"])
            #expect(Self.texts(products.totals) == "- 3 5 5500")

            let types = try await ask(
                #""metrics":["orders","net_sales","new_customers"],"dimensions":["order:customer_type"]"#)
            #expect(types.rows.map(Self.texts).sorted() == ["- 1 700 0", "new 1 2800 1", "returning 1 2000 0"])
            let web = try await ask(#""metrics":["orders"],"filters":[["is","order:source",["web"]]]"#)
            #expect(web.rows.map(Self.texts) == ["2"])
            let compared = try await ask(#""metrics":["orders"],"compare":{"mode":"previous_period"}"#)
            #expect(compared.compareTotals.map(Self.texts) == "0")
        }
    }

    /// Whatever rows hold, there is an answer.
    @Test func sumsBeyond64BitsAreCut() async throws {
        let change = "update orders.ledger set gross = \(Int64.max), discounts = -gross where kind = 'line'"
        try await Self.with(change: change) { ask in
            let most = "\(Int64.max)"
            let answer = try await ask(
                #""metrics":["gross_sales","net_sales"],"dimensions":["time:hour"],"limit":1,"others":true"#)
            #expect(answer.rows.map(Self.texts) == ["2026-03-01T11:00+01:00 \(most) \(most)"])
            #expect(answer.others.map(Self.texts) == "- \(most) \(most)")
            #expect(Self.texts(answer.totals) == "- \(most) \(most)")
        }
    }

    @Test func noPlanScansTheLedger() async throws {
        try await CommerceLog.with { log in
            try log.append(OrdersPropertyTests.lives(3, 40))
            try await log.project(["orders"])
            try log.connection.execute("analyze orders.ledger; set enable_seqscan = off")
            for at in ["at", "at_order"] {
                let plan = try log.connection.query(
                    """
                    explain select sum(gross) from orders.ledger where lane = 1 and shop_id = 1
                        and \(at) >= '2026-03-01' and \(at) < '2026-03-02'
                    """
                ).map { $0.text(0) }.joined(separator: "\n")
                #expect(plan.contains("ledger_\(at)"), "\(plan)")
            }
        }
    }

    @Test func currenciesAreNeverAddedUp() async throws {
        try await Self.with(Self.events("EUR")) { ask in
            await #expect(throws: QueryProblem.self) { try await ask(#""metrics":["net_sales"]"#) }
            let counted = try await ask(#""metrics":["orders"]"#)
            #expect(counted.rows.map(Self.texts) == ["3"])
            let apart = try await ask(#""metrics":["orders","net_sales"],"dimensions":["order:currency"]"#)
            #expect(apart.rows.map(Self.texts) == ["USD 2 4800", "EUR 1 700"])
            #expect(Self.texts(apart.totals) == "- 3 -")
            let one = try await ask(#""metrics":["net_sales"],"filters":[["is","order:currency",["EUR"]]]"#)
            #expect(one.rows.map(Self.texts) == ["700"] && one.columns[0].currency == "EUR")
        }
    }

    @Test func aProblemListsAllCurrencies() async throws {
        let codes = ["USD", "EUR", "CHF", "GBP"]
        let events = codes.enumerated().map { index, code in
            OrderPayload(id: Int64(index + 1), currency: code, lines: [.init(id: 1, price: "1.00")]).event()
        }
        try await Self.with(events) { ask in
            let problem = await #expect(throws: QueryProblem.self) { try await ask(#""metrics":["net_sales"]"#) }
            #expect(problem?.detail.contains("(CHF, EUR, GBP, USD)") == true)
        }
    }

    @Test(arguments: [
        (#""metrics":["orders","sessions"]"#, "/metrics/1"),
        (#""metrics":["sessions","orders"]"#, "/metrics/1"),
        (#""metrics":["sessions"],"dimensions":["order:product"]"#, "/metrics/0"),
        (#""metrics":["orders"],"dimensions":["visit:source"]"#, "/dimensions/0"),
        (#""metrics":["orders"],"dimensions":["order:channel"]"#, "/dimensions/0"),
        (#""metrics":["orders"],"filters":[["is","visit:source",["x"]]]"#, "/filters/0"),
        (#""metrics":["orders"],"basis":"paid""#, "/basis"),
        (#""metrics":["orders"],"attribution":{"model":"linear"}"#, "/attribution"),
        (#""metrics":["orders"],"dimensions":["order:product"],"others":true"#, "/others"),
        (#""metrics":["coverage"]"#, "/metrics/0"),
    ])
    func whatIsNotOfOrdersIsRefused(members: String, pointer: String) throws {
        let body = try #require(JSONValue.parse(Array("{\(members),\"date_range\":\"7d\"}".utf8)))
        let asOf = AsOf(position: 1, projectedAt: 0, completeUntil: 0, generation: 1)
        let context = QueryContext(nowMillis: 1_775_000_000_000, zone: .utc, asOf: asOf)
        do {
            _ = try QueryParser.parse(body, context)
            Issue.record("no problem: \(members)")
        } catch {
            #expect(error.pointer == pointer)
        }
    }
}
