package import EventModel
internal import Pipelines
package import Postgres
package import Privacy
internal import ReadModels

/// Gathers everything that is held of a person into one document. Synchronous and blocking; one thread at a time.
///
/// It reads the log at the person's positions and at those of the visits that they lie in, and the read models' rows of
/// the person; its cost depends on these, not on the log. Bounded by `ExportLimits`; what did not fit is counted in it.
package struct ExportGatherer {
    private let subject: ExportSubject
    private let known: Set<Handle>
    private let mine: Set<Position>
    private var events: PersonEvents
    private let records: PersonRecords
    private let openings: OpeningTable
    private var document = ExportDocument()
    /// Of visitors, when the person did something.
    private var moments: [Key128: [Int64]] = [:]
    private var orderIDs: Set<Int64> = []

    /// A gatherer for one subject of the context's shop.
    package init(
        _ subject: ExportSubject, context: ShopContext, dictionaries: PayloadDictionaries,
        on connection: PostgresConnection
    ) {
        self.subject = subject
        (known, mine) = (Set(subject.handles), Set(subject.positions))
        events = PersonEvents(connection, context, lane: subject.shop.lane, dictionaries)
        records = PersonRecords(connection: connection, shop: subject.shop)
        openings = OpeningTable(connection)
    }

    /// The document as of now.
    package mutating func gather(nowMillis: Int64) throws -> GatheredExport {
        var (document, moments, orderIDs) = (self.document, self.moments, self.orderIDs)
        try events.each(subject.positions) { event in
            document.add(event, how: .named)
            if event.header.visitorKind != .none {
                moments[event.header.visitor, default: []].append(event.header.occurredAt)
            }
            if let id = Self.orderID(event) { orderIDs.insert(id) }
            return true
        }
        (self.document, self.moments, self.orderIDs) = (document, moments, orderIDs)
        // Of browsers and carts only those are among the handles that an erasure would take: they are nobody else's.
        let own = subject.handles.filter { $0.kind == .client || $0.kind == .cart }
        let visits = try records.visits(moments, own: own.map(\.hash))
        try addEvents(of: visits)
        try addEvents(naming: own)
        try addSetAside()
        try addRecords(visits)
        let readings = try openings.readings(
            of: subject.positions, shop: subject.shop, max: ExportLimits.readingsMax)
        return self.document.finish(subject, readings: readings, nowMillis: nowMillis)
    }

    /// What the browser did in the person's visits without naming anybody.
    private mutating func addEvents(of visits: [PersonRecords.Visit]) throws {
        let named = mine
        var document = self.document
        let known = self.known
        for visit in visits {
            let runs = visit.positions.runs
            let positions = runs.lazy.flatMap { $0.first...$0.last }.filter { !named.contains($0) }
            try events.each(Array(positions.prefix(ExportLimits.eventsMax))) { event in
                let isInVisit =
                    event.header.visitor == visit.address.visitor
                    && (visit.address.startedAt...visit.endedAt).contains(event.header.occurredAt)
                if isInVisit, !Self.isForeign(event.handles, known) {
                    document.add(event, how: visit.isNamed ? .sameVisit : .ownBrowser)
                }
                return true
            }
        }
        self.document = document
    }

    /// What is sealed under the keys of the person's browsers and carts, also where it belongs to no visit.
    private mutating func addEvents(naming own: [Handle]) throws {
        var document = self.document
        try events.each(records.mentions(own)) { event in
            document.add(event, how: .ownBrowser)
            return true
        }
        self.document = document
    }

    /// The person's events that were set aside.
    private mutating func addSetAside() throws {
        var (document, events) = (self.document, self.events)
        try QuarantineSweep.records(of: known, shop: subject.shop, on: records.connection) { record in
            if let event = try events.open(record: record) { document.add(event, how: .setAside) }
        }
        self.document = document
    }

    /// Names a person, or an order, that is not the subject's.
    private static func isForeign(_ handles: [Handle], _ known: Set<Handle>) -> Bool {
        handles.contains { handle in
            [.customer, .email, .phone, .order].contains(handle.kind) && !known.contains(handle)
        }
    }

    private mutating func addRecords(_ visits: [PersonRecords.Visit]) throws {
        for visit in visits {
            guard let session = try records.session(visit) else { continue }
            document.add(.sessions) { session.write(&$0, withEvents: true) }
        }
        let mine = mine
        // Of a phone that a family shares the others' leads are found, too.
        for lead in try records.leads(subject.handles) where lead.contact.all.contains(where: mine.contains) {
            var opened: [Position: LeadContact] = [:]
            for position in lead.contact.all { opened[position] = try payload(at: position).flatMap(Self.contact) }
            document.add(.leads) { lead.write(&$0, lead.contact.contact(opened)) }
        }
        for customer in try records.customers(subject.handles) {
            let payload = try payload(at: customer.personalPosition)
            document.add(.customers) { customer.write(&$0, payload) }
        }
        for order in try records.orders(orderIDs, subject.handles) {
            let payload = try payload(at: order.personalPosition)
            document.add(.orders) { order.write(&$0, payload) }
        }
    }

    /// The payload of an event of the person's; nil for others'.
    private mutating func payload(at position: Position?) throws -> [UInt8]? {
        guard let position, mine.contains(position) else { return nil }
        var payload: [UInt8]?
        try events.each([position]) { event in
            if event.isReadable { payload = event.payload }
            return false
        }
        return payload
    }

    private static func contact(_ payload: [UInt8]) -> LeadContact? {
        // What is no JSON was not sealed by us; there is nothing to show of it.
        guard let root = try? JSONTree(payload).root else { return nil }
        return LeadContact(
            name: root["name"]?.text, email: root["email"]?.text, phone: root["phone"]?.text,
            answers: root["answers"].map { Array($0.json.utf8) })
    }

    /// The id of the order that a webhook is about.
    private static func orderID(_ event: PersonEvents.Opened) -> Int64? {
        // As above; only webhooks and history have topics with a slash.
        guard event.name.contains("/"), let payload = event.payload, let root = try? JSONTree(payload).root else {
            return nil
        }
        return event.name.hasPrefix("orders/") ? root["id"]?.id : root["order_id"]?.id
    }
}
