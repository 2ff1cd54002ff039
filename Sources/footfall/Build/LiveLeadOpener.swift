internal import EventLog
internal import EventModel
internal import Logging
internal import Postgres
internal import Privacy
internal import ReadModels
internal import Registry

/// Opens the contact data of leads: the sealed event from the log, its subject's key from the key table, unwrapped by the
/// shop's key. Who asked, and how many were opened, is logged; the values are not.
struct LiveLeadOpener: LeadOpener {
    let pool: PostgresPool
    let vault: Vault
    let dictionaries: PayloadDictionaries
    let logger: Logger

    func open(_ shop: ShopKey, _ positions: [Position], for reader: String) async throws -> [Position: LeadContact] {
        let (vault, dictionaries) = (vault, dictionaries)
        let contacts = try await pool.run { connection in
            guard let registration = try ShopRegistry.find(id: shop.shop, on: connection) else {
                return [Position: LeadContact]()
            }
            let context = ShopContext(
                shop: shop.shop, keys: ShopKeys(shopKey: try vault.unwrap(registration.wrappedKey)))
            let desk = LeadDesk(connection, context, PayloadDecompressor(dictionaries))
            var contacts: [Position: LeadContact] = [:]
            for position in positions { contacts[position] = try desk.contact(lane: shop.lane, position: position) }
            return contacts
        }
        logger.notice(
            "personal data opened",
            metadata: ["reader": "\(reader)", "shop_id": "\(shop.shop)", "leads": "\(contacts.count)"])
        return contacts
    }
}

/// Opens single events for one shop on one connection.
private struct LeadDesk {
    private let connection: PostgresConnection
    private let reader: LogReader
    private let context: ShopContext
    private let decompressor: PayloadDecompressor
    private let opener = Opener()

    private static let pointers = PointerSet(["/email", "/phone", "/name", "/answers"])

    init(_ connection: PostgresConnection, _ context: ShopContext, _ decompressor: PayloadDecompressor) {
        self.connection = connection
        self.reader = LogReader(connection)
        self.context = context
        self.decompressor = decompressor
    }

    /// Nil where the key is gone: erased.
    func contact(lane: Lane, position: Position) throws -> LeadContact? {
        var page = EventPage()
        guard try reader.read(lane: lane, after: position - 1, limit: 1, into: &page) == 1,
            let event = page.events.first,
            let head = SealedHead(page.bytes.span.extracting(event.sealed)),
            let key = try key(lane: lane, head.keyID)
        else { return nil }
        var payload: [UInt8] = []
        try decompressor.open(
            page.bytes.span.extracting(event.payload), dictionary: event.header.dictionary, into: &payload)
        let opened = try opener.open(
            payload: payload, sealed: Array(page.bytes[event.sealed]), under: key, shop: context.shop,
            event: event.header.key)
        return try Self.contact(opened)
    }

    private func key(lane: Lane, _ id: Key128) throws -> [UInt8]? {
        try connection.query(
            "select wrapped from registry.subject_key where lane = $1 and key_id = $2",
            [.int2(lane), .uuid(id.high, id.low)]
        ).first.map { try context.unwrap($0.bytes(0), keyID: id) }
    }

    private static func contact(_ opened: [UInt8]) throws -> LeadContact {
        var scanner = JSONScanner()
        try scanner.scan(opened.span, pointers: pointers)
        var contact = LeadContact()
        for match in scanner.matches {
            switch match.pointer {
            case 0: contact.email = JSONText.string(opened.span, match)
            case 1: contact.phone = JSONText.string(opened.span, match)
            case 2: contact.name = JSONText.string(opened.span, match)
            default: contact.answers = Array(opened[match.start..<match.end])
            }
        }
        return contact
    }
}
