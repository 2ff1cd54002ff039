import EventModel
import Foundation
import Postgres
import Reactors
import Recorder
import Synchronization
import TestSupport
import Testing

@Suite("Reactors: from the log to tasks")
struct LogToTaskTests {
    @Test("an event is asked about once, whoever reads the log and however often")
    func once() async throws {
        try await World.with { world in
            let reactor = Scripted { _, _, _ in .done }
            try await world.install()
            let reader = world.reader([reactor])
            #expect(try await reader.catchUp(lane: World.lane) == 1)
            #expect(try await reader.catchUp(lane: World.lane) == 0)
            let second = world.reader([reactor])
            #expect(try await second.catchUp(lane: World.lane) == 0)
            await reader.release()
            // The lane is free now, and the checkpoint says where to go on.
            #expect(try await second.catchUp(lane: World.lane) == 0)
            try await world.install("i2")
            #expect(try await second.catchUp(lane: World.lane) == 1)
            await second.release()
            #expect(try ReactorDesk.list(on: world.connection).map(\.key) == ["greeter:1:2", "greeter:1:1"])
            #expect(try ReactorDesk.lag(on: world.connection)[World.lane] == 0)
        }
    }

    @Test("a checkpoint that somebody else has moved undoes the tasks of that stretch")
    func displaced() async throws {
        try await World.with { world in
            let reader = world.reader([Scripted { _, _, _ in .done }])
            try await reader.catchUp(lane: World.lane)
            try await world.install()
            try world.connection.execute("update reactor.checkpoint set position = 99")
            await #expect(throws: LaneReactor.Displaced.self) { try await reader.catchUp(lane: World.lane) }
            #expect(try ReactorDesk.list(on: world.connection).isEmpty)
            await reader.release()
        }
    }

