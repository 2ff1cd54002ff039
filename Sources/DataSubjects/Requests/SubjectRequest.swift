package import EventModel
package import Privacy
package import ReadModels

/// What somebody wants of us. The raw values are stored.
package enum SubjectRequestKind: String, Sendable, CaseIterable {
    /// To be handed everything that is held of a person.
    case access
    /// To forget a person.
    case erasure
    /// To forget a shop and everything under it.
    case shopErasure = "shop_erasure"
}

/// By which way a request came. The raw values are stored.
package enum SubjectRequestOrigin: String, Sendable, CaseIterable {
    case webhook, api, cli
}

/// Where a request stands. The raw values are stored.
package enum SubjectRequestState: String, Sendable, CaseIterable {
    /// Written down; nothing is done yet.
    case received
    /// The protocol is under way.
    case working
    /// Finished; an erasure has its receipt.
    case done
    /// It must not be carried out; `message` says why.
    case refused
    /// It was tried for more than a day and waits for a person; asking for it again, or retrying its task, goes on.
    case failed

    /// Nothing more happens to it.
    package var isOver: Bool { self == .done || self == .refused }
}

/// Which of a person's orders are meant. The raw values are stored.
package enum SubjectOrders: String, Sendable {
    /// Every order of the person.
    case all
    /// Only orders among the handles asked for.
    case listed
}

/// A row of `privacy.request`. Nothing in it is personal: whose data is meant stands in keyed hashes.
package struct SubjectRequest: Sendable, Equatable {
    /// Its number, a UUID.
    package var id: Key128
    /// The shop whose data it is about.
    package var shop: ShopKey
    /// The shop's domain when it was asked.
    package var domain: String
    /// What is wanted.
    package var kind: SubjectRequestKind
    /// By which way it came.
    package var origin: SubjectRequestOrigin
    /// Who asked, as audits name callers (`key:<id>`, `session:<id>`, `cli`; `restore` where a restore
    /// carries an erasure out again); nil where a webhook did.
    package var askedBy: String?
    /// It was carried out before the database was restored from a backup that is older than it, and is once more.
    var isReplay: Bool { askedBy == Self.restore }
    private static let restore = "restore"
    /// Shopify's number of a data request, or the asker's label.
    package var reference: String?
    /// Where it stands.
    package var state = SubjectRequestState.received
    /// Why it was refused or failed.
    package var message: String?
    /// The last step that is done.
    package var step: String?
    /// The event that asked; nil where a person did.
    package var position: Position?
    /// Whose data is meant, as asked.
    package var asked: [Handle]
    /// Whose data was found to be meant; empty until then.
    package var found: [Handle] = []
    /// Which orders are meant.
    package var orders: SubjectOrders
    /// Unix milliseconds.
    package var askedAt: Int64
    /// When the law wants it done, in Unix milliseconds.
    package var dueAt: Int64
    /// Unix milliseconds; nil while it is open.
    package var finishedAt: Int64?
    /// A receipt is there.
    package var hasReceipt = false
    /// Places of read models where the receipt says that something of the person stands readably, a column of a row each.
    package var remains: Int64 = 0
    /// What the step under way waits for.
    var awaited: String?

    /// Shopify's rule, and the month of GDPR article 12(3): 30 days after asking.
    package static let dueMillis: Int64 = 30 * 86_400_000

    /// A request as it is received.
    init(
        id: Key128, shop: ShopKey, domain: String, kind: SubjectRequestKind, origin: SubjectRequestOrigin,
        asked: [Handle], orders: SubjectOrders, askedAt: Int64, reference: String? = nil, position: Position? = nil
    ) {
        (self.id, self.shop, self.domain, self.kind, self.origin) = (id, shop, domain, kind, origin)
        (self.asked, self.orders, self.askedAt) = (asked, orders, askedAt)
        (self.reference, self.position) = (reference, position)
        dueAt = askedAt + Self.dueMillis
    }
}

extension Key128 {
    /// As a row has it.
    init(_ uuid: (UInt64, UInt64)) { self.init(high: uuid.0, low: uuid.1) }
}
