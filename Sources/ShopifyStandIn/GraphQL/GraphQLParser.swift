/// What documents and schemas have in common: names, types, values, arguments.
struct GraphQLParser {
    var lexer: GraphQLLexer

    init(_ text: String) throws(GraphQLSyntaxError) { lexer = try GraphQLLexer(text) }

    /// Takes the mark if it comes next.
    mutating func take(_ mark: Unicode.Scalar) throws(GraphQLSyntaxError) -> Bool {
        guard lexer.token == .mark(UInt8(ascii: mark)) else { return false }
        try lexer.advance()
        return true
    }

    mutating func demand(_ mark: Unicode.Scalar) throws(GraphQLSyntaxError) {
        guard try take(mark) else { throw lexer.error("`\(mark)`") }
    }

    /// Takes the keyword if it comes next.
    mutating func take(word: String) throws(GraphQLSyntaxError) -> Bool {
        guard lexer.token == .name(word) else { return false }
        try lexer.advance()
        return true
    }

    mutating func name() throws(GraphQLSyntaxError) -> String {
        guard case .name(let name) = lexer.token else { throw lexer.error("a name") }
        try lexer.advance()
        return name
    }

    mutating func type() throws(GraphQLSyntaxError) -> GraphQLTypeReference {
        let inner: GraphQLTypeReference
        if try take("[") {
            inner = .list(try type())
            try demand("]")
        } else {
            inner = .named(try name())
        }
        return try take("!") ? .nonNull(inner) : inner
    }

    mutating func value() throws(GraphQLSyntaxError) -> GraphQLValue {
        let value: GraphQLValue
        switch lexer.token {
        case .mark(UInt8(ascii: "$")):
            try lexer.advance()
            return .variable(try name())
        case .mark(UInt8(ascii: "[")): return try list()
        case .mark(UInt8(ascii: "{")): return try object()
        case .integer(let digits): value = .integer(digits)
        case .decimal(let digits): value = .decimal(digits)
        case .string(let text): value = .string(text)
        case .name("true"): value = .boolean(true)
        case .name("false"): value = .boolean(false)
        case .name("null"): value = .null
        case .name(let name): value = .enumeration(name)
        default: throw lexer.error("a value")
        }
        try lexer.advance()
        return value
    }

    private mutating func list() throws(GraphQLSyntaxError) -> GraphQLValue {
        try demand("[")
        var values: [GraphQLValue] = []
        while try !take("]") { values.append(try value()) }
        return .list(values)
    }

    private mutating func object() throws(GraphQLSyntaxError) -> GraphQLValue {
        try demand("{")
        var members: [GraphQLValue.Member] = []
        while try !take("}") {
            let name = try name()
            try demand(":")
            members.append(.init(name: name, value: try value()))
        }
        return .object(members)
    }

    mutating func arguments() throws(GraphQLSyntaxError) -> [GraphQLDocument.Argument] {
        guard try take("(") else { return [] }
        var arguments: [GraphQLDocument.Argument] = []
        repeat {
            let offset = lexer.tokenOffset
            let name = try name()
            try demand(":")
            arguments.append(.init(name: name, value: try value(), offset: offset))
        } while try !take(")")
        return arguments
    }

    /// Reads directives and forgets them: none that matters here is used.
    mutating func directives() throws(GraphQLSyntaxError) {
        while try take("@") {
            _ = try name()
            _ = try arguments()
        }
    }
}
