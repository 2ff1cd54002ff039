internal import Postgres

/// Puts a tree of conditions into SQL over a text column for each dimension; the empty text stands for "unknown".
struct SQLFilter {
    private(set) var parameters: [PostgresValue]
    private let column: (DimensionDefinition) -> String

    /// Numbers its parameters after the given ones.
    init(after parameters: [PostgresValue], column: @escaping (DimensionDefinition) -> String = { _ in "value" }) {
        self.parameters = parameters
        self.column = column
    }

    mutating func sql(_ node: FilterNode) -> String {
        switch node {
        case .leaf(let leaf): return sql(leaf)
        case .not(let node): return "NOT (\(sql(node)))"
        case .hasDone: preconditionFailure("a filter of another grain")
        case .all(let nodes):
            return nodes.isEmpty ? "true" : "(" + nodes.map { sql($0) }.joined(separator: " AND ") + ")"
        case .any(let nodes):
            return nodes.isEmpty ? "false" : "(" + nodes.map { sql($0) }.joined(separator: " OR ") + ")"
        }
    }

    private mutating func sql(_ leaf: FilterLeaf) -> String {
        let values = leaf.values.map { $0 ?? "" }
        let value = column(leaf.dimension)
        func any(_ condition: (String) -> String) -> String {
            "(\(value) <> '' AND (" + values.map { condition(bind(.text($0))) }.joined(separator: " OR ") + "))"
        }
        switch leaf.operation {
        case .is: return "\(value) = ANY(\(bind(.textArray(values))))"
        case .isNot: return "NOT (\(value) = ANY(\(bind(.textArray(values)))))"
        case .contains: return any { "strpos(lower(\(value)), lower(\($0))) > 0" }
        case .matches: return any { "\(value) ~ \($0)" }
        case .gt: return any { "\(value) COLLATE \"C\" > \($0)" }
        case .gte: return any { "\(value) COLLATE \"C\" >= \($0)" }
        case .lt: return any { "\(value) COLLATE \"C\" < \($0)" }
        case .lte: return any { "\(value) COLLATE \"C\" <= \($0)" }
        case .between:
            let (low, high) = (bind(.text(values[0])), bind(.text(values[1])))
            return "(\(value) <> '' AND \(value) COLLATE \"C\" >= \(low) AND \(value) COLLATE \"C\" <= \(high))"
        }
    }

    private mutating func bind(_ value: PostgresValue) -> String {
        parameters.append(value)
        return "$\(parameters.count)"
    }
}
