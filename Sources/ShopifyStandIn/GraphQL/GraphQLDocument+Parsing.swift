extension GraphQLDocument {
    /// Reads a request document: at least one operation, any number of fragments.
    package init(text: String) throws(GraphQLSyntaxError) {
        bytes = Array(text.utf8)
        var parser = try GraphQLParser(text)
        while parser.lexer.token != .end {
            if parser.lexer.token == .name("fragment") {
                let fragment = try parser.fragment()
                fragments[fragment.name] = fragment
            } else {
                operations.append(try parser.operation())
            }
        }
        guard !operations.isEmpty else { throw parser.lexer.error("an operation") }
    }
}

extension GraphQLParser {
    fileprivate mutating func operation() throws(GraphQLSyntaxError) -> GraphQLDocument.Operation {
        let offset = lexer.tokenOffset
        var operation = GraphQLDocument.Operation(
            kind: .query, name: nil, variables: [], selections: [], offset: offset)
        if case .name(let word) = lexer.token {
            guard let kind = GraphQLDocument.Operation.Kind(rawValue: word) else {
                throw lexer.error("query, mutation or fragment")
            }
            try lexer.advance()
            operation.kind = kind
            if case .name = lexer.token { operation.name = try name() }
            operation.variables = try variables()
            try directives()
        }
        operation.selections = try selections()
        return operation
    }

    private mutating func variables() throws(GraphQLSyntaxError) -> [GraphQLDocument.Variable] {
        guard try take("(") else { return [] }
        var variables: [GraphQLDocument.Variable] = []
        repeat {
            let offset = lexer.tokenOffset
            try demand("$")
            let name = try name()
            try demand(":")
            let type = try type()
            let defaultValue = try take("=") ? try value() : nil
            try directives()
            variables.append(.init(name: name, type: type, defaultValue: defaultValue, offset: offset))
        } while try !take(")")
        return variables
    }

    fileprivate mutating func fragment() throws(GraphQLSyntaxError) -> GraphQLDocument.Fragment {
        let offset = lexer.tokenOffset
        try lexer.advance()
        let name = try name()
        guard try take(word: "on") else { throw lexer.error("on") }
        let type = try self.name()
        try directives()
        return .init(name: name, type: type, selections: try selections(), offset: offset)
    }

    private mutating func selections() throws(GraphQLSyntaxError) -> [GraphQLDocument.Selection] {
        try demand("{")
        var selections: [GraphQLDocument.Selection] = []
        repeat { selections.append(try selection()) } while try !take("}")
        return selections
    }

    private mutating func selection() throws(GraphQLSyntaxError) -> GraphQLDocument.Selection {
        let offset = lexer.tokenOffset
        guard lexer.token == .spread else { return .field(try field()) }
        try lexer.advance()
        if case .name(let name) = lexer.token, name != "on" {
            try lexer.advance()
            try directives()
            return .spread(name: name, offset: offset)
        }
        let type = try take(word: "on") ? try name() : nil
        try directives()
        return .inline(type: type, selections: try selections(), offset: offset)
    }

    private mutating func field() throws(GraphQLSyntaxError) -> GraphQLDocument.Field {
        let offset = lexer.tokenOffset
        var name = try name()
        var alias: String?
        if try take(":") {
            alias = name
            name = try self.name()
        }
        let arguments = try arguments()
        try directives()
        let hasSelections = lexer.token == .mark(UInt8(ascii: "{"))
        return .init(
            alias: alias, name: name, arguments: arguments, selections: hasSelections ? try selections() : [],
            offset: offset)
    }
}
