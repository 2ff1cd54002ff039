extension GraphQLSchema {
    /// Reads a schema in the schema definition language; descriptions and directives are skipped.
    package init(sdl: String) throws(GraphQLSyntaxError) {
        var parser = try GraphQLParser(sdl)
        while parser.lexer.token != .end { try parser.definition(into: &self) }
    }
}

extension GraphQLParser {
    fileprivate mutating func definition(into schema: inout GraphQLSchema) throws(GraphQLSyntaxError) {
        try description()
        let keyword = try name()
        switch keyword {
        case "schema": try roots(into: &schema)
        case "directive": try directiveDefinition()
        case "scalar":
            schema.types[try name()] = .scalar
            try directives()
        case "type", "interface":
            let name = try name()
            let interfaces = try implementedInterfaces()
            try directives()
            let fields = try fieldDefinitions()
            schema.types[name] =
                keyword == "type"
                ? .object(fields: fields, interfaces: interfaces) : .interface(fields: fields, interfaces: interfaces)
        case "union":
            let name = try name()
            try directives()
            schema.types[name] = .union(members: try unionMembers())
        case "enum":
            let name = try name()
            try directives()
            schema.types[name] = .enumeration(values: try enumValues())
        case "input":
            let name = try name()
            try directives()
            schema.types[name] = .input(fields: try inputDefinitions("{", "}"))
        default: throw lexer.error("a definition")
        }
    }

    private mutating func description() throws(GraphQLSyntaxError) {
        if case .string = lexer.token { try lexer.advance() }
    }

    private mutating func roots(into schema: inout GraphQLSchema) throws(GraphQLSyntaxError) {
        try directives()
        try demand("{")
        while try !take("}") {
            let kind = try name()
            try demand(":")
            let type = try name()
            if kind == "query" { schema.queryType = type }
            if kind == "mutation" { schema.mutationType = type }
        }
    }

    private mutating func directiveDefinition() throws(GraphQLSyntaxError) {
        try demand("@")
        _ = try name()
        _ = try inputDefinitions("(", ")")
        _ = try take(word: "repeatable")
        guard try take(word: "on") else { throw lexer.error("on") }
        _ = try take("|")
        repeat { _ = try name() } while try take("|")
    }

    private mutating func implementedInterfaces() throws(GraphQLSyntaxError) -> [String] {
        guard try take(word: "implements") else { return [] }
        _ = try take("&")
        var names: [String] = []
        repeat { names.append(try name()) } while try take("&")
        return names
    }

    private mutating func fieldDefinitions() throws(GraphQLSyntaxError) -> [String: GraphQLSchema.FieldDefinition] {
        var fields: [String: GraphQLSchema.FieldDefinition] = [:]
        try demand("{")
        while try !take("}") {
            try description()
            let name = try name()
            let arguments = try inputDefinitions("(", ")")
            try demand(":")
            fields[name] = .init(type: try type(), arguments: arguments)
            try directives()
        }
        return fields
    }

    private mutating func inputDefinitions(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar
    ) throws(GraphQLSyntaxError) -> [GraphQLSchema.InputDefinition] {
        guard try take(open) else { return [] }
        var definitions: [GraphQLSchema.InputDefinition] = []
        while try !take(close) {
            try description()
            let name = try name()
            try demand(":")
            let type = try type()
            let hasDefault = try take("=")
            if hasDefault { _ = try value() }
            try directives()
            definitions.append(.init(name: name, type: type, hasDefault: hasDefault))
        }
        return definitions
    }

    private mutating func unionMembers() throws(GraphQLSyntaxError) -> [String] {
        try demand("=")
        _ = try take("|")
        var names: [String] = []
        repeat { names.append(try name()) } while try take("|")
        return names
    }

    private mutating func enumValues() throws(GraphQLSyntaxError) -> [String] {
        try demand("{")
        var values: [String] = []
        while try !take("}") {
            try description()
            values.append(try name())
            try directives()
        }
        return values
    }
}
