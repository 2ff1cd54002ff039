internal import ArgumentParser
internal import EventModel
internal import Foundation
internal import Pipelines
internal import Postgres
internal import Projector
internal import Registry
internal import Synchronization

struct ProjectionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "projections", abstract: "Read models: list, status, rebuild, verify, rollback.",
        subcommands: [List.self, Status.self, Rebuild.self, Verify.self, Rollback.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Position and lag of each read model and lane.")
        @Flag(help: "Print a JSON array.") var json = false
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let lines = try await stores.withRebuilder { rebuilder, _ in
                try await rebuilder.list().map(ProjectionLine.init)
            }
            if json { return try Terminal.print(json: lines) }
            Terminal.print(
                table: ["PROJECTION", "LANE", "POSITION", "HEAD", "BEHIND", "WAITING"],
                lines.map {
                    [$0.projection, "\($0.lane)", "\($0.position)", "\($0.head)", "\($0.lag)", "\($0.waiting)"]
                })
        }
    }

    struct Rebuild: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fills a new copy from the log beside the live one, compares, and switches in one transaction.")
        @Argument(help: "One read model, or `all`.") var name: String
        @Flag(help: "Switch also where the new copy differs, as it must after a change of definitions.")
        var acceptDifferences = false
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let (name, accept) = (name, acceptDifferences)
            let comparisons = try await stores.withRebuilder { rebuilder, progress in
                try await rebuilder.rebuild(
                    name == "all" ? ProjectionSchemas.names : [name], acceptsDifferences: accept, progress: progress)
            }
            for comparison in comparisons { comparison.show() }
            Terminal.print("Switched; the old copy is kept for `footfall projections rollback`.")
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Rebuilds beside the live read models and compares, without a switch; exit 1 where they differ.")
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let comparisons = try await stores.withRebuilder { rebuilder, progress in
                try await rebuilder.verify(progress: progress)
            }
            for comparison in comparisons { comparison.show() }
            if !comparisons.allSatisfy(\.isEqual) { throw ExitCode(1) }
        }
    }

    struct Rollback: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Puts the copy before the last switch back.")
        @Argument var name: String
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let name = self.name
            try await stores.withRebuilder { rebuilder, _ in try await rebuilder.rollback(name) }
            Terminal.print("\(name) is the copy before the last switch again; it catches up with the log by itself.")
        }
    }
}

extension StoreOptions {
    /// Runs `body` with a rebuilder of all lanes; `progress` takes numbers of events as they are projected.
    fileprivate func withRebuilder<R>(
        _ body: (ProjectionRebuilder, @escaping @Sendable (Int) -> Void) async throws -> R
    ) async throws -> R {
        Memory.keepFreed()
        return try await withSettings(needsSecrets: false) { settings in
            // What a rebuild makes belongs to the role that goes on with it.
            async let roles = settings.withAccessRoles()
            let (lanes, shops, events, beginnings) = try await settings.withPostgres { connection in
                (
                    try ShopRegistry.lanes(on: connection), try ShopRegistry.list(on: connection),
                    try connection.query("select coalesce(sum(event_count), 0)::bigint from log.batch")[0].int64(0),
                    try LogBeginnings.all(on: connection)
                )
            }
            for (lane, position) in beginnings.sorted(by: { $0.key < $1.key }) {
                Terminal.error(
                    "Lane \(lane) of the log begins at position \(position): retention has dropped what was before, and a "
                        + "rebuilt read model knows nothing of it.")
            }
            let rebuilder = try await Self.rebuilder(roles, lanes, shops)
            let bar = ProgressLine("projecting")
            let done = Mutex(0)
            do {
                return try await body(rebuilder) { count in
                    let total = done.withLock { done in
                        done += count
                        return done
                    }
                    bar.show(total, of: Int(events))
                }
            } catch let failure as ProjectionRebuilder.Failure {
                throw CommandFailure(failure.text)
            }
        }
    }

    private static func rebuilder(
        _ settings: Settings, _ lanes: [Lane], _ shops: [ShopRegistration]
    ) throws -> ProjectionRebuilder {
        let folders = try ProjectFolders.locate()
        let hosts = Dictionary(uniqueKeysWithValues: shops.map { ($0.id, $0.ownHosts) })
        return ProjectionRebuilder(
            database: settings.postgres("projector"), lanes: lanes, schemaFolder: folders.projections
        ) {
            Server.projectorConfiguration(
                settings, folders, try PipelineCatalog.load(folder: folders.pipelines), try Dictionaries.load(folders),
                lanes
            ) { hosts[$0] ?? [] }
        }
    }
}

extension ProjectionRebuilder.Failure {
    fileprivate var text: String {
        switch self {
        case .unknown(let name):
            return "There is no read model \(name); there are \(ProjectionSchemas.names.joined(separator: ", "))."
        case .nothingToRollBackTo(let name): return "\(name) has not been rebuilt, so there is nothing to go back to."
        case .differs(let comparisons):
            comparisons.forEach { $0.show() }
            return "The rebuilt copy differs and stays beside the live one as NAME_next; nothing was switched."
        }
    }
}

extension ProjectionComparison {
    fileprivate func show() {
        for table in tables {
            let state = table.isEqual ? "equal" : "DIFFERENT"
            Terminal.print(
                "\(projection).\(table.name): \(table.liveRows) rows live, \(table.rebuiltRows) rebuilt, \(state)")
        }
    }
}

/// A read model as lists print it.
private struct ProjectionLine: Encodable {
    let projection: String
    let lane: Int16
    let position: Int64
    let head: Int64
    let lag: Int64
    let waiting: Int64

    init(_ status: ProjectionStatus) {
        projection = status.projection
        lane = status.lane
        position = status.position
        head = status.head
        lag = status.head - status.position
        waiting = status.waiting
    }
}
