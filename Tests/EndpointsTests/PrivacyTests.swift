import Endpoints
import EventModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import ReadModels
import Synchronization
import Testing

/// Requests of data subjects over HTTP: what is taken, what is refused, and who gets what came of them.
@Suite struct PrivacyTests {
    private static let path = "/api/privacy/requests"
    private static let key = "all but admin"

    private static func with(_ body: @escaping @Sendable (Site, Desk) async throws -> Void) async throws {
        let desk = Desk()
        try await Site.with(configure: { $0.privacy = desk }) { try await body($0, desk) }
    }

    private static func ask(_ site: Site, _ body: String, key: String = key) async throws -> TestResponse {
        try await site.ask(path, .post, key: key, body: body)
    }

    @Test func `A request is taken and shows how it stands`() async throws {
        try await Self.with { site, desk in
            let made = try await Self.ask(
                site,
                #"""
                {"shop":"\#(World.domain)","kind":"erasure","reference":"T-1",
                 "customer":{"id":"gid://shopify/Customer/7","email":"Jon@Example.com ","phone":"+49 170 1234567"},
                 "orders":[1,"2","gid://shopify/Order/3"]}
                """#)
            #expect(made.status == .accepted)
            #expect(made.headers[.cacheControl] == "no-store")
            let id = try #require(made.json["id"] as? String)
            #expect(made.headers[.location] == "\(Self.path)/\(id)")
            #expect(made.json["state"] as? String == "received")
            #expect(made.json["days_left"] as? Int == 30)
            #expect(made.json["orders"] as? String == "listed")
            // Nothing of the person is repeated.
            #expect(!made.text.lowercased().contains("example.com") && !made.text.contains("1234567"))
            let asked = try #require(desk.asked.withLock { $0.last })
            #expect(asked.customerID == 7)
            #expect(asked.email == "Jon@Example.com ")
            #expect(asked.orders == .listed([1, 2, 3]))
            let one = try await site.ask("\(Self.path)/\(id)", key: Self.key)
            #expect(one.json["id"] as? String == id)
            #expect(one.headers[.cacheControl] == "no-store")
            let list = try await site.ask("\(Self.path)?first=1&state=received", key: Self.key)
            #expect((list.json["items"] as? [[String: Any]])?.count == 1)
        }
    }

    @Test(arguments: [
        (#"{"kind":"access","customer":{"email":"a@b.c"}}"#, PrivacyAsk(kind: .access, email: "a@b.c")),
        (
            #"{"kind":"customers/redact","customer":{"phone":"0170 12345"}}"#,
            PrivacyAsk(kind: .erasure, phone: "0170 12345")
        ),
        (#"{"kind":"erasure","orders":["5"]}"#, PrivacyAsk(kind: .erasure, orders: .listed([5]))),
        (
            #"{"kind":"erasure","customer":{"id":5,"email":""},"orders":[]}"#,
            PrivacyAsk(kind: .erasure, customerID: 5, orders: .listed([]))
        ),
    ])
    func `People are named in many ways`(body: String, ask: PrivacyAsk) async throws {
        try await Self.with { (site, desk) async throws in
            #expect(try await Self.ask(site, body).status == .accepted)
            #expect(desk.asked.withLock(\.last) == ask)
        }
    }

    @Test(arguments: [
        (#"{}"#, 400, "/kind"), (#"{"kind":"forget"}"#, 422, "/kind"), (#"[]"#, 400, nil),
        (#"{"kind":"access"}"#, 422, "/customer"), (#"{"kind":"access","orders":[]}"#, 422, "/customer"),
        (#"{"kind":"access","orders":"all"}"#, 422, "/customer"),
        (#"{"kind":"access","customer":"jon"}"#, 400, "/customer"),
        (#"{"kind":"access","customer":{"name":"Jon"}}"#, 400, "/customer/name"),
        (#"{"kind":"access","customer":{"id":"x"}}"#, 422, "/customer/id"),
        (#"{"kind":"access","customer":{"id":-1}}"#, 422, "/customer/id"),
        (#"{"kind":"access","customer":{"email":"jon"}}"#, 422, "/customer/email"),
        (#"{"kind":"access","customer":{"email":7}}"#, 400, "/customer/email"),
        (#"{"kind":"access","customer":{"phone":"12"}}"#, 422, "/customer/phone"),
        (#"{"kind":"access","customer":{"phone":"abcdefgh12345"}}"#, 422, "/customer/phone"),
        (#"{"kind":"erasure","orders":[1,"y"]}"#, 422, "/orders/1"),
        (#"{"kind":"erasure","orders":{}}"#, 400, "/orders"),
        (#"{"kind":"access","customer":{"id":1},"reference":"jon@example.com"}"#, 422, "/reference"),
        (#"{"kind":"access","customer":{"id":1},"reason":"x"}"#, 400, "/reason"),
        (#"{"kind":"shop_erasure","customer":{"id":1}}"#, 422, "/customer"),
    ])
    func `What cannot be is refused with its place`(body: String, status: Int, pointer: String?) async throws {
        try await Self.with { site, desk in
            let answer = try await Self.ask(site, body)
            #expect(answer.status.code == status, "\(answer.text)")
            #expect(answer.json["pointer"] as? String == pointer)
            #expect(!answer.text.contains("jon@example.com"))
            #expect(desk.asked.withLock { $0.isEmpty })
        }
    }

    @Test func `A shop is erased by an administrator only`() async throws {
        try await Self.with { site, desk in
            let body = #"{"kind":"shop_erasure"}"#
            for key in [Self.key, "merchant"] {
                let refused = try await Self.ask(site, body, key: key)
                #expect(refused.status == .forbidden)
                #expect(refused.json["allowed"] as? [String] == ["admin"])
            }
            #expect(try await Self.ask(site, body, key: "all but data:read").status == .accepted)
            desk.refusal.withLock { $0 = .conflict("The shop has the app installed.") }
            #expect(try await Self.ask(site, body, key: "all but data:read").status == .conflict)
        }
    }

    @Test func `An export is handed out while it is there`() async throws {
        try await Self.with { site, desk in
            let made = try await Self.ask(site, #"{"kind":"access","customer":{"id":7}}"#)
            let id = try #require(made.json["id"] as? String)
            let path = "\(Self.path)/\(id)/export"
            let waiting = try await site.ask(path, key: Self.key)
            #expect(waiting.status == .notFound)
            #expect(waiting.json["state"] as? String == "received")
            desk.finish()
            let one = try await site.ask("\(Self.path)/\(id)", key: Self.key)
            let export = try #require(one.json["export"] as? [String: Any])
            let link = try #require(export["link"] as? String)
            let json = try await site.ask(path, key: Self.key)
            #expect(json.text == "json for key:\(try await Self.caller(site))")
            #expect(json.headers[.contentType] == "application/json")
            #expect(json.headers[.cacheControl] == "no-store")
            let page = try await site.ask(path, key: Self.key, headers: [.accept: "text/html"])
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            let policy = try #require(page.headers[.contentSecurityPolicy])
            #expect(policy.contains("default-src 'none'") && policy.contains("sandbox"))
            #expect(try await site.ask(link, key: "none").text == "json for link")
            #expect(try await site.ask(link + "&format=html", key: "none").text == "html for link")
            for wrong in ["\(path)?token=x", path] {
                #expect(try await site.ask(wrong, key: "none").status == .unauthorized)
            }
            #expect(try await site.ask(path + "?format=pdf", key: Self.key).status == .badRequest)
            #expect(try await site.ask(path, .head, key: Self.key).status == .methodNotAllowed)
            desk.destroy()
            #expect(try await site.ask(path, key: Self.key).status == .gone)
            #expect(try await site.ask(link, key: "none").status == .gone)
        }
    }

    private static func caller(_ site: Site) async throws -> String {
        String(try #require(site.keys[key]).split(separator: "_")[1])
    }

    @Test func `Another shop sees nothing of a request`() async throws {
        try await Self.with { site, desk in
            let made = try await Self.ask(site, #"{"kind":"erasure","customer":{"id":7}}"#)
            let id = try #require(made.json["id"] as? String)
            for part in ["", "/export", "/receipt"] {
                #expect(try await site.ask("\(Self.path)/\(id)\(part)", key: "stranger").status == .notFound)
                #expect(
                    try await site.ask("\(Self.path)/\(id)\(part)?shop=\(World.domain)", key: "stranger").status
                        == .notFound)
            }
            let missing = try await site.ask("\(Self.path)/\(id)/receipt", key: Self.key)
            #expect(missing.status == .notFound)
            #expect(missing.json["state"] as? String == "received")
            desk.finish()
            #expect(try await site.ask("\(Self.path)/\(id)/receipt", key: Self.key).text == #"{"body":{}}"#)
            #expect(try await site.ask("\(Self.path)/x", key: Self.key).status == .notFound)
            let list = try await site.ask(Self.path, key: "stranger")
            #expect((list.json["items"] as? [Any])?.isEmpty == true)
        }
    }

    @Test func `A server without the desk says so`() async throws {
        try await Site.with { site in
            let answer = try await site.ask(Self.path, key: Self.key)
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.json["type"] as? String == "urn:footfall:problem:not-available")
        }
    }
}

/// Requests in memory.
private final class Desk: PrivacyDesk {
    let asked = Mutex<[PrivacyAsk]>([])
    let refusal = Mutex<PrivacyRefusal?>(nil)
    private let requests = Mutex<[(shop: ShopKey, request: PrivacyRequest)]>([])

    func ask(_ ask: PrivacyAsk, shop: ShopKey, by caller: String) async throws -> PrivacyRequest {
        if let refusal = refusal.withLock({ $0 }) { throw refusal }
        asked.withLock { $0.append(ask) }
        var request = PrivacyRequest(
            id: Key128(high: 1, low: UInt64(requests.withLock { $0.count }) + 1), kind: ask.kind, origin: "api",
            state: "received", meansAllOrders: ask.orders == .all, askedAt: Site.now,
            dueAt: Site.now + 30 * 86_400_000)
        request.reference = ask.reference
        requests.withLock { $0.append((shop, request)) }
        return request
    }

    /// Ends all requests.
    func finish() {
        requests.withLock { requests in
            for index in requests.indices {
                requests[index].request.state = "done"
                requests[index].request.hasReceipt = true
                requests[index].request.export = .init(isReady: true, events: 3, expiresAt: Site.now + 1, token: "t-1")
            }
        }
    }

    func destroy() {
        requests.withLock { requests in
            for index in requests.indices {
                requests[index].request.export = .init(isReady: false, events: 3, expiresAt: Site.now, token: nil)
            }
        }
    }

    func list(_ shop: ShopKey, state: String?, page: ListPage) async throws -> PrivacyList {
        let all = requests.withLock { $0 }.filter { $0.shop == shop && (state == nil || $0.request.state == state) }
        return PrivacyList(items: all.map(\.request).suffix(page.first), next: nil)
    }

    func find(_ id: Key128, shop: ShopKey) async throws -> PrivacyRequest? {
        requests.withLock { $0 }.first { $0.shop == shop && $0.request.id == id }?.request
    }

    func export(
        _ id: Key128, shop: ShopKey, format: PrivacyFormat, for caller: String
    ) async throws -> PrivacyHandout? {
        guard let request = try await find(id, shop: shop) else { return nil }
        guard let export = request.export else { return .notReady(state: request.state) }
        return export.isReady ? .document(Array("\(format.rawValue) for \(caller)".utf8)) : .over
    }

    func export(_ id: Key128, token: String, format: PrivacyFormat) async throws -> PrivacyHandout? {
        guard token == "t-1", let shop = requests.withLock({ $0.first?.shop }) else { return nil }
        return try await export(id, shop: shop, format: format, for: "link")
    }

    func receipt(_ id: Key128, shop: ShopKey) async throws -> [UInt8]? {
        try await find(id, shop: shop)?.hasReceipt == true ? Array(#"{"body":{}}"#.utf8) : nil
    }
}
