internal import EventModel

/// An IP address as 128 bits; IPv4 as its mapped IPv6 form. Held only while a request is worked off.
package struct ClientAddress: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    /// Stands for peers without an IP address (unix sockets, tests).
    package static let unknown = ClientAddress(high: 0, low: 0)

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads dotted or colon notation, an IPv6 address also in brackets, with or without a port and white space around
    /// it; nil for anything else.
    package init?(_ text: some StringProtocol) { self.init(Array(text.utf8).span) }

    /// The same from bytes; no allocation for what nearly every header holds, a dotted address alone.
    package init?(_ text: Span<UInt8>) {
        let text = text.extracting(text.trimmed)
        if let low = Self.plainFour(text) {
            self.init(high: 0, low: low)
            return
        }
        var bytes = text.array
        if bytes.first == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            bytes = Array(bytes[1..<close])
        } else if bytes.count(where: { $0 == UInt8(ascii: ":") }) == 1,
            let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        {
            bytes = Array(bytes[..<colon])
        }
        guard let (high, low) = bytes.contains(UInt8(ascii: ":")) ? Self.six(bytes) : Self.four(bytes[...]) else {
            return nil
        }
        self.init(high: high, low: low)
    }

    /// An IPv4 address in its mapped form.
    package var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// 127.0.0.0/8 or ::1: a program on this machine.
    package var isLoopback: Bool { isIPv4 ? (low >> 24) & 0xFF == 127 : high == 0 && low == 1 }

    /// 16 bytes, network order.
    package var bytes: [UInt8] { Key128(high: high, low: low).bytes }

    private static func plainFour(_ text: Span<UInt8>) -> UInt64? {
        guard (7...15).contains(text.count) else { return nil }
        var (word, part): (UInt64, UInt64) = (0, 0)
        var (dots, digits) = (0, 0)
        for index in text.indices {
            if text[index] == UInt8(ascii: ".") {
                guard digits > 0, dots < 3 else { return nil }
                word = word << 8 | part
                (part, digits, dots) = (0, 0, dots + 1)
            } else {
                let digit = text[index] &- 0x30
                guard digit < 10, digits < 3 else { return nil }
                part = part * 10 + UInt64(digit)
                digits += 1
                guard part <= 255 else { return nil }
            }
        }
        return dots == 3 && digits > 0 ? 0xFFFF_0000_0000 | word << 8 | part : nil
    }

    private static func four(_ bytes: ArraySlice<UInt8>) -> (UInt64, UInt64)? {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var word: UInt64 = 0
        for part in parts {
            guard (1...3).contains(part.count), let value = number(part, radix: 10), value <= 255 else { return nil }
            word = word << 8 | value
        }
        return (0, 0xFFFF_0000_0000 | word)
    }

    private static func six(_ bytes: [UInt8]) -> (UInt64, UInt64)? {
        // A zone (`%eth0`) is local to the sender.
        let address = bytes.prefix { $0 != UInt8(ascii: "%") }
        var groups: [UInt64] = []
        var gap: Int?
        let parts = address.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard (3...9).contains(parts.count) else { return nil }
        for (index, part) in parts.enumerated() {
            if part.isEmpty {
                // An empty part is the gap; at either end a second one belongs to the same `::`.
                if index == 0 || index == parts.count - 1 { continue }
                guard gap == nil else { return nil }
                gap = groups.count
            } else if index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let (_, low) = four(part) else { return nil }
                groups += [(low >> 16) & 0xFFFF, low & 0xFFFF]
            } else {
                guard part.count <= 4, let value = number(part, radix: 16) else { return nil }
                groups.append(value)
            }
        }
        return assemble(groups, gap: gap)
    }

    private static func assemble(_ groups: [UInt64], gap: Int?) -> (UInt64, UInt64)? {
        guard gap == nil ? groups.count == 8 : groups.count < 8 else { return nil }
        var all = groups
        if let gap { all.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap) }
        return (all[0..<4].reduce(0) { $0 << 16 | $1 }, all[4..<8].reduce(0) { $0 << 16 | $1 })
    }

    private static func number(_ digits: ArraySlice<UInt8>, radix: Int) -> UInt64? {
        guard !digits.contains(UInt8(ascii: "+")), !digits.contains(UInt8(ascii: "-")) else { return nil }
        return UInt64(String(decoding: digits, as: UTF8.self), radix: radix)
    }
}

extension Span<UInt8> {
    /// Where the bytes are that have no white space and control characters at their ends.
    var trimmed: Range<Int> {
        var (start, end) = (0, count)
        while start < end, self[start] <= 0x20 { start += 1 }
        while end > start, self[end - 1] <= 0x20 { end -= 1 }
        return start..<end
    }
}

/// A CIDR range such as `10.0.0.0/8`; an address alone is a range of one.
package struct AddressRange: Sendable, Equatable {
    private let base: ClientAddress
    /// Leading bits of the 128 that must agree.
    private let bits: Int

    /// Nil unless the text is an address with an optional prefix length that fits it.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let base = ClientAddress(first) else { return nil }
        let width = base.isIPv4 ? 32 : 128
        var length = width
        if parts.count == 2 {
            guard let value = Int(parts[1]), (0...width).contains(value) else { return nil }
            length = value
        }
        self.base = base
        self.bits = 128 - width + length
    }

    package func contains(_ address: ClientAddress) -> Bool {
        guard bits > 64 else { return (base.high ^ address.high) & Self.mask(bits) == 0 }
        return base.high == address.high && (base.low ^ address.low) & Self.mask(bits - 64) == 0
    }

    private static func mask(_ bits: Int) -> UInt64 { bits == 0 ? 0 : ~0 << UInt64(64 - bits) }
}
