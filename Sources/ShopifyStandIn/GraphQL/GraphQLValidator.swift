/// Walks one operation beside the schema and collects what does not fit (GraphQL specification, section 5).
struct GraphQLValidator {
    let schema: GraphQLSchema
    let document: GraphQLDocument
    let operation: GraphQLDocument.Operation
    private(set) var problems: [GraphQLProblem] = []
    /// Operation and fields down to where the walk is.
    var path: [String]
    var usedVariables: Set<String> = []
    private var openFragments: Set<String> = []

    init(schema: GraphQLSchema, document: GraphQLDocument, operation: GraphQLDocument.Operation) {
        self.schema = schema
        self.document = document
        self.operation = operation
        path = [[operation.kind.rawValue, operation.name].compactMap(\.self).joined(separator: " ")]
    }

    mutating func report(_ code: String, _ message: String, at offset: Int, _ details: (String, String)...) {
        problems.append(
            GraphQLProblem(
                code: code, message: message, path: path, position: document.position(offset),
                details: details.map { WireMember($0.0, .string($0.1)) }))
    }

    mutating func reportVariable(_ problem: GraphQLProblem) { problems.append(problem) }

    mutating func checkOperation(values: WireValue?) {
        for variable in operation.variables { checkDeclaration(variable) }
        checkSelections(operation.selections, on: operation.kind == .query ? schema.queryType : schema.mutationType)
        for variable in operation.variables where !usedVariables.contains(variable.name) {
            let name = operation.name ?? "anonymous \(operation.kind.rawValue)"
            report(
                "variableNotUsed", "Variable $\(variable.name) is declared by \(name) but not used",
                at: variable.offset, ("variableName", variable.name))
        }
        if let values { checkVariables(values) }
    }

    private mutating func checkDeclaration(_ variable: GraphQLDocument.Variable) {
        switch schema.types[variable.type.base] {
        case .scalar, .enumeration, .input: break
        case nil where schema.isScalar(variable.type.base): break
        case nil:
            report(
                "variableRequiresValidType", "\(variable.type.base) isn't a defined input type (on $\(variable.name))",
                at: variable.offset, ("typeName", variable.type.base), ("variableName", variable.name))
        default:
            report(
                "variableRequiresValidType", "\(variable.type.base) isn't a valid input type (on $\(variable.name))",
                at: variable.offset, ("typeName", variable.type.base), ("variableName", variable.name))
        }
        if let value = variable.defaultValue {
            checkDefault(value, of: variable)
        }
    }

    // MARK: Selections

    private mutating func checkSelections(_ selections: [GraphQLDocument.Selection], on type: String) {
        var seen: [String: GraphQLDocument.Field] = [:]
        for selection in selections {
            switch selection {
            case .field(let field):
                checkField(field, on: type)
                if let other = seen.updateValue(field, forKey: field.responseKey) { checkMerge(field, other) }
            case .inline(let condition, let selections, let offset):
                checkFragment(on: condition ?? type, within: type, selections, at: offset)
            case .spread(let name, let offset): checkSpread(name, within: type, at: offset)
            }
        }
    }

    private mutating func checkField(_ field: GraphQLDocument.Field, on type: String) {
        path.append(field.responseKey)
        defer { path.removeLast() }
        if field.name == "__typename" { return }
        guard let definition = schema.fields(of: type)?[field.name] else {
            return report(
                "undefinedField", "Field '\(field.name)' doesn't exist on type '\(type)'", at: field.offset,
                ("typeName", type), ("fieldName", field.name))
        }
        checkArguments(field, definition.arguments)
        let base = definition.type.base
        if schema.fields(of: base) == nil {
            guard !field.selections.isEmpty else { return }
            report(
                "selectionMismatch", "Selections can't be made on scalars (field '\(field.name)' returns \(base))",
                at: field.offset, ("nodeName", "field '\(field.name)'"), ("typeName", base))
        } else if field.selections.isEmpty {
            report(
                "selectionMismatch",
                "Field must have selections (field '\(field.name)' returns \(base) but has no selections. "
                    + "Did you mean '\(field.name) { ... }'?)",
                at: field.offset, ("nodeName", "field '\(field.name)'"), ("typeName", base))
        } else {
            checkSelections(field.selections, on: base)
        }
    }

    /// Two fields under one name in the answer must be the same field with the same arguments.
    private mutating func checkMerge(_ field: GraphQLDocument.Field, _ other: GraphQLDocument.Field) {
        let same = field.name == other.name && field.arguments.map(\.name) == other.arguments.map(\.name)
        guard !same || field.arguments.map(\.value) != other.arguments.map(\.value) else { return }
        report(
            "fieldConflict", "Field '\(field.responseKey)' has a field conflict: \(field.name) or \(other.name)?",
            at: field.offset, ("fieldName", field.responseKey))
    }

    private mutating func checkSpread(_ name: String, within type: String, at offset: Int) {
        guard let fragment = document.fragments[name] else {
            return report(
                "useAndDefineFragment", "Fragment \(name) was used, but not defined", at: offset,
                ("fragmentName", name))
        }
        guard openFragments.insert(name).inserted else {
            return report(
                "infiniteLoop", "Fragment \(name) contains an infinite loop", at: offset, ("fragmentName", name))
        }
        checkFragment(on: fragment.type, within: type, fragment.selections, at: offset)
        openFragments.remove(name)
    }

    private mutating func checkFragment(
        on condition: String, within type: String, _ selections: [GraphQLDocument.Selection], at offset: Int
    ) {
        guard schema.fields(of: condition) != nil else {
            return report(
                "undefinedType", "No such type \(condition), so it can't be a fragment condition", at: offset,
                ("typeName", condition))
        }
        if condition != type, schema.objects(of: condition).isDisjoint(with: schema.objects(of: type)) {
            report(
                "cannotSpreadFragment", "Fragment on \(condition) can't be spread inside \(type)", at: offset,
                ("fragmentName", "unknown"), ("parentName", type), ("typeName", condition))
        }
        checkSelections(selections, on: condition)
    }

    // MARK: Arguments

    private mutating func checkArguments(_ field: GraphQLDocument.Field, _ definitions: [GraphQLSchema.InputDefinition])
    {
        let given = Set(field.arguments.map(\.name))
        let missing = definitions.filter { $0.isDemanded && !given.contains($0.name) }.map(\.name)
        if !missing.isEmpty {
            report(
                "missingRequiredArguments",
                "Field '\(field.name)' is missing required arguments: \(missing.joined(separator: ", "))",
                at: field.offset, ("className", "Field"), ("name", field.name),
                ("arguments", missing.joined(separator: ", ")))
        }
        for argument in field.arguments {
            guard let definition = definitions.first(where: { $0.name == argument.name }) else {
                report(
                    "argumentNotAccepted", "Field '\(field.name)' doesn't accept argument '\(argument.name)'",
                    at: argument.offset, ("name", field.name), ("typeName", "Field"), ("argumentName", argument.name))
                continue
            }
            path.append(argument.name)
            checkLiteral(
                argument.value, definition, LiteralOwner(kind: "Field", name: field.name), at: field.offset)
            path.removeLast()
        }
    }
}
