/// A JSON value as it goes over the wire: numbers keep their text, objects keep their order.
package indirect enum WireValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// The digits as written, so that ids above 2^53 and money stay what they are.
    case number(String)
    case string(String)
    case array([WireValue])
    case object([WireMember])

    /// The member `name` of an object; null where there is none. Of duplicates the last counts.
    package subscript(name: String) -> WireValue {
        guard case .object(let members) = self else { return .null }
        return members.last { $0.name == name }?.value ?? .null
    }

    /// Whether this is an object with a member `name`, be it null.
    package func has(_ name: String) -> Bool {
        guard case .object(let members) = self else { return false }
        return members.contains { $0.name == name }
    }

    /// The text of a string, else nil.
    package var text: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    /// A number without fraction that fits, else nil.
    package var integer: Int64? {
        if case .number(let digits) = self { return Int64(digits) }
        return nil
    }

    /// The elements of an array; none for anything else.
    package var elements: [WireValue] {
        if case .array(let elements) = self { return elements }
        return []
    }

    /// The members of an object; none for anything else.
    package var members: [WireMember] {
        if case .object(let members) = self { return members }
        return []
    }

    /// Whether this is JSON's null.
    package var isNull: Bool { self == .null }

    /// The object with `name` set to `value`, in its place if it was there, else at the end.
    package func setting(_ name: String, _ value: WireValue) -> WireValue {
        var members = members
        if let index = members.lastIndex(where: { $0.name == name }) {
            members[index].value = value
        } else {
            members.append(WireMember(name, value))
        }
        return .object(members)
    }
}

/// One name and value of a JSON object.
package struct WireMember: Sendable, Hashable {
    package var name: String
    package var value: WireValue

    package init(_ name: String, _ value: WireValue) {
        self.name = name
        self.value = value
    }
}

extension WireValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .number(String(value)) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: WireValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, WireValue)...) {
        self = .object(elements.map { WireMember($0.0, $0.1) })
    }
    package init(nilLiteral: ()) { self = .null }

    /// A whole number.
    package init(_ value: some BinaryInteger) { self = .number(String(value)) }
    /// A text, or null for nil.
    package init(_ value: String?) { self = value.map(WireValue.string) ?? .null }
    /// A list of texts.
    package init(_ values: [String]) { self = .array(values.map(WireValue.string)) }
}
