/// Walks selections over a tree and builds the answer.
struct GraphWalker {
    let document: GraphQLDocument
    let variables: WireValue
    let schema: GraphQLSchema?
    /// Fields that the schema has and the stand-in has not: a hole in the stand-in, never a null of Shopify's.
    private(set) var gaps: Set<String> = []
    /// Requests that Shopify refuses while running, such as a connection without `first`.
    private(set) var refusals: [String] = []
    /// Objects in the answer so far, what the actual cost is counted from.
    private(set) var objects = 0
    /// In a bulk query connections need no `first` and nested ones are left out: they become lines of their own.
    var isBulk = false

    init(document: GraphQLDocument, variables: WireValue, schema: GraphQLSchema?) {
        self.document = document
        self.schema = schema
        var filled = variables
        for variable in document.operations.first?.variables ?? [] where !variables.has(variable.name) {
            guard let value = variable.defaultValue?.resolved(.object([])) else { continue }
            filled = filled.setting(variable.name, value)
        }
        self.variables = filled
    }

    /// Shopify's own limit of a page.
    static let pageMax = 250

    func arguments(of field: GraphQLDocument.Field) -> WireValue {
        .object(
            field.arguments.compactMap { argument in
                argument.value.resolved(variables).map { WireMember(argument.name, $0) }
            })
    }

    /// Fields of a selection set with fragments opened, for a thing of type `typeName`.
    func fields(_ selections: [GraphQLDocument.Selection], on typeName: String?) -> [GraphQLDocument.Field] {
        selections.flatMap { selection -> [GraphQLDocument.Field] in
            switch selection {
            case .field(let field): return [field]
            case .inline(let condition, let selections, _):
                return matches(condition, typeName) ? fields(selections, on: typeName) : []
            case .spread(let name, _):
                guard let fragment = document.fragments[name], matches(fragment.type, typeName) else { return [] }
                return fields(fragment.selections, on: typeName)
            }
        }
    }

    private func matches(_ condition: String?, _ typeName: String?) -> Bool {
        guard let condition, let typeName, condition != typeName else { return true }
        guard let schema else { return condition == "Node" }
        return schema.objects(of: condition).contains(typeName)
    }

    // MARK: Walking

    mutating func select(_ tree: GraphTree, _ field: GraphQLDocument.Field) -> WireValue {
        switch tree {
        case .value(let value): return pick(value, field.selections)
        case .node(let node): return select(node, field.selections)
        case .list(let nodes):
            let nodes = first(field, of: nodes)
            guard Self.isConnection(field.selections) else {
                return .array(nodes.map { select($0, field.selections) })
            }
            return connection(GraphPages(count: nodes.count) { nodes[$0] }, field)
        case .pages(let pages): return connection(pages, field)
        }
    }

    mutating func select(_ node: any GraphNode, _ selections: [GraphQLDocument.Selection]) -> WireValue {
        if node is NoNode { return .null }
        objects += 1
        var members: [WireMember] = []
        for field in fields(selections, on: node.typeName) {
            if isBulk, Self.isConnection(field.selections) { continue }
            guard !members.contains(where: { $0.name == field.responseKey }) else { continue }
            members.append(WireMember(field.responseKey, value(of: field, in: node)))
        }
        return .object(members)
    }

    private mutating func value(of field: GraphQLDocument.Field, in node: any GraphNode) -> WireValue {
        if field.name == "__typename" { return .string(node.typeName) }
        guard let tree = node.field(field.name) else {
            gaps.insert("\(node.typeName).\(field.name)")
            return .null
        }
        return select(tree, field)
    }

    /// Picks members of a value; what is selected and absent is null.
    private mutating func pick(_ value: WireValue, _ selections: [GraphQLDocument.Selection]) -> WireValue {
        switch value {
        case .array(let elements): return .array(elements.map { pick($0, selections) })
        case .object where !selections.isEmpty:
            objects += 1
            var members: [WireMember] = []
            for field in fields(selections, on: value["__typename"].text) {
                members.append(WireMember(field.responseKey, pick(value[field.name], field.selections)))
            }
            return .object(members)
        default: return value
        }
    }

    /// Lists that are no connections are cut by `first`, connections by their page.
    private func first(_ field: GraphQLDocument.Field, of nodes: [any GraphNode]) -> [any GraphNode] {
        guard !Self.isConnection(field.selections), let count = arguments(of: field)["first"].integer else {
            return nodes
        }
        return Array(nodes.prefix(Int(count)))
    }

    static func isConnection(_ selections: [GraphQLDocument.Selection]) -> Bool {
        selections.contains { selection in
            guard case .field(let field) = selection else { return false }
            return ["edges", "nodes", "pageInfo"].contains(field.name)
        }
    }

    // MARK: Connections

    mutating func refuse(_ reason: String) { refusals.append(reason) }

    private mutating func connection(_ pages: GraphPages, _ field: GraphQLDocument.Field) -> WireValue {
        let page = page(of: pages.count, field)
        var members: [WireMember] = []
        for part in fields(field.selections, on: nil) {
            let value: WireValue
            switch part.name {
            case "nodes": value = .array(page.map { select(pages.node($0), part.selections) })
            case "edges": value = .array(page.map { edge(pages, $0, part.selections) })
            case "pageInfo":
                value = pick(
                    [
                        "hasNextPage": .bool(page.upperBound < pages.count),
                        "hasPreviousPage": .bool(page.lowerBound > 0),
                        "startCursor": WireValue(page.isEmpty ? nil : PageCursor.text(page.lowerBound)),
                        "endCursor": WireValue(page.isEmpty ? nil : PageCursor.text(page.upperBound - 1)),
                    ], part.selections)
            default: value = .null
            }
            members.append(WireMember(part.responseKey, value))
        }
        return .object(members)
    }

    private mutating func edge(
        _ pages: GraphPages, _ index: Int, _ selections: [GraphQLDocument.Selection]
    ) -> WireValue {
        var members: [WireMember] = []
        for part in fields(selections, on: nil) {
            let value: WireValue =
                part.name == "cursor"
                ? .string(PageCursor.text(index)) : select(pages.node(index), part.selections)
            members.append(WireMember(part.responseKey, value))
        }
        return .object(members)
    }

    private mutating func page(of count: Int, _ field: GraphQLDocument.Field) -> Range<Int> {
        let arguments = arguments(of: field)
        let first = arguments["first"].integer.map(Int.init)
        let last = arguments["last"].integer.map(Int.init)
        guard let size = first ?? last else {
            refuse("you must provide one of first or last")
            return 0..<0
        }
        guard (0...Self.pageMax).contains(size) else {
            refuse("first cannot exceed \(Self.pageMax)")
            return 0..<0
        }
        var range = 0..<count
        if let cursor = arguments["after"].text {
            guard let index = PageCursor.index(cursor) else {
                refuse("Invalid cursor for current pagination sort.")
                return 0..<0
            }
            range = min(index + 1, count)..<count
        }
        if let index = arguments["before"].text.flatMap(PageCursor.index) {
            range = range.lowerBound..<max(range.lowerBound, min(index, range.upperBound))
        }
        return first != nil
            ? range.lowerBound..<min(range.lowerBound + size, range.upperBound)
            : max(range.lowerBound, range.upperBound - size)..<range.upperBound
    }
}
