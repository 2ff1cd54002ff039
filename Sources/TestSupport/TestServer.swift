internal import Blocking
internal import Postgres
package import PrivateStores
internal import Redis

/// The stores of one test process. Its own work blocks, so it has its own queue.
package actor TestServer {
    /// Small and without syncing: a test that needs either asks for stores of its own.
    package static let options = PrivateStoresOptions(
        isDurable: false, redisMemoryBytesMax: 256 << 20, redisDatabases: redisDatabases, sharedBuffersMegabytes: 64,
        // Tests run in parallel, each with a few sessions.
        postgresSettings: ["max_connections": "300"])
    /// More tests than this do not run at the same time.
    private static let redisDatabases = 1024
    private static let template = "footfall_template"

    private let executor = BlockingExecutor(label: "footfall.tests")
    private var stores: PrivateStores?
    private var guardian: Guardian?
    private var addresses: StoreAddresses?
    private var maintenance: PostgresConnection?
    private var hasTemplate = false
    private var databaseCount = 0
    private var freeRedis = Array((0..<redisDatabases).reversed())

    init() {}

    /// Its own queue.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Starts the stores once; callers that come meanwhile wait for the same start.
    func start() async throws -> StoreAddresses {
        if let addresses { return addresses }
        if stores == nil {
            let folder = try TemporaryFolder()
            guardian = try Guardian(of: folder.path)
            stores = PrivateStores(folder: folder.path, options: Self.options)
        }
        let started = try await stores?.start()
        addresses = started
        guard let started else { preconditionFailure("there are stores now") }
        return started
    }

    func makeDatabase(migrated: Bool, _ addresses: StoreAddresses) throws -> (String, PostgresConfiguration) {
        let session = maintenance ?? PostgresConnection(configuration("postgres", addresses))
        maintenance = session
        if migrated, !hasTemplate { try makeTemplate(session, addresses) }
        databaseCount += 1
        let name = "footfall_test_\(databaseCount)"
        try session.execute("CREATE DATABASE \(name) TEMPLATE \(migrated ? Self.template : "template0")")
        return (name, configuration(name, addresses))
    }

    func dropDatabase(_ name: String) throws {
        try maintenance?.execute("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
    }

    func leaseRedis(_ addresses: StoreAddresses) throws -> (Int, RedisConfiguration) {
        guard let number = freeRedis.popLast() else {
            throw RedisError(.usage, "more than \(Self.redisDatabases) tests use Redis at the same time")
        }
        let configuration = RedisConfiguration(url: addresses.redisURL + "?db=\(number)")
        _ = try RedisConnection(configuration).command(["FLUSHDB"])
        return (number, configuration)
    }

    func returnRedis(_ number: Int) {
        freeRedis.append(number)
    }

    private func makeTemplate(_ session: PostgresConnection, _ addresses: StoreAddresses) throws {
        try session.execute("DROP DATABASE IF EXISTS \(Self.template) WITH (FORCE)")
        try session.execute("CREATE DATABASE \(Self.template) TEMPLATE template0")
        let connection = PostgresConnection(configuration(Self.template, addresses))
        try Migrator(folder: PackageFolder.path("schema")).migrate(connection)
        connection.close()
        hasTemplate = true
    }

    private func configuration(_ database: String, _ addresses: StoreAddresses) -> PostgresConfiguration {
        let url = addresses.databaseURL.replacing("@/footfall?", with: "@/\(database)?", maxReplacements: 1)
        return PostgresConfiguration(url: url, applicationName: "footfall tests")
    }
}
