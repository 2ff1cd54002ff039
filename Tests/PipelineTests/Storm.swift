import Foundation
import Postgres
import PrivateStores
import Synchronization
import Testing

/// One run of the property test: a shop on real stores and processes, lived as a plan says.
final class Storm: Sendable {
    private let plan: StormPlan
    /// Data folders of the deployment and of what it was restored into, backups, and files that were handed out.
    let root: URL
    let truth: Mutex<StormTruth>
    private let people: [MarkedShopper]
    private let shelf: Mutex<[(folder: String, truth: StormTruth)]> = Mutex([])
    private let visits = Mutex<[String: Int]>([:])
    private let found = Mutex<[String]>([])

    /// The first two people use one browser.
    private static let shared = "browser-of-two"

    private init(_ plan: StormPlan) throws {
        self.plan = plan
        root = FileManager.default.temporaryDirectory.appending(path: "footfall-storm-\(UUID().uuidString.prefix(8))")
        people = (0..<plan.people).map { number in
            MarkedShopper(
                "s\(plan.seed)p\(number)q", number: number,
                client: number < 2 ? Self.shared : "browser-\(plan.seed)-\(number)")
        }
        truth = Mutex(StormTruth(sharedClients: [Self.shared: [0, 1]]))
        for folder in ["0", "backups"] {
            try FileManager.default.createDirectory(
                at: root.appending(path: folder), withIntermediateDirectories: true)
        }
    }

    /// Runs it to its end; what did not hold, empty where all did.
    static func run(_ plan: StormPlan) async throws -> [String] {
        let storm = try Storm(plan)
        defer { try? FileManager.default.removeItem(at: storm.root) }  // a leftover folder harms nobody
        let folder = storm.root.appending(path: "0")
        do {
            try await Deployment.run(in: folder, with: storm.environment(folder)) { deployment in
                try deployment.command("migrate")
                let shop = try StormShop.open(deployment)
                try await storm.play(plan.steps[...], shop, generation: 0)
            }
        } catch {
            storm.note("ended by \(error)")
        }
        return storm.found.withLock(\.self)
    }

    /// Notes something that does not hold.
    func note(_ failure: String) { found.withLock { $0.append(failure) } }
    func check(_ holds: Bool, _ failure: @autoclosure () -> String) { if !holds { note(failure()) } }

    func person(_ number: Int) -> MarkedShopper { people[number] }
    var everybody: [MarkedShopper] { people }

    private func environment(_ folder: URL) -> [String: String] {
        ["FOOTFALL_ERASURE_JOURNAL": folder.appending(path: "erasures.journal").path]
    }

    // MARK: Steps

    /// Goes through the steps on this deployment, and from a restore on with another.
    private func play(_ steps: ArraySlice<StormPlan.Step>, _ shop: StormShop, generation: Int) async throws {
        let deployment = shop.deployment
        for role in [Deployment.Role.gateway, .drain, .projector, .api] { try deployment.start(role) }
        let rest = try await keepingAlive(deployment) {
            for (index, step) in zip(steps.indices, steps) {
                switch step {
                case .stretch(let acts, let blow): try await self.live(acts, blow, shop)
                case .backUp: try await self.backUp(shop)
                case .restore(_, let isSettled):
                    if isSettled { _ = try await shop.finishedRequests() }
                    return steps[index...]
                }
            }
            try await StormEnd(storm: self, shop: shop).check()
            return []
        }
        guard case .restore(let backup, let isSettled)? = rest.first else { return }
        for role in Deployment.Role.allCases { deployment.kill(role) }
        let folder = root.appending(path: "\(generation + 1)")
        let (from, then) = shelf.withLock { $0[min(backup, $0.count - 1)] }
        let journal = deployment.folder.appending(path: "erasures.journal").path
        let isForgetful = FileManager.default.fileExists(atPath: journal)
        try await deployment.succeed(
            ["restore", "--from", from, "--data", folder.path]
                + (isForgetful ? ["--tombstones", journal] : ["--no-tombstones-since"]))
        checkPlain(deployment.printed(), "what was printed")
        await deployment.end()
        let again = truth.withLock { $0.goBack(to: then, keepingRequests: isSettled) }
        try await Deployment.run(in: folder, with: environment(folder)) { deployment in
            let shop = shop.moved(to: deployment)
            let steps = [.stretch(again.map(\.act), nil)] + rest.dropFirst()
            try await self.play(steps[...], shop, generation: generation + 1)
        }
    }

