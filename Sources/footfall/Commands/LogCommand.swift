internal import ArgumentParser
internal import EventLog
internal import EventModel
internal import Foundation
internal import Postgres
internal import Registry

struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "The event log: tail, export, verify, stats.",
        subcommands: [Tail.self, Export.self, Verify.self, Stats.self])

    struct Tail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints the newest events as NDJSON.")
        @Option(name: .shortAndLong, help: "Events of each lane to begin with.") var count = 10
        @Flag(name: .shortAndLong, help: "Go on with new events until interrupted.") var follow = false
        @OptionGroup var filter: LogFilter
        @OptionGroup var stores: StoreOptions

        func validate() throws {
            guard count >= 0 else { throw ValidationError("--count cannot be negative.") }
        }

        func run() async throws {
            let dictionaries = try Dictionaries.load(ProjectFolders.locate())
            let (count, follow, filter) = (count, follow, filter)
            try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { connection in
                    var lines = try LogLines(connection, .ndjson, dictionaries, filter)
                    try lines.startBefore(newest: count)
                    repeat { try lines.printNew() } while try follow && lines.wait()
                }
            }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints all events, a line each; sealed fields as {\"sealed\":true}.")
        @Option(help: "ndjson or csv.") var format: String = "ndjson"
        @Flag(help: "Open sealed fields. Each page is noted in the log as personal.opened before it is printed.")
        var openPersonal = false
        @OptionGroup var filter: LogFilter
        @OptionGroup var stores: StoreOptions

        func validate() throws {
            guard LogExport.Format(rawValue: format) != nil else {
                let all = LogExport.Format.allCases.map(\.rawValue).joined(separator: " or ")
                throw ValidationError("--format is \(all).")
            }
        }

        func run() async throws {
            let dictionaries = try Dictionaries.load(ProjectFolders.locate())
            let (format, filter) = (LogExport.Format(rawValue: format) ?? .ndjson, filter)
            if openPersonal {
                return try await stores.withSettings { try await OpenedExport.run($0, format, dictionaries, filter) }
            }
            try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { connection in
                    var lines = try LogLines(connection, format, dictionaries, filter)
                    try lines.printNew()
                }
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Walks the hash chain of every lane and adds up the accounting; exit 1 where anything is wrong.")
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let isIntact = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { connection in
                    var isIntact = true
                    for lane in try ShopRegistry.lanes(on: connection) {
                        let report = try LogVerifier(connection).verify(lane: lane)
                        let state = report.isIntact ? "intact" : "DAMAGED"
                        Terminal.print("lane \(lane): \(report.events) events in \(report.appends) appends, \(state)")
                        for stretch in report.dropped { Terminal.print("\(stretch)") }
                        for damage in report.damages { Terminal.error("\(damage)") }
                        isIntact = isIntact && report.isIntact
                    }
                    return isIntact
                }
            }
            if !isIntact { throw ExitCode(1) }
        }
    }

    struct Stats: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sizes, counts and the accounting, per lane and shop.")
        @Flag(help: "Print JSON.") var json = false
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let report = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { try StatsReport($0, settings.redis) }
            }
            if json { return try Terminal.print(json: report) }
            Terminal.print(
                "\(report.events) events, \(report.bytes >> 20) MiB with indexes (\(report.bytes_per_event) bytes an event)"
            )
            Terminal.print(
                table: ["SHOP", "RECEIVED", "COMMITTED", "DUPLICATE", "QUARANTINED", "REFUSED", "IN FLIGHT"],
                report.shops.map { shop in
                    [shop.shop]
                        + [
                            shop.received, shop.committed, shop.duplicate, shop.quarantined, shop.refused,
                            shop.in_flight,
                        ].map { String($0) }
                })
            Terminal.print("received \(report.received), in flight \(report.in_flight), lost \(report.lost)")
            if !report.buffer_asked { Terminal.error("Redis does not answer: what it holds is not in these numbers.") }
            Terminal.print("difference \(report.difference)  (0: nothing was lost, nothing counted twice)")
        }
    }
}
