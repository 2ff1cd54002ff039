package import Postgres

/// A search as a condition over the rows `r` of a resource.
package struct SearchSQL: Sendable {
    /// A boolean expression; `true` only where nothing was asked for.
    package let condition: String
    /// Values of its placeholders, in their order.
    package let parameters: [PostgresValue]
    /// Where its meaning may differ from Shopify's; each once.
    package let warnings: [SearchWarning]
}

extension SearchQuery {
    /// Compiles the search over the fields of a resource. Placeholders begin with `$first`; every value is bound, never
    /// written into the text. A field or value that cannot be answered is a problem: no condition is ever left out.
    package func sql(
        _ fields: SearchFields, _ context: SearchContext, firstPlaceholder first: Int
    ) throws(SearchProblem) -> SearchSQL {
        var compiler = SearchCompiler(fields: fields, context: context, first: first)
        let condition = try tree.map { node throws(SearchProblem) in try compiler.compile(node) } ?? "true"
        var warnings: [SearchWarning] = []
        for warning in self.warnings + compiler.warnings where !warnings.contains(warning) { warnings.append(warning) }
        return SearchSQL(condition: condition, parameters: compiler.parameters, warnings: warnings)
    }
}

/// Turns a tree into a condition.
struct SearchCompiler {
    let fields: SearchFields
    let context: SearchContext
    let first: Int
    private(set) var parameters: [PostgresValue] = []
    private(set) var warnings: [SearchWarning] = []

    init(fields: SearchFields, context: SearchContext, first: Int) {
        self.fields = fields
        self.context = context
        self.first = first
    }

    mutating func compile(_ node: SearchNode) throws(SearchProblem) -> String {
        switch node {
        case .term(let term): return try condition(term)
        // An empty column makes a condition null, which counts as "does not hold" before it is negated.
        case .not(let inner): return "(\(try compile(inner))) is not true"
        case .and(let nodes): return try join(nodes, " and ")
        case .or(let nodes): return try join(nodes, " or ")
        }
    }

    private mutating func join(_ nodes: [SearchNode], _ connective: String) throws(SearchProblem) -> String {
        var parts: [String] = []
        for node in nodes { parts.append("(" + (try compile(node)) + ")") }
        return parts.joined(separator: connective)
    }

    mutating func bind(_ value: PostgresValue) -> String {
        parameters.append(value)
        return "$\(first + parameters.count - 1)"
    }

    mutating func warn(_ code: SearchWarning.Code, _ field: String, _ message: String) {
        warnings.append(SearchWarning(code, field: field, message))
    }

    // MARK: Terms

    private mutating func condition(_ term: SearchTerm) throws(SearchProblem) -> String {
        guard let name = term.field else { return try defaultCondition(term) }
        guard let field = fields.fields[name] else {
            if fields.isUnsupported(name) {
                throw SearchProblem(
                    .unsupportedField, field: name, at: term.position,
                    "Shopify searches \(fields.resource) by \"\(name)\"; Footfall does not keep what that takes.",
                    allowed: fields.fields.keys.sorted())
            }
            throw SearchProblem(
                .invalidField, field: name, at: term.position,
                "Invalid search field for this query: \(fields.resource) have no \"\(name)\".",
                allowed: fields.fields.keys.sorted())
        }
        return try self.condition(term, field)
    }

    /// A bare value: any of the default fields that can hold it.
    private mutating func defaultCondition(_ term: SearchTerm) throws(SearchProblem) -> String {
        guard !fields.defaults.isEmpty else {
            throw SearchProblem(
                .missingNamedField, field: "default", at: term.position,
                "Input must use named search fields in this query.", allowed: fields.fields.keys.sorted())
        }
        // `*` alone asks for everything, in words.
        if term.form == .exists { return "true" }
        if let warning = fields.defaultWarning { warn(.fewerFields, "default", warning) }
        var parts: [String] = []
        for field in fields.defaults {
            let bound = parameters.count
            do {
                parts.append(try condition(term, field))
            } catch {
                // This field cannot hold such a value; another one may.
                parameters.removeSubrange(bound...)
            }
        }
        guard !parts.isEmpty else {
            throw SearchProblem(
                .invalidValue, field: "default", at: term.position,
                "\"\(term.value)\" has nothing that could be searched for.")
        }
        return parts.joined(separator: " or ")
    }

    private mutating func condition(_ term: SearchTerm, _ field: SearchField) throws(SearchProblem) -> String {
        var values = [term]
        if field.isList, term.form != .exists, term.value.contains(",") {
            values = try list(term)
        }
        var parts: [String] = []
        for value in values { parts.append(try single(value, field)) }
        var condition = parts.count == 1 ? parts[0] : parts.map { "(\($0))" }.joined(separator: " or ")
        if let rows = field.within { condition = "exists (select 1 from \(rows) and (\(condition)))" }
        return field.isNegated ? "(\(condition)) is not true" : condition
    }

    /// The values of a comma list, none of them empty.
    private func list(_ term: SearchTerm) throws(SearchProblem) -> [SearchTerm] {
        let parts = term.value.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= SearchLimits.listMax else {
            throw SearchProblem(
                .tooLarge, field: term.fieldName, at: term.position,
                "A list has \(SearchLimits.listMax) values at most.")
        }
        return try parts.map { part throws(SearchProblem) in
            var value = term
            value.value = part.trimmed
            guard !value.value.isEmpty else { throw invalid(term, "A value of the list is empty") }
            return value
        }
    }

    func invalid(_ term: SearchTerm, _ detail: String, allowed: [String] = []) -> SearchProblem {
        SearchProblem(.invalidValue, field: term.fieldName, at: term.position, detail + ".", allowed: allowed)
    }
}

extension Substring {
    /// Without blanks at its ends.
    var trimmed: String {
        let kept = drop { $0.isWhitespace }
        guard let last = kept.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(kept[...last])
    }
}
