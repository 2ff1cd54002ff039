internal import EventModel

/// A header field that somebody here looks at. Others only have to be well formed.
enum HeadField: Int, CaseIterable {
    case host, contentLength, contentType, contentEncoding, transferEncoding, expect, connection, upgrade
    case userAgent, origin, authorization, forwardedFor, forwarded, country, globalPrivacyControl, doNotTrack
    case topic, shop, hmac, webhookID, eventID, triggeredAt, apiVersion
    case lowTopic, lowShop, lowHmac, lowWebhookID, lowEventID, lowTriggeredAt, lowAPIVersion

    /// The field that a name stands for, in any letter case; several country headers are one field, the first of them
    /// counts.
    init?(_ name: Span<UInt8>) {
        func isName(_ candidate: StaticString) -> Bool { name.isEqual(toLowercase: candidate) }
        let field: HeadField? =
            switch name.count {
            case 3: isName("dnt") ? .doNotTrack : nil
            case 4: isName("host") ? .host : nil
            case 6: isName("expect") ? .expect : isName("origin") ? .origin : nil
            case 7: isName("upgrade") ? .upgrade : isName("sec-gpc") ? .globalPrivacyControl : nil
            case 9: isName("forwarded") ? .forwarded : nil
            case 10: isName("user-agent") ? .userAgent : isName("connection") ? .connection : nil
            case 12: isName("content-type") ? .contentType : isName("cf-ipcountry") ? .country : nil
            case 13: isName("authorization") ? .authorization : isName("shopify-topic") ? .lowTopic : nil
            case 14: isName("content-length") ? .contentLength : isName("x-country-code") ? .country : nil
            case 15: isName("x-forwarded-for") ? .forwardedFor : isName("x-shopify-topic") ? .topic : nil
            case 16: isName("content-encoding") ? .contentEncoding : isName("shopify-event-id") ? .lowEventID : nil
            case 17: isName("transfer-encoding") ? .transferEncoding : nil
            default: Self.longNames.first { name.isEqual(toLowercase: $0.0) }?.1
            }
        guard let field else { return nil }
        self = field
    }

    private static let longNames: [(StaticString, HeadField)] = [
        ("x-shopify-event-id", .eventID), ("shopify-webhook-id", .lowWebhookID), ("x-vercel-ip-country", .country),
        ("shopify-shop-domain", .lowShop), ("shopify-hmac-sha256", .lowHmac), ("shopify-api-version", .lowAPIVersion),
        ("x-shopify-webhook-id", .webhookID), ("shopify-triggered-at", .lowTriggeredAt),
        ("x-shopify-shop-domain", .shop), ("x-shopify-hmac-sha256", .hmac), ("x-shopify-api-version", .apiVersion),
        ("x-shopify-triggered-at", .triggeredAt), ("cloudfront-viewer-country", .country),
    ]
}

/// The head of a request in the plainest HTTP/1.1, read in place. Everything that is legal but unusual, and everything
/// that two parsers might read differently, is not plain: the full parser takes it.
struct PlainHead {
    /// Offset behind the empty line.
    private(set) var end = 0
    private(set) var method = IngestMethod.other
    private(set) var target = 0..<0
    private(set) var contentLength = 0
    private(set) var closes = false
    /// Where the fields' values are; an end of 0 for those that are absent. Small, since a head is copied now and then.
    private var starts = InlineArray<30, UInt16>(repeating: 0)
    private var ends = InlineArray<30, UInt16>(repeating: 0)

    /// What reading came to.
    enum Outcome {
        case plain(PlainHead)
        case incomplete
        case notPlain
    }

    /// The value's place, without white space around it; nil when the field is absent.
    func range(_ field: HeadField) -> Range<Int>? {
        let end = Int(ends[field.rawValue])
        return end == 0 ? nil : Int(starts[field.rawValue])..<end
    }

    /// Reads a head that begins at the first byte. `bytesMax` bounds how far a head may reach; longer ones than places
    /// are kept for are not plain either.
    static func parse(_ bytes: Span<UInt8>, bytesMax: Int) -> Outcome {
        let bytesMax = min(bytesMax, Int(UInt16.max))
        var head = PlainHead()
        let window = bytes.extracting(first: min(bytes.count, bytesMax))
        var step = head.requestLine(window)
        while step == .line { step = head.headerLine(window) }
        switch step {
        case .end: return head.interpret(window) ? .plain(head) : .notPlain
        case .short: return bytes.count < bytesMax ? .incomplete : .notPlain
        case .line, .odd: return .notPlain
        }
    }

    private enum Step {
        case line, end, short, odd
    }

