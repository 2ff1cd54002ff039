/// Draft orders, with the refusals that were recorded (Tests/Fixtures/admin_graphql.json, `draft-order-validation-matrix`).
extension ShopState {
    mutating func createDraft(_ arguments: WireValue, _ context: AdminContext) -> MutationPayload {
        let input = arguments["input"]
        let lines = input["lineItems"].elements
        if lines.isEmpty { return .refused(nil, "Add at least 1 product") }
        if let email = input["email"].text, !email.contains("@") { return .refused(["email"], "Email is invalid") }
        var total: Int64 = 0
        for (index, line) in lines.enumerated() {
            let quantity = line["quantity"].integer ?? 0
            guard quantity >= 1 else {
                return .refused(
                    ["lineItems", "\(index)", "quantity"], "Quantity must be greater than or equal to 1")
            }
            switch price(of: line) {
            case .success(let price): total += price * quantity
            case .failure(let refusal): return refusal
            }
        }
        let draft = Draft(
            id: nextID(), input: input, createdAt: context.now, total: ShopMoney(total, catalogue.size.currency))
        drafts.append(draft)
        return MutationPayload(things: [
            "draftOrder": .node(DraftNode(draft: draft, number: drafts.count, shop: domain))
        ])
    }

    /// Drafts, those with a tag where the search names one; a search does not show the newest yet.
    func draftNodes(_ query: String?, now: Int64) -> [DraftNode] {
        let tag = query.flatMap { $0.hasPrefix("tag:") ? $0.dropFirst(4).filter { $0 != "'" && $0 != "\"" } : nil }
        return drafts.enumerated().compactMap { index, draft in
            let tags = draft.input["tags"].elements.compactMap(\.text)
            if let tag, !tags.contains(tag) || draft.createdAt + searchLagMillis > now { return nil }
            return DraftNode(draft: draft, number: index + 1, shop: domain)
        }
    }

    private enum Price {
        case success(Int64)
        case failure(MutationPayload)
    }

    private func price(of line: WireValue) -> Price {
        if let variant = line["variantId"].text {
            let id = GlobalID.parse(variant)?.id
            guard let found = products.flatMap(\.variants).first(where: { $0.id == id }) else {
                return .failure(.refused(nil, "Product with ID \(id ?? 0) is no longer available."))
            }
            return .success(found.price.minor)
        }
        guard let title = line["title"].text, !title.isEmpty else {
            return .failure(.refused(nil, "Merchandise title is empty."))
        }
        let text = line["originalUnitPriceWithCurrency"]["amount"].text ?? line["originalUnitPrice"].text ?? "0"
        let cents = Int64(((Double(text) ?? 0) * 100).rounded())
        return cents < 0 ? .failure(.refused(nil, "Cannot send negative price for line_item")) : .success(cents)
    }
}

/// GraphQL's `DraftOrder`.
struct DraftNode: GraphNode {
    let draft: ShopState.Draft
    let number: Int
    let shop: String
    var typeName: String { "DraftOrder" }

    func field(_ name: String) -> GraphTree? {
        switch name {
        case "id": .text(GlobalID.text("DraftOrder", draft.id))
        case "legacyResourceId": .text(String(draft.id))
        case "name": .text("#D\(number)")
        case "status": .text("OPEN")
        case "createdAt", "updatedAt": .time(draft.createdAt)
        case "completedAt", "order", "customer": .null
        case "email": .value(draft.input["email"])
        case "note2": .value(draft.input["note"])
        case "tags": .value(draft.input["tags"].isNull ? [] : draft.input["tags"])
        case "currencyCode", "presentmentCurrencyCode": .text(draft.total.currency)
        case "invoiceUrl": .text("https://\(shop)/invoices/\(draft.id)")
        case "totalPriceSet", "subtotalPriceSet":
            .value(ShopMoneyPair(shop: draft.total, presentment: draft.total).bag)
        case "totalPrice", "subtotalPrice": .text(draft.total.padded)
        default: nil
        }
    }
}
