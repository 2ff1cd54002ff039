import DataSubjects
import EventLog
import EventModel
import Privacy
import Synchronization
import TestSupport
import Testing

@Suite("The buffer's file, while its server is restarted")
struct BufferRestartTests {
    @Test(
        "a rewriting that a restart has ended is begun again, and not for ever",
        arguments: [(restarts: 0, rewrites: 1, isRewritten: true), (2, 3, true), (1000, 11, false)])
    func restarts(_ restarts: Int, rewrites: Int, isRewritten: Bool) async throws {
        try await ErasureWorld.with { world in
            let buffer = RestartingBuffer(restarts: restarts)
            world.parts = ErasureParts(
                pool: world.pool, vault: world.vault, dictionaries: .none, recorder: world.recorder,
                stores: ErasureStores(
                    projections: ErasureWorld.projections, buffer: buffer,
                    journal: ErasureJournal(path: nil, secrets: [[UInt8](repeating: 9, count: 32)]), version: "test"),
                nowMillis: { ErasureWorld.now })
            let request = try await world.ask { $0.customerID = "11" }
            try await world.workOff(request.id)
            #expect(buffer.state.withLock { $0.rewrites } == rewrites)
            let steps = try await world.receipt(request.id)["steps"] as? [String: [String: Int]]
            #expect(steps?["buffer"]?["file_rewritten"] == (isRewritten ? 1 : 0))
        }
    }

    @Test("Redis names its process") func run() async throws {
        try await TestStores.shared.withRedis { redis in
            let buffers: [any EventBuffer] = (0..<2).map { _ in RedisEventBuffer(redis) { "s\($0)" } }
            let names = [try await buffers[0].run(), try await buffers[1].run()]
            // 40 hex digits, as INFO's manual says.
            #expect(names[0].count == 40 && names[0] == names[1])
        }
    }
}

/// An empty buffer whose server is restarted in the middle of the first rewritings: it says afterwards, as Redis does,
/// that none is under way and that none has failed.
private final class RestartingBuffer: EventBuffer {
    let state: Mutex<(run: Int, restarts: Int, rewrites: Int)>

    init(restarts: Int) { state = Mutex((0, restarts, 0)) }

    func tail(of lane: Lane) async throws -> StreamPlace? { nil }
    func trim(_ lane: Lane, through place: StreamPlace) async throws {}
    func run() async throws -> String { state.withLock { String($0.run) } }
    func rewrite() async throws -> BufferRewrite {
        state.withLock { state in
            state.rewrites += 1
            guard state.restarts > 0 else { return }
            state.restarts -= 1
            state.run += 1
        }
        return .begun
    }
    func rewriting() async throws -> BufferRewriting { .done }
    func count(of texts: [[UInt8]], lanes: [Lane]) async throws -> Int64 { 0 }
}
