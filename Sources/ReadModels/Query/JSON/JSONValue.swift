internal import EventModel

/// A parsed JSON document. For small, cold input: queries and options.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Nesting beyond this is refused.
    package static let depthMax = 64

    /// Parses a document as ingest reads it: strict JSON without a byte order mark; of members of one name the last counts.
    /// Nil for anything else, for what is nested too deeply, and for numbers beyond a double.
    package static func parse(_ bytes: [UInt8]) -> JSONValue? {
        // The reason does not matter to the caller: the body is not JSON.
        guard let tree = try? JSONTree(bytes) else { return nil }
        return JSONValue(tree.root, depth: 0)
    }

    private init?(_ node: JSONNode, depth: Int) {
        switch node.type {
        case .null: self = .null
        case .true_: self = .bool(true)
        case .false_: self = .bool(false)
        case .string: self = .string(node.text ?? "")
        case .number:
            if let integer = node.int64 {
                self = .integer(integer)
            } else if let number = Double(node.json), number.isFinite {
                self = Int64(exactly: number).map(JSONValue.integer) ?? .number(number)
            } else {
                return nil
            }
        case .array:
            guard depth < Self.depthMax else { return nil }
            var elements: [JSONValue] = []
            for element in node.elements {
                guard let value = JSONValue(element, depth: depth + 1) else { return nil }
                elements.append(value)
            }
            self = .array(elements)
        case .object:
            guard depth < Self.depthMax else { return nil }
            var members: [String: JSONValue] = [:]
            for member in node.members {
                guard let value = JSONValue(member.value, depth: depth + 1) else { return nil }
                members[member.name] = value
            }
            self = .object(members)
        }
    }

    /// The name of the type for messages.
    package var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
