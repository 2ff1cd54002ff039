/// Reads trees of conditions, counting their nodes.
struct FilterParser {
    private var nodes = 0
    private var searches = 0

    private static let operators = FilterOperator.allCases.map(\.rawValue) + ["and", "or", "not", "has_done"]

    /// A list of conditions that all hold, or one condition.
    mutating func tree(_ value: JSONValue?, at pointer: String) throws(QueryProblem) -> FilterNode {
        guard let value, value != .null else { return .all([]) }
        guard case .array(let elements) = value else {
            throw QueryProblem(at: pointer, "Filters are a list, not \(value.typeName).")
        }
        if case .string? = elements.first { return try node(value, at: pointer, depth: 1) }
        return .all(try list(elements, at: pointer, depth: 1))
    }

    /// Conditions on metrics of the query, all of which hold.
    mutating func metricFilters(
        _ value: JSONValue?, _ metrics: [MetricDefinition]
    ) throws(QueryProblem) -> [MetricFilter] {
        guard let value, value != .null else { return [] }
        guard case .array(let elements) = value else {
            throw QueryProblem(at: "/metric_filters", "Metric filters are a list, not \(value.typeName).")
        }
        guard elements.count <= QueryLimits.filterNodesMax else {
            throw QueryProblem(
                at: "/metric_filters", "At most \(QueryLimits.filterNodesMax) conditions can stand here.")
        }
        let isOne = if case .string? = elements.first { true } else { false }
        var filters: [MetricFilter] = []
        for (index, element) in (isOne ? [value] : elements).enumerated() {
            filters.append(
                try metricFilter(element, at: isOne ? "/metric_filters" : "/metric_filters/\(index)", metrics))
        }
        return filters
    }

    private mutating func list(
        _ elements: [JSONValue], at pointer: String, depth: Int
    ) throws(QueryProblem) -> [FilterNode] {
        var list: [FilterNode] = []
        for (index, element) in elements.enumerated() {
            list.append(try node(element, at: "\(pointer)/\(index)", depth: depth))
        }
        return list
    }

    private mutating func node(_ value: JSONValue, at pointer: String, depth: Int) throws(QueryProblem) -> FilterNode {
        nodes += 1
        guard nodes <= QueryLimits.filterNodesMax, depth <= QueryLimits.filterDepthMax else {
            throw QueryProblem(at: pointer, "The filters are too many or nested too deeply.")
        }
        guard case .array(let parts) = value, case .string(let name)? = parts.first else {
            throw QueryProblem(at: pointer, "A filter is a list that begins with an operator.", allowed: Self.operators)
        }
        if let operation = FilterOperator(rawValue: name) { return .leaf(try leaf(operation, parts, at: pointer)) }
        switch (name, parts.count) {
        case ("and", 2), ("or", 2):
            guard case .array(let elements) = parts[1] else {
                throw QueryProblem(at: "\(pointer)/1", "`\(name)` takes a list of filters.")
            }
            let nodes = try list(elements, at: "\(pointer)/1", depth: depth + 1)
            return name == "and" ? .all(nodes) : .any(nodes)
        case ("not", 2): return .not(try node(parts[1], at: "\(pointer)/1", depth: depth + 1))
        case ("has_done", 2): return try hasDone(parts[1], at: "\(pointer)/1")
        case ("and", _), ("or", _), ("not", _), ("has_done", _):
            throw QueryProblem(at: pointer, "`\(name)` takes one operand.")
        default:
            throw QueryProblem(at: "\(pointer)/0", "There is no operator \"\(name)\".", allowed: Self.operators)
        }
    }

    private mutating func leaf(
        _ operation: FilterOperator, _ parts: [JSONValue], at pointer: String
    ) throws(QueryProblem) -> FilterLeaf {
        guard parts.count == 3, case .string(let name) = parts[1] else {
            throw QueryProblem(at: pointer, "A condition is `[operator, dimension, values]`.")
        }
        let allowed = DimensionCatalog.filterNames
        let dimension = try QueryParser.dimension(name, at: "\(pointer)/1", allowed)
        guard dimension.timeUnit == nil else {
            throw QueryProblem(at: "\(pointer)/1", "Time is chosen by `date_range`.", allowed: allowed)
        }
        let elements: [JSONValue] = if case .array(let list) = parts[2] { list } else { [parts[2]] }
        guard operation.valueCount.contains(elements.count) else {
            throw QueryProblem(at: "\(pointer)/2", "`\(operation.rawValue)` takes \(operation.valueCount) values.")
        }
        if operation == .contains || operation == .matches {
            searches += elements.count
            guard searches <= QueryLimits.searchesMax else {
                throw QueryProblem(
                    at: "\(pointer)/2",
                    "The filters together look for more than \(QueryLimits.searchesMax) texts inside of values.")
            }
        }
        var values: [String?] = []
        for (index, element) in elements.enumerated() {
            values.append(try self.value(element, of: dimension, operation, at: "\(pointer)/2/\(index)"))
        }
        return FilterLeaf(operation: operation, dimension: dimension, values: values, pointer: pointer)
    }

