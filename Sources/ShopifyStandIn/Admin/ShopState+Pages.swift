/// The shop's long lists: filtered by time, id and status, sorted by the key that the request names.
extension ShopState {
    private struct Row {
        var id: Int64
        var created: Int64
        var updated: Int64
        var index: Int
        var status: String?
    }

    func pages(_ name: String, _ arguments: WireValue, _ context: inout AdminContext) -> GraphPages? {
        let query = ResourceQuery(arguments["query"].text)
        for warning in query.warnings {
            context.problems.append("search term \(warning) would be ignored or misread by Shopify")
        }
        let isPlain = (arguments["query"].text ?? "").isEmpty && !arguments.has("sortKey") && !arguments.has("reverse")
        let state = self
        switch name {
        case "orders":
            // In their own order a million of them need no list.
            if isPlain { return GraphPages(count: orderCount) { OrderNode(order: state.order(at: $0)) } }
            let rows = sorted(orderRows(), query, arguments)
            return GraphPages(count: rows.count) { OrderNode(order: state.order(at: rows[$0].index)) }
        case "products":
            let products = self.products
            let rows = sorted(
                products.enumerated().map {
                    Row(
                        id: $1.id, created: $1.createdAt, updated: $1.updatedAt, index: $0, status: $1.status)
                }, query, arguments)
            return GraphPages(count: rows.count) { ProductNode(product: products[rows[$0].index]) }
        case "productVariants":
            let variants = products.flatMap { product in
                product.variants.map { VariantNode(variant: $0, product: product) }
            }
            return GraphPages(count: variants.count) { variants[$0] }
        case "customers":
            let rows = sorted(
                (0..<catalogue.size.customers).map { index in
                    let customer = catalogue.customer(index)
                    return Row(
                        id: customer.id, created: customer.createdAt, updated: customer.updatedAt, index: index)
                }, query, arguments)
            return GraphPages(count: rows.count) { CustomerNode(customer: state.catalogue.customer(rows[$0].index)) }
        case "abandonedCheckouts":
            let rows = sorted(
                (0..<catalogue.size.checkouts).map { index in
                    let checkout = catalogue.checkout(index)
                    return Row(
                        id: checkout.id, created: checkout.createdAt, updated: checkout.updatedAt, index: index)
                }, query, arguments)
            let shop = domain
            return GraphPages(count: rows.count) {
                CheckoutNode(checkout: state.catalogue.checkout(rows[$0].index), shop: shop)
            }
        default: return nil
        }
    }

    private func orderRows() -> [Row] {
        (0..<orderCount).map { index in
            let order = order(at: index)
            return Row(
                id: order.id, created: order.createdAt, updated: order.updatedAt, index: index,
                status: order.financialStatus)
        }
    }

    private func sorted(_ rows: [Row], _ query: ResourceQuery, _ arguments: WireValue) -> [Row] {
        let found = rows.filter {
            query.matches(id: $0.id, createdAt: $0.created, updatedAt: $0.updated, status: $0.status)
        }
        let sorted: [Row] =
            switch arguments["sortKey"].text {
            case "UPDATED_AT": found.sorted { ($0.updated, $0.id) < ($1.updated, $1.id) }
            case "CREATED_AT", "PROCESSED_AT": found.sorted { ($0.created, $0.id) < ($1.created, $1.id) }
            default: found.sorted { $0.id < $1.id }
            }
        return arguments["reverse"] == .bool(true) ? sorted.reversed() : sorted
    }
}
