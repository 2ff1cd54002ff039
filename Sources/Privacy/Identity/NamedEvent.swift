package import EventModel
internal import Pipelines

/// Whose an event is, as trace, index, fence, search, exports and leads understand it.
///
/// **Named or mentioned.** A handle is named where it stands in a field that a pipeline declares, or where the app proxy
/// vouches for it. An address or a number out of a free text is only mentioned: perhaps the writer's, perhaps a friend's.
/// An event that names a person or a purchase is theirs and never the mentioned one's: its mentions are marked in the
/// sealed head, are indexed nowhere and lead nowhere. Where it names neither, the first one mentioned owns it. (The fence
/// is stricter by one case, see `HandleCollector.accountable`.)
///
/// **Vouched for or claimed.** What Shopify signs or hands out (webhooks, history) of a customer or an order is true as far
/// as handles go. What a browser sends can be made up by anybody, a handle or two of a stranger's among it; so can what
/// somebody types into a checkout that nobody pays for. Such events are only claims.
///
/// - An event that is vouched for is a person's when it names a handle of theirs and no customer who is somebody else. It
///   teaches further handles, customers and merged accounts. Of the addresses in a customer's purchase only the customer's
///   own is theirs: the others (`otherContacts`) are a contact that may be anybody's, and only stand beside them.
/// - A claim belongs to whom it names first: its customers, else its e-mail, else its phone, else its purchase; and to the
///   person of its checkout token, which nobody guesses. So a shopper's own browser stays with the shopper.
/// - A claim teaches no handle that could be another's. What it names beside the person goes along only where every event
///   that names it is the person's by something else: then nothing of anybody else can be under its key. It is not fenced
///   even then, for somebody may come whose it is; but for checkout tokens.
///
/// **Asked for.** A handle that is asked for is always erased: fenced, its keys destroyed, out of the read models. Events
/// that are sealed for another customer stay that customer's, and the receipt says how many.
package struct NamedEvent: Sendable, Equatable {
    /// Who is named, in the order of ownership.
    package let handles: [Handle]
    /// The e-mails in a customer's purchase that are not told to be the customer's: the order's or the checkout's contact,
    /// where the customer has another address or none. None where nobody is named who bought.
    package let otherContacts: [Handle]
    /// Shopify says so; else it is a claim.
    package let isVouched: Bool

    /// Says of an event what is known already. `contacts` are marked as such in its sealed head. Where none is, the event
    /// has no other, or does not say which is the customer's own, or is from before the mark: then it is the last one, for
    /// Shopify writes the customer behind the contact.
    package init(_ handles: [Handle], contacts: [Handle] = [], isVouched: Bool) {
        (self.handles, self.isVouched) = (handles, isVouched)
        let emails = handles.filter { $0.kind == .email }
        let isTold = !contacts.isEmpty || emails.count < 2
        otherContacts = Self.isCustomersPurchase(handles) ? (isTold ? contacts : emails.dropLast()) : []
    }

    /// Judges an event of the log by its source and what its sealed head names.
    package init(_ handles: [Handle], contacts: [Handle] = [], from source: EventSource) {
        let isSigned = source == .webhook || source == .history
        let isVouched = isSigned && handles.contains { $0.kind == .customer || $0.kind == .order }
        self.init(handles, contacts: contacts, isVouched: isVouched)
    }

    /// Both a customer and something that was bought, or is about to be, are named.
    static func isCustomersPurchase(_ handles: [Handle]) -> Bool {
        handles.contains { $0.kind == .customer }
            && handles.contains { [.order, .checkout, .cart].contains($0.kind) }
    }
}
