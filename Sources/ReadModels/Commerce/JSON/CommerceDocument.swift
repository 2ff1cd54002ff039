package import EventModel
package import Pipelines
package import Privacy

/// The payload of an event that tells of an order, a product, a customer or a cart: a webhook's, or one of the history,
/// which has the same names and the same shape.
package final class CommerceDocument: Sendable {
    /// The topic: `orders/updated`.
    package let topic: String
    /// `webhook` or `history`.
    package let source: EventSource
    /// The payload. Personal values in it are sealed (`JSONNode.isSealed`, or `(sealed)` inside a text).
    package let tree: JSONTree
    /// Keyed hashes of the people and things that the event names, by kind and within a kind as they stand in the
    /// payload; empty where nothing in the event was personal.
    package let handles: [Handle]

    init(topic: String, source: EventSource, tree: JSONTree, handles: [Handle]) {
        self.topic = topic
        self.source = source
        self.tree = tree
        self.handles = handles
    }

    /// The payload's value.
    package var root: JSONNode { tree.root }

    /// The first handle of a kind.
    package func handle(_ kind: HandleKind) -> Key128? { handles.first { $0.kind == kind }?.hash }

    /// Keyed hash of the customer's id.
    package var customer: Key128? { handle(.customer) }
    /// Keyed hash of the first e-mail.
    package var email: Key128? { handle(.email) }
    /// Keyed hash of the first phone.
    package var phone: Key128? { handle(.phone) }
    /// Keyed hash of the order's id.
    package var order: Key128? { handle(.order) }
    /// Keyed hash of the checkout's token.
    package var checkout: Key128? { handle(.checkout) }
    /// Keyed hash of the cart's token.
    package var cart: Key128? { handle(.cart) }

    /// Read models that read documents.
    static let readers: Set<String> = ["orders", "products", "customers", "carts"]
}
