package import EventModel
internal import Glibc

/// Networks of addresses, sorted for look-up; a look-up is a few comparisons. Addresses are 128 bits, those of IPv4 in
/// their mapped form (RFC 4291, 2.5.5.2).
package struct NetworkSet: Sendable {
    private var firsts: [Key128] = []
    private var lasts: [Key128] = []

    /// No networks.
    package init() {}

    /// The networks in CIDR notation (`192.0.2.0/24`, `2001:db8::/32`); throws the first text that is none.
    package init(_ texts: [String]) throws(Unreadable) {
        var ranges: [(first: Key128, last: Key128)] = []
        for text in texts {
            guard let range = Self.range(text) else { throw Unreadable(text: text) }
            ranges.append(range)
        }
        // Where one network holds another, the wider one is enough: ends of what is looked up never fall back.
        for range in ranges.sorted(by: { ($0.first, $1.last) < ($1.first, $0.last) }) {
            if let last = lasts.last, range.last <= last { continue }
            firsts.append(range.first)
            lasts.append(range.last)
        }
    }

    /// A text that names no network.
    package struct Unreadable: Error {
        /// As it stands.
        package let text: String
    }

    /// True for an address in one of the networks.
    package func contains(_ address: Key128) -> Bool {
        var (low, high) = (0, firsts.count)
        while low < high {
            let middle = (low + high) / 2
            if firsts[middle] <= address { low = middle + 1 } else { high = middle }
        }
        return low > 0 && address <= lasts[low - 1]
    }

    private static func range(_ text: String) -> (first: Key128, last: Key128)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let length = Int(parts[1]), let (address, width) = address(String(parts[0])),
            (1...width).contains(length)
        else { return nil }
        let bits = 128 - width + length
        let mask = Key128(high: mask(bits), low: mask(bits - 64))
        return (
            Key128(high: address.high & mask.high, low: address.low & mask.low),
            Key128(high: address.high | ~mask.high, low: address.low | ~mask.low)
        )
    }

    /// A word whose first `bits` bits are set.
    private static func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : bits >= 64 ? ~0 : ~0 << UInt64(64 - bits) }

    /// An address with the number of its bits.
    private static func address(_ text: String) -> (Key128, width: Int)? {
        var bytes = Array(repeating: UInt8(0), count: 16)
        if unsafe inet_pton(AF_INET6, text, &bytes) == 1 { return (Key128(bytes: bytes), 128) }
        guard unsafe inet_pton(AF_INET, text, &bytes) == 1 else { return nil }
        return (Key128(bytes: Array(repeating: 0, count: 10) + [0xFF, 0xFF] + bytes.prefix(4)), 32)
    }
}
