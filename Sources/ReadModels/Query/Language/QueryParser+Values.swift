extension QueryParser {
    /// Refuses members that nobody reads, at the culprit.
    static func checkMembers(
        _ members: [String: JSONValue], known: [String], at pointer: String
    ) throws(QueryProblem) {
        guard let culprit = members.keys.filter({ !known.contains($0) }).min() else { return }
        throw QueryProblem(
            at: "\(pointer)/\(escaped(culprit))", "There is no member \"\(culprit)\" here.", allowed: known)
    }

    static func metric(_ name: String, at pointer: String) throws(QueryProblem) -> MetricDefinition {
        guard let metric = MetricCatalog.metric(named: name) else {
            throw QueryProblem(
                at: pointer, "There is no metric \"\(name)\".", allowed: MetricCatalog.availableNames)
        }
        guard metric.measure != nil else {
            throw QueryProblem(
                at: pointer, "The metric `\(name)` is not available yet.", allowed: MetricCatalog.availableNames)
        }
        return metric
    }

    static func dimension(
        _ name: String, at pointer: String, _ allowed: [String]
    ) throws(QueryProblem) -> DimensionDefinition {
        guard let dimension = DimensionCatalog.dimension(named: name) else {
            throw QueryProblem(at: pointer, "There is no dimension \"\(name)\".", allowed: allowed)
        }
        guard dimension.source != .none else {
            throw QueryProblem(at: pointer, "The dimension `\(name)` is not available yet.", allowed: allowed)
        }
        return dimension
    }

    /// A list of different texts; nothing where the member is missing.
    static func names(_ value: JSONValue?, at pointer: String, max: Int) throws(QueryProblem) -> [String] {
        guard let value, value != .null else { return [] }
        guard case .array(let elements) = value else {
            throw QueryProblem(at: pointer, "Here stands a list of names, not \(value.typeName).")
        }
        guard elements.count <= max else { throw QueryProblem(at: pointer, "At most \(max) names can stand here.") }
        var names: [String] = []
        for (index, element) in elements.enumerated() {
            guard case .string(let name) = element else {
                throw QueryProblem(at: "\(pointer)/\(index)", "A name is a string, not \(element.typeName).")
            }
            if names.contains(name) { throw QueryProblem(at: "\(pointer)/\(index)", "\"\(name)\" stands here twice.") }
            names.append(name)
        }
        return names
    }

    static func text(_ value: JSONValue?, at pointer: String) throws(QueryProblem) -> String? {
        switch value {
        case nil, .null?: return nil
        case .string(let text)?: return text
        case let other?: throw QueryProblem(at: pointer, "Here stands a string, not \(other.typeName).")
        }
    }

    static func bool(_ value: JSONValue?, at pointer: String) throws(QueryProblem) -> Bool? {
        switch value {
        case nil, .null?: return nil
        case .bool(let value)?: return value
        case let other?: throw QueryProblem(at: pointer, "Here stands true or false, not \(other.typeName).")
        }
    }

    /// `[[name, "asc" | "desc"]]` over the query's own columns. Without one: time first, else the first metric, falling.
    static func order(_ value: JSONValue?, _ query: AnalyticsQuery) throws(QueryProblem) -> [QueryOrder] {
        let columns = query.dimensions.map(\.name) + query.metrics.map(\.name)
        guard let value, value != .null else {
            if let time = query.dimensions.firstIndex(where: { $0.timeUnit != nil }) {
                return [QueryOrder(column: time, isDescending: false)]
            }
            return [QueryOrder(column: query.dimensions.count, isDescending: true)]
        }
        guard case .array(let elements) = value else {
            throw QueryProblem(at: "/order_by", "An order is a list of pairs, not \(value.typeName).")
        }
        var order: [QueryOrder] = []
        for (index, element) in elements.enumerated() {
            guard case .array(let pair) = element, pair.count == 2, case .string(let name) = pair[0],
                case .string(let direction) = pair[1]
            else {
                throw QueryProblem(at: "/order_by/\(index)", "One key of an order is `[name, \"asc\" or \"desc\"]`.")
            }
            guard let column = columns.firstIndex(of: name) else {
                throw QueryProblem(
                    at: "/order_by/\(index)/0", "\"\(name)\" is no column of this query.", allowed: columns)
            }
            // Twice changes nothing, and a thousand times costs as much.
            guard !order.contains(where: { $0.column == column }) else {
                throw QueryProblem(at: "/order_by/\(index)/0", "\"\(name)\" stands here twice.")
            }
            guard ["asc", "desc"].contains(direction) else {
                throw QueryProblem(at: "/order_by/\(index)/1", "No such direction.", allowed: ["asc", "desc"])
            }
            order.append(QueryOrder(column: column, isDescending: direction == "desc"))
        }
        return order
    }

    /// A name as one step of a JSON pointer.
    static func escaped(_ name: String) -> String {
        name.reduce(into: "") { text, character in
            switch character {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.append(character)
            }
        }
    }
}
