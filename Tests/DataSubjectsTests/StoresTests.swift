import EventLog
import EventModel
import Logging
import Pipelines
import Postgres
import Privacy
import Redis
import Synchronization
import TestSupport
import Testing

@testable import DataSubjects

/// What an erasure clears, and looks for, beside the log and the read models.
@Suite("Other stores of a person")
struct StoresTests {
    private func people(_ world: ErasureWorld) async throws {
        try await world.order(101, of: "anna", customer: 11)
        try await world.order(201, of: "berta", customer: 22, minutes: 1)
        try await world.project()
    }

    private func task(_ world: ErasureWorld, _ position: Position, state: String) throws {
        _ = try world.connection.query(
            """
            insert into reactor.task (lane, shop_id, reactor, idempotency_key, payload, state, last_error)
            values ($1, $2, 'other', 'other:' || $1 || ':' || $3, '{"of":"\(position)"}', $4, 'words')
            """, [.int2(world.shop.lane), .int4(world.shop.id), .text(String(position)), .text(state)])
    }

    @Test("tasks of the person's events that are over are blank, also those that end while the erasure is under way")
    func tasks() async throws {
        try await ErasureWorld.with { world in
            try await people(world)
            try task(world, 1, state: "dead")
            try task(world, 2, state: "dead")
            let database = world.database
            let request = try await world.ask { $0.customerID = "11" }
            let lane = world.shop.lane
            let shop = world.shop.id
            world.parts.observe = { step, isNoted in
                guard step == .exports, isNoted else { return }
                // A task that ran until now; made once.
                let connection = PostgresConnection(database)
                defer { connection.close() }
                _ = try connection.query(
                    """
                    insert into reactor.task (lane, shop_id, reactor, idempotency_key, payload, state)
                    values ($1, $2, 'late', 'late:' || $1 || ':1', '{"of":"1"}', 'done') on conflict do nothing
                    """, [.int2(lane), .int4(shop)])
            }
            try await world.workOff(request.id)
            let payloads = try world.connection.query(
                "select payload::text, last_error from reactor.task where reactor <> 'privacy' order by id"
            ).map { $0.text(0) + ($0.textIfPresent(1) ?? "") }
            #expect(payloads == ["{}", #"{"of": "2"}words"#, "{}"])
            let steps = try await world.receipt(request.id)["steps"] as? [String: [String: Int]]
            #expect(steps?["tasks"]?["tasks"] == 2 && steps?["searched"]?["tasks"] == 0)
        }
    }

    @Test("a damaged batch that names the person is blanked, although its keys were never stored")
    func damaged() async throws {
        try await ErasureWorld.with { world in
            try await people(world)
            let records = try [1, 2].map { try world.record(at: $0) }
            for (number, record) in records.enumerated() {
                // Under a key that no table has.
                var batch: [UInt8] = [UInt8(number), 1, 2, 3] + record
                let key = try #require(keyID(record)).bytes
                for index in batch.indices where batch[index...].starts(with: key) { batch[index] ^= 0xFF }
                _ = try world.connection.query(
                    "insert into log.quarantine (lane, shop_id, reason, record) values ($1, 0, 1, $2)",
                    [.int2(world.shop.lane), .bytes(batch)])
            }
            let request = try await world.ask { $0.customerID = "11" }
            try await world.workOff(request.id)
            let left = try world.connection.query("select record from log.quarantine order by id").map { $0.bytes(0) }
            #expect(left[0].isEmpty && left[1].first == 1)
        }
    }

    private func keyID(_ record: [UInt8]) -> Key128? {
        EventRecordView(record.span, at: 0).flatMap { SealedHead(record.span.extracting($0.sealed)) }?.keyID
    }

    @Test("what an access request has gathered is not stored when the person is fenced meanwhile")
    func gathering() async throws {
        try await ErasureWorld.with { world in
            try await people(world)
            var ask = SubjectAsk(.access)
            ask.email = "anna@example.com"
            let access = try await world.desk.ask(ask, shop: world.shop.id, origin: .cli)
            let parts = world.parts
            // An erasure that is about to destroy the keys: it has the lane's lock.
            let erasure = PostgresConnection(world.database)
            defer { erasure.close() }
            try erasure.execute("begin")
            try LaneLock.hold(world.shop.lane, on: erasure)
            async let end = RequestWork(parts: parts, request: access).gather()
            while try world.connection.query(
                "select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from "
                    + "pg_database where datname = current_database())"
            ).isEmpty { await Task.yield() }
            _ = try FenceTable.raise(
                access.asked.map { FenceTable.Row(kind: $0.kind.rawValue, handle: $0.hash) }, shop: world.key,
                request: Key128(high: 1, low: 1), on: erasure)
            try erasure.execute("commit")
            let result = try await end
            #expect(result == .wait(.seconds(1)))
            #expect(try ExportTable.living(shop: world.shop.id, on: world.connection).isEmpty)
            // The next time it sees the fence from the beginning.
            try await world.workOff(access.id)
            #expect(try await world.desk.find(access.id)?.state == .done)
        }
    }

