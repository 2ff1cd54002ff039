internal import AsyncHTTPClient
internal import Foundation
internal import Logging
internal import NIOCore
internal import Postgres
internal import PrivateStores
internal import Redis

/// Stores of their own and the binary's roles in processes on them; belongs to one group of figures.
final class Rig {
    let context: BenchContext
    let folder: String
    let postgres: PostgresSession
    let database: PostgresConfiguration
    let redis: RedisConfiguration
    let postmaster: Int32
    let redisServer: Int32
    private let environment: [String: String]
    private var roles: [String: (child: Child, port: Int)] = [:]
    private var logs = 0

    static let appSecret = "bench"
    private static let startMax = Duration.seconds(30)

    var options: BenchOptions { context.options }

    private init(_ context: BenchContext, folder: String, addresses: StoreAddresses, stores: PrivateStores) async throws
    {
        self.context = context
        self.folder = folder
        database = PostgresConfiguration(
            url: addresses.databaseURL, applicationName: "footfall bench", statementTimeoutMillis: 0)
        postgres = PostgresSession(database, label: "footfall.bench")
        redis = RedisConfiguration(url: addresses.redisURL)
        guard let postmaster = await stores.processID(of: .postgres),
            let redisServer = await stores.processID(of: .redis)
        else { throw BenchError("the stores do not run") }
        self.postmaster = postmaster
        self.redisServer = redisServer
        environment = [
            "DATABASE_URL": addresses.databaseURL, "REDIS_URL": addresses.redisURL,
            "APP_SECRET_KEY": String(repeating: "5a", count: 32), "SHOPIFY_API_SECRET": Self.appSecret,
            "SESSION_SECRET_KEY": String(repeating: "a5", count: 32),
            // The load's addresses stand in X-Forwarded-For, as behind a proxy that ends TLS.
            "FOOTFALL_TRUSTED_PROXIES": "127.0.0.0/8",
            "LOG_LEVEL": ProcessInfo.processInfo.environment["LOG_LEVEL"] ?? "warning",
            "FOOTFALL_HOME": context.options.projectFolder,
        ]
    }

    /// Starts durable stores, migrates, lends the rig, and ends everything however `body` ends.
    static func run<R>(_ context: BenchContext, _ body: (Rig) async throws -> R) async throws -> R {
        let folder = context.folder + "/rig-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let stores = PrivateStores(folder: folder + "/stores", logger: Logger(label: "footfall.bench"))
        defer { try? FileManager.default.removeItem(atPath: folder) }  // the whole bench folder goes later
        do {
            let rig = try await Rig(context, folder: folder, addresses: stores.start(), stores: stores)
            let result: R
            do {
                _ = try await rig.command("migrate")
                result = try await body(rig)
            } catch {
                let logs = rig.lastWords()
                await rig.stopAll()
                throw error is CancellationError ? error : BenchError("\(error)\(logs)")
            }
            await rig.stopAll()
            await stores.stop()
            return result
        } catch {
            await stores.stop()
            throw error
        }
    }

    /// Runs a command of the binary to its end and returns what it printed.
    func command(_ words: String..., limit: Duration = .seconds(120)) async throws -> String {
        try await Child.run([options.binary] + words, environment: environment, log: newLog(), limit: limit)
    }

    /// A path of a new log file.
    func newLog() -> String {
        logs += 1
        return "\(folder)/\(logs).log"
    }

    /// Starts a process with these roles, separated by commas, and returns when it listens. A second process with the same
    /// roles needs a `label` to be known by.
    func start(_ names: String, as label: String? = nil, with more: [String: String] = [:]) async throws {
        let port = try Ports.free()
        var environment = self.environment.merging(more) { $1 }
        environment["FOOTFALL_LISTEN"] = "127.0.0.1:\(port)"
        let child = try Child([options.binary, "serve", "--roles", names], environment: environment, log: newLog())
        roles[label ?? names] = (child, port)
        try await awaitUntil(Self.startMax, "starting \(names)") {
            guard child.isRunning else { throw BenchError("\(names) ended:\n\(child.output)") }
            return Ports.answers(port)
        }
    }

    func stop(_ names: String) async {
        await roles.removeValue(forKey: names)?.child.stop()
    }

    func stopAll() async {
        for name in roles.keys { await stop(name) }
        await postgres.close()
    }

    /// What the roles said last, for the report of a failure.
    private func lastWords() -> String {
        roles.map { name, role in
            role.child.output.split(separator: "\n").suffix(5).map { "\n  \(name): \($0)" }.joined()
        }.joined()
    }

    /// The port of a process that was started with these roles.
    func port(_ names: String) -> Int { roles[names]?.port ?? 0 }
    func processID(_ names: String) -> Int32 { roles[names]?.child.id ?? 0 }

    /// Measures the CPU of these processes and, where asked for, of the stores.
    func meter(_ names: [String], redis: Bool = false, postgres: Bool = false) -> CPUMeter {
        var processes = Dictionary(uniqueKeysWithValues: names.map { ($0, processID($0)) })
        if redis { processes["redis"] = redisServer }
        if postgres { processes["postgres"] = postmaster }
        return CPUMeter(processes)
    }
}

extension Rig {
    struct Shop: Decodable {
        let id: Int32
        let lane: Int16
        let shop: String
        let account_id: String
    }

    func addShop(_ name: String = "bench") async throws -> Shop {
        let line = try await command(
            "shop", "add", "\(name).myshopify.com", "--timezone", "Europe/Berlin", "--currency", "EUR", "--host",
            "www.bench.example", "--json")
        return try JSONDecoder().decode(Shop.self, from: Data(line.utf8))
    }

    /// A key for every shop; by default it may ask for analytics.
    func makeKey(_ scopes: String = "analytics:read") async throws -> String {
        struct Line: Decodable { let key: String }
        let line = try await command("key", "create", "--all-shops", "--scopes", scopes, "--json")
        return try JSONDecoder().decode(Line.self, from: Data(line.utf8)).key
    }

    /// Empties the streams without forgetting the ids they have given out.
    func emptyBuffer() throws {
        let connection = RedisConnection(redis)
        for key in try connection.command(["KEYS", "footfall:*:events"]).array ?? [] {
            guard let name = key.text else { continue }
            _ = try connection.command(["XTRIM", .text(name), "MAXLEN", "0"])
        }
        connection.close()
    }

    /// Events in the log, or set aside by it.
    func receivedByLog() async throws -> Int {
        try await postgres.run {
            Int(try $0.query("select coalesce(sum(received_count), 0)::bigint from log.batch")[0].int64(0))
        }
    }

    /// Waits until the log has `count` events and gets no more.
    func awaitLog(_ count: Int, limit: Duration = .seconds(180)) async throws -> Int {
        var last = -1
        try await awaitUntil(limit, every: .milliseconds(200), "draining") {
            let now = try await receivedByLog()
            defer { last = now }
            return now >= count && now == last
        }
        return last
    }
}
