package import EventModel
internal import Privacy

/// One value of a `JSONTree`.
package struct JSONNode: Sendable {
    let tree: JSONTree
    let index: Int

    private var value: JSONTree.Value { tree.values[index] }
    private var match: JSONMatch {
        JSONMatch(pointer: 0, start: Int(value.start), end: Int(value.end), type: value.type)
    }

    /// What the value is.
    package var type: JSONType { value.type }
    /// `null`.
    package var isNull: Bool { value.type == .null }
    /// A personal value stood here; it is in the event's sealed part.
    package var isSealed: Bool {
        value.type == .object && tree.bytes[match.range].elementsEqual(Self.sealed)
    }
    /// Where the value begins in the text.
    package var offset: Int { Int(value.start) }

    private static let sealed = SealedHead.FieldKind.whole.marker

    /// A member of an object, the last one of that name; nil where there is none or this is no object.
    package subscript(_ name: String) -> JSONNode? {
        guard value.type == .object else { return nil }
        var found: JSONNode?
        var place = index + 1
        while place < Int(value.next) {
            if tree.isKey(place, name) { found = JSONNode(tree: tree, index: place + 1) }
            place = Int(tree.values[place + 1].next)
        }
        return found
    }

    /// The elements of an array; empty for every other type.
    package var elements: [JSONNode] {
        guard value.type == .array else { return [] }
        var all: [JSONNode] = []
        var place = index + 1
        while place < Int(value.next) {
            all.append(JSONNode(tree: tree, index: place))
            place = Int(tree.values[place].next)
        }
        return all
    }

    /// The members of an object in the order of the text, also those of one name; empty for every other type.
    package var members: [(name: String, value: JSONNode)] {
        guard value.type == .object else { return [] }
        var all: [(String, JSONNode)] = []
        var place = index + 1
        while place < Int(value.next) {
            all.append((JSONNode(tree: tree, index: place).text ?? "", JSONNode(tree: tree, index: place + 1)))
            place = Int(tree.values[place + 1].next)
        }
        return all
    }
}

extension JSONNode {
    /// A string's text, fit for a text column; nil for other types.
    package var text: String? {
        let bytes = tree.bytes
        return JSONText.string(bytes.span, match)
    }

    /// The integer that a number or a string of digits writes; nil for others and for what does not fit 64 bits.
    package var int64: Int64? {
        let bytes = tree.bytes
        return JSONText.int64(bytes.span, match)
    }

    /// A truth value; nil for other types.
    package var bool: Bool? { JSONText.bool(match) }

    /// An id: a number, its text, or the number at the end of `gid://shopify/Order/7`; nil for others. Positive, as all of
    /// Shopify's are.
    package var id: Int64? {
        if let number = int64 { return number > 0 ? number : nil }
        guard let text, text.hasPrefix("gid:"), let slash = text.lastIndex(of: "/"),
            let number = Int64(text[text.index(after: slash)...].prefix { $0 != "?" }), number > 0
        else { return nil }
        return number
    }

    /// An amount in minor units from a number or decimal text; nil for others (see `MinorUnits`).
    package func money(exponent: Int) -> Int64? {
        switch value.type {
        case .number: MinorUnits.parse(tree.bytes[match.range], exponent: exponent)
        case .string: MinorUnits.parse(tree.bytes[match.start + 1..<match.end - 1], exponent: exponent)
        case .object, .array, .true_, .false_, .null: nil
        }
    }

    /// An instant in Unix milliseconds from an ISO 8601 text; nil for others.
    package var time: Int64? {
        guard value.type == .string else { return nil }
        let bytes = tree.bytes
        return Timestamp.parse(bytes.span.extracting(match.start + 1..<match.end - 1))
    }

    /// The value's text as it stands, for a `jsonb` column; `\u0000`, which that cannot hold, must not be in it.
    package var json: String { String(decoding: tree.bytes[match.range], as: UTF8.self) }
}

extension JSONTree {
    /// The key at `place` reads `name`.
    fileprivate func isKey(_ place: Int, _ name: String) -> Bool {
        let key = values[place]
        let count = Int(key.end - key.start) - 2
        if key.hasEscape { return JSONNode(tree: self, index: place).text == name }
        guard count == name.utf8.count else { return false }
        return bytes[Int(key.start) + 1..<Int(key.end) - 1].elementsEqual(name.utf8)
    }
}
