/// What Shopify demands of a bulk query beyond the schema, in its own words (Tests/Fixtures/admin_graphql.json).
struct BulkQueryRules {
    static let connectionsMax = 5
    static let depthMax = 2
    private let walker: GraphWalker
    private let schema: GraphQLSchema?
    private var connections = 0
    private(set) var refusal: String?

    init(_ document: GraphQLDocument, _ operation: GraphQLDocument.Operation, _ schema: GraphQLSchema?) {
        walker = GraphWalker(document: document, variables: .object([]), schema: schema)
        self.schema = schema
        if operation.kind != .query { refuse("Bulk queries must be queries.") }
        if operation.selections.count != 1 { refuse("Bulk queries must have exactly one top-level field.") }
        if walker.fields(operation.selections, on: nil).contains(where: { $0.name == "node" }) {
            refuse("Bulk queries cannot contain a top-level `node` field.")
        }
        visit(operation.selections, on: schema?.queryType, depth: 0, inList: false)
        if connections == 0 { refuse("Bulk queries must contain at least one connection.") }
        if connections > Self.connectionsMax { refuse("Bulk queries cannot contain more than 5 connections.") }
    }

    private mutating func refuse(_ text: String) { refusal = refusal ?? text }

    private mutating func visit(
        _ selections: [GraphQLDocument.Selection], on type: String?, depth: Int, inList: Bool
    ) {
        for field in walker.fields(selections, on: nil) where !field.selections.isEmpty {
            let reference = type.flatMap { schema?.fields(of: $0)?[field.name]?.type }
            let isConnection = GraphWalker.isConnection(field.selections)
            let isEdges = field.name == "edges"
            if isConnection {
                connections += 1
                check(field, depth: depth, inList: inList)
            }
            let isList = !isEdges && reference.map { Self.isList($0) } ?? false
            visit(
                field.selections, on: reference?.base, depth: depth + (isConnection ? 1 : 0), inList: inList || isList)
        }
    }

    private mutating func check(_ field: GraphQLDocument.Field, depth: Int, inList: Bool) {
        let parts = walker.fields(field.selections, on: nil)
        if parts.contains(where: { $0.name == "nodes" }) || !parts.contains(where: { $0.name == "edges" }) {
            refuse(
                "All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: "
                    + "'products { edges { node {'. Selecting via 'nodes' is not supported. Invalid connection fields: "
                    + "'\(field.name)'.")
        }
        if depth >= Self.depthMax {
            refuse("Bulk queries cannot contain connections with a nesting depth greater than 2.")
        }
        if inList {
            refuse("Queries that contain a connection field within a list field are not currently supported.")
        }
        let node = BulkFileReader.nodeSelections(field, walker)
        let inner = walker.fields(node, on: nil)
        let hasChildren = inner.contains { GraphWalker.isConnection($0.selections) }
        if hasChildren, !inner.contains(where: { $0.name == "id" && $0.alias == nil }) {
            refuse(
                "The parent 'node' field for a nested connection must select the 'id' field without an alias and must "
                    + "be of 'ID' return type. Connection fields without 'id': \(field.name).")
        }
    }

    private static func isList(_ type: GraphQLTypeReference) -> Bool {
        if case .list = type.nullable { return true }
        return false
    }
}
