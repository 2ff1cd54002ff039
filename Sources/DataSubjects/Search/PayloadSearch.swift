internal import EventLog
internal import EventModel
internal import Postgres

/// Looks for byte strings in what is stored compressed: payloads of the log's events, of set-aside ones and of buffered
/// ones. Belongs to one thread at a time.
struct PayloadSearch {
    private let texts: [[UInt8]]
    /// The same without escapes.
    private let plain: [[UInt8]]
    private let decompressor: PayloadDecompressor
    /// Events, or rows of the quarantine, of one reading.
    private static let pageEvents = 2000

    init(_ texts: [[UInt8]], _ dictionaries: PayloadDictionaries) {
        self.texts = texts
        plain = Array(Set(texts.map(Spelling.plain)))
        decompressor = PayloadDecompressor(dictionaries)
    }

    /// Events of these lanes whose payloads hold any of the texts.
    func countEvents(of lanes: [Lane], on connection: PostgresConnection) throws -> Int64 {
        let reader = LogReader(connection)
        var (page, count): (EventPage, Int64) = (EventPage(), 0)
        for lane in lanes {
            var after: Position = 0
            while try reader.read(lane: lane, after: after, limit: Self.pageEvents, into: &page) > 0 {
                for event in page.events {
                    let payload = page.bytes.span.extracting(event.payload)
                    if holds(payload, dictionary: event.header.dictionary) { count += 1 }
                }
                after = page.lastPosition ?? .max
            }
        }
        return count
    }

    /// Rows of the quarantine of these lanes that do.
    func countQuarantined(of lanes: [Lane], on connection: PostgresConnection) throws -> Int64 {
        var (last, count): (Int64, Int64) = (.min, 0)
        while true {
            let rows = try connection.query(
                SQL.quarantine, [.int2Array(lanes), .int8(last), .int8(Int64(Self.pageEvents))])
            guard let end = rows.last?.int64(0) else { return count }
            last = end
            count += Int64(rows.filter { holds($0.bytes(1)) }.count)
        }
    }

    /// Whether a record, or any of a batch, does. What is damaged cannot be opened by anybody.
    func holds(_ bytes: [UInt8]) -> Bool {
        let records = (try? EventBatch(bytes))?.records ?? [EventRecordView(bytes.span, at: 0)].compactMap(\.self)
        return records.contains { record in
            holds(bytes.span.extracting(record.payload), dictionary: record.header.dictionary)
        }
    }

    private func holds(_ payload: Span<UInt8>, dictionary: UInt8) -> Bool {
        var opened: [UInt8] = []
        do {
            try decompressor.open(payload, dictionary: dictionary, into: &opened)
        } catch {
            return false
        }
        return holds(text: opened)
    }

    /// Whether a text does, as it is or with escapes.
    func holds(text: [UInt8]) -> Bool {
        if ByteSearch.holds(text, any: texts) { return true }
        let unescaped = Spelling.plain(text)
        return unescaped.count < text.count && ByteSearch.holds(unescaped, any: plain)
    }

    private enum SQL {
        static let quarantine = """
            select id, record from log.quarantine where lane = any($1) and id > $2 and record <> '' order by id limit $3
            """
    }
}
