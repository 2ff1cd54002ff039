internal import EventModel
internal import Gateway
internal import Pipelines
internal import Privacy
internal import ReadModels

/// Answers the widget's questions out of the read models. A customer is known by the hash of the id that the app proxy
/// vouches for, as in the orders.
struct LiveChatDesk: ChatDesk {
    let engine: any AnsweringEngine
    let tenants: TenantDirectory

    func reply(shop: ShopID, session: String, customer: String?, message: String) async -> ChatReply? {
        guard let tenant = tenants.tenant(.id(shop)) else { return nil }
        let context = ShopContext(shop: shop, keys: tenant.keys)
        let request = ShopperRequest(
            shop: ShopKey(lane: tenant.lane, shop: shop), message: message,
            customer: customer.flatMap { context.handle(.customer, $0)?.hash })
        // A failing store is the same to a shopper as a missing answer; health and metrics tell the operator.
        guard let answer = try? await engine.answer(request) else { return nil }
        return ChatReply(json: answer.json)
    }
}
