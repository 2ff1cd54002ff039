import AsyncHTTPClient
import Cryptography
import Foundation
import NIOCore
import NIOHTTP1
import Postgres
import Synchronization

/// What was answered 2xx, or what the stores say of it: different events only.
struct EventCounts: Equatable, Sendable {
    /// From the pixel, all of them.
    var pixel = 0
    /// Of those, views of a page.
    var views = 0
    /// Of those, with personal fields that are sealed.
    var checkouts = 0
    /// Orders, by webhook.
    var orders = 0
}

/// Posts events with identities of their own and sends each batch until it is answered, as a careful client would: views
/// of pages, checkouts with personal fields, repeats, and orders by webhook that Shopify delivers twice.
final class EventSender: Sendable {
    private let deployment: Deployment
    private let shop: Deployment.Shop
    private let state = Mutex((counts: EventCounts(), finished: [Int: Int]()))
    private let start = Int64(Date().timeIntervalSince1970 * 1000)

    init(_ deployment: Deployment, shop: Deployment.Shop) {
        self.deployment = deployment
        self.shop = shop
    }

    /// What was answered 2xx.
    var counts: EventCounts { state.withLock { $0.counts } }
    func isDone(run: Int) -> Bool { state.withLock { $0.finished[run, default: 0] >= 4 } }

    func send(batches: Int, of size: Int, worker: Int, run: Int) async throws {
        defer { state.withLock { $0.finished[run, default: 0] += 1 } }
        for batch in 0..<batches {
            let events = (0..<size).map { event(run, worker, batch, $0) }
            // The first once more, and one that was answered before.
            let repeats = [events[0]] + (batch > 0 ? [event(run, worker, batch - 1, 0)] : [])
            let body = "[\((events + repeats).map(\.text).joined(separator: ","))]"
            try await post("/v1/pixel/\(shop.account_id)", [:], body, until: .accepted)
            state.withLock { state in
                state.counts.pixel += size
                state.counts.checkouts += events.count { $0.isCheckout }
                state.counts.views += events.count { !$0.isCheckout }
            }
            if batch % 4 == 0 { try await order(number: (run * 4 + worker) * batches + batch) }
        }
    }

    private func event(_ run: Int, _ worker: Int, _ batch: Int, _ index: Int) -> (text: String, isCheckout: Bool) {
        let stamp = time(start + Int64(run * 1000 + batch * 10 + index))
        let client = "c-\(run)-\(worker)"
        let isCheckout = (batch + index) % 5 == 3
        let data =
            #"{"checkout":{"email":"\#(client)-\#(batch)@example.com","phone":"+4915112345678","token":"t-\#(client)-\#(batch)"}}"#
        let text = """
            {"id":"sh-\(run)-\(worker)-\(batch)-\(index)","name":"\(isCheckout ? "checkout_started" : "page_viewed")",\
            "clientId":"\(client)","timestamp":"\(stamp)","data":\(isCheckout ? data : "{}"),\
            "context":{"document":{"location":{"href":"https://test.myshopify.com/p/\(batch)"}}}}
            """
        return (text, isCheckout)
    }

    private func order(number: Int) async throws {
        let body = """
            {"id":\(9000 + number),"name":"#\(number)","email":"o\(number)@example.com","currency":"EUR",\
            "created_at":"\(time(start))","updated_at":"\(time(start))","line_items":[]}
            """
        let mac = HMACSHA256(key: Array(Deployment.secret.utf8)).authenticate(Array(body.utf8))
        let headers = [
            "X-Shopify-Topic": "orders/create", "X-Shopify-Shop-Domain": shop.shop,
            "X-Shopify-Webhook-Id": "w-\(number)", "X-Shopify-Hmac-Sha256": Data(mac).base64EncodedString(),
        ]
        try await post("/webhooks", headers, body, until: .ok)
        state.withLock { $0.counts.orders += 1 }
        try await post("/webhooks", headers, body, until: .ok)
    }

    private func time(_ millis: Int64) -> String {
        Date(timeIntervalSince1970: Double(millis) / 1000).ISO8601Format(.init(includingFractionalSeconds: true))
    }

    private struct NeverTaken: Error { let path: String }

    private func post(
        _ path: String, _ headers: [String: String], _ body: String, until status: HTTPResponseStatus
    ) async throws {
        let isTaken = await eventually(within: patience) {
            var request = HTTPClientRequest(url: deployment.url(.gateway, path))
            request.method = .POST
            request.headers = HTTPHeaders(headers.map { ($0.key, $0.value) })
            request.body = .bytes(ByteBuffer(string: body))
            // A connection that dies is what this test is about: then the batch is sent again.
            let response = try? await HTTPClient.shared.execute(request, timeout: .seconds(5))
            _ = try? await response?.body.collect(upTo: 1 << 20)
            return response?.status == status
        }
        guard isTaken else { throw NeverTaken(path: path) }
    }
}

/// What the stores say.
struct Books {
    private let connection: PostgresConnection

    init(_ configuration: PostgresConfiguration) { connection = PostgresConnection(configuration) }

    /// Nil while the server is being killed and started again: asked anew by the caller.
    private func numbers(_ sql: String) throws -> [Int]? {
        do {
            let row = try connection.query(sql)[0]
            return (0..<4).map { Int(row.int64($0)) }
        } catch {
            guard error.isRetryable || error.isConnectionLost else { throw error }
            return nil
        }
    }

    private func counts(_ sql: String) throws -> EventCounts? {
        try numbers(sql).map { EventCounts(pixel: $0[0], views: $0[1], checkouts: $0[2], orders: $0[3]) }
    }

    /// Different events in the log; nil also where one is there twice.
    func inLog() throws -> EventCounts? {
        let found = try counts(
            """
            select count(distinct key) filter (where name !~ '/'), count(*) filter (where name = 'page_viewed'),
                count(*) filter (where name = 'checkout_started' and length(sealed) > 0),
                count(*) filter (where name = 'orders/create')
            from log.event join log.kind on kind.id = event.kind
            """)
        let all = try numbers("select count(*), count(distinct key), 0::bigint, 0::bigint from log.event")
        return all.map { $0[0] == $0[1] } == true ? found : nil
    }

    /// As visits, pages and the shop count them; nil where these do not agree.
    func inReadModels() throws -> EventCounts? {
        let pages = try counts(
            """
            select coalesce(sum(events), 0)::bigint, coalesce(sum(pageviews), 0)::bigint,
                coalesce(sum(events) filter (where value = 'checkout_started'), 0)::bigint,
                (select count(*) from orders.shop_order)
            from pages.event_count where dimension = 'name'
            """)
        let others = try numbers(
            """
            select (select coalesce(sum(events), 0)::bigint from sessions.session),
                (select coalesce(sum(pixel_events), 0)::bigint from shops.shop),
                (select coalesce(sum(webhook_events), 0)::bigint from shops.shop),
                (select coalesce(sum(events), 0)::bigint from shops.shop_event)
            """)
        guard let pages, let others else { return nil }
        return others == [pages.pixel, pages.pixel, pages.orders, pages.pixel + pages.orders] ? pages : nil
    }

    func isCaughtUp() throws -> Bool {
        try numbers(
            """
            select count(*), 0::bigint, 0::bigint, 0::bigint
            from (select lane, max(first_position + event_count - 1) head from log.batch group by lane) log
            left join sessions.checkpoint using (lane) where head > coalesce(position, 0)
            """)?[0] == 0
    }
}
