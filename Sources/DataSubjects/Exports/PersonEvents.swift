internal import EventLog
internal import EventModel
internal import Postgres
internal import Privacy

/// Reads single events of one shop with what was sealed put back. Belongs to one thread at a time.
struct PersonEvents {
    /// One event, opened.
    struct Opened {
        let position: Position
        let header: EventHeader
        let name: String
        /// Whose data it is; empty where nothing was sealed.
        let handles: [Handle]
        /// Those of them that are another contact than the customer.
        let contacts: [Handle]
        /// As it was sent; nil where it cannot be opened at all. Where `isReadable` is false, what was sealed stays so.
        let payload: [UInt8]?
        let isReadable: Bool
        /// It names handles and nothing is sealed under them: of an erased person nothing else is kept.
        let sealsNothing: Bool
        /// What was sealed in it, each value as bytes of JSON; empty where nothing was or it does not open.
        let values: [[UInt8]]
    }

    private let connection: PostgresConnection
    private let reader: LogReader
    private let context: ShopContext
    private let lane: Lane
    private let decompressor: PayloadDecompressor
    private let opener = Opener()
    private var page = EventPage()
    private var keys: [Key128: [UInt8]?] = [:]

    /// Positions this close are read at once: the events between them cost less than another read.
    private static let gapMax: Position = 32
    /// Events of one read; an event is a kilobyte or two.
    private static let runMax: Position = 256

    init(_ connection: PostgresConnection, _ context: ShopContext, lane: Lane, _ dictionaries: PayloadDictionaries) {
        self.connection = connection
        self.reader = LogReader(connection)
        self.context = context
        self.lane = lane
        self.decompressor = PayloadDecompressor(dictionaries)
    }

    /// The events at these positions, in their order, one after another; what is not there is passed over. `body`
    /// returns false to end it.
    mutating func each(_ positions: [Position], _ body: (Opened) throws -> Bool) throws {
        let wanted = Set(positions)
        for run in Self.runs(wanted.sorted()) {
            try reader.read(
                lane: lane, after: run.lowerBound - 1, limit: Int(run.upperBound - run.lowerBound + 1), into: &page)
            for event in page.events
            where wanted.contains(event.position) && run.contains(event.position) && event.header.shop == context.shop {
                guard try body(open(event)) else { return }
            }
        }
    }

    /// A record that was set aside, as the log would have it; nil where it is none. It has no position.
    mutating func open(record: [UInt8]) throws -> Opened? {
        guard let view = EventRecordView(record.span, at: 0) else { return nil }
        let name = String(decoding: record[view.name], as: UTF8.self)
        return try open(view.header, name, payload: record[view.payload], sealed: record[view.sealed], at: 0)
    }

    /// Neighbours together.
    static func runs(_ sorted: [Position]) -> [ClosedRange<Position>] {
        var runs: [ClosedRange<Position>] = []
        for position in sorted {
            if let last = runs.last, position - last.upperBound <= gapMax, position - last.lowerBound < runMax {
                runs[runs.count - 1] = last.lowerBound...position
            } else {
                runs.append(position...position)
            }
        }
        return runs
    }

    private mutating func open(_ event: LoggedEvent) throws -> Opened {
        try open(
            event.header, page.kind(of: event), payload: page.bytes[event.payload], sealed: page.bytes[event.sealed],
            at: event.position)
    }

    private mutating func open(
        _ header: EventHeader, _ name: String, payload stored: ArraySlice<UInt8>, sealed: ArraySlice<UInt8>,
        at position: Position
    ) throws -> Opened {
        let (stored, sealed) = (Array(stored), Array(sealed))
        var payload: [UInt8] = []
        var head: SealedHead?
        var (hasPayload, isReadable) = (true, true)
        var values: [[UInt8]] = []
        do {
            try decompressor.open(
                stored.span, dictionary: header.dictionary, into: &payload)
        } catch {
            // Damaged in the log, which `footfall log verify` tells of; the rest of the person's data is still owed.
            (hasPayload, isReadable) = (false, false)
        }
        if !sealed.isEmpty {
            head = SealedHead(sealed.span)
            isReadable = isReadable && head != nil
            if isReadable, let head, let key = try key(head.keyID) {
                do {
                    payload = try opener.open(
                        payload: payload, sealed: sealed, under: key, shop: context.shop, event: header.key)
                    values = try opener.values(
                        sealed: sealed, under: key, shop: context.shop, event: header.key
                    ).values
                } catch {
                    // Bound to another event, or changed: one of these must not hold up an erasure or an export.
                    isReadable = false
                }
            } else {
                isReadable = false
            }
        }
        return Opened(
            position: position, header: header, name: name, handles: head?.handles ?? [],
            contacts: head?.contacts ?? [], payload: hasPayload ? payload : nil, isReadable: isReadable,
            sealsNothing: head?.fields.isEmpty ?? false, values: values)
    }

    /// The subject key; nil where it was destroyed, or does not unwrap.
    private mutating func key(_ id: Key128) throws -> [UInt8]? {
        if let known = keys[id] { return known }
        let key = try connection.query(
            "select wrapped from registry.subject_key where lane = $1 and key_id = $2",
            [.int2(lane), .uuid(id.high, id.low)]
        ).first.flatMap { try? context.unwrap($0.bytes(0), keyID: id) }  // as good as destroyed
        keys[id] = .some(key)
        return key
    }
}
