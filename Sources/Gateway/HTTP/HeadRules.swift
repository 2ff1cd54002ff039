internal import NIOHTTP1

/// What RFC 9112 wants of a request's head beyond what the codec sees to: whoever stands in front of this server must
/// not be led to read the same bytes as other requests, or for another host.
enum HeadRules {
    /// Why a head is refused; nil for one that is in order.
    static func refusal(of head: HTTPRequestHead) -> Refusal? {
        // Section 3.2: one Host, valid; HTTP/1.0 did not have it.
        let hosts = head.headers["host"]
        guard hosts.count == 1 || (hosts.isEmpty && head.version == .http1_0) else { return .badRequest }
        guard hosts.allSatisfy({ isHost(Array($0.utf8).span) }) else { return .badRequest }
        guard head.headers.contains(name: "transfer-encoding") else { return nil }
        let codings = head.headers[canonicalForm: "transfer-encoding"].map { $0.lowercased() }
        // Section 6.1: of HTTP/1.0, and where chunks are not the last coding or are one twice, the framing is faulty.
        guard head.version == .http1_1, codings.firstIndex(of: "chunked") == codings.count - 1 else {
            return .badRequest
        }
        return codings.count == 1 ? nil : .unknownCoding
    }

    /// True for what may stand behind `Host:`: a name, an address or nothing, then maybe a port (RFC 3986, 3.2.2).
    static func isHost(_ value: Span<UInt8>) -> Bool {
        var place = 0
        if !value.isEmpty, value[0] == UInt8(ascii: "[") {
            while place < value.count, value[place] != UInt8(ascii: "]") { place += 1 }
            guard place < value.count, isAddress(value.extracting(1..<place)) else { return false }
            place += 1
        } else {
            while place < value.count, isNameByte(value[place]) { place += 1 }
        }
        guard place < value.count else { return true }
        guard value[place] == UInt8(ascii: ":") else { return false }
        place += 1
        while place < value.count, value[place] &- 0x30 < 10 { place += 1 }
        return place == value.count
    }

    /// The inside of `[::1]`, by its characters.
    private static func isAddress(_ value: Span<UInt8>) -> Bool {
        for index in value.indices where !(isNameByte(value[index]) || value[index] == UInt8(ascii: ":")) {
            return false
        }
        return !value.isEmpty
    }

    /// Characters of a registered name: unreserved ones, delimiters, and `%` of escapes.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: "%"), UInt8(ascii: "!"), UInt8(ascii: "$"),
            UInt8(ascii: "&")...UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
