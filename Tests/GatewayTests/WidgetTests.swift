import EventModel
import Foundation
import Gateway
import TestSupport
import Testing

@Suite struct WidgetTests {
    static let base = "/apps/mattressai"
    static let origin = ["content-type": "application/json", "origin": "https://www.shop1.example"]

    static func start(_ harness: Harness, headers: [String: String] = origin) async throws -> RawClient.Response {
        let body =
            #"{"tenantId":"\#(Harness.domain)","clientId":"client-1","page":{"url":"https://www.shop1.example/a"}}"#
        return try await harness.client.post(base + "/session/start", body, headers: headers)
    }

    static func session(_ harness: Harness) async throws -> (id: String, token: String) {
        let answer = try await start(harness)
        let object = try JSONDecoder().decode([String: String].self, from: Data(answer.body.utf8))
        return try (#require(object["sessionId"]), #require(object["token"]))
    }

    @Test func `a session starts, events and leads follow`() async throws {
        try await Harness.run { harness in
            let (id, token) = try await Self.session(harness)
            let event =
                #"{"sessionId":"\#(id)","token":"\#(token)","id":"e1","name":"quiz_answered","timestamp":"2026-11-21T09:59:00Z","data":{"q":1}}"#
            let first = try await harness.client.post(Self.base + "/event", event, headers: Self.origin)
            #expect(first.status == 200, "\(first.body)")
            let again = try await harness.client.post(Self.base + "/event", event, headers: Self.origin)
            #expect(again.body.contains("duplicate"))
            let lead =
                #"{"sessionId":"\#(id)","id":"l1","email":"jane@example.com","name":"Jane","consent":{"marketing":true}}"#
            let bearer = Self.origin.merging(["authorization": "Bearer \(token)"]) { $1 }
            let taken = try await harness.client.post(Self.base + "/lead", lead, headers: bearer)
            #expect(taken.status == 200, "\(taken.body)")
            let stored = try harness.sink.events()
            #expect(stored.map(\.record.name) == ["widget_session_started", "quiz_answered", "quiz_answered", "lead"])
            #expect(Set(stored.map(\.record.header.visitor)).count == 1)
            #expect(stored[1].aliases == stored[2].aliases)
            for event in stored {
                #expect(event.payload.contains(id))
                #expect(
                    !event.payload.contains(token) && !event.payload.contains("jane@example.com")
                        && !event.payload.contains("Jane"))
            }
        }
    }

