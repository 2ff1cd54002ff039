import EventModel
import Foundation
import Gateway
import Pipelines
import Privacy
import TestSupport
import Testing

/// Consent on its way through the gateway: the event's own words, the browser's headers, and what comes late.
@Suite struct ConsentTests {
    private static let text = ["content-type": "text/plain"]
    /// Read by the codec's reader instead of the plain one.
    private static let viaCodec = ["content-type": "text/plain", "content-encoding": "identity"]

    private func header(_ name: String, _ value: String, _ others: [String: String]) -> [String: String] {
        others.merging([name: value]) { $1 }
    }

    @Test(arguments: [text, viaCodec])
    func `a browser's signal takes consent away, whatever the event states`(others: [String: String]) async throws {
        try await Harness.run { harness in
            let granted = #","consent":{"analytics":true,"marketing":true,"preferences":true,"saleOfData":true}"#
            for (id, headers) in [
                ("a", header("Sec-GPC", "1", others)), ("b", header("DNT", "1", others)),
                ("c", header("Sec-GPC", "0", others)), ("d", header("DNT", "", others)),
            ] {
                #expect(try await harness.pixel(event(id: id, more: granted), headers: headers).status == 202)
            }
            let stored = try harness.sink.events()
            let stated = EventFlags.allConsent.union(.consentStated)
            #expect(
                stored.map(\.record.header.flags) == [
                    [.analyticsConsent, .preferencesConsent, .consentStated], [.preferencesConsent, .consentStated],
                    stated, stated,
                ])
            #expect(stored.map(\.record.header.visitorKind) == [.client, .daily, .client, .client])
            #expect(stored[1].payload.contains(#""clientId":null"#))
            #expect(stored[0].payload.contains("c7b3f99b"))
        }
    }

    @Test func `the signals need no preflight`() async throws {
        try await Harness.run { harness in
            let headers = [
                "origin": "null", "access-control-request-method": "POST",
                "access-control-request-headers": "content-type", "sec-gpc": "1", "dnt": "1",
            ]
            let answer = try await harness.client.send("OPTIONS", "/v1/pixel/\(Harness.account)", headers: headers)
            #expect(answer.status == 204)
            #expect(answer.headers["access-control-allow-headers"] == "content-type, authorization")
        }
    }

    @Test func `a session that began without consent does not bring the browser back`() async throws {
        try await Harness.run { harness in
            let origin = WidgetTests.origin.merging(["dnt": "1"]) { $1 }
            let start = try await WidgetTests.start(harness, headers: origin)
            let session = try JSONDecoder().decode([String: String].self, from: Data(start.body.utf8))
            let token = try #require(session["token"])
            let body = #"{"id":"e1","name":"quiz_answered","token":"\#(token)"}"#
            let answer = try await harness.client.post(WidgetTests.base + "/event", body, headers: WidgetTests.origin)
            #expect(answer.status == 200)
            let stored = try harness.sink.events()
            #expect(stored.map(\.record.header.visitorKind) == [.daily, .daily])
            #expect(stored.allSatisfy { !$0.payload.contains("client-1") })
        }
    }

    @Test func `Shopify's own requests have no browser`() async throws {
        try await Harness.run { harness in
            let vector = try #require(try WebhookVector.load("compliance_webhooks").first { $0.id == "docs-redact" })
            let headers = vector.headers.merging(["sec-gpc": "1", "dnt": "1"]) { $1 }
            #expect(try await harness.client.post("/webhooks", vector.body, headers: headers).status == 200)
            #expect(try harness.sink.events().map(\.record.header.flags) == [.allConsent])
        }
    }

    /// In opt-in regions Shopify replays what was registered before the shopper agreed: late, in a burst, with the times
    /// of then, and with the consent of now.
    @Test func `a replay after consent is taken with its own times`() async throws {
        try await Harness.run { harness in
            let consent = #""customerPrivacy":{"analyticsProcessingAllowed":true,"marketingAllowed":false}"#
            let times = ["2026-10-30T08:00:00.000Z", "2026-11-21T07:59:59.999Z", "2026-11-21T08:00:00.000Z"]
            let events = times.enumerated().map { index, time in
                event(id: "replayed-\(index)", time: time, more: #","seq":\#(index),\#(consent)"#)
            }
            let answer = try await harness.pixel("[\(events.joined(separator: ","))]", query: "?verbose=1")
            #expect(answer.status == 202 && !answer.body.contains("refused"))
            let stored = try harness.sink.events().map(\.record.header)
            #expect(stored.map { Timestamp.text($0.occurredAt) } == times)
            #expect(stored.allSatisfy { $0.receivedAt == Harness.now && $0.visitorKind == .client })
            #expect(Set(stored.map(\.visitor)).count == 1)
            let flags: EventFlags = [
                .analyticsConsent, .preferencesConsent, .saleOfDataConsent, .consentStated,
            ]
            #expect(stored.allSatisfy { $0.flags == flags })
        }
    }

    @Test func `an erased person's events are counted and hold nothing of them`() async throws {
        try await Harness.run { harness in
            let shop = ShopContext(shop: 1, keys: ShopKeys(shopKey: [UInt8](repeating: 1, count: 32)))
            let fence = harness.gateway.keyring.fence
            fence.add(shop: 1, [try #require(shop.handle(.email, "jane@example.com"))])
            let checkout = #","data":{"checkout":{"token":"ch1","email":"jane@example.com","phone":"+15556251199"}}"#
            let answer = try await harness.pixel(event(name: "checkout_started", more: checkout))
            #expect(answer.status == 202)
            let stored = try #require(try harness.sink.events().first)
            #expect(stored.payload.contains(#""checkout":{"token":"ch1","email":null,"phone":null}"#))
            #expect(stored.record.sealed.isEmpty && fence.eventCount == 1)
        }
    }
}
