import Cryptography
import Logging
import ShopifyStandIn
import Testing

/// Webhook deliveries: signed, tried again, doubled, in disorder.
@Suite struct StandInDeliveryTests {
    @Test func deliveriesAreSignedAsTheVectorsAre() throws {
        let signer = ShopifySigner(clientID: "id", clientSecret: "test_secret_key")
        let body = Array(#"{"foo": "bar"}"#.utf8)
        #expect(signer.webhookSignature(body) == "B23tXN681gZ0qIWNRrgtzBE9XSDo5yaUu6wfmhu3a7g=")
    }

    @Test func proxyQueriesAreSignedAsTheVectorsAre() throws {
        let signer = ShopifySigner(clientID: "id", clientSecret: "hush")
        let query = signer.proxyQuery([
            ("extra", "1"), ("extra", "2"), ("shop", "shop-name.myshopify.com"),
            ("path_prefix", "/apps/awesome_reviews"),
            ("timestamp", "1317327555"), ("logged_in_customer_id", "1"),
        ])
        let text =
            "extra=1,2logged_in_customer_id=1path_prefix=/apps/awesome_reviewsshop=shop-name.myshopify.com"
            + "timestamp=1317327555"
        let wanted = Hex.encode(HMACSHA256.authenticate(Array(text.utf8), key: Array("hush".utf8)))
        #expect(query.hasSuffix("&signature=\(wanted)"))
    }

    /// The stand-in's own server takes the place of an app that refuses: it knows no such route.
    @Test func failuresAreTriedAgainAndCopiesKeepTheirIDs() async throws {
        try await StandInClient.run { client in
            let address = client.standIn.address(of: StandInClient.shop) + "/webhooks"
            var habits = DeliveryHabits()
            habits.retries = 2
            habits.copies = 2
            habits.shuffleSeed = 5
            let order = RestPayloads.order(client.standIn.order(StandInClient.shop, 0))
            let outcomes = await client.standIn.deliver(
                "orders/create", order, to: address, shop: StandInClient.shop, habits: habits)
            #expect(outcomes.map(\.tries) == [3, 3])
            #expect(outcomes.allSatisfy { $0.status == 404 && !$0.isTaken })
            let sent = client.standIn.requests
            #expect(sent.count == 6)
            #expect(Set(sent.map { $0.header("X-Shopify-Webhook-Id") ?? "" }).count == 1)
            for request in sent {
                let signature = client.standIn.signer.webhookSignature(order.json())
                #expect(request.header("X-Shopify-Hmac-Sha256") == signature)
                #expect(request.header("X-Shopify-Topic") == "orders/create")
            }
        }
    }

    @Test func anActionReachesEverySubscription() async throws {
        try await StandInClient.run({ configuration in
            configuration.appAddress = (public: "https://app.example", local: "http://127.0.0.1:1")
            configuration.appSubscriptions = [("orders/create", "/webhooks"), ("app/uninstalled", "/webhooks")]
        }) { client in
            let deliveries = client.standIn.deliveries(
                [("orders/create", ["id": 1]), ("orders/paid", ["id": 1])], shop: StandInClient.shop)
            #expect(deliveries.map(\.address) == ["http://127.0.0.1:1/webhooks"])
            #expect(deliveries.map(\.topic) == ["orders/create"])
        }
    }
}
