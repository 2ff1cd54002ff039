import EventModel
import Foundation
import Postgres
import Reactors
import Recorder
import TestSupport
import Testing

@Suite("Reactors: polling, limits and schedules")
struct ScheduleTests {
    @Test("polling keeps the task, its new payload and its tries; progress outlives the runner")
    func again() async throws {
        let reactor = Scripted { task, progress, run in
            if run == 1 { return .again(after: .zero, payload: #"{"offset":1}"#, greeting(task)) }
            if run == 2 {
                try await progress.save(Offset(offset: 2))
                throw TaskFailure.passing("cut")
            }
            #expect(try task.decoded(as: Offset.self).offset == 2)
            return .done
        }
        try await World.withTask(reactor) { world in
            let runner = world.runner([reactor])
            #expect(try await runner.runNext())
            #expect(try world.only().attempts == 0)
            try world.hurry()
            #expect(try await runner.runNext())
            #expect(try world.only().attempts == 1)
            try world.hurry()
            #expect(try await runner.runNext())
            #expect(try world.only().state == .done && reactor.runs == 3)
        }
    }

    @Test("a shop runs a few tasks at a time and rests when it is told to; other shops go on")
    func throttle() async throws {
        let gate = Gate()
        let reactor = Scripted { task, _, _ in
            if task.key == "wait" { await gate.wait() }
            if task.key == "slow down" {
                return .failed(.passing("429", retryAfter: .seconds(60), pausesShop: true))
            }
            return .done
        }
        try await World.with { world in
            var configuration = RunnerConfiguration()
            configuration.perShopMax = 1
            let runner = world.runner([reactor], configuration: configuration)
            func add(_ key: String, _ shop: ShopID) throws {
                try TaskTable.insert(
                    [NewTask(reactor: "greeter", key: key)], lane: 1, shop: shop, on: world.connection)
            }
            try add("wait", 1)
            async let first = runner.runNext()
            await gate.arrived()
            try add("second", 1)
            #expect(try await !runner.runNext())
            try add("other", 2)
            #expect(try await runner.runNext())
            gate.open()
            #expect(try await first)
            #expect(try await runner.runNext())
            try add("slow down", 1)
            try add("after", 1)
            #expect(try await runner.runNext())
            #expect(try await !runner.runNext())
            try add("free", 2)
            #expect(try await runner.runNext())
            #expect(try ReactorDesk.dropAll(shop: 1, on: world.connection) == 2)
        }
    }

    @Test("a schedule is a task that inserts the next one; two chains meet in one key")
    func schedule() async throws {
        let reactor = Scripted { task, _, _ in
            .done(TaskEffects(next: [NewTask(reactor: "greeter", key: "daily:2026-01-02", runAt: 4_000_000_000_000)]))
        }
        try await World.withTask(reactor) { world in
            try await world.install("i2")
            let reader = world.reader([reactor])
            try await reader.catchUp(lane: World.lane)
            await reader.release()
            let runner = world.runner([reactor])
            #expect(try await runner.runNext())
            #expect(try await runner.runNext())
            #expect(try await !runner.runNext())
            let ready = try ReactorDesk.list(TaskFilter(state: .ready), on: world.connection)
            #expect(ready.map(\.key) == ["daily:2026-01-02"])
        }
    }

    @Test("a schedule goes on after a task of it was given up")
    func givenUp() async throws {
        let next = NewTask(reactor: "greeter", key: "daily:2026-01-02", runAt: 4_000_000_000_000)
        let reactor = Scripted(schedule: [next]) { _, _, _ in .failed(.permanent("no scope")) }
        try await World.withTask(reactor) { world in
            #expect(try await world.runner([reactor]).runNext())
            let dead = try ReactorDesk.list(TaskFilter(state: .dead), on: world.connection)
            #expect(dead.map(\.lastError) == ["no scope"])
            let ready = try ReactorDesk.list(TaskFilter(state: .ready), on: world.connection)
            #expect(ready.map(\.key) == [next.key])
        }
    }

    @Test("what is finished goes after a month, a dead letter after a quarter, but never a person's request")
    func purge() async throws {
        try await World.with { world in
            func finish(_ key: String, _ state: TaskState, reactor: String = "greeter", daysAgo: Int32) throws {
                try TaskTable.insert(
                    [NewTask(reactor: reactor, key: key)], lane: 1, shop: 1, on: world.connection)
                _ = try world.connection.query(
                    """
                    update reactor.task set state = $2, finished_at = now() - make_interval(days => $3)
                    where idempotency_key = $1
                    """, [.text(key), .text(state.rawValue), .int4(daysAgo)])
            }
            try finish("done, old", .done, daysAgo: 31)
            try finish("done", .done, daysAgo: 29)
            try finish("dead, old", .dead, daysAgo: 91)
            try finish("dead", .dead, daysAgo: 89)
            try finish("request", .dead, reactor: "privacy", daysAgo: 91)
            let reader = world.reader([])
            try await reader.catchUp(lane: World.lane)
            try await reader.purge()
            await reader.release()
            let left = try ReactorDesk.list(on: world.connection).map(\.key)
            #expect(Set(left) == ["done", "dead", "request"])
        }
    }
}
