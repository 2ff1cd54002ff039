import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Postgres
import Testing

/// What an operator does while everything runs.
@Suite struct OperatorTests {
    @Test(.timeLimit(.minutes(5)))
    func aShopMovesOnlyWhileNothingOfItIsLost() async throws {
        try await Deployment.run { deployment in
            try deployment.start(.all)
            let shop = try deployment.addShop("moved.myshopify.com")
            let asker = Asker(deployment, key: try deployment.makeKey(shop.shop))
            try await asker.waitUntilReady()
            let lane = (shop.lane + 1) % 4
            try deployment.command("shop", "move", shop.shop, "--lane", "\(lane)")
            // The event is counted where the shop is now, by processes that were running before.
            try await post("moved", deployment, shop)
            try await asker.waitUntilComplete()
            #expect(try await asker.query(["events"], by: []).rows.first?.first as? Int == 1)
            // Now it has an event, and stays.
            #expect(throws: Deployment.CommandFailed.self) {
                try deployment.command("shop", "move", shop.shop, "--lane", "\(shop.lane)")
            }
            // Nobody who runs drains a lane that is new: neither a shop that is moved nor one that is added gets it.
            let other = try deployment.addShop("other.myshopify.com")
            #expect(throws: Deployment.CommandFailed.self) {
                try deployment.command("shop", "move", other.shop, "--lane", "9")
            }
            #expect(try deployment.addShop("third.myshopify.com").lane != 9)
        }
    }

    /// A restore that was killed leaves such a database behind.
    @Test(.timeLimit(.minutes(2)))
    func noCommandOpensADatabaseWhoseRestoreWasNotFinished() async throws {
        try await Deployment.run { deployment in
            let connection = PostgresConnection(deployment.database)
            defer { connection.close() }
            let export = ["log", "export", "--open-personal"]
            try deployment.command(export)
            try connection.execute(
                "insert into privacy.restoration (backup, made_at) values (gen_random_uuid(), now())")
            for words in [export, ["backup", "--to", deployment.folder.path + "/b"], ["privacy", "verify"]] {
                #expect(throws: Deployment.CommandFailed.self, "\(words)") { try deployment.command(words) }
            }
            try connection.execute("update privacy.restoration set verified_at = now()")
            try deployment.command(export)
        }
    }

    private func post(_ id: String, _ deployment: Deployment, _ shop: Deployment.Shop) async throws {
        var request = HTTPClientRequest(url: deployment.url(.all, "/v1/pixel/\(shop.account_id)"))
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        let event =
            #"{"id":"\#(id)","name":"page_viewed","clientId":"c-1","timestamp":"2026-11-20T12:00:00Z"}"#
        request.body = .bytes(ByteBuffer(string: event))
        let status = try await HTTPClient.shared.execute(request, timeout: .seconds(20)).status
        try #require(status == .accepted)
    }
}
