import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Redis
import TestSupport
import Testing

/// What the books say of a deployment: to whoever asks by command, and to Prometheus.
@Suite struct AccountingTests {
    private struct Stats: Decodable {
        struct Shop: Decodable { let received: Int, committed: Int, in_flight: Int }
        let received: Int, in_flight: Int, lost: Int, difference: Int, buffer_asked: Bool
        let shops: [Shop]
    }

    private func stats(_ deployment: Deployment) throws -> Stats {
        try JSONDecoder().decode(Stats.self, from: Data(try deployment.command("log", "stats", "--json").utf8))
    }

    private func events(_ numbers: Range<Int>) -> [[String: Any]] {
        numbers.map { ["id": "books-\($0)", "name": "page_viewed", "timestamp": "2026-11-20T12:00:00Z"] }
    }

    private func metrics(_ deployment: Deployment, _ role: Deployment.Role) async throws -> String {
        let response = try await HTTPClient.shared.execute(
            HTTPClientRequest(url: deployment.url(role, "/metrics")), timeout: .seconds(60))
        return String(buffer: try await response.body.collect(upTo: 1 << 22))
    }

    /// Nobody drains; then Redis is emptied, and what it had confirmed is gone.
    @Test(.timeLimit(.minutes(10))) func whatAFlushedBufferHeldIsMissed() async throws {
        try await Deployment.run { deployment in
            let shop = try deployment.addShop()
            try deployment.start(.gateway)
            try await send(events(0..<3), to: shop, deployment)
            let before = try stats(deployment)
            #expect(before.in_flight == 3 && before.received == 3 && before.difference == 0 && before.buffer_asked)
            #expect(before.shops.first?.in_flight == 3)
            // What was confirmed is noted within a second; only then does it outlive the process.
            let isNoted = try await eventually(within: patience) {
                try await metrics(deployment, .gateway).contains("footfall_accounting_in_flight_events 3\n")
            }
            #expect(isNoted)
            _ = try RedisConnection(RedisConfiguration(url: deployment.redisURL)).command(["FLUSHALL"])
            let flushed = try stats(deployment)
            #expect(flushed.lost == 3 && flushed.difference == 3 && flushed.in_flight == 0 && flushed.received == 3)
            // It stays so, whoever starts anew, and what comes now is counted as ever.
            deployment.kill(.gateway)
            _ = await eventually(within: patience) { deployment.process(.gateway)?.isRunning == false }
            try deployment.start(.gateway)
            try deployment.start(.drain)
            try await send(events(3..<8), to: shop, deployment)
            let isIn = try await eventually(within: patience) { try stats(deployment).shops.first?.committed == 5 }
            #expect(isIn)
            let after = try stats(deployment)
            #expect(after.lost == 3 && after.difference == 3 && after.received == 8)
            #expect(try await metrics(deployment, .drain).contains("footfall_accounting_difference 3\n"))
        }
    }

    @Test(.timeLimit(.minutes(10))) func everyNumberOfTheDashboardsIsThere() async throws {
        try await Deployment.run { deployment in
            try deployment.start(.all)
            let shop = try await MarkedShop.open(deployment, "numbers.myshopify.com")
            #expect(try await shop.pixel(events(0..<2)) == 202)
            try await shop.waitUntilComplete()
            let folder = PackageFolder.path("dashboards/operations")
            let texts = try ["alerts.yaml", "alerts_test.yaml", "dashboard.json"].map {
                try String(contentsOfFile: folder + "/" + $0, encoding: .utf8)
            }
            let names = Set(texts.flatMap { $0.matches(of: /footfall_[a-z_]+/).map { String($0.output) } })
            #expect(names.count > 15)
            let shown = try await metrics(deployment, .all)
            for name in names.sorted() {
                #expect(shown.contains("\n\(name){") || shown.contains("\n\(name) "), "\(name)")
            }
            #expect(shown.contains("footfall_postgres_up 1\n") && shown.contains("footfall_redis_up 1\n"))
            #expect(shown.contains("footfall_accounting_difference 0\n"))
        }
    }

    private func send(_ events: [[String: Any]], to shop: Deployment.Shop, _ deployment: Deployment) async throws {
        let body = ByteBuffer(bytes: try JSONSerialization.data(withJSONObject: events))
        let isTaken = await eventually(within: patience) {
            var request = HTTPClientRequest(url: deployment.url(.gateway, "/v1/pixel/\(shop.account_id)"))
            request.method = .POST
            request.body = .bytes(body)
            // Not there yet: sent again.
            let response = try? await HTTPClient.shared.execute(request, timeout: .seconds(60))
            return response?.status == .accepted
        }
        try #require(isTaken, "never taken")
    }
}
