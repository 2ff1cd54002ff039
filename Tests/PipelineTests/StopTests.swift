import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import PrivateStores
import Testing

/// The end by a signal.
@Suite struct StopTests {
    /// A merchant's open page does not hold the end up until patience is lost with it.
    @Test(.timeLimit(.minutes(5))) func anOpenStreamEndsBeforeAnybodyLosesPatience() async throws {
        // What the services' group says of a stop that took too long it says at this level.
        try await Deployment.run(with: ["LOG_LEVEL": "debug"]) { deployment in
            try deployment.start(.all)
            let shop = try await MarkedShop.open(deployment, "stop.myshopify.com")
            let event = ["id": "e", "name": "page_viewed", "timestamp": Date().ISO8601Format()]
            #expect(try await shop.pixel([event]) == 202)
            let process = try #require(deployment.process(.all))
            var request = HTTPClientRequest(url: deployment.url(.all, "/api/analytics/realtime?shop=\(shop.domain)"))
            request.headers = ["Authorization": "Bearer \(shop.key)", "Accept": "text/event-stream"]
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(300))
            var pieces = response.body.makeAsyncIterator()
            #expect(try await pieces.next() != nil)
            async let status = process.stop(within: patience)
            // To its proper end: a stream that is cut off throws here.
            while try await pieces.next() != nil {}
            #expect(try await status == 0)
            let printed = process.printed()
            #expect(printed.contains("Service finished sl-service=EdgeServer"), "\(printed)")
            #expect(!printed.contains("Cancelling the group now. sl-service=EdgeServer"), "\(printed)")
            // The lines name services, and those hold keys.
            #expect(!printed.contains("Vault(") && !printed.contains("Configuration("))
        }
    }

    /// Far more than the five seconds that are promised, and less than any wait for a statement.
    static let stopMax = 25.0

    /// Stores of others are left alone: the process goes without them.
    @Test(.timeLimit(.minutes(5)), arguments: ["gateway", "api", "drain", "projector"])
    func aHangingPostgresHoldsNoRoleUp(_ role: String) async throws {
        try await Deployment.run { deployment in
            let role = try #require(Deployment.Role(rawValue: role))
            try deployment.start(role)
            let process = try #require(deployment.process(role))
            let isUp = try await eventually(within: patience) {
                try await Self.answers(deployment.url(role, "/health/live"))
            }
            #expect(isUp)
            let stopped = try #require(await deployment.stores.processID(of: .postgres)).withChildren
            for id in stopped { kill(id, SIGSTOP) }
            defer { for id in stopped { kill(id, SIGCONT) } }
            #expect(try await process.stop(within: Self.stopMax) == 0, "\(process.printed())")
        }
    }

    private static func answers(_ url: String) async throws -> Bool {
        // Refused until it listens.
        (try? await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(5)).status) == .ok
    }
}

extension Int32 {
    /// This process and those it has started.
    var withChildren: [Int32] {
        let path = "/proc/\(self)/task/\(self)/children"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""  // gone: it has none
        return [self] + text.split(separator: " ").compactMap { Int32($0) }
    }
}
