import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
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
}
