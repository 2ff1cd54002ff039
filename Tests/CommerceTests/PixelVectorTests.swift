import EventModel
import Foundation
import ReadModels
import TestSupport
import Testing

/// The recorded pixel events against what the folds read of them. A key of a summary that the test does not know is a
/// failure.
@Suite struct PixelVectorTests {
    /// What the gateway makes the event's header of, and what other suites look at.
    static let elsewhere: Set<String> = ["id", "clientId", "timestamp", "host", "personal_data_pointers", "valid"]
    /// The order is the webhooks'; the pixel's leads to it by a keyed hash.
    static let checkoutElsewhere: Set<String> = ["orderId", "lineItems"]

    static func facts(_ name: String, _ event: Any) throws -> EventFacts {
        var reader = FactReader(CommerceLog.rules)
        let payload = try JSONSerialization.data(withJSONObject: event)
        let header = EventHeader(
            shop: 1, source: .pixel, visitorKind: .client, country: CountryCode("DE"), occurredAt: 0, receivedAt: 0,
            key: EventKey.make(timeMillis: 0, hash: .zero), content: 0, visitor: Key128(high: 0, low: 1))
        let envelope = FactReader.Envelope(position: 1, header: header, kind: reader.kind(.pixel, name))
        return try reader.read(envelope, payload: [UInt8](payload).span, handles: SealedHandles())
    }

    /// A path as reports show it: what follows `checkouts` is a token.
    static func page(_ path: String) -> String { path.hasPrefix("/checkouts/") ? "/checkouts/…" : path }

    @Test func whatIsExpectedIsRead() throws {
        let file = try JSONSerialization.jsonObject(with: Data(Vectors.load("pixel_events")))
        let cases = try #require((file as? [String: Any])?["cases"] as? [[String: Any]])
        #expect(cases.count > 30)
        for one in cases {
            let id = one["id"] as? String ?? ""
            let expected = try #require(one["expected"] as? [String: Any])
            guard let name = expected["name"] as? String else {
                #expect(expected["valid"] as? Bool == false, "\(id)")
                continue
            }
            let facts = try Self.facts(name, try #require(one["event"]))
            for (key, value) in expected where !Self.elsewhere.contains(key) {
                switch key {
                case "name": #expect(facts.kind == value as? String, "\(id)")
                case "path":
                    // Without a `pathname` the summary has none; the whole address tells it all the same.
                    guard let path = value as? String, !path.isEmpty else { continue }
                    #expect(facts.page == Self.page(path), "\(id)")
                case "checkout": try Self.check(facts, value as? [String: Any], id)
                default: Issue.record("\(id): nothing reads \(key)")
                }
            }
        }
    }

    static func check(_ facts: EventFacts, _ checkout: [String: Any]?, _ id: String) throws {
        for (key, value) in checkout ?? [:] where !checkoutElsewhere.contains(key) {
            switch key {
            case "token": #expect((facts.commerce?.checkoutToken ?? "") == value as? String ?? "", "\(id)")
            case "currency": #expect(facts.commerce?.checkoutTotal?.currency == value as? String, "\(id)")
            case "totalPrice":
                let total = (value as? NSNumber).map { Int64(($0.doubleValue * 100).rounded()) }
                #expect(facts.commerce?.checkoutTotal?.amount == total, "\(id)")
            default: Issue.record("\(id): nothing reads checkout's \(key)")
            }
        }
    }
}
