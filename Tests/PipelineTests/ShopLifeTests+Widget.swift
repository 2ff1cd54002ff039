import Foundation
import NIOHTTP1
import ShopifyStandIn
import Synchronization
import Testing

/// What shoppers do with the widget, as the app proxy brings it.
extension ShopLifeTests {
    private static let base = "/apps/mattressai"

    /// A request as Shopify's proxy sends it; `customer` is who is logged in.
    private func widget(
        _ life: ShopLife, _ name: String, customer: Int64? = nil, _ body: WireValue
    ) async throws -> ShopLife.Answer {
        let query = life.standIn.proxyQuery(ShopLife.domain, customer: customer.map { String($0) } ?? "")
        return try await life.send(.POST, life.deployment.url(.all, "\(Self.base)/\(name)?\(query)"), [], body)
    }

    private func session(_ life: ShopLife) async throws -> WireValue {
        let body: WireValue = [
            "tenantId": .string(ShopLife.domain), "clientId": "9d5ee2cc-6b21-4a39-8a15-8e2a7d3b6f10",
        ]
        let answer = try await widget(life, "session/start", body)
        try #require(answer.status == 200, "\(answer.text)")
        return answer.json["token"]
    }

    /// The status of an order is for the customer that the proxy vouches for, whatever the widget says.
    func anOrderIsToldToItsCustomerOnly(_ life: ShopLife, _ order: ShopOrder) async throws {
        let customer = try #require(order.customer)
        let token = try await session(life)
        let question: WireValue = [
            "token": token, "message": .string("Where is my order \(order.name)?"),
            "customerId": .string(String(customer.id)), "logged_in_customer_id": .string(String(customer.id)),
        ]
        let told = try await widget(life, "chat", customer: customer.id, question)
        #expect(told.json["reply"].text?.hasPrefix("Order \(order.name) of") == true, "\(told.text)")
        let stranger = try await widget(life, "chat", customer: customer.id + 1, question)
        #expect(stranger.json["reply"].text?.hasPrefix("I found no order") == true, "\(stranger.text)")
        let nobody = try await widget(life, "chat", question)
        #expect(nobody.json["reply"].text?.hasPrefix("Please log in") == true, "\(nobody.text)")
    }

    /// A draft order is made at Shopify once, and its link given to the session that asked.
    func aShopperOrders(_ life: ShopLife) async throws {
        let before = life.standIn.draftCount(ShopLife.domain)
        let variant = try #require(life.standIn.catalogue(ShopLife.domain).products.first?.variants.first)
        let (mine, other) = (try await session(life), try await session(life))
        let asked = try await widget(
            life, "chat",
            [
                "token": mine,
                "action": [
                    "type": "draft_order",
                    "lines": [["variant_id": .string(String(variant.id)), "quantity": 2]],
                ],
            ])
        #expect(asked.json["draftOrder"]["state"] == "asked", "\(asked.text)")
        let request = asked.json["draftOrder"]["request"]
        var made = WireValue.null
        try await life.expectEventually("the draft order") {
            let answer = try await widget(
                life, "chat", ["token": mine, "action": ["type": "draft_order_status", "request": request]])
            made = answer.json["draftOrder"]
            return made["state"] == "created"
        }
        #expect(made["request"] == request && made["invoiceUrl"].text?.hasPrefix("http") == true)
        #expect(life.standIn.draftCount(ShopLife.domain) == before + 1)
        let talk = try await widget(life, "chat", ["token": mine, "message": "hello"])
        #expect(talk.json["draftOrder"] == made)
        for body: WireValue in [
            ["token": other, "message": "hello"],
            ["token": other, "action": ["type": "draft_order_status", "request": request]],
        ] {
            let answer = try await widget(life, "chat", body)
            #expect(answer.status == 200 && answer.json["draftOrder"].isNull, "\(answer.text)")
        }
        let unknown = try await widget(
            life, "chat",
            ["token": other, "action": ["type": "draft_order", "lines": [["variant_id": "1", "quantity": 1]]]])
        #expect(unknown.json["draftOrder"]["state"] == "refused", "\(unknown.text)")
        life.secrets.withLock { $0.append(("invoice address", made["invoiceUrl"].text ?? "")) }
    }
}
