/// What a handle of a data subject was made from. The raw values are stored and never change.
package enum HandleKind: UInt8, Sendable, CaseIterable, Comparable {
    case customer = 1
    case email = 2
    case phone = 3
    case order = 4
    case checkout = 5
    case cart = 6
    case client = 7
    /// Only one event: something personal was in it, but nothing that tells whose it is.
    case event = 8

    /// The name used in `pipelines/`.
    package var name: String {
        switch self {
        case .customer: "customer"
        case .email: "email"
        case .phone: "phone"
        case .order: "order"
        case .checkout: "checkout"
        case .cart: "cart"
        case .client: "client"
        case .event: "event"
        }
    }

    /// Ordered by how surely a handle names one person: the least one of an event's handles owns what is sealed in it.
    package static func < (left: HandleKind, right: HandleKind) -> Bool { left.rawValue < right.rawValue }
}
