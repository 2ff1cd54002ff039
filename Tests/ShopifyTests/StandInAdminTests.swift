import ShopifyStandIn
import Testing

/// The Admin API: state, refusals, costs and faults.
@Suite struct StandInAdminTests {
    @Test func requestsAreCheckedAndLogged() async throws {
        try await StandInClient.run { client in
            _ = try await client.data("query Named { shop { id name myshopifyDomain } }")
            #expect(client.standIn.problems == [])
            #expect(client.standIn.operations() == ["Named"])
            let wrong = try await client.admin("{ shop { id nonsense } }")
            #expect(wrong.status == 200)
            #expect(wrong.json["errors"].elements.first?["extensions"]["code"] == "undefinedField")
            #expect(try await client.send("POST", "/admin/api/2026-07/graphql.json", body: [:]).status == 401)
            #expect(client.standIn.problems.count == 2)
            #expect(try await client.send("GET", "/admin/nowhere").status == 404)
        }
    }

    @Test func costsAreCountedAndThrottled() async throws {
        try await StandInClient.run { client in
            let cost = try await client.admin("{ shop { id } }").json["extensions"]["cost"]
            #expect(cost["requestedQueryCost"] == 1 && cost["throttleStatus"]["maximumAvailable"] == 2000)
            client.standIn.drainCost(StandInClient.shop)
            let refused = try await client.admin("{ shop { id } }").json
            #expect(refused["errors"].elements.first?["extensions"]["code"] == "THROTTLED")
            #expect(refused["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 0)
            client.clock.advance(seconds: 1)
            #expect(try await client.admin("{ shop { id } }").json["data"]["shop"]["id"].text != nil)
        }
    }

    @Test func faultsComeOneByOne() async throws {
        try await StandInClient.run { client in
            client.standIn.fail(
                StandInClient.shop, .status(401), .status(402), .status(423), .status(503, retryAfter: 2), .throttled,
                .internalError, .garbage, .lostAnswer)
            for status in [401, 402, 423, 503] {
                #expect(try await client.admin("{ shop { id } }").status == status)
            }
            for code in ["THROTTLED", "INTERNAL_SERVER_ERROR"] {
                let answer = try await client.admin("{ shop { id } }")
                #expect(answer.json["errors"].elements.first?["extensions"]["code"].text == code)
            }
            #expect(try await client.admin("{ shop { id } }").json == .null)
            client.clock.advance(seconds: 60)
            await #expect(throws: (any Error).self) { try await client.admin("{ shop { id } }") }
            #expect(try await client.admin("{ shop { id } }").json["data"]["shop"]["id"].text != nil)
        }
    }

    @Test func missingScopesAreDenied() async throws {
        try await StandInClient.run { client in
            let token = client.standIn.install(StandInClient.shop, scopes: ["read_products"])
            let answer = try await client.admin("{ webPixel { id } }", token: token).json
            let error = answer["errors"].elements.first ?? .null
            #expect(error["extensions"]["code"] == "ACCESS_DENIED")
            #expect(error["message"].text?.contains("read_pixels") == true)
            #expect(answer["data"] == ["webPixel": nil])
        }
    }

