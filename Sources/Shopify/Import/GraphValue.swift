/// JSON as the Admin API gives it, read for mapping: numbers keep their text, strings are unescaped.
enum GraphValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case list([GraphValue])
    case object([Member])

    /// One member of an object.
    struct Member: Equatable, Sendable {
        let name: String
        let value: GraphValue
    }

    /// The member `name`; null where there is none.
    subscript(name: String) -> GraphValue {
        guard case .object(let members) = self else { return .null }
        for member in members where member.name == name { return member.value }
        return .null
    }

    /// A string's text; nil for everything else.
    var text: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    /// A list's values; none for everything else.
    var elements: [GraphValue] {
        if case .list(let values) = self { return values }
        return []
    }

    /// The truth value; nil for everything else.
    var isTrue: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    /// The nodes of a connection.
    var nodes: [GraphValue] {
        let nodes = self["nodes"].elements
        return nodes.isEmpty ? self["edges"].elements.map { $0["node"] } : nodes
    }

    var isNull: Bool {
        if case .null = self { return true }
        return false
    }

    /// A whole number as written, or a string that holds one: 64-bit numbers come as text.
    var digits: String? {
        switch self {
        case .number(let text): text
        case .string(let text) where !text.isEmpty && text.utf8.allSatisfy({ (0x30...0x39).contains($0) }): text
        case .null, .bool, .string, .list, .object: nil
        }
    }

    /// This object with another value for `name`.
    func replacing(_ name: String, with value: GraphValue) -> GraphValue {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { $0.name != name } + [Member(name: name, value: value)])
    }

    /// The number at the end of a gid (`gid://shopify/Order/123?key=1`); nil where there is none.
    var gidNumber: String? {
        guard let text else { return nil }
        let path = text.utf8.prefix { $0 != UInt8(ascii: "?") }
        let digits = path[(path.lastIndex(of: UInt8(ascii: "/")).map { path.index(after: $0) } ?? path.startIndex)...]
        // No id is longer; more digits than 64 bits hold would be no number for anybody.
        guard !digits.isEmpty, digits.count <= 19, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return String(Substring(digits))
    }

    /// What kind of thing a gid names: `Order`.
    var gidType: Substring? {
        guard let text, text.hasPrefix(Self.gidPrefix) else { return nil }
        return text.dropFirst(Self.gidPrefix.count).prefix { $0 != "/" }
    }

    private static let gidPrefix = "gid://shopify/"
}
