internal import ArgumentParser
internal import EventLog
internal import EventModel
internal import Foundation
internal import Postgres
internal import Recorder
internal import Registry

extension PrivacyCommand {
    struct Audit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints who opened personal data, and what became of requests, from the log itself.",
            discussion: "A line an event, in the order of each lane. `footfall log verify` shows that none was changed."
        )
        @Option(help: "Only this shop.") var shop: String?
        @Option(help: "Only this reader: key:<id>, session:<staff member>, link or cli.") var reader: String?
        @Option(help: "Only from this time on, such as 2026-11-20 or 2026-11-20T13:00:00Z.") var since: String?
        @Flag(help: "Print NDJSON.") var json = false
        @OptionGroup var stores: StoreOptions

        func validate() throws {
            guard since == nil || since.flatMap({ Timestamp.parse($0) }) != nil else {
                throw ValidationError("--since is a day or a time, such as 2026-11-20.")
            }
        }

        func run() async throws {
            let dictionaries = try Dictionaries.load(ProjectFolders.locate())
            let (name, reader, since, json) = (shop, reader, since.flatMap { Timestamp.parse($0) } ?? 0, json)
            try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { connection in
                    let shop = try name.map { try PrivacyCommand.shop($0, on: connection) }
                    var trail = try AuditTrail(connection, dictionaries)
                    try trail.each(shop: shop, since: since) { line in
                        guard reader == nil || line.reader == reader else { return }
                        if json { try Terminal.print(json: line) } else { Terminal.print(line.text) }
                    }
                }
            }
        }
    }
}

/// Events about personal data in the log, lane by lane. Finding them reads the week's partitions through.
private struct AuditTrail {
    private let connection: PostgresConnection
    private let decompressor: PayloadDecompressor
    private let lanes: [Lane]
    private let domains: [ShopID: String]

    private static let names: [SystemEventName] = [
        .personalOpened, .privacyRequested, .privacyExported, .privacyErased, .shopRedacted, .saltDestroyed,
        .retentionApplied,
    ]
    private static let pageRows: Int64 = 1000

    init(_ connection: PostgresConnection, _ dictionaries: PayloadDictionaries) throws {
        self.connection = connection
        decompressor = PayloadDecompressor(dictionaries)
        lanes = try ShopRegistry.lanes(on: connection)
        domains = Dictionary(uniqueKeysWithValues: try ShopRegistry.list(on: connection).map { ($0.id, $0.domain) })
    }

    mutating func each(shop: ShopID?, since: Int64, _ body: (AuditLine) throws -> Void) throws {
        for lane in lanes {
            var after: Position = 0
            while true {
                let rows = try connection.query(
                    Self.select,
                    [
                        .int2(lane), .int8(after), .optional(shop), .timestamp(since),
                        .textArray(Self.names.map(\.rawValue)), .int8(Self.pageRows),
                    ])
                for row in rows { try body(line(row, lane)) }
                guard let last = rows.last, rows.count == Int(Self.pageRows) else { break }
                after = last.int64(0)
            }
        }
    }

    private func line(_ row: PostgresRow, _ lane: Lane) throws -> AuditLine {
        var payload: [UInt8] = []
        try decompressor.open(
            row.bytes(5).span, dictionary: UInt8(truncatingIfNeeded: row.int64(4)), into: &payload)
        let shop = row.int32(1)
        return AuditLine(
            lane: lane, position: row.int64(0), shop: domains[shop] ?? "#\(shop)", name: row.text(3),
            at: Timestamp.text(row.timestampMillis(2)), payload: payload)
    }

    /// The kinds are few, and a plan that knows them reads nothing else of other rows.
    private static let select = """
        select e.position, e.shop_id, e.occurred_at, k.name, e.dictionary::integer & 255, e.payload
        from log.event e join log.kind k on k.id = e.kind
        where e.lane = $1 and e.position > $2 and ($3::int is null or e.shop_id = $3) and e.received_at >= $4
            and e.kind in (select id from log.kind where name = any($5))
        order by e.position limit $6
        """
}

/// One event as `privacy audit` prints it.
private struct AuditLine: Encodable {
    let lane: Lane
    let position: Position
    let shop: String
    let name: String
    let at: String
    let reader: String?
    let route: String?
    let events: Int64?
    let request: String?

    init(lane: Lane, position: Position, shop: String, name: String, at: String, payload: [UInt8]) {
        (self.lane, self.position, self.shop, self.name, self.at) = (lane, position, shop, name, at)
        // Our own events are JSON; an event that is not has only its name to say.
        let members = (try? JSONSerialization.jsonObject(with: Data(payload))) as? [String: Any] ?? [:]
        reader = members["reader"] as? String
        route = members["route"] as? String
        events = (members["events"] as? NSNumber)?.int64Value
        request = members["request"] as? String
    }

    var text: String {
        let details = [reader, route, events.map { "\($0) events" }, request.map { "request \($0)" }]
        return ([at, shop, name] + details.compactMap(\.self)).joined(separator: "  ")
    }
}