    @Test("what Postgres cannot store is a dead letter, and the events behind it are acted on")
    func refused() async throws {
        try await World.with { world in
            let reader = world.reader([Scripted { _, _, _ in .done }])
            try await world.install(#"a\u0000b"#)
            try await world.install()
            #expect(try await reader.catchUp(lane: World.lane) == 2)
            await reader.release()
            let tasks = try ReactorDesk.list(on: world.connection)
            #expect(tasks.map(\.key) == ["greeter:1:2", "refused:greeter:1:1"])
            #expect(tasks.map(\.state) == [.ready, .dead] && tasks.last?.lastError?.contains("22P05") == true)
            #expect(try ReactorDesk.lag(on: world.connection)[World.lane] == 0)
        }
    }

    @Test("text of a payload may hold what Postgres cannot store, written in any way")
    func payloadText() throws {
        let task = NewTask(reactor: "r", key: "k", encoding: ["a\0b", #"\u0000"#, #"\"# + "\0"])
        #expect(task.payload == #"["ab","\\u0000","\\"]"#)
    }

    @Test("a session that is lost while old tasks are removed is made anew")
    func lostWhilePurging() async throws {
        try await World.with { world in
            let reader = world.reader([Scripted { _, _, _ in .done }])
            try await reader.catchUp(lane: World.lane)
            _ = try world.connection.query(
                "select pg_terminate_backend(pid, 10000) from pg_locks where locktype = 'advisory'")
            await #expect(throws: PostgresError.self) { try await reader.purge() }
            await reader.release()
            try await reader.purge()
            try await world.install()
            #expect(try await reader.catchUp(lane: World.lane) == 1)
            await reader.release()
        }
    }

    @Test("only events of its interests reach a reactor: same name from elsewhere does not")
    func interests() async throws {
        try await World.with { world in
            let event = OwnEvent(
                source: .history, name: "shop.installed", payload: Array("{}".utf8), occurredAt: World.now,
                identity: "h")
            try await world.recorder.record([event], for: world.shop)
            let reader = world.reader([Scripted { _, _, _ in .done }])
            #expect(try await reader.catchUp(lane: World.lane) == 0)
            #expect(try ReactorDesk.lag(on: world.connection)[World.lane] == 0)
            await reader.release()
        }
    }

    @Test("a log that was there before the reactors is not acted on")
    func upgrade() async throws {
        try await TestStores.shared.withDatabase { database in
            let connection = PostgresConnection(database)
            defer { connection.close() }
            try connection.execute("drop schema reactor cascade")
            try connection.execute(
                """
                insert into log.batch (lane, first_position, event_count, received_count, duplicate_count,
                    quarantined_count, refused_count, sequence, hash, accounting)
                values (2, 1, 40, 40, 0, 0, 0, 1, '', '')
                """)
            let sql = try String(contentsOfFile: PackageFolder.path("schema/004_reactors.sql"), encoding: .utf8)
            try connection.execute(sql)
            let row = try connection.query("select lane, position from reactor.checkpoint")[0]
            #expect(row.int16(0) == 2 && row.int64(1) == 40)
        }
    }
}

@Suite("Reactors: running tasks")
struct TaskTests {
    @Test("a task runs once and its result is an event")
    func result() async throws {
        let reactor = Scripted { task, _, _ in .done(greeting(task)) }
        try await World.withTask(reactor) { (world: World) async throws in
            let runner = world.runner([reactor])
            #expect(try await runner.runNext())
            #expect(try await !runner.runNext())
            #expect(reactor.runs == 1)
            #expect(try world.names() == ["shop.installed", "webhooks.registered"])
            #expect(try world.only().state == .done)
        }
    }

    @Test("a killed runner's task is taken over after its lease, and its late outcome is not written")
    func takeOver() async throws {
        let reactor = Scripted { task, _, _ in .done(greeting(task)) }
        let gate = Gate()
        let slow = Scripted { task, _, _ in
            await gate.wait()
            return .done(greeting(task))
        }
        try await World.withTask(reactor) { world in
            let killed = world.runner([slow])
            async let late = killed.runNext()
            await gate.arrived()
            #expect(try await !world.runner([reactor]).runNext())
            try world.connection.execute("update reactor.task set leased_until = now() - interval '1 second'")
            #expect(try await world.runner([reactor]).runNext())
            gate.open()
            #expect(try await late)
            #expect(reactor.runs == 1)
            #expect(try world.names().filter { $0 == "webhooks.registered" }.count == 1)
            #expect(try world.only().state == .done)
        }
    }

    @Test("an outcome that is written down is recorded by whoever takes over; the effect does not run again")
    func recordedOnly() async throws {
        let reactor = Scripted { task, _, _ in .done(greeting(task)) }
        try await World.withTask(reactor) { world in
            await world.sink.set(away: true)
            #expect(try await world.runner([reactor]).runNext())
            #expect(try world.only().state == .ready)
            await world.sink.set(away: false)
            try world.hurry()
            #expect(try await world.runner([reactor]).runNext())
            #expect(reactor.runs == 1)
            #expect(try world.only().state == .done)
            #expect(try world.names() == ["shop.installed", "webhooks.registered"])
        }
    }

    @Test("a failure that may pass waits and is tried again; a permanent one is a dead letter at once")
    func failures() async throws {
        let reactor = Scripted { _, _, run in
            if run == 1 { throw TaskFailure.passing("busy", retryAfter: .seconds(30)) }
            return .failed(.permanent("no scope"))
        }
        try await World.withTask(reactor) { world in
            let runner = world.runner([reactor])
            #expect(try await runner.runNext())
            #expect(try world.only().lastError == "busy")
            #expect(try await !runner.runNext())
            try world.hurry()
            #expect(try await runner.runNext())
            let row = try world.only()
            #expect(row.state == .dead && row.lastError == "no scope" && row.attempts == 2)
            #expect(try world.names() == ["shop.installed", "reactor.failed"])
            #expect(try ReactorDesk.counts(on: world.connection).map(\.state) == [.dead])
        }
    }

    @Test("dead letters are retried with all their tries, or dropped for good")
    func desk() async throws {
        let reactor = Scripted { _, _, run in run < 3 ? .failed(.permanent("no")) : .done }
        try await World.withTask(reactor) { world in
            let runner = world.runner([reactor])
            #expect(try await runner.runNext())
            let id = try world.only().id
            #expect(try ReactorDesk.retry([id], on: world.connection) == 1)
            #expect(try await runner.runNext())
            #expect(try world.only().attempts == 1)
            #expect(try ReactorDesk.drop([id], on: world.connection) == 1)
            #expect(try await !runner.runNext())
            #expect(try world.only().state == .dropped)
            #expect(try ReactorDesk.retry([id], on: world.connection) == 1)
            #expect(try await runner.runNext())
            #expect(try world.only().state == .done)
            #expect(try world.names().filter { $0 == "reactor.failed" }.count == 2)
        }
    }

    @Test("a task that ends its runner each time is given up, not run for ever")
    func poison() async throws {
        let reactor = Scripted { _, _, _ in .done }
        try await World.withTask(reactor) { world in
            try world.connection.execute(
                "update reactor.task set state = 'running', attempts = 30, leased_until = now() - interval '1 second'")
            #expect(try await world.runner([reactor]).runNext())
            #expect(reactor.runs == 0)
            #expect(try world.only().state == .dead)
        }
    }
}

/// A task's own payload.
struct Offset: Codable, Sendable {
    let offset: Int
}

/// Holds a task at a place until the test lets it go on.
final class Gate: Sendable {
    private let (arrivals, arrive) = AsyncStream<Void>.makeStream()
    private let (openings, letGo) = AsyncStream<Void>.makeStream()

    func wait() async {
        arrive.finish()
        for await _ in openings {}
    }

    func arrived() async { for await _ in arrivals {} }

    func open() { letGo.finish() }
}
