internal import ArgumentParser
internal import EventLog
internal import EventModel
internal import Foundation
internal import Postgres
internal import Registry

/// Which events to print.
struct LogFilter: ParsableArguments {
    @Option(help: "Only this shop.") var shop: String?
    @Option(help: "Only events of this name, such as checkout_completed or orders/create; may be given again.")
    var kind: [String] = []
    @Option(help: "Only what was received at or after this time, such as 2026-11-20 or 2026-11-20T13:00:00Z.")
    var since: String?

    func validate() throws {
        guard since == nil || sinceMillis != nil else {
            throw ValidationError("--since is a date or a time in ISO 8601.")
        }
    }

    /// Unix milliseconds.
    var sinceMillis: Int64? { since.flatMap { Timestamp.parse($0) } }
}

/// Prints events of all lanes as lines, lane by lane, from a place on.
struct LogLines {
    private let reader: LogReader
    private let connection: PostgresConnection
    private var export: LogExport
    private let shop: ShopID?
    private let kinds: Set<String>
    private let since: Int64
    private let opening: LogOpening?
    private var places: [(lane: Lane, after: Position)]
    private var page = EventPage()
    private var isHeaded = false

    /// Events of one read: enough to make reading cheap, few enough to print soon.
    private static let pageEvents = 2000
    private static let waitMillis = 1000

    /// With an `opening` sealed fields are printed as they were sent; whoever gives one writes the audit log, see `next`.
    init(
        _ connection: PostgresConnection, _ format: LogExport.Format, _ dictionaries: PayloadDictionaries,
        _ filter: LogFilter, opening: LogOpening? = nil
    ) throws {
        let shops = try ShopRegistry.list(on: connection)
        let domains = Dictionary(uniqueKeysWithValues: shops.map { ($0.id, $0.domain) })
        self.shop = try filter.shop.map { name in
            guard let found = shops.first(where: { $0.domain == name.lowercased() }) else {
                throw CommandFailure("There is no shop \(name).")
            }
            return found.id
        }
        self.connection = connection
        reader = LogReader(connection)
        self.opening = opening
        export = LogExport(
            format, decompressor: PayloadDecompressor(dictionaries), domain: { domains[$0] },
            opening: opening.map { opening in { try opening.open($0, $1, $2) } })
        (kinds, since) = (Set(filter.kind), filter.sinceMillis ?? .min)
        places = try ShopRegistry.lanes(on: connection).map { ($0, 0) }
        guard since > .min else { return }
        for index in places.indices { places[index].after = try before(since, lane: places[index].lane) }
    }

    /// The place before a lane's first event of that time or later.
    private func before(_ since: Int64, lane: Lane) throws -> Position {
        let first = try connection.query(
            "select position from log.event where lane = $1 and received_at >= $2 order by position limit 1",
            [.int2(lane), .timestamp(since)])
        return try first.first.map { $0.int64(0) - 1 } ?? reader.head(lane: lane)
    }

    /// Leaves all but the newest `count` events of each lane out.
    mutating func startBefore(newest count: Int) throws {
        for index in places.indices {
            places[index].after = max(places[index].after, try reader.head(lane: places[index].lane) - Position(count))
        }
    }

    /// Prints everything after the places and moves them on.
    mutating func printNew() throws {
        while let lines = try next() { try Self.write(lines) }
    }

    /// The lines of the next page, of the first lane that has one, maybe none; nil where nothing is new.
    mutating func next() throws -> [UInt8]? {
        var out = isHeaded ? [] : export.heading
        isHeaded = true
        for index in places.indices {
            let (lane, after) = places[index]
            guard try reader.read(lane: lane, after: after, limit: Self.pageEvents, into: &page) > 0 else { continue }
            opening?.lane = lane
            for event in page.events where isWanted(event) {
                try export.append(event, of: page, lane: lane, to: &out)
            }
            places[index].after = page.lastPosition ?? after
            return out
        }
        return out.isEmpty ? nil : out
    }

    private func isWanted(_ event: LoggedEvent) -> Bool {
        (shop == nil || event.header.shop == shop) && event.header.receivedAt >= since
            && (kinds.isEmpty || kinds.contains(page.kind(of: event)))
    }

    /// Waits for the log to grow, a second at most; true, so that loops read well.
    func wait() throws -> Bool {
        try connection.listen(to: ["footfall_log"])
        _ = try connection.notifications(waitMillis: Self.waitMillis)
        return true
    }

    /// Ends the command where nobody reads on (`log export | head`).
    static func write(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { return }
        guard Terminal.write(Data(bytes), to: .standardOutput) else {
            if let failure = Terminal.outputFailure { throw CommandFailure(failure) }
            throw ExitCode.success
        }
    }
}
