// TestSupport: real stores for tests, and the shared test vectors. One private Postgres and Redis a test process, made at
// the first use and gone with the process, however it ends; a database and a Redis database of its own for each test.

package import Postgres
package import PrivateStores
package import Redis

/// Lends stores to tests, which may run in parallel.
package final class TestStores: Sendable {
    /// The stores of this test process.
    package static let shared = TestStores()

    private let server = TestServer()

    private init() {}

    /// Lends a fresh database, empty or with all migrations applied, and drops it afterwards.
    package func withDatabase<R>(
        migrated: Bool = true, _ body: (PostgresConfiguration) async throws -> R
    ) async throws -> R {
        let addresses = try await server.start()
        let (name, configuration) = try await server.makeDatabase(migrated: migrated, addresses)
        do {
            let result = try await body(configuration)
            try await server.dropDatabase(name)
            return result
        } catch {
            // The test's own error says more than a failure to clean up after it.
            try? await server.dropDatabase(name)
            throw error
        }
    }

    /// Lends an empty Redis database.
    package func withRedis<R>(_ body: (RedisConfiguration) async throws -> R) async throws -> R {
        let addresses = try await server.start()
        let (number, configuration) = try await server.leaseRedis(addresses)
        do {
            let result = try await body(configuration)
            await server.returnRedis(number)
            return result
        } catch {
            await server.returnRedis(number)
            throw error
        }
    }

    /// Starts stores of their own for a test that stops or kills them, and removes them afterwards.
    package func withPrivateStores<R>(
        options: PrivateStoresOptions = TestServer.options,
        _ body: (PrivateStores, StoreAddresses) async throws -> R
    ) async throws -> R {
        let folder = try TemporaryFolder()
        let guardian = try Guardian(of: folder.path)
        let stores = PrivateStores(folder: folder.path, options: options)
        do {
            let result = try await body(stores, try await stores.start())
            await stores.stop()
            guardian.finish()
            return result
        } catch {
            await stores.stop()
            guardian.finish()
            throw error
        }
    }
}
