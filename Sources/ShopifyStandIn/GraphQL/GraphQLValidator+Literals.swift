/// Values written in the document.
extension GraphQLValidator {
    /// What an argument or input field belongs to, for messages.
    struct LiteralOwner {
        /// `Field` or `InputObject`.
        var kind: String
        var name: String
    }

    mutating func checkLiteral(
        _ value: GraphQLValue, _ definition: GraphQLSchema.InputDefinition, _ owner: LiteralOwner, at offset: Int
    ) {
        switch value {
        case .variable(let name): checkUse(of: name, for: definition, at: offset)
        case .object(let members):
            if case .input(let fields)? = schema.types[definition.type.base], !Self.isList(definition.type) {
                return checkObject(
                    members, fields, LiteralOwner(kind: "InputObject", name: definition.type.base), offset)
            }
            fallthrough
        default:
            guard let bad = misfit(value, definition.type, at: offset) else { return }
            report(
                "argumentLiteralsIncompatible",
                "Argument '\(definition.name)' on \(owner.kind) '\(owner.name)' has an invalid value "
                    + "(\(Self.printed(bad))). Expected type '\(definition.type)'.",
                at: offset, ("typeName", owner.kind), ("argumentName", definition.name))
        }
    }

    private static func isList(_ type: GraphQLTypeReference) -> Bool {
        if case .list = type.nullable { return true }
        return false
    }

    private mutating func checkObject(
        _ members: [GraphQLValue.Member], _ fields: [GraphQLSchema.InputDefinition], _ owner: LiteralOwner,
        _ offset: Int
    ) {
        for field in fields where field.isDemanded && !members.contains(where: { $0.name == field.name }) {
            report(
                "missingRequiredInputObjectAttribute",
                "Argument '\(field.name)' on InputObject '\(owner.name)' is required. Expected type \(field.type)",
                at: offset, ("argumentName", field.name), ("argumentType", field.type.description),
                ("inputObjectType", owner.name))
        }
        for member in members {
            guard let field = fields.first(where: { $0.name == member.name }) else {
                report(
                    "argumentNotAccepted", "InputObject '\(owner.name)' doesn't accept argument '\(member.name)'",
                    at: offset, ("name", owner.name), ("typeName", "InputObject"), ("argumentName", member.name))
                continue
            }
            path.append(member.name)
            checkLiteral(member.value, field, owner, at: offset)
            path.removeLast()
        }
    }

    /// The part of `value` that does not fit the type; nil where all of it does. Objects within lists report by
    /// themselves.
    private mutating func misfit(_ value: GraphQLValue, _ type: GraphQLTypeReference, at offset: Int) -> GraphQLValue? {
        switch (type, value) {
        case (_, .variable(let name)):
            checkUse(of: name, for: .init(name: name, type: type, hasDefault: false), at: offset)
            return nil
        case (.nonNull, .null): return value
        case (.nonNull(let inner), _): return misfit(value, inner, at: offset)
        case (_, .null): return nil
        case (.list(let inner), .list(let values)):
            for value in values { if misfit(value, inner, at: offset) != nil { return value } }
            return nil
        case (.list(let inner), _): return misfit(value, inner, at: offset)
        case (.named(let name), .object(let members)):
            if case .input(let fields)? = schema.types[name] {
                checkObject(members, fields, LiteralOwner(kind: "InputObject", name: name), offset)
                return nil
            }
            return name == "JSON" ? nil : value
        case (.named(let name), _): return isLeaf(value, name) ? nil : value
        }
    }

    private func isLeaf(_ value: GraphQLValue, _ type: String) -> Bool {
        if case .enumeration(let values)? = schema.types[type] {
            guard case .enumeration(let name) = value else { return false }
            return values.contains(name)
        }
        switch (type, value) {
        case ("Int", .integer(let digits)): return Int32(digits) != nil
        case ("Float", .integer), ("Float", .decimal): return true
        case ("Boolean", .boolean): return true
        case ("String", .string), ("ID", .string), ("ID", .integer): return true
        case ("Int", _), ("Float", _), ("Boolean", _), ("String", _), ("ID", _): return false
        case ("JSON", _): return true
        // The other scalars are texts or numbers (Decimal, Money, UnsignedInt64, DateTime, URL, …).
        case (_, .string), (_, .integer), (_, .decimal): return schema.isScalar(type)
        default: return false
        }
    }

    /// A variable fits where its type is the location's or a narrower one (specification, section 5.8.5).
    private mutating func checkUse(of name: String, for definition: GraphQLSchema.InputDefinition, at offset: Int) {
        usedVariables.insert(name)
        guard let variable = operation.variables.first(where: { $0.name == name }) else {
            return report(
                "variableNotDefined",
                "Variable $\(name) is used by \(operation.name ?? "anonymous") but not declared", at: offset,
                ("variableName", name))
        }
        let hasDefault = definition.hasDefault || (variable.defaultValue.map { $0 != .null } ?? false)
        let wanted = hasDefault ? definition.type.nullable : definition.type
        guard !Self.fits(variable.type, wanted) else { return }
        report(
            "variableMismatch",
            "Type mismatch on variable $\(name) and argument \(definition.name) (\(variable.type) / \(definition.type))",
            at: offset, ("variableName", name), ("typeName", variable.type.description),
            ("argumentName", definition.name))
    }

    private static func fits(_ given: GraphQLTypeReference, _ wanted: GraphQLTypeReference) -> Bool {
        switch (given, wanted) {
        case (.nonNull(let given), .nonNull(let wanted)): fits(given, wanted)
        case (_, .nonNull): false
        case (.nonNull(let given), _): fits(given, wanted)
        case (.list(let given), .list(let wanted)): fits(given, wanted)
        // graphql-ruby takes one value for a list of it.
        case (.named, .list(let wanted)): fits(given, wanted.nullable)
        case (.named(let given), .named(let wanted)): given == wanted
        default: false
        }
    }

    private static func printed(_ value: GraphQLValue) -> String {
        switch value {
        case .enumeration(let name): name
        default: value.resolved(.object([]))?.jsonText ?? "null"
        }
    }

    mutating func checkDefault(_ value: GraphQLValue, of variable: GraphQLDocument.Variable) {
        guard misfit(value, variable.type, at: variable.offset) != nil else { return }
        report(
            "defaultValueInvalidType", "Default value for $\(variable.name) doesn't match type \(variable.type)",
            at: variable.offset, ("variableName", variable.name), ("typeName", variable.type.description))
    }
}
