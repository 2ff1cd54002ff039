/// Internet addresses as text, to be found in events and removed.
enum AddressText {
    /// The address in 16 bytes as RFC 5952 writes it: IPv4 (in its mapped form) with dots, IPv6 in lower-case groups, the
    /// first of the longest runs of zeros as `::`.
    static func text(_ bytes: [UInt8]) -> String {
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            return bytes.suffix(4).map { String($0) }.joined(separator: ".")
        }
        let groups = (0..<8).map { UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]) }
        let words = groups.map { String($0, radix: 16) }
        var run = 0..<0
        for start in groups.indices {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.endIndex
            if end - start > max(run.count, 1) { run = start..<end }
        }
        guard !run.isEmpty else { return words.joined(separator: ":") }
        return words[..<run.lowerBound].joined(separator: ":") + "::"
            + words[run.upperBound...].joined(separator: ":")
    }
}
