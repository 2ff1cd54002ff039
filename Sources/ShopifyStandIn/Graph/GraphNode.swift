/// A thing that selections walk over: its fields are made when they are asked for.
protocol GraphNode: Sendable {
    /// The GraphQL type, also `__typename`.
    var typeName: String { get }
    /// The value of a field; nil where the stand-in knows none, which is noted as a gap and answered null.
    func field(_ name: String) -> GraphTree?
}

/// An id that stands for nothing: null in a list of nodes.
struct NoNode: GraphNode {
    var typeName: String { "" }
    func field(_ name: String) -> GraphTree? { nil }
}

/// What a field holds.
enum GraphTree: Sendable {
    /// Scalars, and objects without a type of their own (money, addresses): selections pick from its members.
    case value(WireValue)
    case node(any GraphNode)
    /// A list, or a connection where the selection asks for edges, nodes or pageInfo.
    case list([any GraphNode])
    /// A connection too long to be made at once.
    case pages(GraphPages)

    static func text(_ text: String) -> GraphTree { .value(.string(text)) }
    static func text(_ text: String?) -> GraphTree { .value(WireValue(text)) }
    static func number(_ number: some BinaryInteger) -> GraphTree { .value(WireValue(number)) }
    static func flag(_ flag: Bool) -> GraphTree { .value(.bool(flag)) }
    static func texts(_ texts: [String]) -> GraphTree { .value(WireValue(texts)) }
    static func time(_ millis: Int64) -> GraphTree { .text(ShopTime.utc(millis)) }
    static func time(_ millis: Int64?) -> GraphTree { .value(ShopTime.utc(millis)) }
    static func node(_ node: (any GraphNode)?) -> GraphTree { node.map { .node($0) } ?? .null }
    static let null = GraphTree.value(.null)
}

/// Nodes made one by one, in the order of the connection.
struct GraphPages: Sendable {
    var count: Int
    var node: @Sendable (Int) -> any GraphNode
}

/// A global id, `gid://shopify/Order/1`.
package enum GlobalID {
    /// The global id of a thing.
    package static func text(_ type: String, _ id: Int64) -> String { "gid://shopify/\(type)/\(id)" }

    /// Type and number of a global id; nil for anything else.
    package static func parse(_ text: String) -> (type: String, id: Int64)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.count == 4, parts[0] == "gid:", parts[1] == "shopify",
            let id = Int64(parts[3].prefix { $0 != "?" })
        else { return nil }
        return (String(parts[2]), id)
    }
}
