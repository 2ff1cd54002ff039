/// A schema, as far as checking requests needs it.
package struct GraphQLSchema: Sendable {
    package var types: [String: TypeDefinition] = [:]
    package var queryType = "Query"
    package var mutationType = "Mutation"

    /// One named type.
    package enum TypeDefinition: Sendable {
        case scalar
        case object(fields: [String: FieldDefinition], interfaces: [String])
        case interface(fields: [String: FieldDefinition], interfaces: [String])
        case union(members: [String])
        case enumeration(values: [String])
        /// Names in the schema's order, so that messages are stable.
        case input(fields: [InputDefinition])
    }

    /// A field of an object or interface.
    package struct FieldDefinition: Sendable {
        package var type: GraphQLTypeReference
        package var arguments: [InputDefinition]
    }

    /// An argument, or a field of an input object.
    package struct InputDefinition: Sendable {
        package var name: String
        package var type: GraphQLTypeReference
        package var hasDefault: Bool

        /// Whether a request must give it.
        package var isDemanded: Bool { type.isRequired && !hasDefault }
    }

    /// The fields that can be selected on `type`; nil where it has no selections of fields (scalars, enums, inputs).
    package func fields(of type: String) -> [String: FieldDefinition]? {
        switch types[type] {
        case .object(let fields, _), .interface(let fields, _): fields
        case .union: [:]
        default: nil
        }
    }

    /// The object types that a value of `type` may have.
    package func objects(of type: String) -> Set<String> {
        switch types[type] {
        case .object: [type]
        case .union(let members): Set(members)
        case .interface:
            Set(
                types.compactMap { name, definition in
                    guard case .object(_, let interfaces) = definition, interfaces.contains(type) else { return nil }
                    return name
                })
        default: []
        }
    }

    /// Scalars of the specification; a schema need not print them.
    static let builtInScalars: Set<String> = ["Int", "Float", "String", "Boolean", "ID"]

    func isScalar(_ name: String) -> Bool {
        if case .scalar? = types[name] { return true }
        return Self.builtInScalars.contains(name)
    }
}
