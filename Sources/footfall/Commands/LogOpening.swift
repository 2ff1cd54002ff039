internal import Blocking
internal import DataSubjects
internal import EventLog
internal import EventModel
internal import Postgres
internal import Privacy
internal import ReadModels
internal import Recorder
internal import Registry

/// Opens sealed fields of the log's events with the keys that are left, and keeps which it has opened. Belongs to the
/// connection's thread.
final class LogOpening {
    /// The lane of the events that come.
    var lane: Lane = 0
    /// Events opened since `take`, by shop.
    private var opened: [ShopID: [Position]] = [:]
    private let connection: PostgresConnection
    private let contexts: [ShopID: ShopContext]
    private let opener = Opener()
    private var keys: [Key128: [UInt8]?] = [:]

    /// Keys that are kept, some 100 bytes each.
    private static let keysMax = 10_000

    /// Opens what belongs to these shops.
    init(_ connection: PostgresConnection, _ shops: [RecordedShop]) {
        self.connection = connection
        contexts = Dictionary(uniqueKeysWithValues: shops.map { ($0.id, ShopContext(shop: $0.id, keys: $0.keys)) })
    }

    /// The payload as it was sent; as it is where nothing was sealed, where the key is gone or where it does not open
    /// what stands there: one event that was changed must not keep the others from whoever asked for them.
    func open(_ event: LoggedEvent, _ payload: [UInt8], _ sealed: [UInt8]) throws -> [UInt8] {
        guard let context = contexts[event.header.shop], let head = SealedHead(sealed.span),
            let key = try key(head.keyID, context)
        else { return payload }
        guard
            let whole = try? opener.open(  // it can only fail by not opening
                payload: payload, sealed: sealed, under: key, shop: event.header.shop, event: event.header.key)
        else { return payload }
        opened[event.header.shop, default: []].append(event.position)
        return whole
    }

    /// What was opened since the last time.
    func take() -> [ShopID: [Position]] {
        defer { opened.removeAll() }
        return opened
    }

    private func key(_ id: Key128, _ context: ShopContext) throws -> [UInt8]? {
        if let known = keys[id] { return known }
        if keys.count >= Self.keysMax { keys.removeAll(keepingCapacity: true) }
        let key = try connection.query(
            "select wrapped from registry.subject_key where lane = $1 and key_id = $2",
            [.int2(lane), .uuid(id.high, id.low)]
        ).first.flatMap { try? context.unwrap($0.bytes(0), keyID: id) }  // as good as destroyed
        keys[id] = .some(key)
        return key
    }
}

/// `log export --open-personal`: pages of lines, each handed over with what was opened for it.
actor OpenedExport {
    private struct Page: Sendable {
        let lines: [UInt8]
        let opened: [ShopID: [Position]]
    }

    private let executor = BlockingExecutor(label: "footfall.export")
    private let connection: PostgresConnection
    private let opening: LogOpening
    private var lines: LogLines

    private init(
        _ connection: sending PostgresConnection, _ format: LogExport.Format, _ dictionaries: PayloadDictionaries,
        _ filter: LogFilter, _ shops: [RecordedShop]
    ) throws {
        let opening = LogOpening(connection, shops)
        lines = try LogLines(connection, format, dictionaries, filter, opening: opening)
        self.connection = connection
        self.opening = opening
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Prints the log with what can be opened. A page is printed when the audit log has it.
    static func run(
        _ settings: Settings, _ format: LogExport.Format, _ dictionaries: PayloadDictionaries, _ filter: LogFilter
    ) async throws {
        try await PrivacySide.with(settings) { side in
            let vault = side.vault
            let shops = try await side.pool.run { connection in
                try ShopRegistry.list(on: connection).map { try RecordedShop($0, vault: vault) }
            }
            let export = try OpenedExport(
                PostgresConnection(settings.postgres("export", statementTimeoutMillis: 0)), format, dictionaries,
                filter, shops)
            let reading = PersonalReading(reader: "cli", route: "footfall log export")
            while let page = try await export.next() {
                for shop in shops {
                    guard let positions = page.opened[shop.id] else { continue }
                    try await side.audit.note(positions, by: reading, shop: shop)
                }
                try LogLines.write(page.lines)
            }
            await export.close()
        }
    }

    private func next() throws -> Page? {
        try lines.next().map { Page(lines: $0, opened: opening.take()) }
    }

    private func close() { connection.close() }
}
