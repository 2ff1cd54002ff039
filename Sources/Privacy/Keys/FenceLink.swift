package import EventModel
internal import Pipelines

/// Handles that turned out to be an erased person's after the erasure: an event named them beside a fenced one. What is
/// held under them from before is to be erased too.
///
/// An erasure cannot be taken back, and e-mail addresses and phones are shared, so a link is only made where Shopify itself
/// vouches for it: from webhooks and from imported history, never from what a browser sends, and only
/// - from a fenced order to its customer;
/// - from a fenced e-mail or phone to the customer of an event about that customer's own data (it names no order, checkout
///   or cart: Shopify lets no two customers of a shop have one e-mail or one phone), and from a fenced e-mail to the
///   customer of an order that names no other e-mail (else somebody may have typed another one's);
/// - from a fenced customer to the e-mail and the phone of such own data.
///
/// Orders, checkouts, carts and browsers are not linked: their events name the customer, who is fenced.
package struct FenceLink: Hashable, Sendable {
    /// The shop whose keys made the hashes.
    package let shop: ShopID
    /// Sorted; never empty.
    package let handles: [Handle]

    /// The handles among `named` (of one event out of a trustworthy source) that are the person's of those of `named` that
    /// are fenced, and are not fenced themselves. Free texts do not count; leave their addresses out.
    static func unfenced(_ named: [Handle], isFenced: (Handle) -> Bool) -> [Handle] {
        let fenced = Set(named.filter(isFenced).map(\.kind))
        let kinds = Set(named.map(\.kind))
        let isOwn = kinds.isDisjoint(with: [.order, .checkout, .cart])
        let isSoleEmail = kinds.contains(.order) && named.count { $0.kind == .email } == 1
        var linked: Set<HandleKind> = []
        if fenced.contains(.order) || (fenced.contains(.email) && (isOwn || isSoleEmail))
            || (fenced.contains(.phone) && isOwn)
        {
            linked.insert(.customer)
        }
        if fenced.contains(.customer), isOwn { linked.formUnion([.email, .phone]) }
        // Two customers in one event are a merge, which the merchant decides; who of them was meant stays open.
        if linked.contains(.customer), named.count(where: { $0.kind == .customer }) != 1 { linked.remove(.customer) }
        return named.filter { linked.contains($0.kind) && !isFenced($0) }
    }
}
