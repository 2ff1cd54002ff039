import EventModel
import Postgres
import Registry
import TestSupport
import Testing

/// When a process has to read the shops anew.
@Suite struct ShopFollowerTests {
    private static let domain = "a.myshopify.com"
    /// Longer than a test takes.
    private static let waitMillis = 60_000

    private static func add(_ configuration: PostgresConfiguration) throws {
        _ = try ShopRegistry.add(
            domain: domain, timezone: "Europe/Berlin", currency: "EUR", wrappedKey: [1],
            on: PostgresConnection(configuration))
    }

    @Test func `shops are read when they have changed, and not before`() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            var follower = ShopFollower()
            #expect(try follower.next(waitMillis: Self.waitMillis, on: connection)?.isEmpty == true)
            #expect(try follower.next(waitMillis: 1, on: connection) == nil)

            try Self.add(configuration)
            #expect(
                try follower.next(waitMillis: Self.waitMillis, on: connection)?.map(\.domain) == [Self.domain])
            #expect(try follower.next(waitMillis: 1, on: connection) == nil)
            #expect(try ShopRegistry.uninstall(domain: Self.domain, on: PostgresConnection(configuration)))
            #expect(
                try follower.next(waitMillis: Self.waitMillis, on: connection)?.map(\.status) == [.uninstalled])
        }
    }

    @Test func `a session that was lost may have missed a change`() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            var follower = ShopFollower()
            _ = try follower.next(waitMillis: 1, on: connection)
            connection.close()
            try Self.add(configuration)
            #expect(try follower.next(waitMillis: 1, on: connection)?.map(\.domain) == [Self.domain])
        }
    }

    @Test func `where nothing can be heard they are read after a while`() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            var follower = ShopFollower(refreshInterval: .zero)
            _ = try follower.next(waitMillis: 1, on: connection)
            #expect(try follower.next(waitMillis: 1, on: connection)?.isEmpty == true)
        }
    }
}
