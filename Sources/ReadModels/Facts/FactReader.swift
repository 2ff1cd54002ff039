package import EventModel
internal import Privacy

/// Turns opened payloads into facts: one scan an event, and a string only for what was not seen before.
///
/// Keeps what it learned of paths, agents and referrers, so one reader belongs to one thread at a time.
package struct FactReader {
    /// The columns of an event beside its payload.
    package struct Envelope: Sendable {
        /// Place in the lane.
        package var position: Position
        /// The stored columns.
        package var header: EventHeader
        /// What is known of its source and name.
        package var kind: EventKind

        /// An event's columns.
        package init(position: Position, header: EventHeader, kind: EventKind) {
            self.position = position
            self.header = header
            self.kind = kind
        }
    }

    private let rules: FactRules
    private var scanner = JSONScanner()
    private var texts = ByteCache<String>()
    private var ids = ByteCache<String>()
    private var agents = ByteCache<Agent>()
    private var touches = TouchReader()
    private var places = Array(repeating: JSONMatch(pointer: 0, start: 0, end: 0, type: .null), count: 32)
    private var ranks = Array(repeating: 0, count: 32)
    private var found: UInt32 = 0

    /// A reader that has seen nothing yet.
    package init(_ rules: FactRules) {
        self.rules = rules
    }

    /// What is known of events of this source and name; the caller remembers it.
    package func kind(_ source: EventSource, _ name: String) -> EventKind {
        EventKind(source, name, rules)
    }

    /// The facts of one event. `payload` is empty where the kind needs none. Throws `JSONError` where the payload is no
    /// JSON, and `UnreadableDocument` where it tells of an order or a product whose amounts or ids cannot be kept.
    package mutating func read(
        _ envelope: Envelope, payload: Span<UInt8>, handles: SealedHandles
    ) throws -> EventFacts {
        let header = envelope.header
        let kind = envelope.kind
        found = 0
        if !payload.isEmpty { try scan(payload, header.source) }
        let isOfBrowser = header.source == .pixel || header.source == .widget
        var facts = EventFacts(
            position: envelope.position, shop: header.shop, type: kind, traits: kind.traits,
            visitor: header.visitorKind == .none ? .zero : header.visitor, visitorKind: header.visitorKind,
            isVisit: isOfBrowser && header.visitorKind != .none && header.visitor != .zero, country: header.country,
            receivedAt: header.receivedAt, order: order(header, payload))
        facts.handles = handles.all
        if header.flags.contains(.bot) { facts.traits.insert(.bot) }
        if header.visitorKind == .customer || isPresent(.customer) || handles.customer {
            facts.traits.insert(.customer)
        }
        if isOfBrowser { readPage(payload, &facts) }
        if found & FactField.commerce != 0 { facts.commerce = commerce(payload, kind) }
        if kind.traits.contains(.lead) { facts.contact = contact(payload, handles, header.flags) }
        if kind.needsDocument {
            let document = CommerceDocument(
                topic: kind.name, source: header.source, tree: JSONTree(scanned: payload.array), handles: handles.all)
            try OrderBounds.check(document)
            facts.document = document
        }
        return facts
    }

    private mutating func scan(_ payload: Span<UInt8>, _ source: EventSource) throws(JSONError) {
        let pointers = pointers(of: source)
        try scanner.scan(payload, pointers: pointers.set)
        for match in scanner.matches {
            let field = pointers.fields[match.pointer]
            // Of several pointers for a field the first wins; of duplicate keys the last counts.
            if found & field.bit != 0, ranks[field.rawValue] < match.pointer { continue }
            if match.type == .null {
                if ranks[field.rawValue] == match.pointer { found &= ~field.bit }
                continue
            }
            places[field.rawValue] = match
            ranks[field.rawValue] = match.pointer
            found |= field.bit
        }
    }

    private func pointers(of source: EventSource) -> FactPointers {
        switch source {
        case .pixel: rules.pixel
        case .widget: rules.widget
        case .webhook, .history, .system: .none
        }
    }

    private func order(_ header: EventHeader, _ payload: Span<UInt8>) -> OrderKey {
        let sequence = place(.sequence).flatMap { JSONText.int64(payload, $0) }
        guard let id = place(.id), id.type == .string else {
            return OrderKey(time: header.occurredAt, sequence: sequence, id: [UInt8]().span, identity: header.key)
        }
        return OrderKey(
            time: header.occurredAt, sequence: sequence, id: payload.extracting(id.start + 1..<id.end - 1),
            identity: header.key)
    }

    private func place(_ field: FactField) -> JSONMatch? {
        found & field.bit != 0 ? places[field.rawValue] : nil
    }

    /// A value that says something; an object is what sealing left.
    private func isPresent(_ field: FactField) -> Bool {
        guard let match = place(field) else { return false }
        return switch match.type {
        case .string: match.end - match.start > 2
        case .number, .object: true
        case .array, .true_, .false_, .null: false
        }
    }

    /// A short text, shared with the events before.
    private mutating func text(_ field: FactField, _ payload: Span<UInt8>) -> String {
        place(field).map { text($0, payload) } ?? ""
    }

    private mutating func text(_ match: JSONMatch, _ payload: Span<UInt8>) -> String {
        guard match.type == .string || match.type == .number else { return "" }
        return texts.value(for: payload.extracting(match.range)) { bytes in
            Self.text(bytes, JSONMatch(pointer: 0, start: 0, end: bytes.count, type: match.type))
        }
    }

    private static func text(_ bytes: Span<UInt8>, _ whole: JSONMatch) -> String {
        PageAddress.text(JSONText.string(bytes, whole) ?? String(decoding: bytes.array, as: UTF8.self))
    }
}

