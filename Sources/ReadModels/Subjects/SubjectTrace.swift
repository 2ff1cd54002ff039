package import EventModel
internal import Pipelines
package import Postgres
package import Privacy

/// All that belongs to one person, as far as the log tells: found from some handles by the events that name them, as
/// `NamedEvent` says whose an event is.
///
/// From what is vouched for further handles are learned; e-mails, phones and checkouts only where no event of another
/// customer names them, unless as one more contact. Reads the person's events and those of browsers and shared handles,
/// never the log from end to end.
package struct SubjectTrace: Sendable, Equatable {
    /// Which orders belong to what is asked.
    package enum Orders: Sendable {
        /// Every order of the person.
        case all
        /// Those asked for; events of others stay.
        case listed
    }

    /// The person's: customers, e-mails, phones, orders, checkouts. Those asked for are always among them.
    package var handles: [Handle]
    /// Carts and browsers that no one else is known to have used, and what only claims say is the person's: nothing of
    /// anybody else is under their keys, but somebody may come whose they are.
    package var unlinked: [Handle]
    /// The person's events, ascending.
    package var positions: [Position]
    /// Of these the ones that are sealed under a key of somebody else, who is named there too: they stay readable when the
    /// keys of `handles` and `unlinked` go.
    package var kept: [Position]
    /// Named by the person's events, and also by those of somebody else, whose they stay.
    package var shared: [Handle]
    /// Events of somebody else that name an e-mail or a phone that was asked for.
    package var others: Int
    /// Handles beside the person's, told of by claims only, at which nobody looked: there are more than any shopper leaves.
    package var unfollowed: Int

    /// Finds what belongs to the person with these handles. `known` are the person's for sure, too, found by an earlier
    /// trace; they lead to no account that they did not lead to then. `claimed` were found by it, too, and only claims say
    /// whose they are: they teach no more than that. `heads` gives what the sealed heads of events name,
    /// by position; it is asked for at most `headsMax` positions at once.
    ///
    /// Where no customer is asked for, the customer is adopted whom the others lead to by what is vouched for: of an e-mail
    /// everyone whose own data (not an order or a checkout) have it, else who ordered with it as their own and not as
    /// another contact; of an order or a checkout the one of its newest event; of a phone only a sole one, because families
    /// share phones.
    package static func find(
        _ shop: ShopKey, _ handles: [Handle], known: [Handle] = [], claimed: [Handle] = [], _ orders: Orders,
        on connection: PostgresConnection, heads: @escaping ([Position]) throws -> [Position: NamedEvent]
    ) throws -> SubjectTrace {
        try find(Set(handles), Set(known), Set(claimed), orders, SubjectMentions(shop, connection, heads))
    }

    /// Positions whose heads are asked for at once.
    package static let headsMax = SubjectMentions.pageMax

    private static func find(
        _ asked: Set<Handle>, _ known: Set<Handle>, _ claimed: Set<Handle>, _ orders: Orders,
        _ mentions: SubjectMentions
    ) throws -> SubjectTrace {
        var customers = asked.union(known).filter { $0.kind == .customer }
        // A merge or an adopted customer changes whose events are whose; then all is looked at again.
        for _ in 0..<customersMax {
            var walk = SubjectWalk(
                asked: asked, known: known, claimed: claimed, customers: customers, orders: orders)
            try walk.run(mentions)
            guard walk.customers != customers else { return try walk.trace(mentions) }
            customers = walk.customers
        }
        throw EndlessTrace()
    }

    /// A person has not so many customer accounts.
    private static let customersMax = 100

    /// Merges without end; somebody tries something.
    package struct EndlessTrace: Error {}
}

extension HandleKind {
    /// Names a person or something of one person, so that it leads on to further events.
    var leadsOn: Bool {
        switch self {
        case .customer, .email, .phone, .order, .checkout: true
        case .cart, .client, .event: false
        }
    }
}
