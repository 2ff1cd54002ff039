import ShopifyStandIn
import Testing

/// The made-up shop: webhooks and the Admin API tell of the same things.
@Suite struct StandInCatalogueTests {
    let catalogue = ShopCatalogue(shop: "made-up.myshopify.com")

    @Test func ordersAreTheSameEachTimeAndAddUp() {
        for index in 0..<60 {
            let order = catalogue.order(index)
            #expect(order == ShopCatalogue(shop: "made-up.myshopify.com").order(index))
            #expect(order.total == order.subtotal + order.shipping + (order.taxesIncluded ? 0 : order.tax))
            #expect(order.refunded <= order.received)
            if order.cancelledAt != nil { #expect(order.current.total == 0) }
            #expect(order.id > 1 << 53)
        }
        let all = (0..<60).map(catalogue.order)
        #expect(Set(all.map(\.id)).count == 60)
        #expect(Set(all.flatMap(\.lines).map(\.id)).count == all.flatMap(\.lines).count)
        #expect(Set(all.flatMap(\.refunds).map(\.id)).count == all.flatMap(\.refunds).count)
        for status in ["PAID", "PENDING", "PARTIALLY_REFUNDED", "REFUNDED"] {
            #expect(all.contains { $0.financialStatus == status }, "\(status)")
        }
    }

    @Test func webhooksAndTheAdminAPITellTheSame() async throws {
        let query = """
            query ($id: ID!) {
              order(id: $id) {
                name totalPriceSet { shopMoney { amount } } currentTotalPriceSet { shopMoney { amount } }
                refunds { id } lineItems(first: 10) { nodes { id quantity } }
              }
            }
            """
        try await StandInClient.run { client in
            for index in 0..<20 {
                let order = client.standIn.order(StandInClient.shop, index)
                let rest = RestPayloads.order(order)
                let graph = try await client.data(query, ["id": .string(GlobalID.text("Order", order.id))])["order"]
                #expect(rest["name"] == graph["name"])
                for (name, field) in [
                    ("total_price", "totalPriceSet"), ("current_total_price", "currentTotalPriceSet"),
                ] {
                    let (left, right) = (rest[name].text ?? "-", graph[field]["shopMoney"]["amount"].text ?? "")
                    #expect(Double(left) == Double(right))
                }
                #expect(rest["refunds"].elements.count == graph["refunds"].elements.count)
                #expect(
                    rest["line_items"].elements.map { GlobalID.text("LineItem", $0["id"].integer ?? 0) }
                        == graph["lineItems"]["nodes"].elements.compactMap { $0["id"].text })
            }
            #expect(client.standIn.problems == [])
        }
    }

    @Test(arguments: [
        ("USD", 3100, "31.00", "31.0"), ("USD", -725, "-7.25", "-7.25"), ("USD", 5, "0.05", "0.05"),
        ("JPY", 500, "500", "500.0"), ("KWD", 1230, "1.230", "1.23"),
    ])
    func moneyIsWrittenAsShopifyDoes(currency: String, minor: Int64, padded: String, bare: String) {
        #expect(ShopMoney(minor, currency).padded == padded)
        #expect(ShopMoney(minor, currency).bare == bare)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z", "1969-12-31T19:00:00-05:00"),
        (1_785_542_400_000, "2026-08-01T00:00:00Z", "2026-07-31T19:00:00-05:00"),
        (1_709_164_799_000, "2024-02-28T23:59:59Z", "2024-02-28T18:59:59-05:00"),
    ])
    func timesAreWrittenAndRead(millis: Int64, utc: String, local: String) {
        #expect(ShopTime.utc(millis) == utc)
        #expect(ShopTime.local(millis, offsetMinutes: -300) == local)
        #expect(ShopTime.millis(utc) == millis)
    }
}
