/// Something that a request gets wrong, with the code and words that Shopify answers (Tests/Fixtures/admin_graphql.json).
package struct GraphQLProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// `undefinedField`, `missingRequiredArguments`, `INVALID_VARIABLE`, …
    package var code: String
    package var message: String
    /// Operation and fields down to the culprit.
    package var path: [String]
    package var position: GraphQLPosition
    /// What else Shopify names in `extensions`.
    package var details: [WireMember] = []

    package var description: String {
        "\(position.line):\(position.column) \(path.joined(separator: ".")): \(message) (\(code))"
    }

    /// The entry of `errors` in the answer.
    package var wireValue: WireValue {
        [
            "message": .string(message),
            "locations": [["line": WireValue(position.line), "column": WireValue(position.column)]],
            "path": WireValue(path),
            "extensions": .object([WireMember("code", .string(code))] + details),
        ]
    }
}

extension GraphQLSchema {
    /// Checks a document against the schema, and the values of its variables where `variables` are given.
    ///
    /// An empty list means that Shopify would run it. Operations are checked one by one; `variables` are those of the
    /// document's only operation, or of the first.
    package func validate(_ document: GraphQLDocument, variables: WireValue? = nil) -> [GraphQLProblem] {
        var problems: [GraphQLProblem] = []
        for (index, operation) in document.operations.enumerated() {
            var validator = GraphQLValidator(schema: self, document: document, operation: operation)
            validator.checkOperation(values: index == 0 ? variables : nil)
            problems += validator.problems
        }
        return problems
    }

    /// The same from text; text that is no GraphQL is one problem with code `syntaxError`.
    package func validate(text: String, variables: WireValue? = nil) -> [GraphQLProblem] {
        do {
            return validate(try GraphQLDocument(text: text), variables: variables)
        } catch {
            return [
                GraphQLProblem(
                    code: "syntaxError", message: "syntax error, \(error)", path: [], position: error.position)
            ]
        }
    }
}
