import Foundation
import Testing

/// A Redis that stands still, and neither answers nor refuses: everything is answered all the same, what was taken is in
/// the log, and once it goes on nothing is there twice.
@Suite struct HangingRedisTests {
    @Test(.timeLimit(.minutes(10))) func everythingIsAnsweredBesideAHangingRedis() async throws {
        try await Deployment.run { deployment in
            try deployment.start(.all)
            let shop = try await MarkedShop.open(deployment, "standstill.myshopify.com")
            let file = deployment.folder.appending(path: "redis/redis.pid")
            let text = try String(contentsOf: file, encoding: .utf8)
            let redis = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
            #expect(try await send(0, to: shop) == [200, 202])
            kill(redis, SIGSTOP)
            defer { kill(redis, SIGCONT) }
            let ready = try await shop.get("/health/ready")
            #expect(ready.status == 503 && ready.text.contains(#""name":"redis","status":"fail""#), "\(ready.text)")
            for number in 1...4 {
                #expect(try await send(number, to: shop) == [200, 202])
                try await shop.lead(of: MarkedShopper("still\(number)", number: number, client: "still\(number)"))
            }
            _ = try await shop.totals()
            kill(redis, SIGCONT)
            let isBack = await eventually(within: patience) {
                (try? await shop.get("/health/ready").status) == 200  // refused until it can
            }
            #expect(isBack)
            try await shop.waitUntilComplete()
            let log = try deployment.command("log", "export", "--format", "ndjson").split(separator: "\n")
            for name in (0...4).flatMap({ ["#standstill-\($0)-", "pixel-standstill-\($0)-"] }) {
                #expect(log.count { $0.contains(name) } == 1, "\(name)")
            }
        }
    }

    private func send(_ number: Int, to shop: MarkedShop) async throws -> [Int] {
        let now = Date().ISO8601Format()
        let order: [String: Any] = [
            "id": 7000 + number, "name": "#standstill-\(number)-", "created_at": now, "updated_at": now,
            "currency": "EUR", "line_items": [[String: Any]](),
        ]
        let event: [String: Any] = [
            "id": "pixel-standstill-\(number)-", "name": "page_viewed", "clientId": "c", "timestamp": now,
        ]
        return [try await shop.webhook("orders/create", order), try await shop.pixel([event])]
    }
}
