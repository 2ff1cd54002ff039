/// The values sent for variables.
extension GraphQLValidator {
    mutating func checkVariables(_ values: WireValue) {
        for variable in operation.variables {
            guard values.has(variable.name) else {
                if variable.type.isRequired, variable.defaultValue == nil {
                    refuse(variable, .null, [([], "Expected value to not be null")])
                }
                continue
            }
            let value = values[variable.name]
            let found = misfits(value, variable.type)
            if !found.isEmpty { refuse(variable, value, found) }
        }
    }

    private typealias Misfit = (path: [String], explanation: String)

    private mutating func refuse(_ variable: GraphQLDocument.Variable, _ value: WireValue, _ misfits: [Misfit]) {
        let words = misfits.map { misfit in
            misfit.path.isEmpty ? misfit.explanation : "\(misfit.path.joined(separator: ".")) (\(misfit.explanation))"
        }
        let reason = words.isEmpty || misfits[0].path.isEmpty ? "" : " for \(words.joined(separator: ", "))"
        let problems = misfits.map { misfit -> WireValue in
            ["path": WireValue(misfit.path), "explanation": .string(misfit.explanation)]
        }
        reportVariable(
            GraphQLProblem(
                code: "INVALID_VARIABLE",
                message: "Variable $\(variable.name) of type \(variable.type) was provided invalid value\(reason)",
                path: path, position: document.position(variable.offset),
                details: [WireMember("value", value), WireMember("problems", .array(problems))]))
    }

    private func misfits(_ value: WireValue, _ type: GraphQLTypeReference) -> [Misfit] {
        switch (type, value) {
        case (.nonNull, .null): return [([], "Expected value to not be null")]
        case (.nonNull(let inner), _): return misfits(value, inner)
        case (_, .null): return []
        case (.list(let inner), .array(let elements)):
            return elements.enumerated().flatMap { index, element in
                misfits(element, inner).map { (["\(index)"] + $0.path, $0.explanation) }
            }
        case (.list(let inner), _): return misfits(value, inner)
        case (.named(let name), _): return misfits(value, named: name)
        }
    }

    private func misfits(_ value: WireValue, named type: String) -> [Misfit] {
        switch schema.types[type] {
        case .input(let fields):
            guard case .object(let members) = value else {
                return [([], "Expected \(value.jsonText) to be a key-value object.")]
            }
            var found: [Misfit] = []
            for member in members where !fields.contains(where: { $0.name == member.name }) {
                found.append(([member.name], "Field is not defined on \(type)"))
            }
            for field in fields {
                if value.has(field.name) {
                    found += misfits(value[field.name], field.type).map { ([field.name] + $0.path, $0.explanation) }
                } else if field.isDemanded {
                    found.append(([field.name], "Expected value to not be null"))
                }
            }
            return found
        case .enumeration(let values):
            if let text = value.text, values.contains(text) { return [] }
            return [([], "Expected \(value.jsonText) to be one of: \(values.joined(separator: ", "))")]
        default:
            return fits(value, type) ? [] : [([], "Could not coerce value \(value.jsonText) to \(type)")]
        }
    }

    private func fits(_ value: WireValue, _ type: String) -> Bool {
        switch (type, value) {
        case ("Int", .number(let digits)): Int32(digits) != nil
        case ("Float", .number), ("Boolean", .bool), ("String", .string), ("JSON", _): true
        case ("ID", .string(let text)): !text.isEmpty
        case ("ID", .number(let digits)): Int64(digits) != nil
        case ("Int", _), ("Float", _), ("Boolean", _), ("String", _), ("ID", _): false
        case (_, .string), (_, .number): schema.isScalar(type)
        default: false
        }
    }
}
