import EventModel
import Foundation
import Gateway
import TestSupport
import Testing

@Suite struct PixelTests {
    @Test func `one event is answered 202 without a body once it is durable`() async throws {
        try await Harness.run { harness in
            let answer = try await harness.pixel(event())
            #expect(answer.status == 202)
            #expect(answer.body.isEmpty)
            #expect(answer.headers["access-control-allow-origin"] == "*")
            #expect(answer.headers["access-control-allow-credentials"] == nil)
            #expect(answer.headers["ratelimit"] != nil && answer.headers["ratelimit-policy"] != nil)
            let stored = try harness.sink.events()
            #expect(stored.count == 1)
            #expect(stored[0].record.name == "page_viewed")
            #expect(stored[0].record.header.occurredAt == Harness.now - 60_000)
            #expect(stored[0].record.header.receivedAt == Harness.now)
            #expect(stored[0].record.header.visitorKind == .client)
            #expect(stored[0].payload.contains(#""name":"page_viewed""#))
        }
    }

    @Test(arguments: [
        event(id: "a"), "[\(event(id: "a")),\(event(id: "b"))]", #"{"events":[\#(event(id: "a"))]}"#,
        " \(event(id: "a")) ", "[]",
    ]) func `all forms of a body are taken`(body: String) async throws {
        try await Harness.run { harness in
            do {
                let value = try await harness.pixel(body).status
                #expect(value == 202)
            }
        }
    }

    @Test(arguments: ["application/json", "text/plain", "Application/JSON; charset=utf-8", nil])
    func `media types`(type: String?) async throws {
        try await Harness.run { harness in
            let answer = try await harness.pixel(event(), headers: type.map { ["content-type": $0] } ?? [:])
            #expect(answer.status == 202)
        }
    }

    @Test func `other media types are 415`() async throws {
        try await Harness.run { harness in
            let answer = try await harness.pixel(event(), headers: ["content-type": "application/xml"])
            #expect(answer.status == 415)
            #expect(answer.headers["content-type"] == "application/problem+json")
            #expect(answer.headers["access-control-allow-origin"] == "*")
            let problem = try #require(JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
            #expect(problem["status"] as? Int == 415)
            #expect(problem["request_id"] as? String != nil)
            #expect(problem["title"] as? String != nil)
        }
    }

