package import EventModel
package import ReadModels

/// Takes requests of data subjects and hands out what came of them; conformed to by the side that keeps the keys.
///
/// Personal values go in with `ask` and come out with `export`, and nowhere else.
package protocol PrivacyDesk: Sendable {
    /// Records a request, durably, before it returns; the work is done afterwards by others. Throws `PrivacyRefusal`.
    ///
    /// - Parameter caller: who asked, as audit logs name it.
    func ask(_ ask: PrivacyAsk, shop: ShopKey, by caller: String) async throws -> PrivacyRequest

    /// A page of the shop's requests, the newest first; only those of one state where one is named.
    func list(_ shop: ShopKey, state: String?, page: ListPage) async throws -> PrivacyList

    /// One request; nil where the shop has none of this id.
    func find(_ id: Key128, shop: ShopKey) async throws -> PrivacyRequest?

    /// What was gathered for a request, for a caller of the shop; nil where the shop has none of this id. The opening is
    /// in the audit log when this returns a document.
    func export(
        _ id: Key128, shop: ShopKey, format: PrivacyFormat, for caller: String
    ) async throws -> PrivacyHandout?

    /// The same for whoever holds the link; nil where the token is not the export's.
    func export(_ id: Key128, token: String, format: PrivacyFormat) async throws -> PrivacyHandout?

    /// The signed receipt of an erasure, JSON; nil where there is none (yet).
    func receipt(_ id: Key128, shop: ShopKey) async throws -> [UInt8]?
}

/// What somebody asks for.
package struct PrivacyAsk: Sendable, Equatable {
    /// What is wanted.
    package enum Kind: String, Sendable, CaseIterable {
        /// To be handed everything that is held of a person.
        case access
        /// To forget a person.
        case erasure
        /// To forget a shop and everything under it.
        case shopErasure = "shop_erasure"
    }

    /// Which of the person's orders are meant.
    package enum Orders: Sendable, Equatable {
        /// All of them.
        case all
        /// Those with these numbers; may be none.
        case listed([Int64])
    }

    /// What is wanted.
    package var kind: Kind
    /// The customer's number at Shopify.
    package var customerID: Int64?
    /// As the asker wrote it.
    package var email: String?
    /// As the asker wrote it.
    package var phone: String?
    /// Which orders are meant.
    package var orders: Orders
    /// The asker's label; never personal.
    package var reference: String?

    /// Describes what is asked for.
    package init(
        kind: Kind, customerID: Int64? = nil, email: String? = nil, phone: String? = nil, orders: Orders = .all,
        reference: String? = nil
    ) {
        self.kind = kind
        self.customerID = customerID
        self.email = email
        self.phone = phone
        self.orders = orders
        self.reference = reference
    }
}

/// The forms in which an export is handed out.
package enum PrivacyFormat: String, Sendable, CaseIterable {
    case json
    /// One page that needs nothing else, fit to be printed.
    case html
}

/// What there is to hand out.
package enum PrivacyHandout: Sendable, Equatable {
    /// The export.
    case document([UInt8])
    /// Not gathered yet, or never: the request is in this state, or of a kind that gathers nothing.
    case notReady(state: String)
    /// It was there and is destroyed.
    case over
}

/// A page of requests.
package struct PrivacyList: Sendable {
    /// The newest first.
    package var items: [PrivacyRequest]
    /// The last entry's place where there are more.
    package var next: ListCursor?

    /// A page.
    package init(items: [PrivacyRequest], next: ListCursor?) {
        self.items = items
        self.next = next
    }
}

/// Why a request was not taken.
package enum PrivacyRefusal: Error, Sendable, Equatable {
    /// A value means nothing here; the pointer says which.
    case unusable(pointer: String, message: String)
    /// It contradicts how things stand, as the erasure of a shop that has the app installed.
    case conflict(String)
    /// Requests cannot be recorded just now.
    case unavailable(retryAfterSeconds: Int)
}
