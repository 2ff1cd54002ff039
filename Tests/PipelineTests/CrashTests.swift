import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Postgres
import PrivateStores
import Synchronization
import Testing

/// Kills each process at each step of the way while events come in, and adds up what is left: every event answered 2xx
/// is in the log exactly once and in the read models exactly once, and the accounting's difference is zero.
///
/// `FOOTFALL_CRASH_RUNS` sets the number of runs; each run's choices follow from its number.
@Suite(.serialized) struct CrashTests {
    /// Where a role ends itself.
    static let points: [(role: Deployment.Role, point: String)] = [
        (.gateway, "gateway.append.before"), (.gateway, "stream.xadd.before"), (.gateway, "stream.xadd.after"),
        (.gateway, "gateway.append.after"), (.drain, "log.copy.before"), (.drain, "log.copy.after"),
        (.drain, "log.batch.after"), (.drain, "log.commit.before"), (.drain, "log.commit.after"),
        (.drain, "drain.trim.before"), (.drain, "drain.trim.after"), (.projector, "projector.commit.before"),
        (.projector, "projector.commit.after"),
    ]

    /// What happens in a run, beside the events.
    enum Blow: Sendable, CustomStringConvertible {
        case point(Deployment.Role, String)
        case kill(Deployment.Role)
        case store(PrivateStores.Store)
        case cutConnections

        var description: String {
            switch self {
            case .point(let role, let point): "\(role) dies at \(point)"
            case .kill(let role): "\(role) is killed"
            case .store(let store): "\(store) is killed"
            case .cutConnections: "all database sessions are cut"
            }
        }
    }

    static let blows: [Blow] =
        points.map { Blow.point($0.role, $0.point) }
        + [.kill(.gateway), .kill(.drain), .kill(.projector), .store(.redis), .store(.postgres), .cutConnections]

    static var runs: Int {
        ProcessInfo.processInfo.environment["FOOTFALL_CRASH_RUNS"].flatMap(Int.init) ?? blows.count
    }

    @Test(.timeLimit(.minutes(60)))
    func everyAcknowledgedEventIsCountedOnce() async throws {
        try await Deployment.run { deployment in
            let shop = try deployment.addShop()
            for role in [Deployment.Role.gateway, .drain, .projector] { try deployment.start(role) }
            let sender = EventSender(deployment, account: shop.account_id)
            for run in 0..<Self.runs {
                let blow = Self.blows[run % Self.blows.count]
                try await Self.strike(blow, passing: run / Self.blows.count % 5 + 1, deployment, sender, run: run)
                try await Self.settle(deployment, sender, "run \(run): \(blow)")
            }
        }
    }

    /// Sends events while the blow falls; whoever died is started again.
    private static func strike(
        _ blow: Blow, passing: Int, _ deployment: Deployment, _ sender: EventSender, run: Int
    ) async throws {
        var armed: FootfallProcess?
        if case .point(let role, let point) = blow {
            deployment.kill(role)
            _ = await eventually(within: patience) { deployment.process(role)?.isRunning == false }
            try deployment.start(role, crashAt: "\(point):\(passing)")
            armed = deployment.process(role)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    try await sender.send(batches: 12, of: 1 + (run + worker) % 7, worker: worker, run: run)
                }
            }
            group.addTask {
                try await blow.strike(deployment)
                while !sender.isDone(run: run) {
                    try deployment.revive()
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            try await group.waitForAll()
        }
        if let armed, passing == 1 {
            let died = await eventually(within: patience) { !armed.isRunning }
            #expect(died, "run \(run): \(blow): the point was never passed")
        }
        try deployment.revive()
    }

    /// Waits until everything that was answered has arrived, then compares.
    private static func settle(_ deployment: Deployment, _ sender: EventSender, _ comment: String) async throws {
        let books = Books(deployment.database)
        let acknowledged = sender.acknowledged
        let arrived = try await eventually(within: patience) {
            try deployment.revive()
            return try books.inReadModels() >= acknowledged && books.isCaughtUp()
        }
        struct Stats: Decodable { let difference: Int }
        let stats = try JSONDecoder().decode(
            Stats.self, from: Data(try deployment.command("log", "stats", "--json").utf8))
        #expect(arrived, "\(comment): read models never caught up")
        #expect(try books.inLog() == acknowledged, "\(comment): events in the log")
        #expect(try books.distinctInLog() == acknowledged, "\(comment): different events in the log")
        #expect(try books.inReadModels() == acknowledged, "\(comment): events in the read models")
        #expect(stats.difference == 0, "\(comment): accounting")
        _ = try deployment.command("log", "verify")
    }
}

