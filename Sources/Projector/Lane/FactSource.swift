internal import EventLog
internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy
internal import ReadModels

/// Reads stretches of a lane as facts. Synchronous and blocking; belongs to one actor.
struct FactSource {
    private let lane: Lane
    /// A page ends with so many bytes. As many events are asked for as will fit if they are like those before: orders
    /// have ten times the bytes of a page view, and an event may have a thousand times as many.
    private let pageBytesMax: Int
    private let log: LogReader
    private let opener: PayloadDecompressor
    private var reader: FactReader
    private var page = EventPage()
    /// How many of the page's events were given out.
    private var given = 0
    private var payload: [UInt8] = []
    private var kinds: [[EventKind?]] = []
    private var kindsGeneration = 0

    init(
        lane: Lane, connection: PostgresConnection, pageBytesMax: Int = BatchLimits.pageBytes,
        _ configuration: ProjectorConfiguration
    ) {
        self.lane = lane
        self.pageBytesMax = pageBytesMax
        self.log = LogReader(connection, givesContent: false)
        self.opener = PayloadDecompressor(configuration.dictionaries)
        self.reader = FactReader(configuration.rules)
    }

    /// Documents of one batch may take this many bytes of text, some three times that in memory; the batch ends there
    /// and the next one goes on with the same page.
    private static let documentBytesMax = 2 << 20
    /// Events of a page while nothing is known of their size.
    private static let pageEventsFirst = 1000
    /// Of any page at least, so that few large events do not make the next page one of a single small one.
    private static let pageEventsMin = 64
    /// Opened payloads are a few kilobytes; the storage of a larger one is given back.
    private static let payloadBytesMax = 1 << 20

    /// Up to `limit` events after `position`, fewer where they carry large documents or a tombstone follows, which is a
    /// batch of its own; an empty batch at the head. None after `bound`, which is the batch's end where the next event
    /// lies beyond it.
    mutating func read(after position: Position, limit: Int, bound: Position = .max) throws -> FactBatch {
        if given == 0 || given == page.count || page.events[given].position != position + 1 {
            try load(after: position, limit: limit)
        }
        let first = given
        let last = min(page.count, first + limit)
        var documentBytes = 0
        var batch = FactBatch(lane: lane, after: position, through: position, events: [])
        batch.events.reserveCapacity(last - first)
        // Moved out and back, not copied: their bytes are lent while the reader changes.
        var (page, payload) = (EventPage(), [UInt8]())
        swap(&page, &self.page)
        swap(&payload, &self.payload)
        defer {
            swap(&page, &self.page)
            swap(&payload, &self.payload)
        }
        while given < last, documentBytes < Self.documentBytesMax {
            let event = page.events[given]
            guard event.position <= bound else {
                batch.through = bound
                break
            }
            let isTombstone = kind(of: event, page).isTombstone
            if isTombstone, batch.through > position { break }
            given += 1
            batch.through = event.position
            if isTombstone {
                batch.tombstone = try tombstone(of: event, page, &payload)
                break
            }
            do {
                let facts = try facts(of: event, page, &payload)
                if facts.document != nil { documentBytes += payload.count }
                batch.events.append(facts)
            } catch {
                batch.failures.append(
                    UnreadableEvent(
                        position: event.position, shop: event.header.shop, visitor: event.header.visitor,
                        reason: Self.reason(error), handles: Self.handles(of: event, page).all))
            }
        }
        batch.isLast = given == page.count && page.reachesHead
        return batch
    }

    private mutating func load(after position: Position, limit: Int) throws {
        given = 0
        if payload.capacity > Self.payloadBytesMax { payload = [] }
        let fitting =
            page.isEmpty ? Self.pageEventsFirst : pageBytesMax / max(1, page.bytes.count / page.count)
        try log.read(
            lane: lane, after: position, limit: min(limit, max(Self.pageEventsMin, fitting)),
            bytesMax: pageBytesMax, into: &page)
        if page.kindsGeneration != kindsGeneration {
            kindsGeneration = page.kindsGeneration
            kinds = []
        }
    }

    /// What kept an event from being read, without its content.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case let failure as PayloadDecompressor.Failure: "payload: \(failure)"
        case let failure as JSONError: "json: \(failure)"
        case let failure as UnreadableDocument: "\(failure)"
        default: "unreadable"
        }
    }

    private mutating func facts(
        of event: LoggedEvent, _ page: borrowing EventPage, _ payload: inout [UInt8]
    ) throws -> EventFacts {
        let kind = kind(of: event, page)
        if kind.needsPayload {
            try opener.open(
                page.bytes.span.extracting(event.payload), dictionary: event.header.dictionary, into: &payload)
        } else {
            payload.removeAll(keepingCapacity: true)
        }
        return try reader.read(
            FactReader.Envelope(position: event.position, header: event.header, kind: kind), payload: payload.span,
            handles: Self.handles(of: event, page))
    }

    private static func handles(of event: LoggedEvent, _ page: borrowing EventPage) -> SealedHandles {
        var handles = SealedHandles()
        guard !event.sealed.isEmpty, let head = SealedHead(page.bytes.span.extracting(event.sealed)) else {
            return handles
        }
        handles.all = head.handles
        for handle in head.handles {
            switch handle.kind {
            case .customer: handles.customer = true
            // What stands in a free text is nobody's contact.
            case .email where head.isOwnerMentioned, .phone where head.isOwnerMentioned: break
            case .email: handles.email = handles.email ?? handle.hash
            case .phone: handles.phone = handles.phone ?? handle.hash
            case .order, .checkout, .cart, .client, .event: break
            }
        }
        return handles
    }

    /// One that cannot be read stops the lane: a wrong read model can be mended, one that shows the erased cannot.
    private mutating func tombstone(
        of event: LoggedEvent, _ page: borrowing EventPage, _ payload: inout [UInt8]
    ) throws -> Tombstone {
        try opener.open(
            page.bytes.span.extracting(event.payload), dictionary: event.header.dictionary, into: &payload)
        return try Tombstone(
            position: event.position, shop: event.header.shop, name: page.kind(of: event), payload: payload)
    }

    /// A name's kind, worked out once.
    private mutating func kind(of event: LoggedEvent, _ page: borrowing EventPage) -> EventKind {
        let source = Int(event.header.source.rawValue)
        while kinds.count <= source { kinds.append([]) }
        while kinds[source].count <= event.kind { kinds[source].append(nil) }
        if let known = kinds[source][event.kind] { return known }
        let made = reader.kind(event.header.source, page.kind(of: event))
        kinds[source][event.kind] = made
        return made
    }
}

extension FactSource {
    /// The events of a visitor at these positions; unreadable ones are left out, as the folds left them out.
    mutating func events(
        shop: ShopID, visitor: Key128, positions: PositionSet, through: Position
    ) throws -> [EventFacts] {
        var found: [EventFacts] = []
        for run in positions.runs where run.first <= through {
            var after = run.first - 1
            let last = min(run.last, through)
            while after < last {
                let limit = min(Int(last - after), BatchLimits.catchingUp)
                let batch = try read(after: after, limit: limit)
                guard batch.through > after else { break }
                found += batch.events.filter { $0.shop == shop && $0.visitor == visitor && $0.position <= last }
                after = batch.through
            }
        }
        return found
    }
}

/// Lends a fact source to a fold.
final class LogRecall: EventRecall {
    private var source: FactSource

    init(_ source: FactSource) { self.source = source }

    func events(
        shop: ShopID, visitor: Key128, positions: PositionSet, through: Position
    ) throws -> [EventFacts] {
        try source.events(shop: shop, visitor: visitor, positions: positions, through: through)
    }
}
