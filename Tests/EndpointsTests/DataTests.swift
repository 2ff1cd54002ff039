import Endpoints
import EventModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import Postgres
import ReadModels
import Synchronization
import Testing

/// Commerce data as the data endpoints answer it.
@Suite struct DataTests {
    private static let path = "/api/data/shopify/"

    private static func items(_ response: TestResponse) throws -> [[String: Any]] {
        try #require(response.json["items"] as? [[String: Any]], "\(response.text)")
    }

    private static func ids(_ response: TestResponse) throws -> [String] {
        try items(response).compactMap { $0["id"] as? String }
    }

    private static func post(_ site: Site, _ list: String, _ body: String = "{}") async throws -> TestResponse {
        try await site.ask(path + list, .post, key: "data", body: body)
    }

    @Test func `An order has lines, refunds, transactions and amounts`() async throws {
        try await Site.with { site in
            try await site.world.addOrders([1])
            try await site.world.refund(1)
            let order = try #require(Self.items(try await Self.post(site, "orders")).first)
            #expect(order["id"] as? String == "1")
            #expect(order["gid"] as? String == "gid://shopify/Order/1")
            #expect(order["created_at"] as? String == "2026-11-01T10:00:00.000Z")
            #expect(order["source_name"] as? String == "web")
            let total = try #require(order["total_price"] as? [String: Any])
            #expect(total["amount"] as? String == "400.95")
            #expect(total["minor"] as? Int == 40095)
            #expect(total["currency"] as? String == "EUR")
            let line = try #require((order["line_items"] as? [[String: Any]])?.first)
            #expect(line["gid"] as? String == "gid://shopify/LineItem/10")
            #expect(line["product_id"] as? String == "7")
            let refund = try #require((order["refunds"] as? [[String: Any]])?.first)
            #expect((refund["refund_line_items"] as? [[String: Any]])?.first?["line_item_id"] as? String == "10")
            let payment = try #require((order["transactions"] as? [[String: Any]])?.first)
            #expect(payment["kind"] as? String == "sale")
            // Without an opener there is a customer, and nothing is known of them.
            let customer = try #require(order["customer"] as? [String: Any])
            #expect(customer["id"] is NSNull && customer["email"] is NSNull)
        }
    }

