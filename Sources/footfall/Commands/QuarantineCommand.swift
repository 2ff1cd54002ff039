internal import ArgumentParser
internal import DataSubjects
internal import EventLog
internal import EventModel
internal import Foundation
internal import Postgres
internal import Privacy
internal import Registry

struct QuarantineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine", abstract: "Events that were not taken: list, show, replay.",
        subcommands: [List.self, Show.self, Replay.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists what waits, oldest first.")
        @Option(help: "Only this shop.") var shop: String?
        @Option(help: "At most so many.") var limit = 100
        @Flag(help: "Also what has been replayed.") var all = false
        @Flag(help: "Print a JSON array.") var json = false
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let (shop, limit, all) = (shop, limit, all)
            let lines = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { connection in
                    let shops = try ShopRegistry.list(on: connection)
                    let domains = Dictionary(uniqueKeysWithValues: shops.map { ($0.id, $0.domain) })
                    var filter = Quarantine.Filter()
                    filter.includesReplayed = all
                    if let shop { filter.shop = shops.first { $0.domain == shop.lowercased() }?.id ?? -1 }
                    return try Quarantine(connection).list(filter, limit: limit).map { QuarantineLine($0, domains) }
                }
            }
            if json { return try Terminal.print(json: lines) }
            Terminal.print(
                table: ["ID", "SHOP", "REASON", "KIND", "SINCE"],
                lines.map { [String($0.id), $0.shop, $0.reason, $0.kind ?? "", $0.quarantined_at] })
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows one event with its payload, sealed fields sealed.")
        @Argument var id: Int64
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let dictionaries = try Dictionaries.load(ProjectFolders.locate())
            let id = self.id
            let (line, payload) = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { connection in
                    let domains = Dictionary(
                        uniqueKeysWithValues: try ShopRegistry.list(on: connection).map { ($0.id, $0.domain) })
                    let item = try Self.find(id, connection)
                    var payload: [UInt8] = []
                    if let record = item.record {
                        try? PayloadDecompressor(dictionaries).open(  // a damaged one is shown without its payload
                            record.payload.span, dictionary: record.header.dictionary, into: &payload)
                    }
                    return (QuarantineLine(item, domains), payload)
                }
            }
            try Terminal.print(json: line)
            if !payload.isEmpty { Terminal.print(String(decoding: payload, as: UTF8.self)) }
        }

        static func find(_ id: Int64, _ connection: PostgresConnection) throws -> Quarantine.Item {
            do {
                return try Quarantine(connection).show(id)
            } catch let error as EventLogError {
                throw CommandFailure("\(error)")
            }
        }
    }

    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Appends a quarantined event, as it is or mended, by the way that every event goes.")
        @Argument var id: Int64
        @Option(help: "as-new-event gives it an identity of its own, so that both contents of a conflict stand.")
        var fix: String?
        @Flag(help: "Only say what would happen.") var dryRun = false
        @OptionGroup var stores: StoreOptions

        func validate() throws {
            guard fix == nil || fix == "as-new-event" else { throw ValidationError("--fix is as-new-event.") }
        }

        func run() async throws {
            let (id, isNewEvent, dryRun) = (id, fix != nil, dryRun)
            // A new identity takes the keys: what is sealed is bound to the old one.
            let outcome = try await stores.withSettings(needsSecrets: isNewEvent) { settings in
                let vault =
                    isNewEvent
                    ? try Vault(currentKey: settings.appSecretKey, previousKey: settings.previousAppSecretKey) : nil
                return try await settings.withPostgres { connection in
                    let resealer = vault.map { EventResealer(vault: $0, on: connection) }
                    let mend = resealer.map { Quarantine.Fix.asNewEvent(reseal: $0.sealed(_:lane:as:)) } ?? .none
                    do {
                        return try Quarantine(connection).replay(id, fix: mend, isDryRun: dryRun).total.committed
                    } catch let error as EventLogError {
                        throw CommandFailure("\(error)")
                    } catch let error as PrivacyError {
                        throw CommandFailure("\(id) cannot be given another identity: \(error)")
                    }
                }
            }
            let done = outcome > 0 ? "appended" : "is in the log already"
            Terminal.print("\(id) \(dryRun ? "would be: " : "")\(done)")
        }
    }
}

/// A quarantined event as lists print it.
struct QuarantineLine: Encodable, Sendable {
    let id: Int64
    let shop: String
    let lane: Int16
    let reason: String
    let kind: String?
    let bytes: Int
    let quarantined_at: String
    let replayed_at: String?

    init(_ item: Quarantine.Item, _ domains: [ShopID: String]) {
        id = item.id
        shop = domains[item.shop] ?? "#\(item.shop)"
        lane = item.lane
        reason = item.reason.name
        kind = item.record?.name
        bytes = item.bytes.count
        quarantined_at = Timestamp.text(item.quarantinedAt)
        replayed_at = item.replayedAt.map(Timestamp.text)
    }
}