    /// nil is "unknown"; truth values have the texts `true` and `false`.
    private func value(
        _ value: JSONValue, of dimension: DimensionDefinition, _ operation: FilterOperator, at pointer: String
    ) throws(QueryProblem) -> String? {
        let isExact = operation == .is || operation == .isNot
        switch (value, dimension.type) {
        case (.null, _) where isExact: return nil
        case (.bool(let value), "boolean") where isExact: return value ? "true" : "false"
        case (.string("returning"), "boolean") where isExact, (.string("true"), "boolean") where isExact: return "true"
        case (.string("new"), "boolean") where isExact, (.string("false"), "boolean") where isExact: return "false"
        case (_, "boolean"):
            throw QueryProblem(at: pointer, "`\(dimension.name)` is true or false.", allowed: ["true", "false"])
        case (.string(let text), _):
            guard text.utf8.count <= QueryLimits.valueBytesMax, !text.utf8.contains(0) else {
                throw QueryProblem(
                    at: pointer, "A value has at most \(QueryLimits.valueBytesMax) bytes, none of them 0.")
            }
            return text.isEmpty && isExact ? nil : text
        default: throw QueryProblem(at: pointer, "A value here is a string, not \(value.typeName).")
        }
    }

    /// Only events that each session counts can be asked for so far.
    private func hasDone(_ value: JSONValue, at pointer: String) throws(QueryProblem) -> FilterNode {
        let names = VisitAction.allCases.map(\.eventName)
        guard case .array(let parts) = value, parts.count == 3, parts[0] == .string("is"),
            parts[1] == .string("event:name"), case .array(let values) = parts[2], !values.isEmpty
        else {
            throw QueryProblem(
                at: pointer,
                "`has_done` takes `[\"is\", \"event:name\", [...]]`; other conditions are not available yet.",
                allowed: names)
        }
        var bits: UInt8 = 0
        for (index, value) in values.enumerated() {
            guard let action = VisitAction.allCases.first(where: { .string($0.eventName) == value }) else {
                throw QueryProblem(
                    at: "\(pointer)/2/\(index)", "`has_done` is not available for this event yet.", allowed: names)
            }
            bits |= action.rawValue
        }
        return .hasDone(bits)
    }

    private func metricFilter(
        _ value: JSONValue, at pointer: String, _ metrics: [MetricDefinition]
    ) throws(QueryProblem) -> MetricFilter {
        let operators: [FilterOperator] = [.is, .isNot, .gt, .gte, .lt, .lte, .between]
        guard case .array(let parts) = value, parts.count == 3, case .string(let operation) = parts[0],
            case .string(let name) = parts[1]
        else { throw QueryProblem(at: pointer, "A condition is `[operator, metric, values]`.") }
        guard let operation = operators.first(where: { $0.rawValue == operation }) else {
            throw QueryProblem(at: "\(pointer)/0", "No such comparison.", allowed: operators.map(\.rawValue))
        }
        guard let metric = metrics.first(where: { $0.name == name }) else {
            throw QueryProblem(
                at: "\(pointer)/1", "`\(name)` is no metric of this query.", allowed: metrics.map(\.name))
        }
        let elements: [JSONValue] = if case .array(let list) = parts[2] { list } else { [parts[2]] }
        guard operation.valueCount.contains(elements.count) else {
            throw QueryProblem(at: "\(pointer)/2", "`\(operation.rawValue)` takes \(operation.valueCount) values.")
        }
        var values: [Double] = []
        for (index, element) in elements.enumerated() {
            switch element {
            case .integer(let value): values.append(Double(value))
            case .number(let value): values.append(value)
            default: throw QueryProblem(at: "\(pointer)/2/\(index)", "Here stands a number, not \(element.typeName).")
            }
        }
        return MetricFilter(operation: operation, metric: metric, values: values)
    }
}
