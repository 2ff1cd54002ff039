internal import ArgumentParser
internal import EventLog
internal import EventModel
internal import Foundation
internal import Postgres
internal import Registry

/// Prints events of all lanes as lines, lane by lane, from a place on.
struct LogLines {
    private let reader: LogReader
    private let connection: PostgresConnection
    private var export: LogExport
    private let shop: ShopID?
    private var places: [(lane: Lane, after: Position)]
    private var page = EventPage()
    private var isHeaded = false

    /// Events of one read: enough to make reading cheap, few enough to print soon.
    private static let pageEvents = 2000
    private static let waitMillis = 1000

    init(
        _ connection: PostgresConnection, _ format: LogExport.Format, _ dictionaries: PayloadDictionaries, shop: String?
    ) throws {
        let shops = try ShopRegistry.list(on: connection)
        let domains = Dictionary(uniqueKeysWithValues: shops.map { ($0.id, $0.domain) })
        self.shop = try shop.map { name in
            guard let found = shops.first(where: { $0.domain == name.lowercased() }) else {
                throw CommandFailure("There is no shop \(name).")
            }
            return found.id
        }
        self.connection = connection
        reader = LogReader(connection)
        export = LogExport(format, decompressor: PayloadDecompressor(dictionaries), domain: { domains[$0] })
        places = try ShopRegistry.lanes(on: connection).map { ($0, 0) }
    }

    /// Leaves all but the newest `count` events of each lane out.
    mutating func startBefore(newest count: Int) throws {
        for index in places.indices {
            places[index].after = max(0, try reader.head(lane: places[index].lane) - Position(count))
        }
    }

    /// Prints everything after the places and moves them on.
    mutating func printNew() throws {
        if !isHeaded { try write(export.heading) }
        isHeaded = true
        for index in places.indices {
            while try reader.read(
                lane: places[index].lane, after: places[index].after, limit: Self.pageEvents, into: &page) > 0
            {
                var out: [UInt8] = []
                for event in page.events where shop == nil || event.header.shop == shop {
                    try export.append(event, of: page, lane: places[index].lane, to: &out)
                }
                try write(out)
                places[index].after = page.lastPosition ?? places[index].after
            }
        }
    }

    /// Waits for the log to grow, a second at most; true, so that loops read well.
    func wait() throws -> Bool {
        try connection.listen(to: ["footfall_log"])
        _ = try connection.notifications(waitMillis: Self.waitMillis)
        return true
    }

    /// Ends the command where nobody reads on (`log export | head`).
    private func write(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { return }
        guard Terminal.write(Data(bytes), to: .standardOutput) else {
            if let failure = Terminal.outputFailure { throw CommandFailure(failure) }
            throw ExitCode.success
        }
    }
}