    @Test func thePixelIsOneForEachShop() async throws {
        let create = """
            mutation ($p: WebPixelInput!) {
              webPixelCreate(webPixel: $p) { webPixel { id settings } userErrors { code field message } }
            }
            """
        let update = """
            mutation ($id: ID!, $p: WebPixelInput!) {
              webPixelUpdate(id: $id, webPixel: $p) { webPixel { id settings } userErrors { code } }
            }
            """
        let delete = "mutation ($id: ID!) { webPixelDelete(id: $id) { deletedWebPixelId userErrors { code } } }"
        try await StandInClient.run({ $0.pixelSettings = ["accountID"] }) { client in
            func code(_ answer: WireValue, _ name: String) -> WireValue {
                answer[name]["userErrors"].elements.first?["code"] ?? .null
            }
            let good: WireValue = ["p": ["settings": ["accountID": "a1"]]]
            #expect(
                code(try await client.data(create, ["p": ["settings": ["x": "1"]]]), "webPixelCreate")
                    == "INVALID_SETTINGS")
            #expect(
                code(try await client.data(create, ["p": ["settings": "{"]]), "webPixelCreate")
                    == "INVALID_CONFIGURATION_JSON")
            let made = try await client.data(create, good)["webPixelCreate"]
            #expect(made["userErrors"] == [])
            #expect(made["webPixel"]["settings"] == #"{"accountID":"a1"}"#)
            #expect(code(try await client.data(create, good), "webPixelCreate") == "TAKEN")
            #expect(
                code(try await client.data(update, good.setting("id", "gid://shopify/WebPixel/1")), "webPixelUpdate")
                    == "NOT_FOUND")
            let id = made["webPixel"]["id"]
            let changed = try await client.data(update, ["id": id, "p": ["settings": #"{"accountID":"a2"}"#]])
            #expect(changed["webPixelUpdate"]["webPixel"]["settings"] == #"{"accountID":"a2"}"#)
            #expect(client.standIn.pixel(StandInClient.shop)?.settings == #"{"accountID":"a2"}"#)
            #expect(try await client.data(delete, ["id": id])["webPixelDelete"]["deletedWebPixelId"] == id)
            #expect(client.standIn.pixel(StandInClient.shop) == nil)
            #expect(client.standIn.problems == [])
        }
    }

    @Test func subscriptionsAreKeptAndRefusedAsRecorded() async throws {
        let document = """
            mutation ($topic: WebhookSubscriptionTopic!, $s: WebhookSubscriptionInput!) {
              webhookSubscriptionCreate(topic: $topic, webhookSubscription: $s) {
                webhookSubscription { id topic uri filter includeFields endpoint { ... on WebhookHttpEndpoint { callbackUrl } } }
                userErrors { field message }
              }
            }
            """
        try await StandInClient.run { client in
            func create(_ topic: String, _ input: WireValue) async throws -> WireValue {
                try await client.data(document, ["topic": .string(topic), "s": input])["webhookSubscriptionCreate"]
            }
            for (uri, message) in [
                ("http://example.com/hook", "Address protocol http:// is not supported"),
                ("https://localhost:3000/hook", "Address cannot be a Shopify or an internal domain"),
                ("https://example.myshopify.com/hook", "Address cannot be a Shopify or an internal domain"),
            ] {
                let answer = try await create("SHOP_UPDATE", ["uri": .string(uri)])
                #expect(answer["webhookSubscription"] == nil)
                #expect(
                    answer["userErrors"] == [
                        ["field": ["webhookSubscription", "callbackUrl"], "message": .string(message)]
                    ])
            }
            let made = try await create("ORDERS_CREATE", ["uri": "https://app.example/webhooks"])["webhookSubscription"]
            #expect(made["endpoint"]["callbackUrl"] == "https://app.example/webhooks")
            #expect(try await create("ORDERS_CREATE", ["uri": "https://app.example/webhooks"])["userErrors"] != [])
            let list = try await client.data(
                "{ webhookSubscriptions(first: 10) { nodes { id topic } pageInfo { hasNextPage endCursor } } }")
            #expect(list["webhookSubscriptions"]["nodes"].elements.map { $0["id"] } == [made["id"]])
            #expect(client.standIn.subscriptions(StandInClient.shop).map(\.deliveryTopic) == ["orders/create"])
        }
    }

    @Test(arguments: [
        ("ORDERS_CREATE", "orders/create"), ("ORDER_TRANSACTIONS_CREATE", "order_transactions/create"),
        ("APP_UNINSTALLED", "app/uninstalled"), ("APP_SCOPES_UPDATE", "app/scopes_update"),
        ("BULK_OPERATIONS_FINISH", "bulk_operations/finish"), ("DRAFT_ORDERS_UPDATE", "draft_orders/update"),
    ])
    func topicsAreNamedForDeliveries(topic: String, delivery: String) {
        #expect(WebhookSubscription.deliveryTopic(topic) == delivery)
    }

    @Test func pagesFollowEachOther() async throws {
        let query = """
            query ($after: String, $q: String) {
              orders(first: 7, after: $after, sortKey: UPDATED_AT, query: $q) {
                edges { node { id updatedAt } } pageInfo { hasNextPage endCursor }
              }
            }
            """
        try await StandInClient.run { client in
            var after = WireValue.null
            var times: [String] = []
            var ids: Set<String> = []
            repeat {
                let page = try await client.data(query, ["after": after])["orders"]
                for edge in page["edges"].elements {
                    ids.insert(edge["node"]["id"].text ?? "")
                    times.append(edge["node"]["updatedAt"].text ?? "")
                }
                after = page["pageInfo"]["hasNextPage"] == true ? page["pageInfo"]["endCursor"] : .null
            } while !after.isNull
            #expect(ids.count == 60)
            #expect(times == times.sorted())
            let (index, order) = client.standIn.placeOrder(StandInClient.shop)
            let since = "updated_at:>='\(ShopTime.utc(order.updatedAt))'"
            let found = try await client.data(query, ["q": .string(since)])["orders"]["edges"].elements
            #expect(found.map { $0["node"]["id"].text } == ["gid://shopify/Order/\(order.id)"])
            #expect(client.standIn.order(StandInClient.shop, index) == order)
            #expect(client.standIn.problems == [])
            _ = try await client.data(query, ["q": "updated_at:>=2026-01-01T00:00:00Z"])
            #expect(client.standIn.problems.count == 1)
        }
    }

    @Test func draftOrdersAreMadeAndRefusedAsRecorded() async throws {
        let create = """
            mutation ($draft: DraftOrderInput!) {
              draftOrderCreate(input: $draft) {
                draftOrder { id name status invoiceUrl totalPriceSet { shopMoney { amount currencyCode } } }
                userErrors { field message }
              }
            }
            """
        // Lines of the recording have an `originalUnitPrice`.
        let recorded = try #require(
            try StandInFixtures.recorded("admin_graphql").first { $0["id"] == "draft-order-validation-matrix" })
        try await StandInClient.run { client in
            for name in [
                "noLineItems", "unknownVariant", "customMissingTitle", "zeroQuantity", "negativePrice", "badEmail",
            ] {
                let input = recorded["request"]["variables"][name]
                let answer = try await client.data(create, ["draft": input])["draftOrderCreate"]
                #expect(answer["userErrors"] == recorded["response"]["data"][name]["userErrors"], "\(name)")
            }
            let variant = client.standIn.catalogue(StandInClient.shop).products[0].variants[0]
            let made = try await client.data(
                create,
                [
                    "draft": [
                        "lineItems": [
                            ["variantId": .string(GlobalID.text("ProductVariant", variant.id)), "quantity": 2]
                        ]
                    ]
                ])["draftOrderCreate"]["draftOrder"]
            #expect(made["status"] == "OPEN")
            #expect(made["totalPriceSet"]["shopMoney"]["amount"].text == ShopMoney(variant.price.minor * 2, "USD").bare)
            #expect(client.standIn.draftCount(StandInClient.shop) == 1)
        }
    }
}