    @Test func `Personal data is opened for the page, and who asked is noted`() async throws {
        let opener = Opener()
        try await Site.with(configure: { $0.recordOpener = opener }) { site in
            try await site.world.addOrders(1...3)
            try await site.world.addProductAndCustomer()
            let order = try #require(Self.items(try await Self.post(site, "orders", #"{"first":2}"#)).first)
            let customer = try #require(order["customer"] as? [String: Any])
            #expect(customer["id"] as? String == "706405506930370084")
            #expect(customer["gid"] as? String == "gid://shopify/Customer/706405506930370084")
            #expect(customer["email"] as? String == "jon@example.com")
            let person = try #require(Self.items(try await Self.post(site, "customers")).first)
            #expect(person["first_name"] as? String == "Jon")
            #expect((person["total_spent"] as? [String: Any])?["amount"] as? String == "801.90")
            let found = try await Self.post(site, "orders", #"{"custom_query":"email:'jon@example.com'"}"#)
            #expect(try Self.items(found).count == 0)
            let readings = opener.readings.withLock { $0 }
            #expect(readings.map { $0.split(separator: " ").last } == ["2", "1"])
            #expect(readings.allSatisfy { $0.hasPrefix("key:") })
        }
    }

    @Test func `A product has the variants it has now, in the shop's currency`() async throws {
        try await Site.with { site in
            try await site.world.addProductAndCustomer()
            let product = try #require(Self.items(try await Self.post(site, "products")).first)
            #expect(product["id"] as? String == "9007199254740993")
            #expect((product["price_max"] as? [String: Any])?["amount"] as? String == "404.95")
            #expect((product["options"] as? [[String: Any]])?.first?["name"] as? String == "Size")
            let variants = try #require(product["variants"] as? [[String: Any]])
            #expect(variants.map { $0["title"] as? String } == ["160"])
            #expect((variants[0]["price"] as? [String: Any])?["minor"] as? Int == 1250)
            #expect(variants[0]["barcode"] is NSNull)
        }
    }

    @Test func `Only the shop's own entries are shown, and none twice while others arrive`() async throws {
        try await Site.with { site in
            try await site.world.addOrders(1...25)
            try await site.world.addOrders(500...505, shop: 2)
            var (seen, cursor): ([String], String?) = ([], nil)
            for round in 0..<10 {
                let body = cursor.map { #"{"first":7,"cursor":"\#($0)"}"# } ?? #"{"first":7}"#
                let page = try await Self.post(site, "orders", body)
                seen += try Self.ids(page)
                cursor = (page.json["page_info"] as? [String: Any])?["end_cursor"] as? String
                if cursor == nil { break }
                try await site.world.addOrders([100 + round])
            }
            #expect(seen == (1...25).reversed().map(String.init))
        }
    }

    @Test func `A search narrows the list, and what cannot be understood is refused`() async throws {
        try await Site.with { site in
            try await site.world.addOrders(1...3)
            try await site.world.addOrders([4], status: "refunded")
            let found = try await Self.post(
                site, "orders", #"{"custom_query":"financial_status:paid (id:1 OR id:3) -id:3"}"#)
            #expect(try Self.ids(found) == ["1"])
            #expect(found.json["warnings"] is [Any])
            for query in ["nonsense:1", "financial_status:", "(id:1", "id:abc", "created_at:>soon"] {
                for isPost in [true, false] {
                    let escaped = query.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                    let refused =
                        isPost
                        ? try await Self.post(site, "orders", #"{"custom_query":"\#(query)"}"#)
                        : try await site.ask("\(Self.path)orders?custom_query=\(escaped)", key: "data")
                    #expect(refused.status == .badRequest, "\(query)")
                    #expect((refused.json["type"] as? String)?.hasPrefix("urn:footfall:problem:search-") == true)
                    #expect(refused.json["pointer"] as? String == (isPost ? "/custom_query" : "?custom_query"))
                }
            }
        }
    }

    @Test func `Transactions are those of all orders or of one`() async throws {
        try await Site.with { site in
            try await site.world.addOrders(1...3)
            #expect(try Self.ids(try await Self.post(site, "transactions")) == ["300", "200", "100"])
            for order in ["2", #""2""#, #""gid://shopify/Order/2""#] {
                let page = try await Self.post(site, "transactions", #"{"order_id":\#(order)}"#)
                #expect(try Self.ids(page) == ["200"])
            }
            #expect(try Self.ids(try await site.ask("\(Self.path)transactions?order_id=3", key: "data")) == ["300"])
            #expect(try await Self.post(site, "transactions", #"{"order_id":"x"}"#).status == .badRequest)
            #expect(try Self.ids(try await Self.post(site, "orders", #"{"order_id":"2"}"#)) == ["2"])
        }
    }

    @Test func `An answer holds until the read model moves on`() async throws {
        try await Site.with { site in
            try await site.world.addOrders(1...3)
            for (path, method, body) in [("orders", HTTPRequest.Method.post, "{}"), ("orders?first=50", .get, nil)] {
                let first = try await site.ask(Self.path + path, method, key: "data", body: body)
                let tag = try #require(first.headers[.eTag])
                func again() async throws -> HTTPResponse.Status {
                    try await site.ask(
                        Self.path + path, method, key: "data", body: body, headers: [.ifNoneMatch: tag]
                    ).status
                }
                #expect(try await again() == .notModified)
                try await site.world.addOrders([method == .post ? 8 : 9])
                #expect(try await again() == .ok)
            }
        }
    }

    @Test func `What is asked wrongly is said`() async throws {
        try await Site.with { site in
            let bodies = [
                (#"{"first":0}"#, 400, "/first"), (#"{"first":251}"#, 400, "/first"),
                (#"{"first":"a"}"#, 400, "/first"), (#"{"first":1.5}"#, 400, "/first"),
                (#"{"first":"10"}"#, 400, "/first"), (#"{"cursor":5}"#, 400, "/cursor"),
                (#"{"shop":5}"#, 400, "/shop"), ("null", 400, nil), ("\u{FEFF}{}", 400, nil),
                (#"{"shop":"other.myshopify.com"}"#, 404, nil), (#"{"cursor":"zzz"}"#, 400, "/cursor"),
                (#"{"query":"x"}"#, 400, "/query"), ("[]", 400, nil), (#"{"first":0,"first":3}"#, 200, nil),
                ("{", 400, nil), ("", 400, nil),
            ]
            for (body, status, pointer) in bodies {
                let response = try await Self.post(site, "products", body)
                #expect(response.status.code == status, "\(body)")
                #expect(response.json["pointer"] as? String == pointer, "\(body)")
            }
            // Times that no clock shows and that Postgres cannot hold.
            for time in ["1y2p0ij32e8e6", "-1", "2htner8qo0"] {
                let cursor = "1.\(time).\(String(repeating: "0", count: 32))"
                for path in ["\(Self.path)customers", "\(Self.path)orders"] {
                    let response = try await site.ask("\(path)?cursor=\(cursor)", key: "data")
                    #expect(response.status == .badRequest, "\(cursor)")
                }
                #expect(try await site.ask("/api/analytics/carts?cursor=\(cursor)").status == .badRequest)
            }
            #expect(try await site.ask("\(Self.path)orders?custom_query=a%00b", key: "data").status == .badRequest)
            #expect(try await site.ask("\(Self.path)orders?shop=a%00b", key: "data").status == .notFound)
            #expect(try await site.ask("\(Self.path)products?first=x", key: "data").status == .badRequest)
            #expect(try await site.ask("\(Self.path)products", key: "reader").status == .forbidden)
            #expect(try await Self.post(site, "products", #"{"first":250,"cursor":null}"#).status == .ok)
        }
    }

    @Test func `The query string is a form, and only what means something is in it`() async throws {
        try await Site.with { site in
            try await site.world.addOrders(1...3)
            try await site.world.addOrders([4], status: "refunded")
            let paths = [
                "custom_query=financial_status:paid+id:1", "custom_query=financial_status%3apaid%20id%3A1",
                "first=5&custom_query=%28id:1+OR+id:9%29&shop=",
            ]
            for query in paths {
                let found = try await site.ask("\(Self.path)orders?\(query)", key: "data")
                #expect(try Self.ids(found) == ["1"], "\(query)")
            }
            let refused = [
                ("frist=5", "?frist"), ("first=5&first=6", "?first"), ("shop=\(World.domain)&shop=b", "?shop"),
                ("custom_query=50%25%zz:", "?custom_query"),
            ]
            for (query, pointer) in refused {
                let answer = try await site.ask("\(Self.path)orders?\(query)", key: "data")
                #expect(answer.status == .badRequest, "\(query)")
                #expect(answer.json["pointer"] as? String == pointer, "\(query)")
            }
            let typo = try await site.ask("\(Self.path)orders?frist=5", key: "data")
            #expect((typo.json["allowed"] as? [String])?.contains("first") == true)
            let body = #"{"shop":"\#(World.domain)"}"#
            let answers = [("shop=other.myshopify.com", 400), ("shop=\(World.domain)", 200), ("first=2", 400)]
            for (query, status) in answers {
                let answer = try await site.ask("\(Self.path)orders?\(query)", .post, key: "data", body: body)
                #expect(answer.status.code == status, "\(query)")
            }
            let path = "\(Self.path)orders?shop=other.myshopify.com"
            let other = try await site.ask(path, .post, key: "data", body: "{}")
            #expect(other.status == .notFound)
        }
    }

    @Test func `The largest id is listed, once`() async throws {
        try await Site.with { site in
            try await site.world.addOrders(1...2)
            try await site.world.pool.run {
                try $0.execute("UPDATE orders.shop_order SET id = 9223372036854775807 WHERE id = 2")
            }
            let first = try await Self.post(site, "orders", #"{"first":1}"#)
            #expect(try Self.ids(first) == ["9223372036854775807"])
            let cursor = try #require((first.json["page_info"] as? [String: Any])?["end_cursor"] as? String)
            #expect(try Self.ids(try await Self.post(site, "orders", #"{"cursor":"\#(cursor)"}"#)) == ["1"])
        }
    }

    @Test func `Carts are listed with what became of them`() async throws {
        try await Site.with { site in
            try await site.world.pool.run { connection in
                try connection.execute(
                    """
                    INSERT INTO carts.cart (lane, shop_id, token, version, created_at, last_activity_at, due_at,
                        completed_at, order_id, value, currency, lines, source_position)
                    VALUES (1, 1, 'a', 1, '2026-11-20T10:00Z', '2026-11-20T11:00Z', '2026-11-21T11:00Z', NULL, NULL, 500,
                            'EUR', 1, 1),
                        (1, 1, 'b', 1, '2026-11-18T10:00Z', '2026-11-18T11:00Z', '2026-11-19T11:00Z', NULL, NULL, NULL,
                            NULL, 0, 1),
                        (1, 1, 'c', 1, '2026-11-17T10:00Z', '2026-11-17T11:00Z', '2026-11-18T11:00Z',
                            '2026-11-17T12:00Z', 7, 700, 'EUR', 2, 1),
                        (2, 2, 'd', 1, '2026-11-17T10:00Z', '2026-11-17T11:00Z', '2026-11-18T11:00Z', NULL, NULL, NULL,
                            NULL, 0, 1)
                    """)
            }
            let page = try await site.ask("/api/analytics/carts?first=2")
            let carts = try Self.items(page)
            #expect(carts.map { $0["state"] as? String } == ["open", "abandoned"])
            #expect((carts[0]["value"] as? [String: Any])?["amount"] as? String == "5.00")
            let cursor = try #require((page.json["page_info"] as? [String: Any])?["end_cursor"] as? String)
            let rest = try Self.items(try await site.ask("/api/analytics/carts?first=2&cursor=\(cursor)"))
            #expect(rest.map { $0["state"] as? String } == ["completed"])
            #expect((rest[0]["order"] as? [String: Any])?["gid"] as? String == "gid://shopify/Order/7")
        }
    }
}
