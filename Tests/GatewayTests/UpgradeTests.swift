import EventModel
import Gateway
import Testing

/// Requests to speak another protocol, as HTTP/2 clients send them first. The codec reads nothing behind them.
@Suite struct UpgradeTests {
    @Test(arguments: ["h2c", "websocket"]) func `an upgrade is not made, and the client told to connect again`(
        protocol name: String
    ) async throws {
        try await Harness.run { harness in
            let headers = ["connection": "Upgrade, HTTP2-Settings", "upgrade": name, "http2-settings": "AAMAAABk"]
            let bytes = FramingTests.pixel(name, headers)
            let accepted = try await harness.client.exchange([bytes])[0]
            #expect(accepted.status == 202 && accepted.headers["connection"] == "close")
            let other = try await harness.client.send("GET", "/nowhere", headers: headers)
            #expect(other.status == 404 && other.headers["connection"] == "close")
            let stored = try harness.sink.events()
            #expect(stored.count == 1)
        }
    }
}
