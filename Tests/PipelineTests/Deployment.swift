import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import Postgres
import PrivateStores
import Synchronization
import TestSupport

/// A deployment of real processes on stores of its own: one process a role, so that each can be killed by itself.
///
/// Everything lives in a folder that is removed at the end. Dead roles are started again by `revive`.
final class Deployment: Sendable {
    enum Role: String, CaseIterable, Sendable {
        case gateway, drain, projector, api
        /// All of them in one process.
        case all = "gateway,drain,projector,api"
    }

    struct Shop: Decodable, Sendable {
        let shop: String
        let id: Int32
        let lane: Int16
        let account_id: String
    }

    static let secret = "test-api-secret"
    let folder: URL
    let stores: PrivateStores
    let environment: [String: String]
    let database: PostgresConfiguration
    /// Between the processes and the stores; nil where a deployment has none. The test itself goes past them.
    let cuts: (postgres: CuttingProxy, redis: CuttingProxy)?
    private let processes = Mutex<[Role: FootfallProcess]>([:])
    /// Where every process of the deployment has printed, also those that are dead.
    private let outputs = Mutex<[String]>([])
    private let ports = Mutex<[Role: Int]>([:])
    /// Where roles end themselves when they are started next.
    private let armed = Mutex<[Role: String]>([:])

    private init(
        folder: URL, stores: PrivateStores, addresses: StoreAddresses, more: [String: String], isCut: Bool
    ) throws {
        self.folder = folder
        self.stores = stores
        cuts =
            isCut
            ? (try CuttingProxy(postgres: addresses.databaseURL), try CuttingProxy(redis: addresses.redisURL)) : nil
        self.database = PostgresConfiguration(url: addresses.databaseURL, applicationName: "crash test")
        self.environment = [
            "DATABASE_URL": cuts?.postgres.url ?? addresses.databaseURL,
            "REDIS_URL": cuts?.redis.url ?? addresses.redisURL,
            "APP_SECRET_KEY": String(repeating: "5a", count: 32), "SHOPIFY_API_SECRET": Self.secret,
            "SESSION_SECRET_KEY": "what addresses are counted under",
            "FOOTFALL_TRUSTED_PROXIES": "127.0.0.0/8", "LOG_LEVEL": "warning",
        ].merging(more) { _, new in new }
    }

    /// Starts stores, migrates, runs `body`, and ends everything however `body` ends; `more` joins the environment. With
    /// `isCut` every process reaches its stores through `cuts`.
    static func run<R>(
        with more: [String: String] = [:], isCut: Bool = false, _ body: (Deployment) async throws -> R
    ) async throws -> R {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "footfall-run-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // a leftover folder harms nobody
        return try await run(in: folder, with: more, isCut: isCut) { deployment in
            try deployment.command("migrate")
            return try await body(deployment)
        }
    }

    /// The same on a data folder that stays, such as a restored one; migrates nothing.
    static func run<R>(
        in folder: URL, with more: [String: String], isCut: Bool = false, _ body: (Deployment) async throws -> R
    ) async throws -> R {
        let stores = PrivateStores(folder: folder.path)
        let addresses = try await stores.start()
        let deployment = try Deployment(folder: folder, stores: stores, addresses: addresses, more: more, isCut: isCut)
        do {
            let result = try await body(deployment)
            await deployment.end()
            return result
        } catch {
            await deployment.end()
            throw error
        }
    }

    /// Kills every process, stops the stores and removes what was printed; `body` may do so before it ends.
    func end() async {
        for process in processes.withLock({ Array($0.values) }) { process.kill() }
        await stores.stop()
        cuts?.postgres.finish()
        cuts?.redis.finish()
        for file in outputs.withLock(\.self) { try? FileManager.default.removeItem(atPath: file) }  // harms nobody
    }

    /// What its processes have printed, one after the other.
    func printed() -> String {
        // An unreadable file has nothing to show.
        outputs.withLock(\.self).map { (try? String(contentsOfFile: $0, encoding: .utf8)) ?? "" }.joined()
    }

    /// Runs a command of the binary to its end and returns its standard output.
    @discardableResult
    func command(_ words: String...) throws -> String { try command(words) }

    @discardableResult
    func command(_ words: [String]) throws -> String {
        let (status, output) = try FootfallProcess.run(words, environment: environment)
        guard status == 0 else { throw CommandFailed(words: words, status: status, output: output) }
        return output
    }

    struct CommandFailed: Error { let words: [String], status: Int32, output: String }

    func addShop(_ domain: String = "test.myshopify.com") throws -> Shop {
        let line = try command("shop", "add", domain, "--timezone", "Europe/Berlin", "--currency", "EUR", "--json")
        return try JSONDecoder().decode(Shop.self, from: Data(line.utf8))
    }

    func makeKey(_ domain: String) throws -> String {
        struct Line: Decodable { let key: String }
        let line = try command("key", "create", "--shop", domain, "--scopes", "analytics:read,leads:read", "--json")
        return try JSONDecoder().decode(Line.self, from: Data(line.utf8)).key
    }

    /// Starts a role; `crashAt` is a point and a passing, `drain.commit.before:3`.
    func start(_ role: Role, crashAt: String? = nil) throws {
        let port = try ports.withLock { ports in
            if let port = ports[role] { return port }
            let port = try Self.freePort()
            ports[role] = port
            return port
        }
        var environment = self.environment
        environment["FOOTFALL_LISTEN"] = "127.0.0.1:\(port)"
        environment["FOOTFALL_CRASH_AT"] = crashAt ?? armed.withLock { $0.removeValue(forKey: role) }
        let process = try FootfallProcess(["serve", "--roles", role.rawValue], environment: environment)
        processes.withLock { $0[role] = process }
        outputs.withLock { $0.append(process.output) }
    }

    /// Connections that `cuts` have cut.
    var cutCount: Int { (cuts?.postgres.cutCount ?? 0) + (cuts?.redis.cutCount ?? 0) }
    var redisURL: String { environment["REDIS_URL"] ?? "" }

    /// Kills a role that `revive` starts again, to die at this point; returns when it has been started.
    func restart(_ role: Role, crashAt: String) async {
        armed.withLock { $0[role] = crashAt }
        kill(role)
        _ = await eventually(within: patience) { armed.withLock { $0[role] == nil } }
    }

    func kill(_ role: Role) { processes.withLock { $0[role] }?.kill() }
    func process(_ role: Role) -> FootfallProcess? { processes.withLock { $0[role] } }

    /// Starts every role again that has died.
    func revive() throws {
        let dead = processes.withLock { $0.filter { !$0.value.isRunning }.map(\.key) }
        for role in dead { try start(role) }
    }

    func url(_ role: Role, _ path: String) -> String {
        "http://127.0.0.1:\(ports.withLock { $0[role] ?? 0 })\(path)"
    }

    /// Below what the kernel gives to clients, and none twice: a role that is killed must find its own free again.
    private static let ports = 12_000..<32_000
    private static let nextPort = Mutex(Int.random(in: ports))

    /// A port that nobody else is given.
    private static func freePort() throws -> Int {
        for _ in ports {
            let port = nextPort.withLock { next in
                defer { next = next + 1 < ports.upperBound ? next + 1 : ports.lowerBound }
                return next
            }
            if isFree(port) { return port }
        }
        throw POSIXError(.EADDRINUSE)
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, length) == 0
            }
        }
    }
}
