import EventModel
import Postgres
import ReadModels
import TestSupport
import Testing

/// Products and variants from webhooks and history, in any order of arrival.
@Suite struct ProductsProjectionTests {
    static func time(_ minute: Int) -> String { "2026-03-01T10:\(minute < 10 ? "0" : "")\(minute):00Z" }

    /// `variants` are (id, price, inventory); `others` are listed without details.
    static func update(
        _ id: Int, _ minute: Int, title: String = "Bed", variants: [(Int, String, Int)] = [], others: [Int] = [],
        tags: String = "a, b", body: String = "", source: EventSource = .webhook
    ) -> ShopEvent {
        let rows = variants.map {
            """
            {"id":\($0.0),"price":"\($0.1)","inventory_quantity":\($0.2),"title":"V\($0.0)","sku":"S-\($0.0)",\
            "option1":"Blue","position":1}
            """
        }
        let gids = (variants.map(\.0) + others).map {
            "{\"admin_graphql_api_id\":\"gid://shopify/ProductVariant/\($0)\"}"
        }
        return ShopEvent(
            name: "products/update",
            body: """
                {"id":\(id),"title":"\(title)","handle":"h-\(id)","vendor":"Acme","product_type":"Beds",\
                "status":"active","tags":"\(tags)","body_html":"\(body)","updated_at":"\(time(minute))",\
                "created_at":"\(time(0))","variants":[\(rows.joined(separator: ","))],\
                "variant_gids":[\(gids.joined(separator: ","))],\
                "options":[{"name":"Colour","values":["Blue"]}],"image":{"src":"https://cdn.example/\(id).jpg"}}
                """, source: source, time: Timestamp.parse(time(minute)) ?? 0)
    }

    static func delete(_ id: Int) -> ShopEvent { ShopEvent(name: "products/delete", body: "{\"id\":\(id)}") }

    @Test func theDocumentedPayloadIsRead() async throws {
        let cases = try JSONTree(Array(Vectors.load("webhook_payloads"))).root["cases"]?.elements ?? []
        let body = cases.first { $0["id"]?.text == "docs-2026-01-products-create" }?["body"]?.text ?? ""
        try await CommerceLog.with { log in
            try log.append([ShopEvent(name: "products/create", body: body)])
            try await log.project(["products"])
            let row = try log.row(
                """
                select id::text, title, vendor, product_type, status, handle, tags::text, price_min::text,
                    price_max::text, inventory::text, description, (created_at is null)::text, variant_ids::text
                from products.product
                """)
            #expect(
                row == [
                    "788032119674292922", "Example T-Shirt", "Acme", "Shirts", "active", "example-t-shirt",
                    "{example,mens,t-shirt}", "19.99", "19.99", "125", "An example T-Shirt", "true",
                    "{642667041472713922,757650484644203962}",
                ])
            #expect(try log.row("select count(*)::text from products.variant where is_current") == ["2"])
        }
    }

    @Test func theNewerPayloadCountsAndADeletionForEver() async throws {
        try await CommerceLog.with { log in
            try log.append([
                Self.update(1, 5, title: "New", variants: [(11, "9.00", 3)], others: [12]),
                Self.update(1, 2, title: "Old", variants: [(11, "1.00", 1), (12, "7.00", 2), (13, "2.00", 9)]),
                Self.delete(2), Self.update(2, 3),
            ])
            try await log.project(["products"], batchSize: 1)
            #expect(
                try log.row(
                    "select title, price_min::text, price_max::text, inventory::text from products.product where id = 1"
                )
                    == ["New", "7.00", "9.00", "5"])
            #expect(
                try log.row("select string_agg(id::text, ',' order by id) from products.variant where is_current")
                    == ["11,12"])
            #expect(
                try log.row("select is_deleted::text, title from products.product where id = 2") == ["true", "Bed"])
        }
    }

    @Test func arrivalAndRepetitionPlayNoPart() async throws {
        var random = SplitMix(3)
        var events: [ShopEvent] = []
        for id in 1...12 {
            for _ in 0..<5 {
                let ids = (0..<4).filter { _ in Bool.random(using: &random) }.map { id * 10 + $0 }
                let variants = ids.map { ($0, "\(Int.random(in: 1...9, using: &random)).50", 1) }
                events.append(
                    Self.update(
                        id, Int.random(in: 0...3, using: &random), title: "T\(Int.random(in: 0...9, using: &random))",
                        variants: variants, others: Bool.random(using: &random) ? [id * 10 + 3] : [],
                        source: Bool.random(using: &random) ? .history : .webhook))
            }
            if id % 4 == 0 { events.append(Self.delete(id)) }
        }
        var dumps: Set<[String]> = []
        for round in 0..<4 {
            try await CommerceLog.with { log in
                let again = round == 0 ? [] : events.filter { _ in Bool.random(using: &random) }.map(Self.repeated)
                try log.append(round == 0 ? events : (events + again).shuffled(using: &random))
                try await log.project(["products"], batchSize: round == 1 ? 7 : 1000)
                dumps.insert(try log.dump("products", ["product", "variant"]))
            }
        }
        #expect(dumps.count == 1 && dumps.first?.isEmpty == false)
    }

    static func repeated(_ event: ShopEvent) -> ShopEvent {
        var event = event
        event.delivery = 1
        return event
    }

    @Test func oddPayloadsStopNothing() async throws {
        let bodies = [
            "{\"id\":1}", "{\"id\":\"x\"}", "[]",
            "{\"id\":2,\"variants\":[{\"id\":5,\"price\":\"NaN\"},{\"price\":1}]}",
            "{\"id\":3,\"title\":\"a\\u0000b\",\"tags\":[\"x\",null,\"x\"],\"body_html\":\"<p>\",\"options\":[{}]}",
            "{\"id\":4,\"title\":{\"sealed\":true},\"variants\":{\"a\":1},\"updated_at\":\"never\"}",
        ]
        try await CommerceLog.with { log in
            try log.append(bodies.map { ShopEvent(name: "products/update", body: $0) })
            try await log.project(["products"])
            #expect(try log.row("select count(*)::text, max(title) from products.product") == ["4", "ab"])
        }
    }

    @Test func searchesFindWhatWasProjected() async throws {
        try await CommerceLog.with { log in
            try log.append([
                Self.update(1, 1, title: "Memory Foam Mattress", variants: [(11, "499.00", 3)], tags: "Sale, VIP"),
                Self.update(2, 1, title: "Pillow", variants: [(21, "49.00", 0)]),
            ])
            try await log.project(["products"])
            for (text, ids) in [
                ("\"memory foam\" price:<500", "1"), ("tag:vip", "1"), ("blue", "1,2"), ("sku:s-21", "2"),
                ("inventory_total:0", "2"), ("matt*", "1"), ("vendor:acme -title:pillow", "1"), ("variant_id:21", "2"),
            ] {
                let context = SearchContext(zone: .utc, now: 0) { _, _ in nil }
                let sql = try SearchQuery(text).sql(.products, context, firstPlaceholder: 1)
                let rows = try log.connection.query(
                    "select r.id from products.product r where \(sql.condition) order by 1", sql.parameters)
                #expect(rows.map { String($0.int64(0)) }.joined(separator: ",") == ids, "\(text)")
            }
        }
    }
}
