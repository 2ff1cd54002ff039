internal import Foundation

/// A parsed JSON document. For small, cold input: queries and options.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Nesting beyond this is refused before anything is parsed.
    package static let depthMax = 64

    /// Parses a document; nil for anything that is not JSON or is nested too deeply.
    package static func parse(_ bytes: [UInt8]) -> JSONValue? {
        guard depth(bytes) <= depthMax else { return nil }
        // The reason does not matter to the caller: the body is not JSON.
        return try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))
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

    private static func depth(_ bytes: [UInt8]) -> Int {
        var (depth, deepest, inString, escaped) = (0, 0, false, false)
        for byte in bytes {
            if inString {
                if escaped {
                    escaped = false
                } else if byte == 0x5C {
                    escaped = true
                } else if byte == 0x22 {
                    inString = false
                }
                continue
            }
            switch byte {
            case 0x22: inString = true
            case 0x5B, 0x7B:
                depth += 1
                deepest = max(deepest, depth)
            case 0x5D, 0x7D: depth -= 1
            default: break
            }
        }
        return deepest
    }
}

extension JSONValue: Decodable {
    /// Takes any JSON value; an integer that does not fit 64 bits becomes a double.
    package init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        // Each attempt throws where the value has another type; the last one's error is the document's.
        if single.decodeNil() {
            self = .null
        } else if let value = try? single.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? single.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? single.decode(Double.self) {
            self = .number(value)
        } else if let value = try? single.decode(String.self) {
            self = .string(value)
        } else if let value = try? single.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try single.decode([String: JSONValue].self))
        }
    }
}