    @Test func `each event has its own result`() async throws {
        try await Harness.run { harness in
            let old = event(id: "old", time: "2010-01-01T00:00:00Z")
            let body =
                "[\(event(id: "a")),{\"name\":\"x\"},7,\(old),\(event(id: "a")),\(event(id: "a", more: #","seq":2"#)),{\"id\":\"\",\"name\":\"x\"},{\"id\":\"n\"}]"
            let answer = try await harness.pixel(body)
            #expect(answer.status == 202)
            let results = try Self.results(answer)
            #expect(
                results.map(\.status) == [
                    "accepted", "refused", "refused", "refused", "duplicate", "quarantined", "refused", "refused",
                ])
            #expect(
                results.map(\.reason) == [
                    nil, "missing_id", "not_shape", "too_old", nil, "id_conflict", "missing_id", "missing_name",
                ])
            #expect(results.map(\.index) == Array(0..<8))
            #expect(results[0].id == "a")
            // What is refused is accounted for with the next batch; repeats and conflicts go on to the log.
            do {
                let value = try harness.sink.events().count
                #expect(value == 3)
            }
            do {
                let value = try harness.sink.tallies()
                #expect(value == [.missingID: 2, .notShape: 1, .tooOld: 1, .missingName: 1])
            }
        }
    }

    @Test(arguments: ["{}", #"{"a":1}"#, #"{"events":1}"#, #" {"events":null}"#])
    func `an object that is neither event nor envelope is 400`(body: String) async throws {
        try await Harness.run { harness in
            let answer = try await harness.pixel(body)
            #expect(answer.status == 400)
            #expect(answer.body.contains("not-shape"))
        }
    }

    @Test func `names are read without zeros and measured unescaped`() async throws {
        try await Harness.run { harness in
            let long = String(repeating: #"\u00fc"#, count: 127)
            let body =
                #"[{"id":"a","name":"n\u0000m"},{"id":"b","name":"\#(long)"},{"id":"c","name":"\u0000"},"#
                + #"{"id":"d","name":"\#(long)ab"},{"id":"e","name":"\#(String(repeating: long, count: 7))"}]"#
            let answer = try await harness.pixel(body, query: "?verbose=1")
            let reasons = try Self.results(answer).map(\.reason)
            #expect(reasons == [nil, nil, "missing_name", "name_too_long", "name_too_long"])
            let names = try harness.sink.events().map(\.record.name)
            #expect(names == ["nm", String(repeating: "\u{fc}", count: 127)])
        }
    }

    @Test func `verbose answers name every event`() async throws {
        try await Harness.run { harness in
            let answer = try await harness.pixel("[\(event(id: "a")),\(event(id: "b"))]", query: "?verbose=1")
            do {
                let value = try Self.results(answer).map(\.status)
                #expect(value == ["accepted", "accepted"])
            }
        }
    }

    @Test func `clocks that are ahead are clamped, and missing times are the receipt's`() async throws {
        try await Harness.run { harness in
            _ = try await harness.pixel(event(id: "ahead", time: "2030-01-01T00:00:00Z"))
            _ = try await harness.pixel(#"{"id":"none","name":"page_viewed"}"#)
            _ = try await harness.pixel(event(id: "odd", time: "yesterday"))
            let stored = try harness.sink.events()
            #expect(stored[0].record.header.occurredAt == Harness.now + 300_000)
            #expect(stored[0].record.header.flags.contains(.clampedTime))
            #expect(EventKey.timeMillis(stored[0].record.header.key) == Timestamp.parse("2030-01-01T00:00:00Z"))
            #expect(stored[1].record.header.occurredAt == Harness.now)
            #expect(EventKey.timeMillis(stored[1].record.header.key) == 0)
            #expect(stored[2].record.header.occurredAt == Harness.now)
        }
    }

    @Test func `repeats have the same identity, other parts another`() async throws {
        try await Harness.run { harness in
            for body in [
                event(id: "a"), event(id: "a"), event(id: "b"), event(id: "a", name: "cart_viewed"),
                event(id: "a", time: "2026-11-21T09:59:00.001Z"),
            ] {
                _ = try await harness.pixel(body)
            }
            let keys = try harness.sink.events().map(\.record.header.key)
            #expect(keys[0] == keys[1])
            #expect(Set(keys).count == 4)
        }
    }

    @Test(arguments: ["acct_missing", "acct_gone"]) func `unknown and uninstalled shops`(account: String) async throws {
        try await Harness.run { harness in
            let answer = try await harness.pixel(event(), account: account)
            #expect(answer.status == (account == "acct_gone" ? 410 : 404))
            do {
                let value = try harness.sink.events()
                #expect(value.isEmpty)
            }
        }
    }

    @Test func `a shop that was just added is found`() async throws {
        let directory = TenantDirectory(finder: { key in
            key == .account("acct_new") ? Harness.tenant(99, "new.myshopify.com", account: "acct_new") : nil
        })
        try await Harness.run(directory: directory) { harness in
            let new = try await harness.pixel(event(), account: "acct_new")
            #expect(new.status == 202)
            let never = try await harness.pixel(event(), account: "acct_never")
            #expect(never.status == 404)
            let shops = try harness.sink.events().map(\.record.header.shop)
            #expect(shops == [99])
        }
    }

    @Test func `real events are all taken but the one without an id`() async throws {
        let vectors = try PixelVector.load()
        try await Harness.run { harness in
            for vector in vectors {
                let answer = try await harness.pixel(vector.body, query: "?verbose=1")
                let status = try Self.results(answer)[0].status
                #expect((status != "refused") == vector.isValid, "\(vector.id): \(answer.body)")
            }
            let stored = try harness.sink.events().count
            #expect(stored == vectors.count { $0.isValid })
        }
    }

    @Test func `no plain personal byte reaches the sink`() async throws {
        try await Harness.run { harness in
            let more = #","data":{"checkout":{"email":"jane@example.com","phone":"+4915112345678","token":"t0"}}"#
            do {
                let value = try await harness.pixel(event(name: "checkout_started", more: more)).status
                #expect(value == 202)
            }
            let stored = try harness.sink.events()
            #expect(!stored[0].payload.contains("jane@example.com"))
            #expect(!stored[0].payload.contains("4915112345678"))
            #expect(stored[0].payload.contains(#"{"sealed":true}"#))
            #expect(!stored[0].record.sealed.isEmpty)
            let batch = try EventBatch(harness.sink.batches[0].bytes)
            #expect(batch.keys.count == 1)
        }
    }

    struct Result: Decodable {
        let index: Int
        let id: String?
        let status: String
        let reason: String?
    }

    struct Results: Decodable {
        let results: [Result]
    }

    static func results(_ answer: RawClient.Response) throws -> [Result] {
        try JSONDecoder().decode(Results.self, from: Data(answer.body.utf8)).results
    }
}

/// One case of `pixel_events.json`.
struct PixelVector: Sendable {
    let id: String
    let body: String
    let isValid: Bool

    static func load() throws -> [PixelVector] {
        let file = try #require(JSONSerialization.jsonObject(with: Vectors.load("pixel_events")) as? [String: Any])
        return try #require(file["cases"] as? [[String: Any]]).map { vector in
            let body = try JSONSerialization.data(withJSONObject: #require(vector["event"]))
            let isValid = (vector["expected"] as? [String: Any])?["valid"] as? Bool ?? true
            return try PixelVector(
                id: #require(vector["id"] as? String), body: String(decoding: body, as: UTF8.self), isValid: isValid)
        }
    }
}
