// EventModel is the vocabulary every stage shares: identifiers, the event record and its canonical bytes, the batch
// that travels from gateway to log, payload compression, time, and the JSON scanner. It performs no I/O.

/// A tenant's number in `registry.shop`; positive. Never shown to clients.
package typealias ShopID = Int32

/// One order of events: one Redis stream, one drain and one projector at a time. A shop belongs to one lane.
package typealias Lane = Int16

/// An event's place in its lane of the log; the first is 1 and there are no gaps.
package typealias Position = Int64

/// 128 bits of identity: a keyed hash, or a time and a keyed hash. Ordered bytewise.
@usableFromInline package struct Key128: Hashable, Comparable, Sendable {
    @usableFromInline package let high: UInt64
    @usableFromInline package let low: UInt64

    @inlinable package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// All bits zero, which no keyed hash is in practice; stands for "none".
    package static let zero = Key128(high: 0, low: 0)

    @inlinable package static func < (left: Key128, right: Key128) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    // Written out, and inlinable, because dictionaries in other modules compare millions of them.
    @inlinable package static func == (left: Key128, right: Key128) -> Bool {
        left.high == right.high && left.low == right.low
    }

    /// Reads 16 big-endian bytes; the caller gives at least that many.
    package init(bytes: [UInt8]) {
        precondition(bytes.count >= 16, "a Key128 has 16 bytes")
        self.high = UInt64(bigEndian: unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self))
        self.low = UInt64(bigEndian: unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    /// 16 big-endian bytes.
    package var bytes: [UInt8] {
        unsafe Swift.withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { unsafe [UInt8]($0) }
    }

    /// 32 lower-case hex digits.
    package var hex: String {
        func digits(_ word: UInt64) -> String {
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return digits(high) + digits(low)
    }

    /// The usual form of a UUID, in lower case.
    package var uuid: String {
        let digits = Array(hex)
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
    }

    /// Reads the usual form of a UUID; nil for anything else.
    package init?(uuid: String) {
        let parts = uuid.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.map(\.count) == [8, 4, 4, 4, 12] else { return nil }
        self.init(hex: String(uuid.filter { $0 != "-" }))
    }

    /// Reads 32 hex digits; nil for anything else.
    package init?(hex: String) {
        guard hex.utf8.count == 32, hex.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2D }),
            let high = UInt64(hex.prefix(16), radix: 16), let low = UInt64(hex.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }
}

/// Where an event came in. The raw values are stored and never change.
@usableFromInline package enum EventSource: UInt8, Sendable, CaseIterable {
    case pixel = 1
    case widget = 2
    case webhook = 3
    /// Written by Footfall itself: side-effect results, tombstones.
    case system = 4
    case history = 5

    /// Equal cases; see `JSONType`.
    @inlinable package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    /// The name used in the log's export, in metrics and in `pipelines/`.
    package var name: String {
        switch self {
        case .pixel: "pixel"
        case .widget: "widget"
        case .webhook: "webhook"
        case .system: "system"
        case .history: "history"
        }
    }
}

/// What a visitor id stands for; kinds are never added together silently. The raw values are stored.
@usableFromInline package enum VisitorKind: UInt8, Sendable {
    /// No visitor: webhooks, system events.
    case none = 0
    /// Shopify's `clientId`, with analytics consent.
    case client = 1
    /// No analytics consent: a hash under a salt that is destroyed after 48 h.
    case daily = 2
    /// A customer named by the event or by the app proxy, without a client id.
    case customer = 3

    /// Equal cases; see `JSONType`.
    @inlinable package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    package var name: String {
        switch self {
        case .none: "none"
        case .client: "client"
        case .daily: "daily"
        case .customer: "customer"
        }
    }
}

/// Bits kept with each event. The raw values are stored.
@usableFromInline package struct EventFlags: OptionSet, Sendable, Hashable {
    @usableFromInline package let rawValue: UInt8
    @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A set of these. The library's own goes through generic code, which costs as much as reading a timestamp.
    @inlinable package init(arrayLiteral elements: EventFlags...) {
        self.init(rawValue: elements.reduce(0) { $0 | $1.rawValue })
    }

    /// Consent purposes, set where granted (none stated means granted: the pixel was loaded).
    @inlinable package static var analyticsConsent: EventFlags { EventFlags(rawValue: 1 << 0) }
    @inlinable package static var marketingConsent: EventFlags { EventFlags(rawValue: 1 << 1) }
    @inlinable package static var preferencesConsent: EventFlags { EventFlags(rawValue: 1 << 2) }
    @inlinable package static var saleOfDataConsent: EventFlags { EventFlags(rawValue: 1 << 3) }
    /// The event itself stated its consent, or the browser that sent it did by a header.
    @inlinable package static var consentStated: EventFlags { EventFlags(rawValue: 1 << 4) }
    /// The request's user agent was a bot's; set where the payload may not keep the agent.
    @inlinable package static var bot: EventFlags { EventFlags(rawValue: 1 << 5) }
    /// The event's own time lay more than five minutes ahead and was clamped.
    @inlinable package static var clampedTime: EventFlags { EventFlags(rawValue: 1 << 6) }

    /// The four purposes.
    @inlinable package static var allConsent: EventFlags { EventFlags(rawValue: 0b1111) }
}

/// A country as two ASCII capitals packed into 16 bits; 0 is unknown.
package struct CountryCode: Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    package static let unknown = CountryCode(rawValue: 0)

    /// Two ASCII letters of either case; anything else, and the placeholders XX and T1, is unknown.
    package init(_ text: some StringProtocol) {
        let letters = text.utf8.map { $0 & 0xDF }
        guard letters.count == 2, letters.allSatisfy({ (0x41...0x5A).contains($0) }), letters != [0x58, 0x58] else {
            self.rawValue = 0
            return
        }
        self.rawValue = UInt16(letters[0]) << 8 | UInt16(letters[1])
    }

    /// The two letters, or nil where unknown.
    package var text: String? {
        guard rawValue != 0 else { return nil }
        return String(decoding: [UInt8(rawValue >> 8), UInt8(rawValue & 0xFF)], as: UTF8.self)
    }
}