    @Test("an export goes that was asked for by what only browsers say is the person's")
    func claimedExport() async throws {
        try await ErasureWorld.with { world in
            try world.pixel(
                #"{"name":"x","id":"1","clientId":"b","customData":{"customerId":"33","email":"carla@example.com"}}"#)
            try await world.project()
            var ask = SubjectAsk(.access)
            ask.email = "carla@example.com"
            try await world.workOff(try await world.desk.ask(ask, shop: world.shop.id, origin: .cli).id)
            let request = try await world.ask { $0.customerID = "33" }
            try await world.workOff(request.id)
            #expect(try world.connection.query("select 1 from privacy.export where sealed is not null").isEmpty)
        }
    }

    @Test("a buffer's file that could not be written anew is told of, and tried again")
    func fullDisk() async throws {
        try await ErasureWorld.with { world in
            try await people(world)
            let request = try await world.ask { $0.customerID = "11" }
            world.buffer.failures.store(1, ordering: .relaxed)
            await #expect(throws: SubjectFailure.self) { try await world.workOff(request.id) }
            #expect(try await world.desk.find(request.id)?.hasReceipt == false)
            try await world.workOff(request.id)
            #expect(world.buffer.rewrites.load(ordering: .relaxed) == 2)
            let steps = try await world.receipt(request.id)["steps"] as? [String: [String: Int]]
            #expect(steps?["buffer"]?["file_rewritten"] == 1)
        }
    }

    @Test("invoices' addresses go with the sessions that could ask for them")
    func invoices() async throws {
        try await ErasureWorld.with { world in
            for days in [1, 3, 8] {
                _ = try world.connection.query(
                    """
                    insert into shopify.draft_order (request, shop_id, state, sealed_url, asked_at)
                    values (gen_random_uuid(), $1, 'created', '\\x01', $2)
                    """, [.int4(world.shop.id), .timestamp(ErasureWorld.now - Int64(days) * 86_400_000)])
            }
            await ExportKeeper(pool: world.pool, logger: .init(label: "test"), nowMillis: { ErasureWorld.now }).keep()
            let rows = try world.connection.query(
                "select sealed_url is null from shopify.draft_order order by asked_at desc")
            #expect(rows.map { $0.bool(0) } == [false, true])
        }
    }

    @Test("the deep search opens what is compressed, in the log, in quarantine and in the buffer")
    func compressed() async throws {
        try await ErasureWorld.with { world in
            try await TestStores.shared.withRedis { redis in
                // A word that any compression makes a reference of, in a field that no line of the pipelines seals.
                let word = String(repeating: "q", count: 60)
                try await world.record("orders/create", #"{"id":7,"other":"\#(word)"}"#, identity: "7")
                let record = try world.record(at: 1)
                #expect(!ByteSearch.holds(record, any: [Array(word.utf8)]))
                _ = try world.connection.query(
                    "insert into log.quarantine (lane, shop_id, reason, record) values ($1, $2, 1, $3)",
                    [.int2(world.shop.lane), .int4(world.shop.id), .bytes(record)])
                var builder = EventBatchBuilder()
                builder.append(record: record.span, aliases: [])
                let connection = RedisConnection(redis)
                _ = try connection.command(["XADD", .text("s\(world.shop.lane)"), "*", "b", .bytes(builder.finish())])
                let search = DeepSearch(pool: world.pool, buffer: RedisEventBuffer(redis) { "s\($0)" })
                let found = try await search.find([word], lanes: [world.shop.lane])
                #expect(Set(found.map(\.place)) == ["log.event.payload", "log.quarantine.record", "buffer"])
                #expect(try await search.find(["nowhere" + word], lanes: [world.shop.lane]).isEmpty)
            }
        }
    }
}
