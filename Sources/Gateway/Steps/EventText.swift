internal import EventModel
internal import Privacy

/// Reads an event's own fields.
enum EventText {
    /// An id is a string that is not empty, or a whole number.
    static func isIdentifier(_ body: Span<UInt8>, _ match: JSONMatch) -> Bool {
        switch match.type {
        case .string: match.end - match.start > 2
        case .number: JSONText.int64(body, match) != nil
        default: false
        }
    }

    /// Reads a name into `name`: text without `\u{0}`, which no text column takes. Nil, or why it is none: no string or
    /// an empty one, or longer than a record holds.
    static func readName(_ body: Span<UInt8>, _ match: JSONMatch?, into name: inout [UInt8]) -> DropReason? {
        name.removeAll(keepingCapacity: true)
        guard let match, match.type == .string else { return .missingName }
        guard match.end - match.start - 2 <= escapedNameBytesMax else { return .nameTooLong }
        JSONText.unescape(body, match, into: &name)
        if name.contains(0) { name.removeAll { $0 == 0 } }
        if name.isEmpty { return .missingName }
        return name.count <= EventRecord.nameBytesMax ? nil : .nameTooLong
    }

    /// An escape takes six bytes for one; zeros beyond that are not worth reading.
    private static let escapedNameBytesMax = EventRecord.nameBytesMax * 6

    /// A string's text, or another value as it stands.
    static func text(_ body: Span<UInt8>, _ match: JSONMatch) -> String {
        var bytes: [UInt8] = []
        JSONText.unescape(body, match, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Step `time`: when an event happened, as far as it can be believed.
struct EventTime {
    /// What the event says; nil when it says nothing readable.
    let statedMillis: Int64?
    let occurredAt: Int64
    let flags: EventFlags

    /// Clocks of shoppers are wrong; what lies further ahead is clamped.
    static let aheadMillisMax: Int64 = 5 * 60_000
    /// No timestamp is longer.
    private static let textBytesMax = 64

    init(_ body: Span<UInt8>, _ match: JSONMatch?, nowMillis: Int64) {
        self.init(stated: match.flatMap { Self.parse(body, $0) }, nowMillis: nowMillis)
    }

    init(stated: Int64?, nowMillis: Int64) {
        statedMillis = stated
        let latest = nowMillis + Self.aheadMillisMax
        occurredAt = min(stated ?? nowMillis, latest)
        flags = (stated ?? nowMillis) > latest ? .clampedTime : []
    }

    func isOlder(than seconds: Int64, nowMillis: Int64) -> Bool {
        occurredAt < nowMillis - seconds * 1000
    }

    private static func parse(_ body: Span<UInt8>, _ match: JSONMatch) -> Int64? {
        guard match.type == .string, match.end - match.start <= textBytesMax else { return nil }
        // Keys and columns begin in 1970; what was before that is as old as what was then.
        return Timestamp.parse(body.extracting(match.start + 1..<match.end - 1), firstYear: 0).map { max(0, $0) }
    }
}

/// What all events of one request share about their sender.
struct Visit {
    let nowMillis: Int64
    let origin: RequestOrigin?
    let country: CountryCode
    let signals: PrivacySignals
    /// The request tells that a program sent it.
    var isBot = false

    init(_ exchange: Exchange, _ origins: ClientOrigin) {
        let request = exchange.request
        nowMillis = exchange.nowMillis
        signals = request.fields.signals
        country = origins.country(of: request, from: exchange.address)
        origin = RequestOrigin(
            address: Key128(high: exchange.address.high, low: exchange.address.low),
            userAgent: request.fields.userAgent ?? "")
    }

    /// A request of nobody who visits: Shopify's own.
    init(nobody nowMillis: Int64) {
        self.nowMillis = nowMillis
        country = .unknown
        origin = nil
        signals = []
    }

    func salts(_ gateway: Gateway) -> DailySalts { gateway.salts.current }
}
