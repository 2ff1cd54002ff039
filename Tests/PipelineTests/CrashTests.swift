import Foundation
import Postgres
import PrivateStores
import TestSupport
import Testing

/// Kills each process at each step of the way, and cuts its connections at any byte, while events come in, and adds up
/// what is left: every event answered 2xx is in the log exactly once and in the read models exactly once, and the
/// accounting's difference is zero.
///
/// `FOOTFALL_CRASH_RUNS` sets the number of runs; each run's choices follow from its number.
@Suite(.serialized) struct CrashTests {
    /// Where a role ends itself.
    static let points: [(role: Deployment.Role, point: String)] = [
        (.gateway, "gateway.append.before"), (.gateway, "stream.xadd.before"), (.gateway, "stream.xadd.after"),
        (.gateway, "gateway.append.after"), (.drain, "log.copy.before"), (.drain, "log.copy.after"),
        (.drain, "log.batch.before"), (.drain, "log.batch.after"), (.drain, "log.commit.before"),
        (.drain, "log.commit.after"), (.drain, "drain.trim.before"), (.drain, "drain.trim.after"),
        (.projector, "projector.commit.before"), (.projector, "projector.commit.after"),
    ]

    /// What happens in a run, beside the events.
    enum Blow: Sendable, CustomStringConvertible {
        case point(Deployment.Role, String)
        case kill(Deployment.Role)
        case store(PrivateStores.Store)
        case cutConnections
        /// One of them, by the proxy before the store.
        case cut(PrivateStores.Store, Cut)

        var description: String {
            switch self {
            case .point(let role, let point): "\(role) dies at \(point)"
            case .kill(let role): "\(role) is killed"
            case .store(let store): "\(store) is killed"
            case .cutConnections: "all database sessions are cut"
            case .cut(let store, let cut): "\(store): \(cut)"
            }
        }
    }

    static let blows: [Blow] =
        points.map { Blow.point($0.role, $0.point) }
        + [.kill(.gateway), .kill(.drain), .kill(.projector), .store(.redis), .store(.postgres), .cutConnections]
        + [
            .cut(.postgres, .commit), .cut(.redis, .replyTo("XADD")), .cut(.redis, .replyTo("XTRIM")),
            .cut(.postgres, .afterRequestBytes(0)), .cut(.postgres, .afterReplyBytes(0)),
            .cut(.redis, .afterRequestBytes(0)), .cut(.redis, .afterReplyBytes(0)),
        ]

    /// Counts of bytes are drawn anew for each run, within what a run sends.
    private static let cutBytesMax = 20_000

    static var runs: Int {
        ProcessInfo.processInfo.environment["FOOTFALL_CRASH_RUNS"].flatMap(Int.init) ?? blows.count
    }

    @Test(.timeLimit(.minutes(60)))
    func everyAcknowledgedEventIsCountedOnce() async throws {
        try await Deployment.run(isCut: true) { deployment in
            let shop = try deployment.addShop()
            for role in [Deployment.Role.gateway, .drain, .projector] { try deployment.start(role) }
            let sender = EventSender(deployment, shop: shop)
            for run in 0..<Self.runs {
                var random = RunNumbers(run: run)
                let bytes = Int.random(in: 0..<Self.cutBytesMax, using: &random)
                let blow = Self.blows[run % Self.blows.count].drawn(bytes)
                try await Self.strike(blow, passing: run / Self.blows.count % 5 + 1, deployment, sender, run: run)
                try await Self.settle(deployment, sender, "run \(run): \(blow)")
            }
        }
    }

    /// Sends events while the blow falls; whoever died is started again.
    private static func strike(
        _ blow: Blow, passing: Int, _ deployment: Deployment, _ sender: EventSender, run: Int
    ) async throws {
        let cutCount = deployment.cutCount
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
        if case .cut(_, .replyTo) = blow {
            let isCut = await eventually(within: patience) { deployment.cutCount > cutCount }
            #expect(isCut, "run \(run): \(blow): never sent")
        }
        // What has not happened by now would hit whoever looks at what is left.
        deployment.cuts?.redis.arm(nil)
        deployment.cuts?.postgres.arm(nil)
        try deployment.revive()
    }

    /// Waits until everything that was answered has arrived, then compares.
    private static func settle(_ deployment: Deployment, _ sender: EventSender, _ comment: String) async throws {
        let books = Books(deployment.database)
        let sent = sender.counts
        let arrived = try await eventually(within: patience) {
            try deployment.revive()
            return try books.inReadModels() == sent && books.isCaughtUp()
        }
        struct Stats: Decodable { let difference: Int, in_flight: Int }
        let isBalanced = try await eventually(within: patience) {
            let stats = try JSONDecoder().decode(
                Stats.self, from: Data(try deployment.command("log", "stats", "--json").utf8))
            return stats.difference == 0 && stats.in_flight == 0
        }
        #expect(try books.inReadModels() == sent, "\(comment): read models")
        #expect(arrived, "\(comment): not all read models caught up")
        #expect(try books.inLog() == sent, "\(comment): events in the log")
        #expect(isBalanced, "\(comment): accounting")
        _ = try deployment.command("log", "verify")
    }
}

extension CrashTests.Blow {
    /// With so many bytes, where it counts bytes.
    func drawn(_ bytes: Int) -> Self {
        switch self {
        case .cut(let store, .afterRequestBytes): .cut(store, .afterRequestBytes(bytes))
        case .cut(let store, .afterReplyBytes): .cut(store, .afterReplyBytes(bytes))
        default: self
        }
    }

    /// Kills or cuts what it says; a crash point strikes by itself.
    func strike(_ deployment: Deployment) async throws {
        switch self {
        case .point: break
        case .cut(.postgres, let cut): deployment.cuts?.postgres.arm(cut)
        case .cut(.redis, let cut): deployment.cuts?.redis.arm(cut)
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

/// The same numbers for the same run.
private struct RunNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(run: Int) { state = UInt64(run) &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state = state &* 0x5851_F42D_4C95_7F2D &+ 0x1405_7B7E_F767_814F
        return state ^ state >> 29
    }
}
