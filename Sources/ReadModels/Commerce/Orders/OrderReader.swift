internal import EventModel

/// Reads REST payloads of orders, refunds, edits and transactions. Lenient: what is missing or of another type is left
/// out, since payloads lose fields from one version of the API to the next.
struct OrderReader {
    let event: EventFacts
    let document: CommerceDocument

    /// Amounts beyond this many minor units are no prices; keeps every sum of a payload inside 64 bits (`OrderBounds`),
    /// also in millionths.
    static let amountMax: Int64 = 500_000_000_000_000
    /// More units of a position are no order: Shopify's quantities are GraphQL `Int`, 32 bits with sign (admin schema,
    /// `LineItem.quantity`).
    static let quantityMax = Int64(Int32.max)
    /// Millionths. No tax takes a hundred times the price; keeps the sum of a line's rates inside 64 bits.
    static let taxRateMax: Int64 = 100_000_000
    /// Decimals of amounts whose currency is not known yet.
    static let microExponent = 6

    /// The order that the event is about; nil for events that say nothing of one.
    static func orderID(_ event: EventFacts) -> OrderID? {
        guard let document = event.document else { return nil }
        let root = document.root
        let id: Int64? =
            switch document.topic {
            case "orders/edited": root["order_edit"]?["order_id"]?.id
            case "refunds/create", "order_transactions/create": root["order_id"]?.id
            case let topic where topic.hasPrefix("orders/"): root["id"]?.id
            default: nil
            }
        return id.map { OrderID(shop: event.shop, order: $0) }
    }

    /// Adds what the event says to the state of its order.
    static func read(_ event: EventFacts, into states: inout [OrderID: OrderState]) {
        guard let document = event.document, let id = orderID(event) else { return }
        OrderReader(event: event, document: document).read(into: &states[id, default: OrderState()])
    }

    private func read(into state: inout OrderState) {
        let root = document.root
        if let handle = document.order, state.erasure?.isOrder != true { state.handle = handle }
        switch document.topic {
        case "orders/delete": state.isDeleted = true
        case "orders/edited":
            if let edit = root["order_edit"].flatMap(edit) { state.merge(edit) }
        case "refunds/create":
            let version = version(nil).ofNobody
            if let refund = refund(root, version) { state.merge(refund) }
            mergeTransactions(root["transactions"], version, &state)
        case "order_transactions/create":
            if let transaction = transaction(root, version(nil).ofNobody) { state.merge(transaction) }
        default: mergeOrder(root, &state)
        }
    }

    private func mergeOrder(_ root: JSONNode, _ state: inout OrderState) {
        let shown = version(root["updated_at"]?.time)
        // A delivery that shows nothing of an order, as with a subscription to a few fields, is no newer state of it.
        if root["line_items"] != nil { state.merge(snapshot(root, shown)) }
        let version = shown.ofNobody
        for refund in root["refunds"]?.elements ?? [] {
            if let read = self.refund(refund, version) { state.merge(read) }
            mergeTransactions(refund["transactions"], version, &state)
        }
        mergeTransactions(root["transactions"], version, &state)
    }

    private func version(_ updatedAt: Int64?) -> PayloadVersion {
        PayloadVersion(event, document, updatedAt: updatedAt)
    }

    private func mergeTransactions(_ list: JSONNode?, _ version: PayloadVersion, _ state: inout OrderState) {
        for node in list?.elements ?? [] {
            if let transaction = transaction(node, version) { state.merge(transaction) }
        }
    }
}

/// One order of one shop.
struct OrderID: Hashable {
    let shop: ShopID
    let order: Int64
}

extension OrderReader {
    private func edit(_ node: JSONNode) -> OrderEdit? {
        guard let id = node["id"]?.id else { return nil }
        func deltas(_ list: JSONNode?) -> [OrderEdit.Delta] {
            (list?.elements ?? []).compactMap { node in
                guard let line = node["id"]?.id, let units = node["delta"]?.int64 else { return nil }
                return OrderEdit.Delta(line: line, units: min(max(0, units), Self.quantityMax))
            }
        }
        // An edit may be begun on one day and take effect on another.
        let at = node["committed_at"]?.time ?? node["created_at"]?.time
        return OrderEdit(
            version: version(at).ofNobody, id: id, at: at ?? event.order.time,
            additions: deltas(node["line_items"]?["additions"]), removals: deltas(node["line_items"]?["removals"]))
    }

    private func transaction(_ node: JSONNode, _ version: PayloadVersion) -> OrderTransaction? {
        guard let id = node["id"]?.id else { return nil }
        let currency = node["currency"]?.text ?? ""
        let presentment = node["amount_set"]?["presentment_money"]
        let presentmentCurrency = presentment?["currency_code"]?.text ?? presentment?["currency"]?.text ?? ""
        return OrderTransaction(
            version: version, id: id, parent: node["parent_id"]?.id, kind: node["kind"]?.text ?? "",
            status: node["status"]?.text ?? "", gateway: node["gateway"]?.text ?? "",
            amount: node["amount"]?.amount(MinorUnits.exponent(of: currency)) ?? 0, currency: currency,
            presentment: presentment?["amount"]?.amount(MinorUnits.exponent(of: presentmentCurrency)),
            presentmentCurrency: presentmentCurrency,
            createdAt: node["created_at"]?.time, processedAt: node["processed_at"]?.time,
            isTest: node["test"]?.bool ?? false, errorCode: node["error_code"]?.text)
    }
}

extension JSONNode {
    /// An amount, unless it is beyond all prices.
    func amount(_ exponent: Int) -> Int64? {
        let scale: Int64 = exponent == OrderReader.microExponent ? 10_000 : 1
        guard let value = money(exponent: exponent), value.magnitude <= (OrderReader.amountMax * scale).magnitude
        else { return nil }
        return value
    }

    /// The member `name` in shop money: of its `_set`, else as it stands.
    func shopMoney(_ name: String, _ exponent: Int) -> Int64? {
        self[name + "_set"]?["shop_money"]?["amount"]?.amount(exponent) ?? self[name]?.amount(exponent)
    }

    /// A number of units, never negative.
    func units(_ name: String) -> Int64? {
        self[name]?.int64.map { min(max(0, $0), OrderReader.quantityMax) }
    }
}

extension Array {
    /// The elements without those whose id came before.
    func firstOfEach<ID: Hashable>(_ id: (Element) -> ID) -> [Element] {
        var seen: Set<ID> = []
        return filter { seen.insert(id($0)).inserted }
    }
}
