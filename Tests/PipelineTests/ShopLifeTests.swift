import AsyncHTTPClient
import Foundation
import NIOHTTP1
import Postgres
import Privacy
import Redis
import ShopifyStandIn
import Synchronization
import Testing

/// The whole life of an installation against the real binary, with the stand-in as Shopify: install, import, pixel,
/// orders by webhook and import, refund, uninstall, late webhooks, installation again, erasure.
@Suite(.serialized) struct ShopLifeTests {
    @Test(.timeLimit(.minutes(10)))
    func aWholeLife() async throws {
        try await ShopLife.run { life in
            quicken(life)
            try await install(life)
            try await reactorsHaveSetUpTheShop(life)
            try await historyIsThere(life)
            try await aVisitIsCounted(life)
            let order = try await anOrderIsCountedOnce(life)
            try await aRefundIsBooked(life, order)
            try await anOrderIsToldToItsCustomerOnly(life, order.order)
            try await aShopperOrders(life)
            let sales = try await life.totals(["orders", "net_sales"])
            let late = try await uninstall(life)
            try await installAgain(life, late)
            // The second import brought every order again, those of webhooks too.
            #expect(try await life.totals(["orders", "net_sales"]) == sales)
            try await aCustomerIsToBeForgotten(life)
            try await nothingLeaks(life)
            #expect(life.standIn.problems == [])
        }
    }

    /// Bulk operations are done at the first look.
    private func quicken(_ life: ShopLife) {
        var plan = BulkPlan()
        plan.polls = 0
        for order in [BulkPlan.LineOrder.parentsFirst, .childrenFirst, .mixed(roots: 8), .childrenLast] {
            plan.lineOrder = order
            life.standIn.plan(ShopLife.domain, plan, plan)
        }
    }

