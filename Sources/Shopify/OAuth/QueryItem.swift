internal import Cryptography

/// One decoded parameter of a query.
struct QueryItem: Equatable {
    let name: String
    let value: String

    /// The parameters in their order; blank values are kept, a name alone has the value "", `+` is a space. Nil when
    /// there are more than `countMax`.
    static func parse(_ query: String) -> [QueryItem]? {
        let pairs = query.utf8.split(separator: UInt8(ascii: "&"))
        guard pairs.count <= countMax else { return nil }
        return pairs.map { pair in
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            return QueryItem(name: decoded(pair[..<equals]), value: decoded(pair[equals...].dropFirst()))
        }
    }

    /// `name=value&…` for an address.
    static func encode(_ items: [(String, String)]) -> String {
        items.map { "\(encode($0.0))=\(encode($0.1))" }.joined(separator: "&")
    }

    /// RFC 3986: everything but letters, digits and `-._~` as `%XX`.
    static func encode(_ text: String) -> String {
        text.utf8.reduce(into: "") { out, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: out.unicodeScalars.append(.init(byte))
            default: out += "%" + Hex.encode([byte]).uppercased()
            }
        }
    }

    /// A callback of Shopify has six.
    private static let countMax = 64

    private static func decoded(_ text: Substring.UTF8View) -> String {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            let pair = String(decoding: Array(rest.prefix(2)), as: UTF8.self)
            if byte == UInt8(ascii: "%"), let value = Hex.decode(pair), value.count == 1 {
                bytes += value
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
