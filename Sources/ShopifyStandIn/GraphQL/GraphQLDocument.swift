/// A parsed request document: operations and fragments.
package struct GraphQLDocument: Sendable {
    package var operations: [Operation] = []
    package var fragments: [String: Fragment] = [:]
    let bytes: [UInt8]

    /// A query or mutation.
    package struct Operation: Sendable {
        package enum Kind: String, Sendable { case query, mutation, subscription }
        package var kind: Kind
        package var name: String?
        package var variables: [Variable]
        package var selections: [Selection]
        var offset: Int
    }

    /// `$name: Type = default`.
    package struct Variable: Sendable {
        package var name: String
        package var type: GraphQLTypeReference
        package var defaultValue: GraphQLValue?
        var offset: Int
    }

    /// `fragment name on Type { … }`.
    package struct Fragment: Sendable {
        package var name: String
        package var type: String
        package var selections: [Selection]
        var offset: Int
    }

    /// One entry of a selection set.
    package indirect enum Selection: Sendable {
        case field(Field)
        case spread(name: String, offset: Int)
        /// `... on Type { … }`; no type means the one around it.
        case inline(type: String?, selections: [Selection], offset: Int)
    }

    /// `alias: name(arguments) { selections }`.
    package struct Field: Sendable {
        package var alias: String?
        package var name: String
        package var arguments: [Argument]
        package var selections: [Selection]
        var offset: Int

        /// The name under which the answer stands.
        package var responseKey: String { alias ?? name }
    }

    /// `name: value`.
    package struct Argument: Sendable {
        package var name: String
        package var value: GraphQLValue
        var offset: Int
    }

    /// The operation `name`, or the only one where none is named.
    package func operation(_ name: String?) -> Operation? {
        guard let name else { return operations.count == 1 ? operations.first : nil }
        return operations.first { $0.name == name }
    }

    func position(_ offset: Int) -> GraphQLPosition { GraphQLPosition(of: offset, in: bytes) }
}

/// A value written in a document.
package indirect enum GraphQLValue: Sendable, Hashable {
    case variable(String)
    case integer(String)
    case decimal(String)
    case string(String)
    case boolean(Bool)
    case null
    case enumeration(String)
    case list([GraphQLValue])
    case object([Member])

    /// A name and value of an input object.
    package struct Member: Sendable, Hashable {
        package var name: String
        package var value: GraphQLValue
    }

    /// The value with variables put in; a variable without value is nil (so left out of objects).
    package func resolved(_ variables: WireValue) -> WireValue? {
        switch self {
        case .variable(let name): variables.has(name) ? variables[name] : nil
        case .integer(let digits), .decimal(let digits): .number(digits)
        case .string(let text), .enumeration(let text): .string(text)
        case .boolean(let flag): .bool(flag)
        case .null: .null
        case .list(let values): .array(values.map { $0.resolved(variables) ?? .null })
        case .object(let members):
            .object(
                members.compactMap { member in
                    member.value.resolved(variables).map { WireMember(member.name, $0) }
                })
        }
    }
}

/// `Name`, `[Type]` or `Type!`.
package indirect enum GraphQLTypeReference: Sendable, Hashable, CustomStringConvertible {
    case named(String)
    case list(GraphQLTypeReference)
    case nonNull(GraphQLTypeReference)

    /// The named type within.
    package var base: String {
        switch self {
        case .named(let name): name
        case .list(let inner), .nonNull(let inner): inner.base
        }
    }

    /// Whether null is refused.
    package var isRequired: Bool {
        if case .nonNull = self { return true }
        return false
    }

    /// The type without its outer `!`.
    package var nullable: GraphQLTypeReference {
        if case .nonNull(let inner) = self { return inner }
        return self
    }

    package var description: String {
        switch self {
        case .named(let name): name
        case .list(let inner): "[\(inner)]"
        case .nonNull(let inner): "\(inner)!"
        }
    }
}
