internal import ArgumentParser
internal import EventModel
internal import Postgres
internal import Reactors
internal import Registry

struct ReactorsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reactors", abstract: "What Footfall does by itself: list, retry, drop tasks.",
        subcommands: [List.self, Retry.self, Drop.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists tasks, the newest first, with the number of tries and the last failure.")
        @Option(help: "Only this shop.") var shop: String?
        @Option(help: "Only this reactor.") var reactor: String?
        @Option(help: "Only this state: \(ReactorsCommand.states).") var state: String?
        @Option(help: "At most so many.") var limit = 100
        @Flag(help: "Print a JSON array.") var json = false
        @OptionGroup var stores: StoreOptions

        func validate() throws {
            guard state == nil || state.flatMap(TaskState.init) != nil else {
                throw ValidationError("--state is one of \(ReactorsCommand.states).")
            }
            guard (1...ReactorDesk.listMax).contains(limit) else {
                throw ValidationError("--limit is a number from 1 to \(ReactorDesk.listMax).")
            }
        }

        func run() async throws {
            let (name, state, reactor, limit) = (shop?.lowercased(), state.flatMap(TaskState.init), reactor, limit)
            let lines = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { connection in
                    let shops = try ShopRegistry.list(on: connection)
                    var filter = TaskFilter(state: state, reactor: reactor, limit: limit)
                    if let name {
                        guard let shop = shops.first(where: { $0.domain == name }) else {
                            throw CommandFailure("There is no shop \(name).")
                        }
                        filter.shop = shop.id
                    }
                    let domains = Dictionary(uniqueKeysWithValues: shops.map { ($0.id, $0.domain) })
                    return try ReactorDesk.list(filter, on: connection).map { TaskLine($0, domains) }
                }
            }
            if json { return try Terminal.print(json: lines) }
            Terminal.print(
                table: ["ID", "SHOP", "REACTOR", "STATE", "TRIES", "RUNS AT", "LAST ERROR"],
                lines.map {
                    [
                        String($0.id), $0.shop, $0.reactor, $0.state, String($0.attempts), $0.run_at,
                        $0.last_error ?? "",
                    ]
                })
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes tasks ready again at once, with all their tries before them.")
        @Argument(help: "Ids of dead, dropped or waiting tasks.") var ids: [Int64] = []
        @Flag(help: "All dead letters.") var allDead = false
        @Option(help: "With --all-dead: only this reactor's.") var reactor: String?
        @Flag(help: "Print JSON.") var json = false
        @OptionGroup var stores: StoreOptions

        func validate() throws {
            guard ids.isEmpty == allDead else { throw ValidationError("Give either ids or --all-dead.") }
            guard reactor == nil || allDead else { throw ValidationError("--reactor goes with --all-dead.") }
        }

        func run() async throws {
            let (ids, isAll, reactor) = (ids, allDead, reactor)
            let count = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres {
                    isAll
                        ? try ReactorDesk.retryDead(reactor: reactor, on: $0) : try ReactorDesk.retry(ids, on: $0)
                }
            }
            try ReactorsCommand.report(count, of: ids.count, "ready again", json: json)
        }
    }

    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends tasks that are not done; they run no more, unless they are retried.")
        @Argument(help: "Ids of tasks.") var ids: [Int64]
        @Flag(help: "Print JSON.") var json = false
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let ids = ids
            let count = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { try ReactorDesk.drop(ids, on: $0) }
            }
            try ReactorsCommand.report(count, of: ids.count, "dropped", json: json)
        }
    }

    private static let states = TaskState.allCases.map(\.rawValue).joined(separator: ", ")

    /// Says how many tasks were changed; fails where fewer were than were named.
    private static func report(_ count: Int, of wanted: Int, _ verb: String, json: Bool) throws {
        if json {
            try Terminal.print(json: ["tasks": count])
        } else {
            Terminal.print("\(count) \(count == 1 ? "task is" : "tasks are") \(verb).")
        }
        guard count < wanted else { return }
        throw CommandFailure("\(wanted - count) of the \(wanted) ids are no task in a state that allows this.")
    }
}

/// A task as lists print it (contract: Commands).
private struct TaskLine: Encodable, Sendable {
    let id: Int64
    let shop: String
    let reactor: String
    let key: String
    let state: String
    let attempts: Int
    let run_at: String
    let created_at: String
    let finished_at: String?
    let last_error: String?

    init(_ row: TaskRow, _ domains: [ShopID: String]) {
        id = row.id
        shop = domains[row.shop] ?? "#\(row.shop)"
        reactor = row.reactor
        key = row.key
        state = row.state.rawValue
        attempts = row.attempts
        run_at = Timestamp.text(row.runAt)
        created_at = Timestamp.text(row.createdAt)
        finished_at = row.finishedAt.map(Timestamp.text)
        last_error = row.lastError
    }
}