    private mutating func requestLine(_ bytes: Span<UInt8>) -> Step {
        var place = 0
        while place < bytes.count, bytes[place] &- UInt8(ascii: "A") < 26 { place += 1 }
        guard place < bytes.count else { return place > Self.methodBytesMax ? .odd : .short }
        guard bytes[place] == 0x20, let method = Self.method(bytes.extracting(first: place)) else { return .odd }
        self.method = method
        let start = place + 1
        place = start
        while place < bytes.count, Self.isTargetByte(bytes[place]) { place += 1 }
        target = start..<place
        let rest: StaticString = " HTTP/1.1\r\n"
        guard bytes.count - place >= rest.utf8CodeUnitCount else {
            return place == bytes.count || bytes[place] == 0x20 ? .short : .odd
        }
        guard !target.isEmpty, bytes[start] == UInt8(ascii: "/"), bytes.extracting(place..<bytes.count).hasPrefix(rest)
        else { return .odd }
        end = place + rest.utf8CodeUnitCount
        return .line
    }

    private mutating func headerLine(_ bytes: Span<UInt8>) -> Step {
        var place = end
        while place < bytes.count, Self.isNameByte(bytes[place]) { place += 1 }
        guard place < bytes.count else { return .short }
        let name = end..<place
        if name.isEmpty {
            guard bytes[place] == 0x0D else { return .odd }
            guard place + 1 < bytes.count else { return .short }
            end = place + 2
            return bytes[place + 1] == 0x0A ? .end : .odd
        }
        guard bytes[place] == UInt8(ascii: ":") else { return .odd }
        place += 1
        while place < bytes.count, bytes[place] == 0x20 || bytes[place] == 0x09 { place += 1 }
        let start = place
        place = Self.valueEnd(bytes, from: place)
        guard place + 1 < bytes.count else { return place == bytes.count || bytes[place] == 0x0D ? .short : .odd }
        guard bytes[place] == 0x0D, bytes[place + 1] == 0x0A else { return .odd }
        end = place + 2
        while place > start, bytes[place - 1] == 0x20 || bytes[place - 1] == 0x09 { place -= 1 }
        return note(bytes, name, start..<place) ? .line : .odd
    }

    /// Keeps a field that matters; false where it stands twice.
    private mutating func note(_ bytes: Span<UInt8>, _ name: Range<Int>, _ value: Range<Int>) -> Bool {
        guard let field = HeadField(bytes.extracting(name)) else { return true }
        guard ends[field.rawValue] == 0 else { return false }
        starts[field.rawValue] = UInt16(value.lowerBound)
        ends[field.rawValue] = UInt16(value.upperBound)
        return true
    }

    /// Draws framing and connection handling from the fields; false where a full parser has to decide.
    private mutating func interpret(_ bytes: Span<UInt8>) -> Bool {
        guard range(.transferEncoding) == nil, range(.expect) == nil, range(.upgrade) == nil,
            let host = range(.host), HeadRules.isHost(bytes.extracting(host))
        else { return false }
        if let range = range(.contentLength) {
            guard (1...Self.lengthDigitsMax).contains(range.count) else { return false }
            for place in range {
                let digit = bytes[place] &- 0x30
                guard digit <= 9 else { return false }
                contentLength = contentLength * 10 + Int(digit)
            }
        }
        if let range = range(.connection) {
            let value = bytes.extracting(range)
            closes = value.isEqual(toLowercase: "close")
            guard closes || value.isEqual(toLowercase: "keep-alive") else { return false }
        }
        return true
    }

    /// Nine digits are far above every limit and far below an overflow.
    private static let lengthDigitsMax = 9
    private static let methodBytesMax = 8

    private static func method(_ name: Span<UInt8>) -> IngestMethod? {
        if name.isEqual(to: "POST") { return .post }
        if name.isEqual(to: "OPTIONS") { return .options }
        if name.isEqual(to: "HEAD") { return .head }
        let isKnown =
            name.isEqual(to: "GET") || name.isEqual(to: "PUT") || name.isEqual(to: "DELETE")
            || name.isEqual(to: "PATCH")
        return isKnown ? .other : nil
    }

    /// The characters that RFC 3986 allows in a path or query, without `%`-checks.
    private static func isTargetByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "@")...UInt8(ascii: "["), UInt8(ascii: "]"),
            UInt8(ascii: "$")...UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: "!"):
            true
        default: false
        }
    }

    /// The first place from `start` on where nothing stands that a value may hold: printable characters and tabs.
    private static func valueEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
        let each: UInt64 = 0x0101_0101_0101_0101
        var place = start
        while true {
            while place + 8 <= bytes.count {
                let word: UInt64 = bytes.integer(at: place)
                // The top bit of a byte below 0x20, or above 0x7E; exact for the lowest such byte, which is asked for.
                let odd = (((word &- each &* 0x20) & ~word) | word | (word &+ each)) & (each &* 0x80)
                // Eight places further where there is none.
                place += odd.trailingZeroBitCount / 8
                if odd != 0 { break }
            }
            while place < bytes.count, bytes[place] &- 0x20 < 0x5F { place += 1 }
            guard place < bytes.count, bytes[place] == 0x09 else { return place }
            place += 1
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