    private func install(_ life: ShopLife) async throws {
        let begun = try await life.get("/api/auth/shopify?shop=\(ShopLife.domain)")
        let authorize = try #require(begun.headers.first(name: "Location"), "\(begun.status) \(begun.text)")
        #expect(authorize.hasPrefix(life.standIn.address(of: ShopLife.domain)))
        let granted = try await life.send(.GET, authorize)
        let callback = try #require(granted.headers.first(name: "Location"), "\(granted.status) \(granted.text)")
        try #require(callback.hasPrefix(ShopLife.publicAddress))
        let path = String(callback.dropFirst(ShopLife.publicAddress.count))

        for name in ["code", "state"] {
            let value = try #require(
                path.split(whereSeparator: { "?&".contains($0) }).first { $0.hasPrefix(name + "=") })
            life.secrets.withLock { $0.append((name, String(value.dropFirst(name.count + 1)))) }
        }
        let forged = path.replacing("shop=life", with: "shop=other")
        #expect(try await life.get(forged).status == 401)
        let done = try await life.get(path)
        try #require(done.status == 302, "\(done.status) \(done.text)")
        #expect(done.headers.first(name: "Location")?.hasPrefix("https://admin.shopify.com/store/life/") == true)
        // Its state was for one use.
        #expect((400..<500).contains(try await life.get(path).status))
        #expect(life.standIn.isInstalled(ShopLife.domain))
        #expect(try await life.state()["connected"] == true)
    }

    private func reactorsHaveSetUpTheShop(_ life: ShopLife) async throws {
        try await life.expectEventually("webhooks and pixel") {
            life.standIn.pixel(ShopLife.domain) != nil
                && life.standIn.subscriptions(ShopLife.domain).contains { $0.topic == "APP_UNINSTALLED" }
        }
        let topics = life.standIn.subscriptions(ShopLife.domain)
        for topic in ["ORDERS_CREATE", "ORDERS_UPDATED", "REFUNDS_CREATE", "PRODUCTS_UPDATE", "CUSTOMERS_UPDATE"] {
            #expect(topics.contains { $0.topic == topic && $0.uri == ShopLife.publicAddress + "/webhooks" }, "\(topic)")
        }
    }

    private func historyIsThere(_ life: ShopLife) async throws {
        try await imported(life, orders: life.standIn.orderCount(ShopLife.domain))
        let catalogue = life.standIn.catalogue(ShopLife.domain)
        #expect(try await life.items("products").count == catalogue.products.count)
        let orders = try await life.items("orders")
        for index in 0..<life.standIn.orderCount(ShopLife.domain) {
            let order = life.standIn.order(ShopLife.domain, index)
            let found = try #require(orders.first { $0["id"].text == String(order.id) }, "\(order.name)")
            expect(found, is: order)
        }
    }

    private func imported(_ life: ShopLife, orders: Int) async throws {
        try await life.expectEventually("the import") {
            let imports = try await life.state()["imports"].elements
            return imports.count == 4 && imports.allSatisfy { $0["status"] == "finished" }
        }
        try await life.expectEventually("all orders") { try await life.items("orders").count == orders }
    }

    /// Tax that prices include is taken out of gross and discounts, so those two are Shopify's only without it.
    private func expect(
        _ found: WireValue, is order: ShopOrder, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var amounts = [
            ("total_price", order.total), ("total_tax", order.tax), ("total_refunded", order.refunded),
        ]
        if !order.taxesIncluded {
            amounts += [("discounts", order.discounts), ("gross_sales", order.gross)]
        }
        for (name, minor) in amounts {
            #expect(found[name]["minor"].integer == minor, "\(order.name) \(name)", sourceLocation: sourceLocation)
        }
        let status = found["financial_status"].text
        #expect(status == order.financialStatus.lowercased(), "\(order.name)", sourceLocation: sourceLocation)
        #expect(found["line_items"].elements.count == order.lines.count, sourceLocation: sourceLocation)
        #expect(found["refunds"].elements.count == order.refunds.count, sourceLocation: sourceLocation)
        #expect(found["email"].text == order.customer?.email, sourceLocation: sourceLocation)
    }

    private func account(_ life: ShopLife) throws -> String {
        let settings = try #require(life.standIn.pixel(ShopLife.domain)).settings
        return try #require(WireValue(jsonText: settings)["accountID"].text)
    }

    private func send(_ life: ShopLife, event id: String, to account: String) async throws -> Int {
        let event: WireValue = [
            "id": .string(id), "name": "page_viewed", "clientId": "9d5ee2cc-6b21-4a39-8a15-8e2a7d3b6f10",
            "type": "standard",
            "timestamp": .string(Date().ISO8601Format(.init(includingFractionalSeconds: true))), "data": [:],
            "context": ["document": ["location": ["href": .string("https://\(ShopLife.domain)/"), "pathname": "/"]]],
        ]
        return try await life.send(.POST, life.deployment.url(.all, "/v1/pixel/\(account)"), [], event).status
    }

    private func aVisitIsCounted(_ life: ShopLife) async throws {
        #expect(try await send(life, event: "sh-1", to: account(life)) == 202)
        try await life.expectEventually("the visit") { try await life.totals(["sessions", "pageviews"]) == [1, 1] }
    }

    /// By two topics, each delivered twice and in disorder; then the same orders come again by import.
    private func anOrderIsCountedOnce(_ life: ShopLife) async throws -> (index: Int, order: ShopOrder) {
        let before = try await life.totals(["orders"])
        let customer = (0..<20).lazy.compactMap { life.standIn.order(ShopLife.domain, $0).customer }.first
        let placed = life.standIn.placeOrder(ShopLife.domain) {
            $0.isTest = false
            $0.customer = $0.customer ?? customer
        }
        let payload = RestPayloads.order(placed.order)
        var habits = DeliveryHabits()
        habits.copies = 2
        habits.shuffleSeed = 3
        let outcomes = await life.standIn.fire(
            [("orders/create", payload), ("orders/updated", payload)], shop: ShopLife.domain, habits: habits)
        #expect(outcomes.count == 4 && outcomes.allSatisfy { $0.status == 200 })
        try await life.expectEventually("the order") { try await life.order(placed.order.id) != nil }
        expect(try #require(try await life.order(placed.order.id)), is: placed.order)

        // An order that the import has brought, now by webhook: nothing changes.
        let old = life.standIn.order(ShopLife.domain, 3)
        _ = await life.standIn.fire([("orders/updated", RestPayloads.order(old))], shop: ShopLife.domain)
        let more = (before.first?.integer ?? 0) + 1
        try await life.expectEventually("one more order") { try await life.totals(["orders"]).first?.integer == more }
        expect(try #require(try await life.order(old.id)), is: old)
        return placed
    }

    private func aRefundIsBooked(_ life: ShopLife, _ placed: (index: Int, order: ShopOrder)) async throws {
        let before = try await life.totals(["returns"])
        let now = Int64(Date().timeIntervalSince1970) * 1000 + 1000
        let order = life.standIn.changeOrder(ShopLife.domain, placed.index) { $0.refund(.units(1, ofLine: 0), at: now) }
        let refund = try #require(order.refunds.first)
        let outcomes = await life.standIn.fire(
            [("refunds/create", RestPayloads.refund(refund, order)), ("orders/updated", RestPayloads.order(order))],
            shop: ShopLife.domain)
        #expect(outcomes.allSatisfy { $0.isTaken })
        // Two deliveries: readers may see the first before the second.
        try await life.expectEventually("the refund, and the order after it") {
            let found = try await life.order(order.id)
            return found?["refunds"].elements.count == 1
                && found?["financial_status"].text == order.financialStatus.lowercased()
        }
        try await life.expectEventually("returns") { try await life.totals(["returns"]) != before }
        expect(try #require(try await life.order(order.id)), is: order)
    }

    /// Returns deliveries that come too late.
    private func uninstall(_ life: ShopLife) async throws -> [WebhookDelivery] {
        let account = try account(life)
        let catalogue = life.standIn.catalogue(ShopLife.domain)
        let lateOrder = RestPayloads.order(life.standIn.order(ShopLife.domain, 5))
        let deliveries = life.standIn.deliveries(
            [
                ("app/uninstalled", RestPayloads.shop(catalogue, isUninstall: true)), ("orders/updated", lateOrder),
            ], shop: ShopLife.domain)
        life.standIn.uninstall(ShopLife.domain)
        let ending = deliveries.filter { $0.topic == "app/uninstalled" }
        #expect(await life.standIn.deliver(ending).map(\.status) == [200])
        try await life.expectEventually("the tenancy's end") {
            try await send(life, event: "sh-2", to: account) == 410
        }
        // Late ones are answered, so that Shopify does not try for hours, and refused.
        let late = deliveries.filter { $0.topic != "app/uninstalled" }
        #expect(await life.standIn.deliver(late).map(\.status) == [200])
        try await life.expectEventually("the end of the merchant's session") {
            try await life.merchant(.GET, "/app/api/status").status == 410
        }
        return ending
    }

    private func installAgain(_ life: ShopLife, _ late: [WebhookDelivery]) async throws {
        let count = life.standIn.orderCount(ShopLife.domain)
        let answer = try await life.merchant(.POST, "/api/auth/shopify/token-exchange", [:])
        #expect(answer.status == 200, "\(answer.text)")
        try await reactorsHaveSetUpTheShop(life)
        // The word of the former end, come once more and under another name: this installation lives on.
        let renamed = late.map { delivery in
            var delivery = delivery
            delivery.webhookID += "-late"
            delivery.eventID += "-late"
            return delivery
        }
        #expect(await life.standIn.deliver(renamed).map(\.status) == [200])
        try await life.expectEventually("the second import") {
            life.standIn.operations(of: ShopLife.domain).count { $0 == "BulkOperationRun" } == 8
        }
        try await imported(life, orders: count)
        // The uninstall of the same day has ended none of the daily checks.
        try await life.expectEventually("the daily checks") {
            let ready = try life.deployment.command(
                "reactors", "list", "--state", "ready", "--shop", ShopLife.domain, "--json")
            return [
                "webhooks.daily:", "pixel.daily:", "reconcile:products:", "reconcile:customers:", "reconcile:orders:",
                "reconcile:abandoned_checkouts:",
            ].allSatisfy(ready.contains)
        }
        #expect(try await life.state()["connected"] == true)
        #expect(try await send(life, event: "sh-3", to: account(life)) == 202)
    }

    /// The duty is taken on: answered at once, kept in the log with its personal data sealed.
    private func aCustomerIsToBeForgotten(_ life: ShopLife) async throws {
        let catalogue = life.standIn.catalogue(ShopLife.domain)
        let order = try #require(
            (0..<20).map { life.standIn.order(ShopLife.domain, $0) }.first { $0.customer != nil })
        let payload = RestPayloads.compliance(
            "customers/redact", catalogue, customer: order.customer, orders: [order.id])
        let outcomes = await life.standIn.fire([("customers/redact", payload)], shop: ShopLife.domain)
        #expect(outcomes.map(\.status) == [200])
        try await life.expectEventually("the duty in the log") {
            try life.deployment.command("log", "export", "--format", "ndjson").contains("customers/redact")
        }
    }

    /// No token and no secret in anything that Footfall printed, keeps or answers.
    private func nothingLeaks(_ life: ShopLife) async throws {
        let deployment = life.deployment
        let key = try deployment.makeKey(ShopLife.domain)
        let log = try deployment.command("log", "export", "--format", "ndjson")
        #expect(!log.contains("@example.com"), "an e-mail address is in the open log")
        let connection = PostgresConnection(deployment.database)
        defer { connection.close() }
        var hunt = SecretHunt()
        #expect(life.standIn.issuedTokens.count > 3)
        for token in life.standIn.issuedTokens { hunt.add("token of Shopify", token) }
        hunt.add("API secret", Deployment.secret)
        hunt.add("application key", ShopLife.appSecret)
        hunt.add("application key", Data(try Vault.keyBytes(of: ShopLife.appSecret)))
        try hunt.addShopKeys(connection, appSecret: ShopLife.appSecret)
        var finds = life.heard.withLock { $0 }.reduce(into: Set()) { $0.formUnion(hunt.finds(in: $1, "an answer")) }
        // What merchants, shoppers and operators were given, and gave: nowhere but in the answers to them.
        for (name, text) in life.secrets.withLock({ $0 }) { hunt.add(name, text) }
        hunt.add("API key", key)
        finds.formUnion(hunt.finds(in: life.printed, "what was printed"))
        finds.formUnion(hunt.finds(in: log, "the log"))
        finds.formUnion(try hunt.finds(in: connection))
        finds.formUnion(try hunt.finds(in: RedisConnection(RedisConfiguration(url: deployment.redisURL))))
        try connection.execute("checkpoint")
        finds.formUnion(try hunt.finds(inFolder: deployment.folder))
        #expect(finds == [])
        try seekerFinds(hunt, connection, Deployment.secret)
    }

    /// The hunt itself is no blank: what is planted is found.
    private func seekerFinds(_ hunt: SecretHunt, _ connection: PostgresConnection, _ secret: String) throws {
        for planted in [secret, Data("ab\(secret)".utf8).base64EncodedString()] {
            #expect(!hunt.finds(in: "x \(planted) y", "").isEmpty)
        }
        try connection.execute("create table planted as select convert_to('\(secret)', 'UTF8') as bytes")
        #expect(try hunt.finds(in: connection).map(\.place) == ["public.planted"])
    }
}
