/// What a handle of a data subject was made from. The raw values are stored and never change.
///
/// The cases stand in the order of ownership: what is sealed in an event belongs to the first of its handles, and can be
/// read no more when that one's keys are destroyed. An order comes before its customer, because Shopify's
/// `customers/redact` lists the orders to redact and the customer's other orders are to stay readable.
@usableFromInline package enum HandleKind: UInt8, Sendable, CaseIterable, Comparable {
    case order = 4
    case customer = 1
    case email = 2
    case phone = 3
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

    /// Written out, because that of all types with raw values goes through generic code.
    @inlinable package static func == (left: HandleKind, right: HandleKind) -> Bool { left.rawValue == right.rawValue }

    /// Ordered by ownership: the least one of an event's handles owns what is sealed in it.
    @usableFromInline package static func < (left: HandleKind, right: HandleKind) -> Bool { left.rank < right.rank }

    /// The raw values are the order, but for the order's own.
    private var rank: UInt8 { self == .order ? 0 : self.rawValue }
}