extension FactReader {
    private mutating func readPage(_ payload: Span<UInt8>, _ facts: inout EventFacts) {
        if let match = place(.userAgent), match.type == .string {
            let agent = agents.value(for: payload.extracting(match.range)) { [rules] bytes in
                let whole = JSONMatch(pointer: 0, start: 0, end: bytes.count, type: .string)
                return rules.agent(JSONText.string(bytes, whole) ?? "")
            }
            if agent.isBot { facts.traits.insert(.bot) }
            facts.agent = agent
        }
        let url = place(.url)
        let referrer = place(.referrer)
        if url?.type == .string || referrer?.type == .string {
            let (page, touch) = touches.read(payload, url: url, referrer: referrer, shop: facts.shop, rules)
            facts.page = page
            facts.touch = touch
        } else if isPresent(.path) {
            let address = text(.host, payload).isEmpty ? "" : "https://" + text(.host, payload)
            let (page, touch) = touches.read(
                address: address + text(.path, payload) + text(.query, payload), shop: facts.shop, rules)
            facts.page = page
            facts.touch = touch
        }
    }

    private mutating func commerce(_ payload: Span<UInt8>, _ kind: EventKind) -> CommerceFacts {
        let collection = place(.collectionID).map { id($0, payload) } ?? ""
        let line = money(.lineAmount, .lineCurrency, payload)
        let isRemoval = kind.name == "product_removed_from_cart"
        return CommerceFacts(
            products: many(.product, payload), variants: many(.variant, payload),
            collection: collection.isEmpty ? text(.collectionTitle, payload) : collection,
            searchTerm: Self.trimmed(text(.searchTerm, payload)), cartToken: text(.cartToken, payload),
            cartTotal: money(.cartAmount, .cartCurrency, payload),
            cartLine: line.map { Money(amount: isRemoval ? -$0.amount : $0.amount, currency: $0.currency) },
            checkoutToken: text(.checkoutToken, payload),
            checkoutTotal: money(.checkoutAmount, .checkoutCurrency, payload))
    }

    /// A consent that is stated and is no clear yes is a no, and so is what the browser's signals deny or what was stated
    /// and cannot be understood at all (`ConsentReader`, whose finding is in the flags); none stated says nothing.
    private func contact(
        _ payload: Span<UInt8>, _ handles: SealedHandles, _ flags: EventFlags
    ) -> ContactFacts {
        let isDenied = flags.contains(.consentStated) && !flags.contains(.marketingConsent)
        let consent = isDenied ? false : place(.marketing).map { ConsentReader.isGrant(payload, $0) }
        return ContactFacts(
            email: handles.email, phone: handles.phone, hasName: isStated(.personName), hasAnswers: isStated(.answers),
            marketingConsent: consent)
    }

    /// A value that is neither null nor empty.
    private func isStated(_ field: FactField) -> Bool {
        guard let match = place(field) else { return false }
        return switch match.type {
        case .string, .object, .array: match.end - match.start > 2
        case .number, .true_, .false_: true
        case .null: false
        }
    }

    /// nil where the currency is no code of three capital letters (ISO 4217), which all of Shopify's are.
    private func money(_ amount: FactField, _ currency: FactField, _ payload: Span<UInt8>) -> Money? {
        guard let code = place(currency), code.type == .string, code.end - code.start == 5, let value = place(amount),
            value.type == .number || value.type == .string
        else { return nil }
        let quote = value.type == .string ? 1 : 0
        let letters = payload.extracting(code.start + 1..<code.end - 1).array
        guard letters.allSatisfy({ (0x41...0x5A).contains($0) }) else { return nil }
        let currency = String(decoding: letters, as: UTF8.self)
        let digits = payload.extracting(value.start + quote..<value.end - quote).array
        let units = MinorUnits.parse(digits, exponent: MinorUnits.exponent(of: currency))
        return units.map { Money(amount: $0, currency: currency) }
    }

    /// Ids of a field that may be met many times, in the order of the text, none twice.
    private mutating func many(_ field: FactField, _ payload: Span<UInt8>) -> [String] {
        guard found & field.bit != 0 else { return [] }
        var all: [String] = []
        let fields = rules.pixel.fields
        for match in scanner.matches where fields[match.pointer].bit == field.bit {
            let id = id(match, payload)
            if !id.isEmpty, !all.contains(id) { all.append(id) }
            if all.count == Self.idsMax { break }
        }
        return all
    }

    /// More lines than any cart has; keeps one event's rows bounded.
    private static let idsMax = 100

    private mutating func id(_ match: JSONMatch, _ payload: Span<UInt8>) -> String {
        guard match.type == .string || match.type == .number else { return "" }
        return ids.value(for: payload.extracting(match.range)) { bytes in
            let whole = JSONMatch(pointer: 0, start: 0, end: bytes.count, type: match.type)
            return Self.bareID(Self.text(bytes, whole))
        }
    }

    /// `gid://shopify/Product/7` is 7.
    private static func bareID(_ text: String) -> String {
        let text = text.filter { $0 != "\"" }
        guard text.hasPrefix("gid:"), let slash = text.lastIndex(of: "/") else { return text }
        return String(text[text.index(after: slash)...])
    }

    private static func trimmed(_ text: String) -> String {
        let kept = text.drop { $0.isWhitespace }
        guard let end = kept.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(kept[...end])
    }
}
