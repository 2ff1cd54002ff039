internal import EventModel

/// Completes orders that a bulk file gave: a bulk query cannot reach what is inside refunds (a connection inside a
/// list), so refunds are asked for by the orders' ids. Lines beyond a page are asked for too.
struct RefundFiller {
    /// Orders of one query: with all their refunds they cost some 300 points of 1,000.
    private static let ordersMax = 10

    let admin: any AdminCalling

    /// Completes the refunds of these orders. An order without refunds costs nothing.
    func fill(_ orders: inout [HistoryObject], shop: ShopID) async throws(AdminError) {
        let places = orders.indices.filter { !orders[$0].node["refunds"].elements.isEmpty }
        for start in stride(from: 0, to: places.count, by: Self.ordersMax) {
            let some = places[start..<min(places.count, start + Self.ordersMax)]
            let ids = some.compactMap { orders[$0].node["id"].text }
            let answer = try await ask(.orderRefunds, ["ids": ids], shop)
            var refunds: [String: GraphValue] = [:]
            for node in answer["nodes"].elements {
                if let id = node["id"].text { refunds[id] = node["refunds"] }
            }
            for place in some {
                guard let id = orders[place].node["id"].text, let found = refunds[id] else { continue }
                var full: [GraphValue] = []
                for refund in found.elements { full.append(try await completed(refund, shop)) }
                orders[place].node = orders[place].node.replacing("refunds", with: .list(full))
            }
        }
    }

    /// The refund with all its lines.
    func completed(_ refund: GraphValue, _ shop: ShopID) async throws(AdminError) -> GraphValue {
        let lines = try await rest(
            of: refund, "refundLineItems", .refundLineItems, root: "refund", shop: shop)
        guard let lines else { return refund }
        let connection = GraphValue.object([GraphValue.Member(name: "nodes", value: .list(lines))])
        return refund.replacing("refundLineItems", with: connection)
    }

    /// All nodes of a connection that did not fit on its page; nil where it did.
    func rest(
        of node: GraphValue, _ connection: String, _ document: AdminDocument, root: String, shop: ShopID
    ) async throws(AdminError) -> [GraphValue]? {
        guard node[connection]["pageInfo"]["hasNextPage"].isTrue == true, let id = node["id"].text else { return nil }
        var nodes = node[connection].nodes
        var after = node[connection]["pageInfo"]["endCursor"].text
        while let cursor = after {
            let answer = try await ask(document, ["id": id, "after": cursor], shop)
            let page = answer[root][connection]
            nodes += page.nodes
            after = page["pageInfo"]["hasNextPage"].isTrue == true ? page["pageInfo"]["endCursor"].text : nil
        }
        return nodes
    }

    /// Runs a document and reads its data as a tree.
    func ask(
        _ document: AdminDocument, _ variables: some Encodable, _ shop: ShopID
    ) async throws(AdminError) -> GraphValue {
        let answer = try await admin.run(document, variables: try AdminRequest.encoded(variables), shop: shop)
        guard let value = GraphReader.read(answer.data) else {
            throw AdminError(.malformed, "an answer is no JSON")
        }
        return value
    }
}
