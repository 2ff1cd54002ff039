package import EventModel

/// Writes events as text: one JSON object a line, or CSV with a heading. Sealed fields come as the payload holds them,
/// `{"sealed":true}`, unless the caller opens them.
package struct LogExport {
    /// The form of the text.
    package enum Format: String, Sendable, CaseIterable {
        case ndjson
        case csv
    }

    /// Opens an event's sealed fields: gets the payload and the sealed bytes, returns the payload with them in place.
    /// Whoever gives one writes the audit log.
    package typealias Opening = (LoggedEvent, _ payload: [UInt8], _ sealed: [UInt8]) throws -> [UInt8]

    private let format: Format
    private let decompressor: PayloadDecompressor
    /// The shop's domain by number.
    private let domain: (ShopID) -> String?
    private let opening: Opening?
    private var payload: [UInt8] = []
    private var scanner = JSONScanner()

    /// `opening` nil leaves sealed fields sealed.
    package init(
        _ format: Format, decompressor: PayloadDecompressor, domain: @escaping (ShopID) -> String?,
        opening: Opening? = nil
    ) {
        self.format = format
        self.decompressor = decompressor
        self.domain = domain
        self.opening = opening
    }

    private static let columns = [
        "lane", "position", "shop", "event_id", "kind", "source", "occurred_at", "received_at", "visitor", "payload",
        "consent",
    ]

    /// What comes before the first event.
    package var heading: [UInt8] { format == .csv ? Array((Self.columns.joined(separator: ",") + "\r\n").utf8) : [] }

    /// Appends one event's line. A payload that cannot be opened is `null`; the line comes all the same.
    package mutating func append(_ event: LoggedEvent, of page: EventPage, lane: Lane, to out: inout [UInt8]) throws {
        let isOpen = try open(event, page)
        let header = event.header
        let identifier = isOpen ? self.identifier(header) : header.key.hex
        let cells: [Cell] = [
            .number(Int64(lane)), .number(event.position), .text(domain(header.shop) ?? "#\(header.shop)"),
            .text(identifier), .text(page.kind(of: event)), .text(header.source.name),
            .text(Timestamp.text(header.occurredAt)), .text(Timestamp.text(header.receivedAt)),
            header.visitorKind == .none ? .null : .text(header.visitor.hex), isOpen ? .json : .null,
            header.source.hasConsent ? .literal(Self.consent(header.flags)) : .null,
        ]
        switch format {
        case .ndjson: json(cells, to: &out)
        case .csv: csv(cells, to: &out)
        }
    }

    private enum Cell {
        case null
        case number(Int64)
        case text(String)
        /// JSON that is written here.
        case literal(String)
        /// The payload.
        case json
    }

    /// What the shopper allowed when the event was made, by purpose, with the names that events use; `stated` is false where
    /// neither event nor browser said anything and all is granted for that.
    private static func consent(_ flags: EventFlags) -> String {
        let purposes: [(String, EventFlags)] = [
            ("analytics", .analyticsConsent), ("marketing", .marketingConsent), ("preferences", .preferencesConsent),
            ("saleOfData", .saleOfDataConsent), ("stated", .consentStated),
        ]
        return "{" + purposes.map { "\"\($0.0)\":\(flags.contains($0.1))" }.joined(separator: ",") + "}"
    }

    /// The event's id as its sender gave it; the key's digits where there is none.
    private mutating func identifier(_ header: EventHeader) -> String {
        switch header.source {
        case .webhook where header.visitor != .zero: return header.visitor.uuid
        case .pixel, .widget:
            let payload = self.payload
            do { try scanner.scan(payload.span, pointers: Self.identifiers) } catch { return header.key.hex }
            // Of an id that is given twice the last counts; a session's start has no other id than the session's.
            let id = scanner.matches.last { $0.pointer == 0 } ?? scanner.matches.last
            guard let id else { return header.key.hex }
            var text: [UInt8] = []
            JSONText.unescape(payload.span, id, into: &text)
            return String(decoding: text, as: UTF8.self)
        case .webhook, .system, .history: return header.key.hex
        }
    }

    private static let identifiers = PointerSet(["/id", "/sessionId"])

    private mutating func open(_ event: LoggedEvent, _ page: EventPage) throws -> Bool {
        do {
            try decompressor.open(
                page.bytes.span.extracting(event.payload), dictionary: event.header.dictionary, into: &payload)
        } catch {
            return false
        }
        if let opening { payload = try opening(event, payload, Array(page.bytes[event.sealed])) }
        // Valid JSON has line breaks only between tokens, where a space means the same.
        for index in payload.indices where payload[index] == 0x0A || payload[index] == 0x0D { payload[index] = 0x20 }
        return true
    }

    private func json(_ cells: [Cell], to out: inout [UInt8]) {
        for (index, cell) in cells.enumerated() {
            out.append(contentsOf: index == 0 ? "{".utf8 : ",".utf8)
            out.append(contentsOf: "\"\(Self.columns[index])\":".utf8)
            switch cell {
            case .null: out.append(contentsOf: "null".utf8)
            case .number(let value): out.append(contentsOf: String(value).utf8)
            case .text(let text): Self.quote(text, to: &out)
            case .literal(let json): out.append(contentsOf: json.utf8)
            case .json: out.append(contentsOf: payload)
            }
        }
        out.append(contentsOf: "}\n".utf8)
    }

    private func csv(_ cells: [Cell], to out: inout [UInt8]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            switch cell {
            case .null: break
            case .number(let value): out.append(contentsOf: String(value).utf8)
            case .text(let text), .literal(let text): Self.enclose(text.utf8, to: &out)
            case .json: Self.enclose(payload, to: &out)
            }
        }
        out.append(contentsOf: "\r\n".utf8)
    }

    /// RFC 4180: in quotes, quotes doubled.
    private static func enclose(_ bytes: some Sequence<UInt8>, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in bytes {
            if byte == UInt8(ascii: "\"") { out.append(byte) }
            out.append(byte)
        }
        out.append(UInt8(ascii: "\""))
    }

    private static func quote(_ text: String, to out: inout [UInt8]) {
        let hex = Array("0123456789abcdef".utf8)
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
            case 0..<0x20: out += Array("\\u00".utf8) + [hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}

extension EventSource {
    /// True for events of shoppers, who are asked; Shopify's own events are processed by contract.
    fileprivate var hasConsent: Bool { self == .pixel || self == .widget }
}
