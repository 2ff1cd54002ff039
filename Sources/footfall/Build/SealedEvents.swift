internal import DataSubjects
internal import EventLog
internal import EventModel
internal import Postgres
internal import Privacy
internal import ReadModels
internal import Recorder
internal import Registry

/// Opens sealed events: the event from the log, its subject's key from the key table, unwrapped by the shop's key. Who
/// asked, and what was opened, is in the audit log before anything is handed out; the values are not.
struct SealedEvents: Sendable {
    let pool: PostgresPool
    let vault: Vault
    let dictionaries: PayloadDictionaries
    let audit: OpeningAudit

    /// The payloads as they were sent, by position; without an entry where the key is gone (erased) or no event is.
    /// Throws `OpeningNotNoted` where the audit log cannot be written.
    func open(
        _ shop: ShopKey, _ positions: [Position], for reading: PersonalReading
    ) async throws -> [Position: [UInt8]] {
        let dictionaries = dictionaries
        let opened = try await withContext(of: shop) { context, connection in
            var desk = SealedEventDesk(connection, context, PayloadDecompressor(dictionaries))
            var payloads: [Position: [UInt8]] = [:]
            for position in Set(positions).sorted() {
                payloads[position] = try desk.payload(lane: shop.lane, position: position)
            }
            return (payloads, context.keys)
        }
        guard let (payloads, keys) = opened else { return [:] }
        let recorded = RecordedShop(id: shop.shop, lane: shop.lane, keys: keys)
        try await audit.note(payloads.keys, by: reading, shop: recorded)
        return payloads
    }

    /// Runs `body` with the shop's keys; nil where there is no such shop.
    func withContext<R: Sendable>(
        of shop: ShopKey, _ body: @Sendable (ShopContext, PostgresConnection) throws -> R
    ) async throws -> R? {
        let vault = vault
        return try await pool.run { connection in
            guard let registration = try ShopRegistry.find(id: shop.shop, on: connection) else { return nil }
            let keys = ShopKeys(shopKey: try vault.unwrap(registration.wrappedKey))
            return try body(ShopContext(shop: shop.shop, keys: keys), connection)
        }
    }
}

/// Opens single events for one shop on one connection.
private struct SealedEventDesk {
    private let connection: PostgresConnection
    private let reader: LogReader
    private let context: ShopContext
    private let decompressor: PayloadDecompressor
    private let opener = Opener()
    private var page = EventPage()

    init(_ connection: PostgresConnection, _ context: ShopContext, _ decompressor: PayloadDecompressor) {
        self.connection = connection
        self.reader = LogReader(connection)
        self.context = context
        self.decompressor = decompressor
    }

    mutating func payload(lane: Lane, position: Position) throws -> [UInt8]? {
        guard try reader.read(lane: lane, after: position - 1, limit: 1, into: &page) == 1,
            let event = page.events.first, event.position == position, event.header.shop == context.shop
        else { return nil }
        var payload: [UInt8] = []
        try decompressor.open(
            page.bytes.span.extracting(event.payload), dictionary: event.header.dictionary, into: &payload)
        guard !event.sealed.isEmpty else { return payload }
        guard let head = SealedHead(page.bytes.span.extracting(event.sealed)), let key = try key(lane: lane, head.keyID)
        else { return nil }
        return try opener.open(
            payload: payload, sealed: Array(page.bytes[event.sealed]), under: key, shop: context.shop,
            event: event.header.key)
    }

    private func key(lane: Lane, _ id: Key128) throws -> [UInt8]? {
        try connection.query(
            "select wrapped from registry.subject_key where lane = $1 and key_id = $2",
            [.int2(lane), .uuid(id.high, id.low)]
        ).first.map { try context.unwrap($0.bytes(0), keyID: id) }
    }
}