/// Posts events with identities of their own and sends each batch until it is answered 202, as a careful client would.
private final class EventSender: Sendable {
    private let deployment: Deployment
    private let account: String
    private let state = Mutex((acknowledged: 0, finished: [Int: Int]()))
    private let start = Int64(Date().timeIntervalSince1970 * 1000)

    init(_ deployment: Deployment, account: String) {
        self.deployment = deployment
        self.account = account
    }

    /// Events answered 202.
    var acknowledged: Int { state.withLock { $0.acknowledged } }
    func isDone(run: Int) -> Bool { state.withLock { $0.finished[run, default: 0] >= 4 } }

    func send(batches: Int, of size: Int, worker: Int, run: Int) async throws {
        defer { state.withLock { $0.finished[run, default: 0] += 1 } }
        for batch in 0..<batches {
            let events = (0..<size).map { event(run, worker, batch, $0) }
            let body = ByteBuffer(string: "[\(events.joined(separator: ","))]")
            let taken = await eventually(within: patience) { await self.post(body) }
            try #require(taken, "a batch was never taken")
            state.withLock { $0.acknowledged += size }
        }
    }

    private func event(_ run: Int, _ worker: Int, _ batch: Int, _ index: Int) -> String {
        let time = start + Int64(run * 1000 + batch * 10 + index)
        let stamp = Date(timeIntervalSince1970: Double(time) / 1000).ISO8601Format(
            .init(includingFractionalSeconds: true))
        return """
            {"id":"sh-\(run)-\(worker)-\(batch)-\(index)","name":"page_viewed","clientId":"c-\(run)-\(worker)",\
            "timestamp":"\(stamp)","context":{"document":{"location":{"href":"https://test.myshopify.com/p/\(batch)"}}}}
            """
    }

    private func post(_ body: ByteBuffer) async -> Bool {
        var request = HTTPClientRequest(url: deployment.url(.gateway, "/v1/pixel/\(account)"))
        request.method = .POST
        request.body = .bytes(body)
        // A connection that dies is what this test is about: then the batch is sent again.
        let response = try? await HTTPClient.shared.execute(request, timeout: .seconds(5))
        _ = try? await response?.body.collect(upTo: 1 << 20)
        return response?.status == .accepted
    }
}

/// What the stores say.
struct Books {
    private let connection: PostgresConnection

    init(_ configuration: PostgresConfiguration) { connection = PostgresConnection(configuration) }

    private func number(_ sql: String) throws -> Int {
        let found: PostgresResult?
        do {
            found = try connection.query(sql)
        } catch {
            // The server is being killed and started again: asked anew by the caller.
            guard error.isRetryable || error.isConnectionLost else { throw error }
            found = nil
        }
        return found.map { Int($0[0].int64(0)) } ?? -1
    }

    func inLog() throws -> Int { try number("select count(*) from log.event") }
    func distinctInLog() throws -> Int { try number("select count(distinct key) from log.event") }
    func inReadModels() throws -> Int { try number("select coalesce(sum(events), 0)::bigint from sessions.session") }

    func isCaughtUp() throws -> Bool {
        try number(
            """
            select count(*) from (select lane, max(first_position + event_count - 1) head from log.batch group by lane) log
            left join sessions.checkpoint using (lane) where head > coalesce(position, 0)
            """) == 0
    }

}

extension CrashTests.Blow {
    /// Kills or cuts what it says; a crash point strikes by itself.
    func strike(_ deployment: Deployment) async throws {
        switch self {
        case .point: break
        case .kill(let role): deployment.kill(role)
        case .store(let store):
            await deployment.stores.crash(store)
            _ = try await deployment.stores.start()
        case .cutConnections:
            _ = try PostgresConnection(deployment.database).query(
                "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and application_name like 'footfall%'"
            )
        }
    }
}
