import Foundation
import TestSupport

/// A vector file as its cases.
enum CoreVectors {
    private struct File<Case: Decodable>: Decodable { let cases: [Case] }

    static func cases<Case: Decodable>(_ name: String, as type: Case.Type = Case.self) throws -> [Case] {
        try JSONDecoder().decode(File<Case>.self, from: Vectors.load(name)).cases
    }
}

/// Any JSON, for comparing.
enum CoreJSON: Decodable, Equatable {
    case null, bool(Bool), number(Double), text(String), array([CoreJSON]), object([String: CoreJSON])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let array = try? value.decode([CoreJSON].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: CoreJSON].self))
        }
    }

    init(_ bytes: [UInt8]) throws { self = try JSONDecoder().decode(CoreJSON.self, from: Data(bytes)) }

    subscript(_ key: String) -> CoreJSON {
        if case .object(let members) = self { return members[key] ?? .null }
        return .null
    }

    var text: String? {
        if case .text(let text) = self { return text }
        return nil
    }

    /// As JSON again.
    var any: Any {
        switch self {
        case .null: NSNull()
        case .bool(let value): value
        case .number(let value): value == value.rounded() ? NSNumber(value: Int64(value)) : NSNumber(value: value)
        case .text(let value): value
        case .array(let all): all.map(\.any)
        case .object(let all): all.mapValues(\.any)
        }
    }

    func bytes() throws -> [UInt8] {
        [UInt8](try JSONSerialization.data(withJSONObject: any, options: [.fragmentsAllowed]))
    }
}
