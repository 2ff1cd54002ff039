import Logging
import Simulator
import Synchronization
import Testing

@Suite struct SendingTests {
    @Test func waitsAsLongAsTheServerAsks() async throws {
        let waits = Mutex<[Int]>([])
        let transport = RecordingTransport { number, request in
            number % 3 == 1
                ? IncomingResponse(status: number % 2 == 0 ? 429 : 503, retryAfterSeconds: 2)
                : RecordingTransport.takeAll(number, request)
        }
        let plan = try SimulationPlan(Example.options(days: 1, sessionsPerDay: 60))
        let simulation = Simulation(plan: plan, options: Example.sending(), transport: transport) { millis in
            waits.withLock { $0.append(millis) }
        }
        let report = try #require(try await simulation.run().delivery)
        #expect(report.requests == plan.totals.sent.requests)
        #expect(report.retries == waits.withLock { $0.count } && report.retries >= 10)
        #expect(waits.withLock { $0.allSatisfy { $0 >= 2000 } })
    }

    @Test func aRefusalEndsTheRun() async throws {
        let transport = RecordingTransport { _, _ in IncomingResponse(status: 404, body: Array("no such account".utf8))
        }
        let plan = try SimulationPlan(Example.options(days: 1, sessionsPerDay: 20))
        let error = await #expect(throws: SimulatorError.self) {
            try await Simulation(plan: plan, options: Example.sending(), transport: transport).run()
        }
        #expect(error?.code == .refused(status: 404))
        #expect(error?.message.contains("acct") == false)
    }

    @Test func verboseResultsAreCounted() async throws {
        let answer = #"{"results":[{"index":0,"id":"x","status":"quarantined","reason":"id_conflict"}]}"#
        let transport = RecordingTransport { number, request in
            request.path.contains("verbose=1")
                ? IncomingResponse(status: 202, body: Array(answer.utf8)) : RecordingTransport.takeAll(number, request)
        }
        var options = Example.sending(concurrency: 8)
        options.isVerbose = true
        let plan = try SimulationPlan(Example.options(days: 1, sessionsPerDay: 20))
        let calls = Mutex((0, 0))
        let totals = try await Simulation(plan: plan, options: options, transport: transport).run { done, all in
            calls.withLock { $0 = (max($0.0, done), all) }
        }
        let report = try #require(totals.delivery)
        let sent = totals.sent.pixelEvents + totals.sent.pixelDuplicates + totals.sent.pixelConflicts
        #expect(report.results.values.reduce(0, +) == sent)
        #expect(report.reasons["id_conflict"] == report.results["quarantined"])
        #expect(calls.withLock { $0.0 == $0.1 && $0.1 == plan.deliveries.count })
    }

    @Test func liveTrafficFollowsTheClockAndEnds() async throws {
        let transport = RecordingTransport()
        let clock = Mutex(Example.end)
        let live = try LiveSimulation(
            plan: Example.options(seed: 99), options: Example.sending(), transport: transport,
            logger: Logger(label: "test"), now: { clock.withLock { $0 } }
        ) { millis in
            let now = clock.withLock { now in
                now += Int64(millis)
                return now
            }
            if now > Example.end + 900_000 { throw CancellationError() }
        }
        await live.run(visitsPerMinute: 30)
        let events = try SentEvent.all(in: transport.requests)
        #expect(events.count > 300)
        #expect(events.allSatisfy { $0.time >= Example.end && $0.time <= Example.end + 905_000 })
        let identities = Set(events.map(\.identity)).count
        #expect(identities > events.count * 9 / 10)
        #expect(transport.requests.contains { $0.path == "/webhooks" })
    }

    @Test func nonsenseIsRefused() {
        #expect(throws: SimulatorError.self) { try SimulationPlan(Example.options(days: 0)) }
        var options = Example.options()
        options.timezone = "Mars/Olympus"
        #expect(throws: SimulatorError.self) { try SimulationPlan(options) }
        options = Example.options()
        options.shareBots = 2
        #expect(throws: SimulatorError.self) { try SimulationPlan(options) }
    }
}
