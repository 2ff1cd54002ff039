import EventModel
import Pipelines
import Privacy
import ReadModels
import Testing

/// What browsers say of people: it stays the shopper's own, and takes nobody else's away (`NamedEvent`).
@Suite struct ClaimTests {
    typealias Trace = SubjectTraceTests

    @Test func aForgedEventMakesNobodyElsesDataAnybodys() async throws {
        // Customer 1 is Shopify's word; the others say so of themselves, or somebody of them.
        let log: [Trace.Named] = [
            [(.customer, 1), (.email, 1), (.phone, 1)], [(.order, 7), (.customer, 1), (.email, 1), (.checkout, 7)],
            [(.email, 4), (.client, 4)],
            [(.customer, 1), (.email, 9), (.client, 9)], [(.customer, 9), (.customer, 1)],
            [(.order, 7), (.email, 9), (.phone, 9)], [(.email, 4), (.phone, 9)], [(.email, 9), (.client, 9)],
        ]
        let claims: Set<Position> = [3, 4, 5, 6, 7, 8]
        for asked: Trace.Named in [[(.email, 9)], [(.phone, 9)], [(.customer, 9)]] {
            try await Trace.trace(asked, in: log, claims: claims) { found in
                let all = Set(found.handles + found.unlinked)
                let others: Trace.Named = [
                    (.customer, 1), (.email, 1), (.phone, 1), (.order, 7), (.checkout, 7), (.email, 4), (.client, 4),
                ]
                #expect(all.isDisjoint(with: Trace.handles(others)), "\(asked)")
                #expect(Set(found.positions).isDisjoint(with: [1, 2, 3, 7]), "\(asked)")
            }
        }
        // Nor does it keep the erasure of whom it names from anything.
        try await Trace.trace([(.customer, 1)], in: log, claims: claims) { found in
            #expect(
                found.handles
                    == Trace.sorted([(.customer, 1), (.email, 1), (.phone, 1), (.order, 7), (.checkout, 7)]))
            #expect(Set(found.positions).isSuperset(of: [1, 2, 4]))
            #expect(!(found.handles + found.unlinked).contains(Trace.handle(.customer, 9)))
        }
        try await Trace.trace([(.email, 4)], in: log, claims: claims) { found in
            #expect(found.handles == Trace.handles([(.email, 4)]) && found.positions == [3, 7])
        }
    }

    @Test func anEmailIsErasedThoughAPixelEventNamesItWithACustomer() async throws {
        let log: [Trace.Named] = [[(.email, 1), (.client, 9)], [(.customer, 1), (.email, 1)], [(.customer, 1)]]
        try await Trace.trace([(.email, 1)], in: log, claims: [1, 2]) { found in
            #expect(found.handles == Trace.handles([(.email, 1)]))
            #expect(found.positions == [1] && found.others == 1)
        }
    }

    private static let shopper: [Trace.Named] = [
        [(.email, 1), (.client, 9)], [(.email, 1), (.phone, 1), (.checkout, 3), (.client, 9)],
        [(.order, 7), (.customer, 1), (.email, 1), (.phone, 1), (.checkout, 3), (.client, 9)],
        [(.checkout, 3), (.client, 9)], [(.client, 9)],
    ]

    @Test(arguments: [HandleKind.customer, .email, .phone]) func aShopperWhomOnlyThePixelKnowsIsFoundWhole(
        by kind: HandleKind
    ) async throws {
        try await Trace.trace([(kind, 1)], in: Self.shopper, claims: [1, 2, 3, 4, 5]) { found in
            #expect(found.positions == [1, 2, 3, 4])
            #expect(found.handles == Trace.sorted([(kind, 1), (.checkout, 3)]))
            let persons: Trace.Named = [HandleKind.customer, .email, .phone].filter { $0 != kind }.map { ($0, 1) }
            #expect(found.unlinked == Trace.sorted(persons + [(.order, 7), (.client, 9)]))
        }
    }

    /// Else whoever knows a stranger's address and phone could have a customer number of their own say that they are theirs.
    @Test func anAddressThatIsLeftElsewhereIsNotACustomersByAClaim() async throws {
        let log = Self.shopper + [[(.email, 1), (.phone, 1), (.client, 8)]]
        try await Trace.trace([(.customer, 1)], in: log, claims: Set(1...6)) { found in
            #expect(found.handles == Trace.sorted([(.customer, 1), (.checkout, 3)]) && found.positions == [2, 3, 4])
            #expect(found.unlinked == Trace.handles([(.order, 7)]))
        }
        // Asked for with the address, as Shopify does, everything is found.
        try await Trace.trace([(.customer, 1), (.email, 1)], in: log, claims: Set(1...6)) { found in
            #expect(found.positions == [1, 2, 3, 4, 6])
        }
    }

    @Test func aFamilyOfOnePhoneAndOneBrowserStaysAFamily() async throws {
        let log: [Trace.Named] = [
            [(.email, 1), (.phone, 5), (.client, 9)], [(.email, 2), (.phone, 5), (.client, 9)],
            [(.email, 2), (.client, 9)], [(.customer, 3), (.email, 3), (.phone, 5)],
        ]
        try await Trace.trace([(.email, 1)], in: log, claims: [1, 2, 3]) { found in
            #expect(found.handles == Trace.handles([(.email, 1)]) && found.positions == [1] && found.unlinked.isEmpty)
        }
        try await Trace.trace([(.customer, 3)], in: log, claims: [1, 2, 3]) { found in
            #expect(found.positions == [4] && !(found.handles + found.unlinked).contains(Trace.handle(.email, 2)))
        }
        // A guest's order with the family's phone and an address of its own.
        let guest: [Trace.Named] = [
            [(.customer, 3), (.email, 3), (.phone, 5)], [(.order, 8), (.email, 2), (.phone, 5)],
        ]
        try await Trace.trace([(.customer, 3)], in: guest) { found in
            #expect(found.handles == Trace.sorted([(.customer, 3), (.email, 3)]) && found.positions == [1])
        }
        try await Trace.trace([(.email, 2)], in: guest) { found in
            #expect(found.handles == Trace.sorted([(.order, 8), (.email, 2)]) && found.positions == [2])
        }
    }

    /// Whoever recommends something to a friend is not the friend.
    @Test func aClaimIsWhosItNamesFirst() async throws {
        try await Trace.trace([(.email, 1)], in: [[(.email, 2), (.email, 1)]], claims: [1]) { found in
            #expect(found.handles == Trace.handles([(.email, 1)]) && found.positions.isEmpty && found.unlinked.isEmpty)
        }
    }

    /// An address typed wrong at first is the shopper's: nobody else knows the checkout's token.
    @Test func aCheckoutIsItsBuyersWhateverWasTypedThere() async throws {
        let log: [Trace.Named] = [
            [(.email, 2), (.checkout, 3)], [(.order, 7), (.customer, 1), (.email, 1), (.checkout, 3)],
        ]
        try await Trace.trace([(.customer, 1)], in: log, claims: [1]) { found in
            #expect(found.positions == [1, 2] && found.unlinked == Trace.handles([(.email, 2)]))
        }
    }

    /// Else an order that comes for it while an erasure goes on would be the person's.
    @Test func whatOnlyClaimsToldStaysAClaimWhenItIsLookedAtAgain() async throws {
        let log: [Trace.Named] = [
            [(.email, 1), (.checkout, 3)], [(.order, 7), (.email, 2), (.checkout, 3)], [(.email, 4), (.checkout, 3)],
        ]
        try await Trace.trace([(.email, 1)], known: [(.email, 1)], claimed: [(.checkout, 3)], in: log, claims: [1, 3]) {
            #expect($0.handles == Trace.sorted([(.email, 1), (.checkout, 3)]))
            #expect($0.positions == [1, 3] && $0.unlinked == Trace.handles([(.email, 4)]))
        }
    }

    @Test func aClaimAboutTwoCustomersGoesWithTheKeyThatItIsUnder() async throws {
        let log: [Trace.Named] = [
            [(.customer, 1), (.email, 1)], [(.customer, 1), (.customer, 2), (.client, 9)], [(.customer, 2)],
        ]
        try await Trace.trace([(.email, 1)], in: log, claims: [2]) { found in
            #expect(found.handles == Trace.sorted([(.customer, 1), (.email, 1)]))
            #expect(found.positions == [1, 2] && found.kept.isEmpty && found.unlinked.isEmpty)
        }
        try await Trace.trace([(.customer, 2)], in: log, claims: [2]) { found in
            #expect(found.positions == [3] && found.unlinked.isEmpty)
        }
    }

    /// What nobody pays for anybody can type, also where Shopify passes it on.
    @Test func onlyCustomersAndOrdersAreVouchedFor() {
        let (order, email) = (Trace.handle(.order, 1), Trace.handle(.email, 1))
        #expect(NamedEvent([order, email], from: .webhook).isVouched && NamedEvent([order], from: .history).isVouched)
        #expect(!NamedEvent([email, Trace.handle(.checkout, 1)], from: .webhook).isVouched)
        #expect(!NamedEvent([order, email], from: .pixel).isVouched && !NamedEvent([order], from: .widget).isVouched)
    }

    /// A tombstone names them all, and has to stay an event like others.
    @Test func ofClaimsWithoutEndTheFirstAreFollowedAndTheRestIsCounted() async throws {
        let log: [Trace.Named] = (0..<6000).map { [(.order, $0), (.email, 1), (.client, $0)] }
        try await Trace.trace([(.email, 1)], in: log, claims: Set(1...6000)) { found in
            #expect(found.positions.count == 6000 && found.kept.count == 1000)
            #expect(found.unlinked.count == 10_000 && found.unfollowed == 2000)
        }
    }

    /// Addresses that others have, too, so that none of them is the shopper's.
    @Test func whoFloodsAShopperWithNamesLaterHidesNothing() async throws {
        let shopper: [Trace.Named] = [
            [(.email, 1), (.phone, 1), (.checkout, 3), (.client, 9)], [(.checkout, 3), (.client, 9)],
            [(.order, 7), (.customer, 1), (.email, 1)],
        ]
        let names = 100..<2600
        let flood: [Trace.Named] = names.map { [(.email, 1), (.email, $0), (.email, 9000 + $0)] }
        let log = shopper + flood + names.flatMap { [[(.email, $0)], [(.email, 9000 + $0)]] }
        try await Trace.trace([(.email, 1)], in: log, claims: Set((1...Position(log.count)).filter { $0 != 3 })) {
            found in
            #expect(found.handles == Trace.sorted([(.order, 7), (.customer, 1), (.email, 1), (.checkout, 3)]))
            #expect(found.unlinked == Trace.sorted([(.phone, 1), (.client, 9)]))
            #expect(found.positions.count == 2503 && found.unfollowed > 0 && found.shared.count < 5000)
        }
    }
}
