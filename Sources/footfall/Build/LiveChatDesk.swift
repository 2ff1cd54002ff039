internal import EventModel
internal import Gateway
internal import Pipelines
internal import Privacy
internal import ReadModels
internal import Shopify

/// Answers the widget's questions out of the read models, and hands what shoppers want ordered to the desk of draft
/// orders. A customer is known by the hash of the id that the app proxy vouches for, as in the orders.
struct LiveChatDesk: ChatDesk {
    let engine: any AnsweringEngine
    let tenants: TenantDirectory
    /// Nil where the app has no key of Shopify's: nothing can be ordered then.
    let draftOrders: DraftOrderDesk?

    func reply(to call: ChatCall) async -> ChatReply? {
        // A failing store is the same to a shopper as a missing answer; health and metrics tell the operator.
        guard let tenant = tenants.tenant(.id(call.shop)), let answer = try? await answer(call, tenant) else {
            return nil
        }
        return ChatReply(json: answer.json)
    }

    private func answer(_ call: ChatCall, _ tenant: Tenant) async throws -> ShopperAnswer {
        let note = try await standing(call)
        if call.message.isEmpty, note == nil, case .draftOrderStatus = call.action {
            return ShopperAnswer(reply: "You have not asked me for an order like that.")
        }
        let context = ShopContext(shop: call.shop, keys: tenant.keys)
        var answer = try await engine.answer(
            ShopperRequest(
                shop: ShopKey(lane: tenant.lane, shop: call.shop), message: call.message,
                customer: call.customer.flatMap { context.handle(.customer, $0)?.hash }, lines: Self.lines(call),
                draftOrder: note))
        if !answer.wanted.isEmpty {
            try await order(&answer, call)
        } else if answer.draftOrder == nil {
            answer.draftOrder = note
        }
        return answer
    }

    private static func lines(_ call: ChatCall) -> [WantedLine] {
        guard case .draftOrder(let lines) = call.action else { return [] }
        return lines.map { WantedLine(variantID: $0.variantID, quantity: Int(clamping: $0.quantity)) }
    }

    /// The request that the call names, else the session's newest.
    private func standing(_ call: ChatCall) async throws -> DraftOrderNote? {
        guard let draftOrders, let session = Key128(hex: call.session) else { return nil }
        var named: Key128?
        if case .draftOrderStatus(let request) = call.action { named = request }
        let status = try await draftOrders.status(named, session: session, shop: call.shop)
        return status.map {
            DraftOrderNote(
                state: $0.state.rawValue, request: $0.request.uuid, name: $0.name, invoiceURL: $0.invoiceURL)
        }
    }

    /// Asks for what is wanted; where that cannot be, the answer says so.
    private func order(_ answer: inout ShopperAnswer, _ call: ChatCall) async throws {
        var outcome = DraftOrderAnswer.notInstalled
        if let draftOrders, let session = Key128(hex: call.session) {
            let lines = answer.wanted.map { DraftOrderLine(variantID: $0.variantID, quantity: $0.quantity) }
            outcome = try await draftOrders.ask(lines, session: session, shop: call.shop)
        }
        if case .asked(let request) = outcome {
            answer.draftOrder = DraftOrderNote(state: DraftOrderStatus.State.asked.rawValue, request: request.uuid)
            return
        }
        let words =
            switch outcome {
            case .unfit:
                "I can order at most \(DraftOrderDesk.linesMax) products, \(DraftOrderDesk.quantityMax) of each."
            case .tooMany: "I cannot take more orders now. Please add the products to your cart instead."
            default: "I cannot take orders here. Please add the products to your cart instead."
            }
        answer = ShopperAnswer(reply: words, draftOrder: DraftOrderNote(state: "refused"))
    }
}
