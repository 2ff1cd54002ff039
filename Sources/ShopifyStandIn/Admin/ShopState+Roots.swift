/// The fields of Query and Mutation.
extension ShopState {
    mutating func mutate(
        _ name: String, _ arguments: WireValue, _ context: inout AdminContext
    ) throws(AdminFailure) -> GraphTree {
        try Self.check(scopes: context.scopes, for: name)
        return switch name {
        case "webPixelCreate": .node(createPixel(arguments, context))
        case "webPixelUpdate": .node(updatePixel(arguments, context))
        case "webPixelDelete": .node(deletePixel(arguments))
        case "webhookSubscriptionCreate": .node(createSubscription(arguments, context))
        case "webhookSubscriptionUpdate": .node(updateSubscription(arguments, context))
        case "webhookSubscriptionDelete": .node(deleteSubscription(arguments))
        case "bulkOperationRunQuery": .node(runBulk(arguments, &context))
        case "bulkOperationCancel": .node(cancelBulk(arguments, context))
        case "draftOrderCreate": .node(createDraft(arguments, context))
        default: throw Self.unknown(name)
        }
    }

    mutating func query(
        _ name: String, _ arguments: WireValue, _ context: inout AdminContext
    ) throws(AdminFailure) -> GraphTree {
        try Self.check(scopes: context.scopes, for: name)
        if let pages = pages(name, arguments, &context) { return .pages(pages) }
        return switch name {
        case "shop": .node(ShopNode(domain: domain, hosts: hosts, timezone: timezone, catalogue: catalogue))
        case "currentAppInstallation", "appInstallation":
            .node(InstallationNode(scopes: context.scopes, clientID: context.clientID))
        case "webPixel": pixelTree
        case "webhookSubscriptions":
            .list(
                listSubscriptions(arguments, context).map {
                    SubscriptionNode(subscription: $0, version: context.version)
                })
        case "webhookSubscriptionsCount": Self.count(listSubscriptions(arguments, context).count)
        case "webhookSubscription":
            .node(
                subscriptions.first { $0.id == arguments["id"].text }
                    .map { SubscriptionNode(subscription: $0, version: context.version) })
        case "bulkOperation": .node(pollBulk(arguments["id"].text, context))
        case "currentBulkOperation": .node(pollBulk(bulkRuns.last?.id, context))
        case "bulkOperations": .list(bulkRuns.reversed().map { BulkNode(run: $0) })
        case "ordersCount": Self.count(pages("orders", arguments, &context)?.count ?? 0)
        case "productsCount": Self.count(pages("products", arguments, &context)?.count ?? 0)
        case "customersCount": Self.count(catalogue.size.customers)
        case "order", "product", "customer", "node", "productVariant", "draftOrder", "refund":
            .node(thing(arguments["id"].text ?? ""))
        case "nodes":
            .list(arguments["ids"].elements.map { thing($0.text ?? "") ?? NoNode() })
        case "draftOrders": .list(draftNodes(arguments["query"].text, now: context.now))
        default: throw Self.unknown(name)
        }
    }

    private static func count(_ count: Int) -> GraphTree {
        .value(["count": WireValue(count), "precision": "EXACT"])
    }

    private static func unknown(_ name: String) -> AdminFailure {
        AdminFailure(code: "STAND_IN_GAP", message: "The stand-in does not answer \(name).")
    }

    /// What a field needs (shopify.md, sections 1.7, 4 and 5).
    private static let neededScopes: [String: [String]] = [
        "webPixelCreate": ["write_pixels", "read_customer_events"],
        "webPixelUpdate": ["write_pixels", "read_customer_events"], "webPixelDelete": ["write_pixels"],
        "webPixel": ["read_pixels"], "draftOrders": ["read_draft_orders"], "refund": ["read_orders"],
        "draftOrderCreate": ["write_draft_orders"], "draftOrder": ["read_draft_orders"],
        "orders": ["read_orders"], "order": ["read_orders"], "ordersCount": ["read_orders"],
        "abandonedCheckouts": ["read_orders"], "products": ["read_products"], "product": ["read_products"],
        "productsCount": ["read_products"], "productVariants": ["read_products"], "customers": ["read_customers"],
        "customer": ["read_customers"], "customersCount": ["read_customers"],
    ]

    static func missingScopes(_ granted: [String], for field: String) -> [String] {
        // Writing implies reading.
        (neededScopes[field] ?? []).filter { scope in
            !granted.contains(scope) && !granted.contains(scope.replacing("read_", with: "write_"))
        }
    }

    private static func check(scopes: [String], for field: String) throws(AdminFailure) {
        let missing = missingScopes(scopes, for: field)
        guard !missing.isEmpty else { return }
        let words = missing.map { "`\($0)`" }.joined(separator: " and ") + " access scope"
        throw AdminFailure(
            code: "ACCESS_DENIED", message: "Access denied for \(field) field. Required access: \(words).",
            details: [
                WireMember("documentation", "https://shopify.dev/api/usage/access-scopes"),
                WireMember("requiredAccess", .string("\(words).")),
            ])
    }

    /// Refunds are found by going through the orders; nobody asks for many.
    private func refund(_ id: Int64) -> RefundNode? {
        for index in 0..<orderCount {
            let order = order(at: index)
            if let refund = order.refunds.first(where: { $0.id == id }) {
                return RefundNode(refund: refund, order: order)
            }
        }
        return nil
    }

    private func thing(_ gid: String) -> (any GraphNode)? {
        guard let (type, id) = GlobalID.parse(gid) else { return nil }
        return switch type {
        case "Order": orderIndex(id).map { OrderNode(order: order(at: $0)) }
        case "Product": products.first { $0.id == id }.map { ProductNode(product: $0) }
        case "Customer": catalogue.customerIndex(id).map { CustomerNode(customer: catalogue.customer($0)) }
        case "DraftOrder":
            drafts.firstIndex { $0.id == id }.map { DraftNode(draft: drafts[$0], number: $0 + 1, shop: domain) }
        case "Refund": refund(id)
        case "ProductVariant":
            products.lazy.compactMap { product in
                product.variants.first { $0.id == id }.map { VariantNode(variant: $0, product: product) }
            }.first
        default: nil
        }
    }
}
