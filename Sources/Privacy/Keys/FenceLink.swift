package import EventModel
internal import Pipelines

/// Handles that turned out to be an erased person's after the erasure: an event named them beside a fenced one. What is
/// held under them from before is to be erased too.
///
/// No process has to remember a link: the event itself carries it. It is stored without its personal values and with a
/// sealed head that names these handles and has no field; who reads the log makes an erasure of it. So a link is as durable
/// as its event, and every event that names both says it again until the handles are fenced.
///
/// An erasure cannot be taken back, and e-mail addresses and phones are shared, so a link is only made where Shopify itself
/// vouches for it: from webhooks and from imported history, never from what a browser sends, and only
/// - from a fenced order to its customer;
/// - from a fenced e-mail or phone to the customer whose own it is in an event that names no order, checkout or cart
///   (Shopify lets no two customers of a shop have one e-mail or one phone), and from a fenced e-mail to the customer of an
///   order that names no other e-mail and does not tell it to be another contact's (else somebody may have typed another
///   one's);
/// - from a fenced customer to their own e-mail and phone in such an event; what stands elsewhere in it, as in a draft's
///   contact, may be anybody's;
/// - from a customer who is fenced or linked to the order and the checkout of the event, and, where it names no customer,
///   from the fenced sole e-mail of a guest's order to that order and its checkout, and from a fenced order to its
///   checkout. Else a refund or a parcel, which name the order alone, would stay readable. Whoever makes an erasure of it
///   leaves out what an earlier erasure has kept (`LinkDesk`).
///
/// Carts and browsers are not linked: somebody else may use them.
package struct FenceLink: Hashable, Sendable {
    /// The shop whose keys made the hashes.
    package let shop: ShopID
    /// Sorted, each once; never empty.
    package let handles: [Handle]

    /// The link that the head of an event of this shop tells; nil where it names nobody who could be fenced.
    package init?(shop: ShopID, head: [Handle]) {
        let handles = Set(head.filter(\.isFenceable)).sorted { ($0.kind, $0.hash) < ($1.kind, $1.hash) }
        guard !handles.isEmpty else { return nil }
        (self.shop, self.handles) = (shop, handles)
    }

    /// The handles among `named` (of one event out of a trustworthy source) that are the person's of those of `named` that
    /// are fenced, and are not fenced themselves, in the order of ownership. Of them `own` stand where the customer's own
    /// address and number do, and `contacts` are told to be another's. Free texts do not count; leave their addresses out.
    static func unfenced(
        _ named: [Handle], own: [Handle], contacts: [Handle], isFenced: (Handle) -> Bool
    ) -> [Handle] {
        let fenced = Set(named.filter(isFenced).map(\.kind))
        let count = Dictionary(grouping: named, by: \.kind).mapValues(\.count)
        let isOwn = [HandleKind.order, .checkout, .cart].allSatisfy { count[$0] == nil }
        let isSoleEmail = count[.order] != nil && count[.email] == 1 && contacts.isEmpty
        var linked: Set<HandleKind> = []
        if fenced.contains(.order) || (fenced.contains(.email) && isSoleEmail)
            || (isOwn && own.contains(where: isFenced))
        {
            linked.insert(.customer)
        }
        let addresses = fenced.contains(.customer) && isOwn ? own : []
        // Two customers in one event are a merge, which the merchant decides; who of them was meant stays open.
        if count[.customer] ?? 0 > 1 { linked.remove(.customer) }
        let isPersons =
            count[.customer] == nil
            ? fenced.contains(.order) || (fenced.contains(.email) && isSoleEmail)
            : count[.customer] == 1 && (fenced.contains(.customer) || linked.contains(.customer))
        // Of several purchases in one event it stays open whose each is.
        if isPersons { linked.formUnion([HandleKind.order, .checkout].filter { count[$0] == 1 }) }
        return named.filter { (linked.contains($0.kind) || addresses.contains($0)) && !isFenced($0) }
            .sorted { $0.kind < $1.kind }
    }
}
