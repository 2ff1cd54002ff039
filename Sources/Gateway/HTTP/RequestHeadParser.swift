/// A header field that somebody here looks at. Others only have to be well formed.
enum HeadField: Int, CaseIterable {
    case host, contentLength, contentType, contentEncoding, transferEncoding, expect, connection, upgrade
    case userAgent, origin, authorization, forwardedFor, forwarded, country, globalPrivacyControl, doNotTrack
    case topic, shop, hmac, webhookID, eventID, triggeredAt, apiVersion
    case lowTopic, lowShop, lowHmac, lowWebhookID, lowEventID, lowTriggeredAt, lowAPIVersion

    /// The names in lower case; several country headers are one field, the first of them counts.
    static let names: [(StaticString, HeadField)] = [
        ("host", .host), ("content-length", .contentLength), ("content-type", .contentType),
        ("content-encoding", .contentEncoding), ("transfer-encoding", .transferEncoding), ("expect", .expect),
        ("connection", .connection),
        ("upgrade", .upgrade), ("user-agent", .userAgent), ("origin", .origin), ("authorization", .authorization),
        ("x-forwarded-for", .forwardedFor), ("forwarded", .forwarded), ("cf-ipcountry", .country),
        ("cloudfront-viewer-country", .country), ("x-country-code", .country), ("x-vercel-ip-country", .country),
        ("sec-gpc", .globalPrivacyControl), ("dnt", .doNotTrack),
        ("x-shopify-topic", .topic), ("x-shopify-shop-domain", .shop), ("x-shopify-hmac-sha256", .hmac),
        ("x-shopify-webhook-id", .webhookID), ("x-shopify-event-id", .eventID),
        ("x-shopify-triggered-at", .triggeredAt), ("x-shopify-api-version", .apiVersion),
        ("shopify-topic", .lowTopic), ("shopify-shop-domain", .lowShop), ("shopify-hmac-sha256", .lowHmac),
        ("shopify-webhook-id", .lowWebhookID), ("shopify-event-id", .lowEventID),
        ("shopify-triggered-at", .lowTriggeredAt), ("shopify-api-version", .lowAPIVersion),
    ]

    /// The names by their length.
    static let byLength: [[(StaticString, HeadField)]] = {
        var table: [[(StaticString, HeadField)]] = []
        for entry in names {
            while table.count <= entry.0.utf8CodeUnitCount { table.append([]) }
            table[entry.0.utf8CodeUnitCount].append(entry)
        }
        return table
    }()
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
    private var starts = InlineArray<30, Int32>(repeating: 0)
    private var ends = InlineArray<30, Int32>(repeating: -1)

    /// What reading came to.
    enum Outcome {
        case plain(PlainHead)
        case incomplete
        case notPlain
    }

    /// The value's place, without white space around it; nil when the field is absent.
    func range(_ field: HeadField) -> Range<Int>? {
        let end = Int(ends[field.rawValue])
        return end < 0 ? nil : Int(starts[field.rawValue])..<end
    }

    /// Reads a head that begins at the first byte. `bytesMax` bounds how far a head may reach.
    static func parse(_ bytes: Span<UInt8>, bytesMax: Int) -> Outcome {
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
        while place < bytes.count, bytes[place] &- 0x20 < 0x5F || bytes[place] == 0x09 { place += 1 }
        guard place + 1 < bytes.count else { return place == bytes.count || bytes[place] == 0x0D ? .short : .odd }
        guard bytes[place] == 0x0D, bytes[place + 1] == 0x0A else { return .odd }
        end = place + 2
        while place > start, bytes[place - 1] == 0x20 || bytes[place - 1] == 0x09 { place -= 1 }
        return note(bytes, name, start..<place) ? .line : .odd
    }

    /// Keeps a field that matters; false where it stands twice.
    private mutating func note(_ bytes: Span<UInt8>, _ name: Range<Int>, _ value: Range<Int>) -> Bool {
        guard name.count < HeadField.byLength.count else { return true }
        let text = bytes.extracting(name)
        for (candidate, field) in HeadField.byLength[name.count] where text.isEqual(toLowercase: candidate) {
            guard ends[field.rawValue] < 0 else { return false }
            starts[field.rawValue] = Int32(value.lowerBound)
            ends[field.rawValue] = Int32(value.upperBound)
        }
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

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
