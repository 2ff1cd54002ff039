import Foundation
import Postgres
import PrivateStores
import Redis
import TestSupport
import Testing

@Suite(.serialized) struct PrivateStoresTests {
    /// The kernel keeps what a killed process has written: no need to wait for the disk, only for the write.
    private static let survivesKilling = PrivateStoresOptions(
        isDurable: false, sharedBuffersMegabytes: 32, postgresSettings: ["synchronous_commit": "on"])

    @Test func stoppedStoresContinueFromTheSameData() async throws {
        try await TestStores.shared.withPrivateStores(options: PrivateStoresOptions(sharedBuffersMegabytes: 32)) {
            stores, addresses async throws in
            try await write(addresses, 1)
            await stores.stop()
            #expect(await stores.runningAddresses() == nil)
            #expect(await stores.processID(of: .postgres) == nil)
            #expect(try await stores.start() == addresses)
            #expect(await stores.runningAddresses() == addresses)
            #expect(try await read(addresses) == [1, 1])
        }
    }

    /// A Redis that was killed while it wrote its file anew leaves a part of what it held then.
    @Test func whatAKilledRewritingLeftIsRemoved() async throws {
        try await TestStores.shared.withPrivateStores(options: PrivateStoresOptions(sharedBuffersMegabytes: 32)) {
            stores, addresses async throws in
            try await write(addresses, 1)
            await stores.stop()
            let folder = try #require(Self.folder(of: addresses)) + "/redis/"
            let left = ["temp-rewriteaof-845.aof", "temp-rewriteaof-bg-845.aof", "temp-845.rdb"]
            for name in left { #expect(FileManager.default.createFile(atPath: folder + name, contents: Data([1]))) }
            _ = try await stores.start()
            for name in left { #expect(!FileManager.default.fileExists(atPath: folder + name)) }
            #expect(try await read(addresses) == [1, 1])
        }
    }

    @Test func storesThatHaveNoTimeLeftAreStoppedHardAndComeBack() async throws {
        try await TestStores.shared.withPrivateStores(options: Self.survivesKilling) {
            stores, addresses async throws in
            try await write(addresses, 1)
            // A Redis that would take its time for ever.
            let redis = try #require(await stores.processID(of: .redis))
            kill(redis, SIGSTOP)
            await stores.stop(since: .now - .seconds(60))
            #expect(await stores.runningAddresses() == nil)
            #expect(kill(redis, 0) == -1)
            #expect(try await stores.start() == addresses)
            #expect(try await read(addresses) == [1, 1])
        }
    }

    @Test func storesLeftByAKilledOwnerAreAdopted() async throws {
        try await TestStores.shared.withPrivateStores { stores, addresses async throws in
            let folder = try #require(Self.folder(of: addresses))
            let ids = await [stores.processID(of: .postgres), stores.processID(of: .redis)]
            // The owner's lock is all that a second one misses when the first was killed.
            let error = await #expect(throws: PrivateStoresError.self) {
                _ = try await PrivateStores(folder: folder, options: TestServer.options).start()
            }
            #expect(error?.code == .inUse)
            await stores.abandon()
            let heir = PrivateStores(folder: folder, options: TestServer.options)
            #expect(try await heir.start() == addresses)
            #expect(await [heir.processID(of: .postgres), heir.processID(of: .redis)] == ids)
            await heir.stop()
            #expect(await heir.runningAddresses() == nil)
        }
    }

    /// Their processes are still there, as the dead whom nobody has asked for, or not even dead yet.
    @Test func storesThatWereKilledTogetherWithTheirOwnerComeBackAtOnce() async throws {
        try await TestStores.shared.withPrivateStores(options: Self.survivesKilling) {
            stores, addresses async throws in
            let folder = try #require(Self.folder(of: addresses))
            try await write(addresses, 1)
            let ids = await [stores.processID(of: .postgres), stores.processID(of: .redis)].compactMap(\.self)
            #expect(ids.count == 2)
            await stores.abandon()
            for id in ids { kill(id, SIGKILL) }
            let heir = PrivateStores(folder: folder, options: Self.survivesKilling)
            #expect(try await heir.start() == addresses)
            #expect(try await read(addresses) == [1, 1])
            await heir.stop()
        }
    }

    /// Somebody waits for an answer of theirs on the actor, as `revive` does.
    @Test func storesThatStandStillCanBeEndedFromOutside() async throws {
        try await TestStores.shared.withPrivateStores(options: Self.survivesKilling) {
            stores, addresses async throws in
            try await write(addresses, 1)
            let ids = await [stores.processID(of: .postgres), stores.processID(of: .redis)].compactMap(\.self)
            for id in ids { kill(id, SIGSTOP) }
            async let look = stores.revive(.postgres)
            stores.requestStop()
            #expect(stores.kill() == [.postgres, .redis])
            // Nothing is started once the end has begun.
            do { _ = try await look } catch { #expect(error is PrivateStoresError) }
            await stores.stop()
            #expect(try await stores.start() == addresses)
            #expect(try await read(addresses) == [1, 1])
        }
    }

    @Test(arguments: PrivateStores.Store.allCases)
    func aKilledStoreComesBackWithWhatItHadAnswered(_ store: PrivateStores.Store) async throws {
        try await TestStores.shared.withPrivateStores(options: Self.survivesKilling) {
            stores, addresses async throws in
            let redis = RedisConnection(RedisConfiguration(url: addresses.redisURL))
            let postgres = PostgresConnection(
                PostgresConfiguration(url: addresses.databaseURL, applicationName: "test"))
            try await write(addresses, 1)
            try await write(addresses, 2)
            _ = try redis.command(["PING"])
            _ = try postgres.query("SELECT 1")
            await stores.crash(store)
            #expect(await stores.processID(of: store) == nil)
            switch store {
            case .redis: #expect(throws: RedisError.self) { try redis.command(["PING"]) }
            case .postgres: #expect(throws: PostgresError.self) { try postgres.query("SELECT 1") }
            }
            #expect(try await stores.start() == addresses)
            #expect(try await read(addresses) == [2, 2])
            _ = try redis.command(["PING"])
            _ = try postgres.query("SELECT 1")
        }
    }

    @Test func aStoreThatHangsIsStartedAgainAndTheOtherGoesOn() async throws {
        var options = Self.survivesKilling
        options.silenceMax = .zero
        try await TestStores.shared.withPrivateStores(options: options) { stores, addresses async throws in
            try await write(addresses, 1)
            let postgres = await stores.processID(of: .postgres)
            let redis = try #require(await stores.processID(of: .redis))
            #expect(try await stores.revive(.redis) == .answers)
            kill(redis, SIGSTOP)
            guard case .started = try await stores.revive(.redis) else {
                Issue.record("Redis was not started again")
                return
            }
            #expect(try await stores.revive(.postgres) == .answers)
            #expect(await stores.processID(of: .redis) != redis)
            #expect(await stores.processID(of: .postgres) == postgres)
            // Waits until both answer.
            #expect(try await stores.start() == addresses)
            #expect(try await read(addresses) == [1, 1])
        }
    }

    @Test func staleFilesDoNotHinderAStart() async throws {
        try await TestStores.shared.withPrivateStores { stores, addresses async throws in
            let folder = try #require(Self.folder(of: addresses))
            let file = folder + "/postgres/data/postmaster.pid"
            var lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
            await stores.crash(.postgres)
            await stores.crash(.redis)
            // The number now belongs to another program: this one.
            lines[0] = "\(ProcessInfo.processInfo.processIdentifier)"
            try lines.joined(separator: "\n").write(toFile: file, atomically: false, encoding: .utf8)
            try "\(ProcessInfo.processInfo.processIdentifier)".write(
                toFile: folder + "/redis/redis.pid", atomically: false, encoding: .utf8)
            #expect(try await stores.start() == addresses)
        }
    }

    @Test func aFolderThatOthersCannotReachAndALongPathWork() async throws {
        let root = FileManager.default.temporaryDirectory.path + "/footfall-closed-\(UUID().uuidString)"
        let folder = root + "/" + String(repeating: "long", count: 30)
        try FileManager.default.createDirectory(
            atPath: root, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: root) }
        let stores = PrivateStores(folder: folder, options: TestServer.options)
        do {
            let addresses = try await stores.start()
            #expect(!addresses.redisURL.contains("long"))
            try await write(addresses, 1)
            #expect(try await read(addresses) == [1, 1])
        } catch {
            await stores.stop()
            throw error
        }
        await stores.stop()
    }

    private static func folder(of addresses: StoreAddresses) -> String? {
        addresses.redisURL.dropFirst("unix://".count).range(of: "/run/redis.sock").map {
            String(addresses.redisURL.dropFirst("unix://".count)[..<$0.lowerBound])
        }
    }

    /// One more row in Postgres and one more in Redis.
    private func write(_ addresses: StoreAddresses, _ number: Int) async throws {
        let session = PostgresSession(PostgresConfiguration(url: addresses.databaseURL, applicationName: "test"))
        try await session.run { connection throws in
            try connection.execute("CREATE TABLE IF NOT EXISTS t (a int4)")
            _ = try connection.query("INSERT INTO t VALUES ($1)", [.int4(Int32(number))])
        }
        _ = try RedisConnection(RedisConfiguration(url: addresses.redisURL)).command(["INCR", "count"])
    }

    /// How many rows either holds.
    private func read(_ addresses: StoreAddresses) async throws -> [Int64?] {
        let session = PostgresSession(PostgresConfiguration(url: addresses.databaseURL, applicationName: "test"))
        let rows = try await session.run { try $0.query("SELECT count(*) FROM t")[0].int64(0) }
        let text = try RedisConnection(RedisConfiguration(url: addresses.redisURL)).command(["GET", "count"]).text
        return [rows, text.flatMap { Int64($0) }]
    }
}
