import EventModel
import Foundation
import Gateway
import Synchronization
import Testing

@Suite struct ChatTests {
    /// Answers with what it was asked, or not at all.
    final class Desk: ChatDesk {
        let questions = Mutex<[ChatCall]>([])
        let knows: Bool

        init(knows: Bool = true) { self.knows = knows }

        func reply(to call: ChatCall) async -> ChatReply? {
            questions.withLock { $0.append(call) }
            guard knows else { return nil }
            return ChatReply(
                json: Array(#"{"reply":"Take the \"cloud\".","products":[{"id":"1"}],"followUps":["How firm?"]}"#.utf8))
        }
    }

    static let path = WidgetTests.base + "/chat"
    static let text = "Is my mattress for Jane Doe on its way?"

    static func bearer(_ token: String) -> [String: String] {
        WidgetTests.origin.merging(["authorization": "Bearer \(token)"]) { $1 }
    }

    @Test func `a question is kept, sealed, and answered`() async throws {
        let desk = Desk()
        try await Harness.run(chat: desk) { harness in
            let (id, token) = try await WidgetTests.session(harness)
            let body = #"{"sessionId":"\#(id)","message":"\#(Self.text)"}"#
            let answer = try await harness.client.post(Self.path, body, headers: Self.bearer(token))
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "application/json")
            #expect(answer.headers["access-control-allow-origin"] == "*")
            #expect(
                answer.body == #"{"reply":"Take the \"cloud\".","products":[{"id":"1"}],"followUps":["How firm?"]}"#)
            let stored = try harness.sink.events()
            #expect(stored.map(\.record.name) == ["widget_session_started", "chat"])
            let chat = try #require(stored.last)
            #expect(chat.payload.contains(id) && !chat.payload.contains("mattress") && !chat.payload.contains("Jane"))
            #expect(!String(decoding: harness.sink.bytes, as: UTF8.self).contains("mattress"))
            #expect(chat.record.header.visitor == stored[0].record.header.visitor)
            let asked = desk.questions.withLock { $0 }
            #expect(asked == [ChatCall(shop: 1, session: id, customer: nil, message: Self.text)])
        }
    }

    @Test func `the token is looked at first, and without a desk nothing is kept`() async throws {
        try await Harness.run { harness in
            let (id, token) = try await WidgetTests.session(harness)
            let body = #"{"sessionId":"\#(id)","message":"hi"}"#
            let nameless = try await harness.client.post(Self.path, body, headers: WidgetTests.origin)
            #expect(nameless.status == 401)
            let closed = try await harness.client.post(Self.path, body, headers: Self.bearer(token))
            #expect(closed.status == 503)
            #expect(closed.headers["content-type"] == "application/problem+json")
            #expect(closed.headers["retry-after"] == "5")
            let stored = try harness.sink.events()
            #expect(stored.count == 1)
        }
    }

    @Test func `stores that are away and desks without an answer are 503`() async throws {
        let desk = Desk(knows: false)
        try await Harness.run(chat: desk) { harness in
            let (_, token) = try await WidgetTests.session(harness)
            harness.sink.answer(.unavailable(retryAfterSeconds: 7))
            let away = try await harness.client.post(Self.path, #"{"message":"hi"}"#, headers: Self.bearer(token))
            #expect(away.status == 503 && away.headers["retry-after"] == "7")
            #expect(desk.questions.withLock { $0.isEmpty })
            harness.sink.answer(.durable)
            // Named messages are one event however often they are sent; each is asked.
            for _ in 0..<2 {
                let none = try await harness.client.post(
                    Self.path, #"{"id":"m1","message":"hi"}"#, headers: Self.bearer(token))
                #expect(none.status == 503 && none.headers["retry-after"] == "5")
            }
            let stored = try harness.sink.events().dropFirst()
            #expect(stored.count == 2 && Set(stored.map(\.aliases)).count == 1)
            #expect(desk.questions.withLock { $0.count } == 2)
            let long = String(repeating: "x", count: 9_000)
            let tooLong = try await harness.client.post(
                Self.path, #"{"message":"\#(long)"}"#, headers: Self.bearer(token))
            #expect(tooLong.status == 413)
        }
    }

    @Test func `only the proxy says who is logged in`() async throws {
        let desk = Desk()
        try await Harness.run(chat: desk) { harness in
            let (id, token) = try await WidgetTests.session(harness)
            let body = #"{"message":"hi","customerId":"666","token":"\#(token)"}"#
            _ = try await harness.client.post(Self.path, body, headers: WidgetTests.origin)
            let pairs = [
                ("shop", Harness.domain), ("timestamp", String(Harness.now / 1000)), ("logged_in_customer_id", "42"),
            ]
            let query = Signing.proxy(pairs, Harness.secret)
            let answer = try await harness.client.post(Self.path + "?" + query, body)
            #expect(answer.status == 200, "\(answer.body)")
            let asked = desk.questions.withLock { $0 }
            #expect(asked.map(\.customer) == [nil, "42"])
            #expect(asked.allSatisfy { $0.session == id })
        }
    }

    /// body, action; nil is a refusal
    static let actions: [(String, ChatAction?)] = [
        (
            #"{"type":"draft_order","lines":[{"variant_id":"7","quantity":2},{"quantity":1,"variant_id":8}]}"#,
            .draftOrder([.init(variantID: 7, quantity: 2), .init(variantID: 8, quantity: 1)])
        ),
        (
            #"{"type":"draft_order","lines":[{"variant_id":"gid://shopify/ProductVariant/9","quantity":0}]}"#,
            .draftOrder([.init(variantID: 9, quantity: 0)])
        ),
        (#"{"type":"draft_order_status"}"#, .draftOrderStatus(request: nil)),
        (
            #"{"type":"draft_order_status","request":"00000000-0000-0000-0000-000000000001"}"#,
            .draftOrderStatus(request: Key128(high: 0, low: 1))
        ),
        (#"{"type":"draft_order_status","request":"x"}"#, nil), (#"{"type":"draft_order","lines":[]}"#, nil),
        (#"{"type":"draft_order","lines":[{"variant_id":"7"}]}"#, nil), (#"{"type":"buy"}"#, nil),
        (#"{"type":"draft_order","lines":{"variant_id":7,"quantity":1}}"#, nil), (#""draft_order""#, nil),
        (#"{"type":"draft_order","lines":[{"variant_id":"x","quantity":1}]}"#, nil), ("[]", nil),
    ]

    @Test func `an action goes to the desk, also without words; what is none is refused`() async throws {
        let desk = Desk()
        try await Harness.run(chat: desk) { harness in
            let (_, token) = try await WidgetTests.session(harness)
            for (json, action) in Self.actions {
                let answer = try await harness.client.post(
                    Self.path, #"{"action":\#(json)}"#, headers: Self.bearer(token))
                #expect(answer.status == (action == nil ? 400 : 200), "\(json)")
            }
            _ = try await harness.client.post(
                Self.path, #"{"message":"hi","action":null}"#, headers: Self.bearer(token))
            let asked = desk.questions.withLock { $0 }
            #expect(asked.map(\.action) == Self.actions.map(\.1).filter { $0 != nil } + [nil])
            #expect(asked.map(\.message) == ["", "", "", "", "hi"])
        }
    }
}
