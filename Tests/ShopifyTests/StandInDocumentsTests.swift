import Shopify
import ShopifyStandIn
import Testing

/// The stand-in can answer all that Footfall's documents ask for.
@Suite struct StandInDocumentsTests {
    @Test func bulkQueriesRunWithoutGaps() async throws {
        try await StandInClient.run { client in
            for document in AdminDocument.all where document.isBulkQuery {
                let answer = try await client.data(
                    AdminDocument.bulkOperationRun.text, ["query": .string(document.text)])["bulkOperationRunQuery"]
                #expect(answer["userErrors"] == [], "\(document.name)")
                let id = answer["bulkOperation"]["id"]
                for _ in 0..<3 { _ = try await client.data(AdminDocument.bulkOperation.text, ["id": id]) }
            }
            #expect(client.standIn.problems == [])
        }
    }

    @Test(arguments: ["orders", "products", "customers", "abandonedCheckouts"])
    func pagesRunWithoutGaps(root: String) async throws {
        try await StandInClient.run { client in
            let documents = AdminDocument.all.filter { !$0.isBulkQuery && $0.text.contains(" \(root)(first: $first") }
            #expect(!documents.isEmpty)
            for document in documents {
                let answer = try await client.data(document.text, ["first": 50])
                #expect(!answer[root]["nodes"].elements.isEmpty)
            }
            #expect(client.standIn.problems == [])
        }
    }

    @Test func otherDocumentsRunWithoutGaps() async throws {
        try await StandInClient.run { client in
            let refunded = try #require(
                (0..<60).map { client.standIn.order(StandInClient.shop, $0) }.first { !$0.refunds.isEmpty })
            let order = WireValue.string(GlobalID.text("Order", refunded.id))
            let product = WireValue.string(
                GlobalID.text("Product", client.standIn.catalogue(StandInClient.shop).products[0].id))
            _ = try await client.data(AdminDocument.shop.text)
            _ = try await client.data(AdminDocument.grantedScopes.text)
            _ = try await client.data(AdminDocument.bulkOperations.text)
            _ = try await client.data(AdminDocument.webhookSubscriptions.text)
            _ = try await client.data(AdminDocument.draftOrders.text, ["query": "tag:'x'"])
            _ = try await client.data(AdminDocument.orderLineItems.text, ["id": order])
            _ = try await client.data(AdminDocument.productVariants.text, ["id": product])
            let refunds = try await client.data(AdminDocument.orderRefunds.text, ["ids": [order]])
            #expect(refunds["nodes"].elements.first?["refunds"].elements.count == refunded.refunds.count)
            _ = try await client.data(
                AdminDocument.refundLineItems.text,
                ["id": .string(GlobalID.text("Refund", refunded.refunds[0].id))])
            #expect(client.standIn.problems == [])
        }
    }
}
