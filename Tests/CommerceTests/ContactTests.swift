import EventModel
import Pipelines
import Privacy
import ReadModels
import Testing

/// Of the addresses in an order only one is sure to be the customer's.
@Suite struct ContactTests {
    typealias Trace = SubjectTraceTests

    /// A gift, or a contact that the merchant has changed: the recipient's own order and lead stay the recipient's.
    private static let gift: [Trace.Named] = [
        [(.order, 7), (.customer, 1), (.email, 6), (.email, 1)], [(.order, 8), (.email, 6)],
        [(.customer, 1), (.email, 1)],
        [(.email, 6), (.client, 4)],
    ]

    @Test(arguments: [HandleKind.customer, .email]) func anotherContactsOrdersAreNotTheCustomers(
        by kind: HandleKind
    ) async throws {
        try await Trace.trace([(kind, 1)], in: Self.gift, claims: [4]) { found in
            #expect(found.handles == Trace.sorted([(.order, 7), (.customer, 1), (.email, 1)]))
            #expect(found.positions == [1, 3] && found.shared == Trace.handles([(.email, 6)]) && found.kept.isEmpty)
        }
        // Named by the webhook, it goes.
        try await Trace.trace([(kind, 1), (.email, 6)], in: Self.gift, claims: [4]) { found in
            #expect(found.positions == [1, 2, 3, 4])
        }
        try await Trace.trace([(.email, 6)], in: Self.gift, claims: [4]) { found in
            #expect(found.positions == [2, 4] && found.others == 1)
        }
    }

    /// Wherever in the order the customer's own address stands, and where the customer has none.
    @Test(arguments: [[(HandleKind.email, 1), (.email, 6), (.email, 5)], [(.email, 6), (.email, 5)], [(.email, 6)]])
    func aMarkedContactIsNotTheCustomersWhereverItStands(emails: Trace.Named) async throws {
        let contacts = emails.filter { $0.1 != 1 }
        let log: [Trace.Named] = [[(.order, 7), (.customer, 1)] + emails] + contacts.map { [(.order, 8), $0] }
        try await Trace.trace([(.customer, 1)], in: log, contacts: contacts) { found in
            let own = emails.filter { $0.1 == 1 }
            #expect(found.handles == Trace.sorted([(.order, 7), (.customer, 1)] + own))
            #expect(found.positions == [1] && found.shared == Trace.sorted(contacts))
        }
        try await Trace.trace([contacts[0]], in: log, contacts: contacts) { found in
            #expect(!found.handles.contains(Trace.handle(.customer, 1)) && found.others == 1)
        }
    }

    @Test func anotherContactThatNobodyElseHasGoesAlong() async throws {
        try await Trace.trace([(.customer, 1)], in: [Self.gift[0]]) { found in
            #expect(found.positions == [1] && found.unlinked == Trace.handles([(.email, 6)]))
        }
    }

    @Test func theSoleAddressOfAnOrderIsTheCustomers() async throws {
        let log: [Trace.Named] = [[(.order, 9), (.customer, 1), (.email, 5)], [(.order, 10), (.email, 5)]]
        for asked: Trace.Named in [[(.customer, 1)], [(.email, 5)], [(.order, 10)]] {
            try await Trace.trace(asked, in: log) { found in
                #expect(found.positions == [1, 2])
                #expect(found.handles == Trace.sorted([(.order, 9), (.order, 10), (.customer, 1), (.email, 5)]))
            }
        }
    }

    @Test func whomAnotherCustomerNamesAsContactLosesNothingByIt() async throws {
        let log: [Trace.Named] = [
            [(.customer, 1), (.email, 1)], [(.order, 3), (.email, 1)],
            [(.order, 4), (.customer, 2), (.email, 1), (.email, 2)],
        ]
        try await Trace.trace([(.customer, 1)], in: log) { found in
            #expect(found.positions == [1, 2] && found.shared.isEmpty)
            #expect(found.handles == Trace.sorted([(.order, 3), (.customer, 1), (.email, 1)]))
        }
    }

    // MARK: What a key takes with it

    @Test func anOrderThatIsAskedForGoesWhoeverIsNamedThere() async throws {
        let log: [Trace.Named] = [[(.order, 7), (.customer, 1), (.email, 1)], [(.customer, 1), (.email, 1)]]
        // Shopify names the account that another one was merged into.
        try await Trace.trace([(.customer, 5), (.order, 7)], .listed, in: log) { found in
            #expect(found.handles == Trace.sorted([(.customer, 5), (.order, 7)]) && found.positions == [1])
        }
        try await Trace.trace([(.order, 7)], .listed, in: [log[0]], claims: [1]) { found in
            #expect(found.handles == Trace.handles([(.order, 7)]) && found.positions == [1] && found.unlinked.isEmpty)
        }
    }

    @Test func whatIsSealedAsSomebodyElsesIsKept() async throws {
        let log: [Trace.Named] = [
            [(.order, 7), (.customer, 1), (.email, 1)], [(.order, 7), (.email, 9)], [(.email, 9)],
        ]
        try await Trace.trace([(.email, 9)], in: log, claims: [2, 3]) { found in
            #expect(found.positions == [2, 3] && found.kept == [2])
        }
    }

    // MARK: Looking again

    @Test func whatWasFoundBeforeLeadsToNoAccount() async throws {
        let log: [Trace.Named] = [[(.customer, 2), (.phone, 5)], [(.order, 8), (.email, 1), (.phone, 5)]]
        let known: Trace.Named = [(.order, 8), (.email, 1), (.phone, 5)]
        try await Trace.trace([(.email, 1)], known: known, in: log) { found in
            #expect(found.handles == Trace.sorted(known) && found.positions == [2])
        }
    }
}