    @Test func `the shopper's user agent is kept with consent and goes without`() async throws {
        try await Harness.run { harness in
            let browser = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
            func start(_ agent: String, _ more: String = "") async throws -> String {
                let body = #"{"tenantId":"\#(Harness.domain)","clientId":"client-1"\#(more)}"#
                let headers = Self.origin.merging(["user-agent": agent]) { $1 }
                let answer = try await harness.client.post(Self.base + "/session/start", body, headers: headers)
                #expect(answer.status == 200, "\(answer.body)")
                return try #require(try harness.sink.events().last).payload
            }
            let granted = try await start(browser)
            #expect(granted.contains(#""userAgent":"\#(browser)""#))
            let denied = try await start(browser, #","consent":{"analytics":false}"#)
            #expect(!denied.contains("Googlebot"))
            // What the body says counts; a shop's own server says nothing of its shoppers.
            let named = try await start(browser, #","userAgent":"Mozilla/5.0 (X11) Firefox/130.0""#)
            #expect(!named.contains("Googlebot"))
            let program = try await start("python-requests/2.31")
            #expect(!program.contains("python"))
        }
    }

    @Test func `who is not trusted is refused`() async throws {
        try await Harness.run { harness in
            let foreign = try await Self.start(harness, headers: ["origin": "https://evil.example"])
            #expect(foreign.status == 401)
            let nameless = try await Self.start(harness, headers: [:])
            #expect(nameless.status == 401)
            let body = #"{"tenantId":"missing.myshopify.com"}"#
            let unknown = try await harness.client.post(Self.base + "/session/start", body, headers: Self.origin)
            #expect(unknown.status == 404)
            let (id, token) = try await Self.session(harness)
            for (text, headers) in [
                (#"{"sessionId":"\#(id)","id":"x","name":"n"}"#, Self.origin),
                (#"{"sessionId":"\#(id)","id":"x","name":"n","token":"\#(token)x"}"#, Self.origin),
                (#"{"sessionId":"00","id":"x","name":"n","token":"\#(token)"}"#, Self.origin),
            ] {
                let answer = try await harness.client.post(Self.base + "/event", text, headers: headers)
                #expect(answer.status == 401)
            }
            harness.clock.advance(25 * 3600 * 1000)
            let late = try await harness.client.post(
                Self.base + "/event", #"{"id":"x","name":"n","token":"\#(token)"}"#, headers: Self.origin)
            #expect(late.status == 401)
        }
    }

    @Test func `what is incomplete is 400`() async throws {
        try await Harness.run { harness in
            let (_, token) = try await Self.session(harness)
            let bearer = Self.origin.merging(["authorization": "Bearer \(token)"]) { $1 }
            for (route, body) in [
                ("/event", #"{"name":"n"}"#), ("/event", #"{"id":"1"}"#), ("/lead", #"{"id":"1","name":"Jane"}"#),
                ("/lead", #"{"id":"1","email":" "}"#), ("/lead", #"{"id":"1","email":"@"}"#),
                ("/lead", #"{"id":"1","email":"nobody","phone":"abc"}"#), ("/lead", #"{"id":"1","phone":"12"}"#),
                ("/event", "[]"), ("/event", "{"), ("/session/start", "{}"),
                ("/chat", "{}"), ("/chat", #"{"message":" "}"#), ("/chat", #"{"message":["hi"]}"#),
            ] {
                let answer = try await harness.client.post(Self.base + route, body, headers: bearer)
                #expect(answer.status == 400, "\(route) \(body)")
            }
        }
    }

    @Test func `what reaches nobody is left out of a lead`() async throws {
        try await Harness.run { harness in
            let (_, token) = try await Self.session(harness)
            let bearer = Self.origin.merging(["authorization": "Bearer \(token)"]) { $1 }
            let bodies = [
                #"{"id":"1","email":"nope","phone":"+491701234568"}"#,
                #"{"id":"2","phone":"12","email":"a@b.co"}"#,
                #"{"id":"3","phone":null,"email":"  A@B.CO\t"}"#,
                #"{"id":"4","phone":null,"email":"A@B.CO"}"#,
            ]
            for body in bodies {
                let answer = try await harness.client.post(Self.base + "/lead", body, headers: bearer)
                #expect(answer.status == 200, "\(answer.body)")
            }
            let leads = Array(try harness.sink.events().suffix(4))
            #expect(leads[0].payload.contains(#""email":null"#) && !leads[0].payload.contains(#""phone":null"#))
            #expect(leads[1].payload.contains(#""phone":null"#) && !leads[1].payload.contains(#""email":null"#))
            #expect(leads[2].record.sealed.count == leads[3].record.sealed.count)
        }
    }

    @Test(arguments: ["0001-01-01T00:00:00Z", "1950-06-01", "1969-12-31T23:59:59Z", "1970-01-01T00:00:01Z"])
    func `what happened before computers counted is too old`(time: String) async throws {
        try await Harness.run { harness in
            let (_, token) = try await Self.session(harness)
            let bearer = Self.origin.merging(["authorization": "Bearer \(token)"]) { $1 }
            for (route, more) in [("event", #""name":"quiz""#), ("lead", #""email":"a@b.c""#)] {
                let body = #"{"id":"1","timestamp":"\#(time)",\#(more)}"#
                let answer = try await harness.client.post("\(Self.base)/\(route)", body, headers: bearer)
                #expect(answer.status == 400 && answer.body.contains("too_old"), "\(route) \(answer.body)")
            }
            let pixel = try await harness.pixel(event(time: time))
            #expect(pixel.status == 202 && pixel.body.contains("too_old"), "\(pixel.body)")
            let start = #"{"tenantId":"\#(Harness.domain)","timestamp":"\#(time)"}"#
            let begun = try await harness.client.post(Self.base + "/session/start", start, headers: Self.origin)
            #expect(begun.status == 200)
            #expect(try harness.sink.events().last?.record.header.occurredAt == Harness.now)
        }
    }

    @Test func `the proxy's signature names the tenant`() async throws {
        try await Harness.run { harness in
            let seconds = String(Harness.now / 1000)
            let pairs = [("shop", Harness.domain), ("timestamp", seconds), ("logged_in_customer_id", "42")]
            let good = Signing.proxy(pairs, Harness.secret)
            let answer = try await harness.client.post(Self.base + "/session/start?\(good)", "{}")
            #expect(answer.status == 200, "\(answer.body)")
            let bad = try await harness.client.post(Self.base + "/session/start?\(good)0", "{}")
            #expect(bad.status == 401)
            harness.clock.advance(91_000)
            let stale = try await harness.client.post(Self.base + "/session/start?\(good)", "{}")
            #expect(stale.status == 401)
        }
    }
}