    /// Starts roles again as they die, while `body` runs.
    private func keepingAlive<R: Sendable>(
        _ deployment: Deployment, _ body: @escaping @Sendable () async throws -> R
    ) async throws -> R {
        try await withThrowingTaskGroup(of: R?.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    try deployment.revive()
                    // Only spares the processor; cancelled, the loop sees it.
                    try? await Task.sleep(for: .milliseconds(20))
                }
                return nil
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    private func backUp(_ shop: StormShop) async throws {
        struct Line: Decodable { let folder: String }
        let words = ["backup", "--to", root.appending(path: "backups").path, "--json"]
        let line = try await shop.deployment.succeed(words)
        let folder = try JSONDecoder().decode(Line.self, from: Data(line.utf8)).folder
        let now = truth.withLock(\.self)
        shelf.withLock { $0.append((folder, now)) }
    }

    /// Nothing personal may ever be seen unsealed.
    func checkPlain(_ text: String, _ place: String) {
        let left = MarkerSearch(everybody.flatMap(\.markers.values)).found(in: text)
        check(left.isEmpty, "plain in \(place): \(left)")
    }

    // MARK: A stretch

    private func live(_ acts: [StormPlan.Act], _ blow: StormPlan.Blow?, _ shop: StormShop) async throws {
        let deployment = shop.deployment
        if case .crash(.point(let role, let point)) = blow {
            await deployment.restart(role, crashAt: "\(point):\(acts.count)")
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            // Those of one person come one after the other.
            for acts in Dictionary(grouping: acts, by: \.person).values {
                group.addTask { for act in acts { try await self.perform(act, shop) } }
            }
            if case .crash(let blow) = blow { group.addTask { try await blow.strike(deployment) } }
            try await group.waitForAll()
        }
        if case .midErasure(let step) = blow { try await interrupt(after: step, deployment) }
    }

    /// Kills whoever erases when the newest erasure has done `step`, or is over before that was seen.
    private func interrupt(after step: String, _ deployment: Deployment) async throws {
        let connection = PostgresConnection(deployment.database)
        let wanted = StormPlan.erasureSteps.firstIndex(of: step) ?? 0
        _ = await eventually(within: patience) {
            // The database may be coming back.
            let rows = try? connection.query(
                "select step, state from privacy.request where kind = 'erasure' order by asked_at desc limit 1")
            guard let row = rows?.first else { return rows != nil }
            let done = row.textIfPresent(0).flatMap { StormPlan.erasureSteps.firstIndex(of: $0) } ?? -1
            return done >= wanted || !["received", "working"].contains(row.text(1))
        }
        deployment.kill(.projector)
    }

    /// Minutes into the day; visits of one browser are further apart than a session lasts.
    func time(of client: String) -> Int {
        visits.withLock { visits in
            defer { visits[client, default: 0] += 1 }
            return visits[client, default: 0] * 40
        }
    }
}

extension Deployment {
    /// Runs a command of the binary, once more where it fails because somebody has been killed meanwhile.
    @discardableResult
    func succeed(_ words: [String]) async throws -> String {
        var last: (status: Int32, output: String) = (-1, "")
        for _ in 0..<Self.attemptsMax {
            last = try await attempt(words)
            if last.status == 0 { return last.output }
            _ = await eventually(within: patience) {
                // A database that was killed comes back by and by.
                (try? PostgresConnection(database).query("select 1")) != nil
            }
        }
        throw CommandFailed(words: words, status: last.status, output: last.output)
    }

    /// Nobody is killed so often while one command runs.
    private static let attemptsMax = 5

    /// Runs a command without holding up whoever else runs here.
    func attempt(_ words: [String]) async throws -> (status: Int32, output: String) {
        let environment = environment
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try FootfallProcess.run(words, environment: environment) })
            }
        }
    }
}
