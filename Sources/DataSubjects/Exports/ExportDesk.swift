package import EventModel
package import Postgres
internal import Privacy
package import ReadModels
package import Recorder

/// Makes exports and hands them out. Any task may call it.
package struct ExportDesk: Sendable {
    /// What there is to hand out.
    package enum Handout: Sendable, Equatable {
        /// The document, JSON.
        case document([UInt8])
        /// It was there and is destroyed, or its time is over.
        case over
        /// None was made.
        case none
    }

    private let pool: PostgresPool
    private let dictionaries: PayloadDictionaries
    private let recorder: EventRecorder
    private let audit: OpeningAudit
    private let nowMillis: @Sendable () -> Int64

    /// A desk over the tables of `pool`, whose statements may take some seconds.
    package init(
        pool: PostgresPool, dictionaries: PayloadDictionaries, recorder: EventRecorder,
        nowMillis: @escaping @Sendable () -> Int64
    ) {
        self.pool = pool
        self.dictionaries = dictionaries
        self.recorder = recorder
        self.nowMillis = nowMillis
        audit = OpeningAudit(pool: pool, recorder: recorder, nowMillis: nowMillis)
    }

    /// Gathers what is held of a subject, stores it sealed and records `privacy.exported`; its number of events. Doing it
    /// again makes it anew.
    @discardableResult
    package func make(_ subject: ExportSubject, shop: RecordedShop) async throws -> Int {
        let (dictionaries, now) = (dictionaries, nowMillis())
        let events = try await pool.run { connection in
            let context = ShopContext(shop: shop.id, keys: shop.keys)
            var gatherer = ExportGatherer(subject, context: context, dictionaries: dictionaries, on: connection)
            let export = try gatherer.gather(nowMillis: now)
            try ExportTable.store(export, request: subject.request, context: context, nowMillis: now, on: connection)
            return export.events
        }
        var payload = JSONWriter()
        payload.object { writer in
            writer.member("request", subject.request.uuid)
            writer.member("events", Int64(events))
        }
        try await recorder.record(
            [
                .system(
                    .privacyExported, payload: payload.bytes, occurredAt: now,
                    identity: "\(subject.request.uuid) \(events)")
            ], for: shop)
        return events
    }

    /// The export of a request, for a reader; in the audit log before it returns. Throws `OpeningNotNoted` where that
    /// cannot be written.
    package func handOut(
        _ request: Key128, shop: RecordedShop, for reading: PersonalReading
    ) async throws -> Handout {
        let now = nowMillis()
        let (document, wasMade) = try await pool.run { connection in
            let context = ShopContext(shop: shop.id, keys: shop.keys)
            let document = try ExportTable.open(request, context: context, nowMillis: now, on: connection)
            let status = try ExportTable.status(request, context: context, nowMillis: now, on: connection)
            return (document, status != nil)
        }
        guard let document else { return wasMade ? .over : .none }
        try await audit.note(try Self.positions(document), by: reading, shop: shop)
        try await pool.run { try ExportTable.noteOpened(request, nowMillis: now, on: $0) }
        return .document(document)
    }

    /// Whether a text is the token of the request's link.
    package func isToken(_ text: String, of request: Key128) async throws -> Bool {
        try await pool.run { try ExportTable.isToken(text, of: request, on: $0) }
    }

    /// Where the document's events stand in the log.
    private static func positions(_ document: [UInt8]) throws -> [Position] {
        try JSONTree(document).root["events"]?.elements.compactMap { $0["position"]?.int64 } ?? []
    }
}
