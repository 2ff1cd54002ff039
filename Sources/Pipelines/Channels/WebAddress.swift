/// The parts of a URL that attribution reads. Lenient: whatever cannot be read is empty.
package struct WebAddress: Sendable, Equatable {
    /// A parameter of the query, decoded and trimmed.
    private struct Parameter: Equatable {
        let name: String
        let value: String
    }

    /// No name is longer (RFC 1035, 2.3.4). A longer one is none, and looking for it domain by domain would take long.
    package static let hostBytesMax = 253

    /// The host in lower case, without `www.`; the application's id for `android-app://` referrers.
    package let host: String
    /// The path, with its first slash; `/` when there is none.
    package let path: String
    private let parameters: [Parameter]

    /// Reads `text`: a whole URL, or a path with a query.
    package init(_ text: String) {
        var rest = Array(text.utf8)[...]
        if let fragment = rest.firstIndex(of: UInt8(ascii: "#")) { rest = rest[..<fragment] }
        self.parameters = Self.parameters(&rest)
        guard let colon = rest.firstIndex(of: UInt8(ascii: ":")), rest[colon...].starts(with: "://".utf8) else {
            self.host = ""
            self.path = rest.first == UInt8(ascii: "/") ? String(decoding: rest, as: UTF8.self) : "/"
            return
        }
        rest = rest[(colon + 3)...]
        let authority = rest.prefix { $0 != UInt8(ascii: "/") }
        let path = rest[authority.endIndex...]
        self.path = path.isEmpty ? "/" : String(decoding: path, as: UTF8.self)
        self.host = Self.host(authority)
    }

    /// The first value of the parameter `name`, which is in lower case; nil when it is missing or empty.
    package func parameter(_ name: String) -> String? {
        self.parameters.first { $0.name == name && !$0.value.isEmpty }?.value
    }

    /// True when there is no query.
    package var hasNoQuery: Bool { self.parameters.isEmpty }

    private static func host(_ authority: ArraySlice<UInt8>) -> String {
        var name = authority[(authority.lastIndex(of: UInt8(ascii: "@")).map { $0 + 1 } ?? authority.startIndex)...]
        // A bracketed IPv6 address keeps its colons.
        if name.first != UInt8(ascii: "[") { name = name.prefix { $0 != UInt8(ascii: ":") } }
        guard name.count <= hostBytesMax else { return "" }
        let host = String(decoding: name, as: UTF8.self).lowercased()
        return host.hasPrefix("www.") ? String(host.dropFirst(4)) : host
    }

    /// Cuts the query off `rest` and reads it.
    private static func parameters(_ rest: inout ArraySlice<UInt8>) -> [Parameter] {
        guard let mark = rest.firstIndex(of: UInt8(ascii: "?")) else { return [] }
        let query = rest[(mark + 1)...]
        rest = rest[..<mark]
        return query.split(separator: UInt8(ascii: "&")).map { pair in
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            return Parameter(
                name: self.decoded(pair[..<equals]).lowercased(), value: self.decoded(pair[equals...].dropFirst()))
        }
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var place = text.startIndex
        while place < text.endIndex {
            let byte = text[place]
            if byte == UInt8(ascii: "%"), place + 2 < text.endIndex, let high = self.digit(text[place + 1]),
                let low = self.digit(text[place + 2])
            {
                bytes.append(high << 4 | low)
                place += 3
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
                place += 1
            }
        }
        let first = bytes.firstIndex { $0 > 0x20 } ?? bytes.endIndex
        let last = bytes.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? first
        return String(decoding: bytes[first..<last], as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
