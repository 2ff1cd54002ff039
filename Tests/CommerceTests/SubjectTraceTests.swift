import EventModel
import Pipelines
import Postgres
import Privacy
import ReadModels
import Testing

/// Who belongs to a person, from what events name.
@Suite struct SubjectTraceTests {
    typealias Named = [(HandleKind, Int)]

    static func handle(_ kind: HandleKind, _ number: Int) -> Handle {
        Handle(kind: kind, hash: Key128(high: UInt64(kind.rawValue), low: UInt64(number)))
    }

    static func handles(_ named: Named) -> [Handle] { named.map { handle($0.0, $0.1) } }

    /// Traces over a log whose events, at positions 1, 2, ..., name these handles; those at `claims` were sent by browsers.
    /// `contacts` are marked as such wherever they stand.
    static func trace(
        _ asked: Named, known: Named = [], claimed: Named = [], _ orders: SubjectTrace.Orders = .all, in log: [Named],
        claims: Set<Position> = [], contacts: Named = [], _ check: (SubjectTrace) throws -> Void
    ) async throws {
        try await CommerceLog.with { database in
            let events = log.map(Self.handles)
            let rows = events.enumerated().flatMap { index, named in named.map { (Position(index + 1), $0) } }
            _ = try database.connection.query(
                """
                insert into subjects.mention (lane, shop_id, handle, kind, position)
                select 1, 1, * from unnest($1::uuid[], $2::int2[], $3::int8[])
                """,
                [
                    .uuidArray(rows.map { ($0.1.hash.high, $0.1.hash.low) }),
                    .int2Array(rows.map { Int16($0.1.kind.rawValue) }), .int8Array(rows.map(\.0)),
                ])
            var asks: [Int] = []
            let found = try SubjectTrace.find(
                ShopKey(lane: 1, shop: 1), handles(asked), known: handles(known), claimed: handles(claimed), orders,
                on: database.connection
            ) { positions in
                asks.append(positions.count)
                return Dictionary(
                    uniqueKeysWithValues: positions.map {
                        let named = events[Int($0) - 1]
                        let marked = handles(contacts).filter(named.contains)
                        return ($0, NamedEvent(named, contacts: marked, isVouched: !claims.contains($0)))
                    })
            }
            #expect(asks.allSatisfy { $0 <= SubjectTrace.headsMax })
            try check(found)
        }
    }

    static func sorted(_ named: Named) -> [Handle] { handles(named).sorted { ($0.kind, $0.hash) < ($1.kind, $1.hash) } }

    @Test func twoCustomersOnOneBrowserStayTwo() async throws {
        let log: [Named] = [
            [(.customer, 1), (.email, 1), (.client, 9)], [(.order, 10), (.customer, 1), (.email, 1), (.client, 9)],
            [(.order, 20), (.customer, 2), (.email, 2), (.client, 9)], [(.client, 9)],
        ]
        try await Self.trace([(.customer, 1)], in: log) { found in
            #expect(found.handles == Self.sorted([(.customer, 1), (.email, 1), (.order, 10)]))
            #expect(found.positions == [1, 2])
            #expect(found.unlinked.isEmpty && found.shared == Self.handles([(.client, 9)]))
        }
        // Alone at the browser, the browser goes along.
        try await Self.trace([(.customer, 1)], in: [log[0], log[1], log[3]]) { found in
            #expect(found.unlinked == Self.handles([(.client, 9)]) && found.shared.isEmpty)
            #expect(found.positions == [1, 2])
        }
    }

    @Test func aSharedPhoneStaysWithTheOther() async throws {
        let log: [Named] = [
            [(.customer, 1), (.phone, 5)], [(.customer, 2), (.phone, 5)], [(.phone, 5), (.email, 3)],
        ]
        try await Self.trace([(.customer, 1)], in: log) { found in
            #expect(found.handles == Self.sorted([(.customer, 1)]))
            #expect(found.shared == Self.handles([(.phone, 5)]) && found.positions == [1])
        }
        // Asked for by itself it leads to neither customer; who only left the phone is found. It is erased all the same.
        try await Self.trace([(.phone, 5)], in: log) { found in
            #expect(found.positions == [3] && found.handles == Self.sorted([(.email, 3), (.phone, 5)]))
            #expect(found.shared.isEmpty && found.others == 2)
        }
    }

    @Test func anEmailAloneFindsItsCustomer() async throws {
        let log: [Named] = [
            [(.email, 1)], [(.customer, 1), (.email, 1), (.phone, 1)],
            [(.order, 7), (.customer, 1), (.email, 1), (.checkout, 3), (.cart, 4)], [(.order, 7)],
            // A gift that somebody else ordered with the person's address.
            [(.order, 8), (.customer, 2), (.email, 2)],
        ]
        try await Self.trace([(.email, 1)], in: log) { found in
            #expect(
                found.handles
                    == Self.sorted([(.customer, 1), (.email, 1), (.phone, 1), (.order, 7), (.checkout, 3)]))
            #expect(found.positions == [1, 2, 3, 4] && found.unlinked == Self.handles([(.cart, 4)]))
        }
        let gift: [Named] = log + [[(.order, 9), (.customer, 2), (.email, 1)]]
        try await Self.trace([(.email, 1)], in: gift) { found in
            #expect(found.positions == [1, 2, 3, 4] && found.shared.isEmpty && found.others == 1)
            #expect(found.handles.contains(Self.handle(.email, 1)))
            #expect(!found.handles.contains(Self.handle(.customer, 2)))
        }
    }

    /// As in Shopify's own samples: the customer's address stands behind the order's contact, and two customers have it.
    @Test func anEmailOfTwoCustomersFindsBothAndAGiftsDoesNot() async throws {
        let log: [Named] = [
            [(.order, 7), (.customer, 1), (.email, 6), (.email, 1)],
            [(.customer, 2), (.email, 7), (.email, 1), (.checkout, 8)],
            [(.order, 9), (.customer, 3), (.email, 1), (.email, 3)],
        ]
        try await Self.trace([(.email, 1)], in: log) { found in
            #expect(found.positions == [1, 2] && found.others == 1)
            #expect(Set(found.handles).isSuperset(of: Self.handles([(.customer, 1), (.customer, 2), (.email, 1)])))
            #expect(!found.handles.contains(Self.handle(.customer, 3)))
        }
        // An address that many gave is nobody's, and goes by itself.
        let none: [Named] = (1...9).map { [(.order, $0), (.customer, $0), (.email, 1)] }
        try await Self.trace([(.email, 1)], in: none) { found in
            #expect(found.handles == Self.handles([(.email, 1)]) && found.positions.isEmpty && found.others == 9)
        }
    }

    @Test func ordersAloneFindWhoOrdered() async throws {
        let log: [Named] = [
            [(.customer, 1), (.email, 1)], [(.order, 7), (.customer, 1), (.email, 1)],
            [(.order, 8), (.customer, 1), (.email, 6)], [(.order, 8)],
        ]
        try await Self.trace([(.order, 7)], .listed, in: log) { found in
            #expect(found.handles == Self.sorted([(.order, 7), (.customer, 1), (.email, 1)]))
            #expect(found.positions == [1, 2])
        }
        try await Self.trace([(.order, 7)], .all, in: log) { found in
            #expect(found.handles == Self.sorted([(.order, 7), (.order, 8), (.customer, 1), (.email, 1), (.email, 6)]))
            #expect(found.positions == [1, 2, 3, 4])
        }
    }

    @Test func listedOrdersGoAndOthersStay() async throws {
        let log: [Named] = [
            [(.customer, 1), (.email, 1)], [(.order, 7), (.customer, 1)], [(.order, 8), (.customer, 1), (.email, 2)],
        ]
        try await Self.trace([(.customer, 1), (.order, 7)], .listed, in: log) { found in
            #expect(found.positions == [1, 2])
            #expect(found.handles == Self.sorted([(.customer, 1), (.email, 1), (.order, 7)]))
        }
        try await Self.trace([(.customer, 1)], .listed, in: log) { found in
            #expect(found.positions == [1] && !found.handles.contains(Self.handle(.order, 7)))
        }
    }

    @Test func theBrowserOfAKeptOrderIsThePersons() async throws {
        let log: [Named] = [
            [(.email, 1), (.client, 9)], [(.client, 9)], [(.order, 8), (.customer, 1), (.email, 1), (.client, 9)],
        ]
        try await Self.trace([(.customer, 1), (.email, 1)], .listed, in: log) { found in
            #expect(found.positions == [1] && found.unlinked == Self.handles([(.client, 9)]))
        }
        // Somebody else's order at the same browser is no order of the person's.
        let shared = log + [[(.order, 20), (.customer, 2), (.client, 9)]]
        try await Self.trace([(.customer, 1), (.email, 1)], .listed, in: shared) { found in
            #expect(found.unlinked.isEmpty && found.shared == Self.handles([(.client, 9)]))
        }
    }

    @Test func aGuestWhoOpensAnAccountIsOnePerson() async throws {
        let log: [Named] = [
            [(.order, 7), (.email, 1), (.checkout, 2)], [(.checkout, 2), (.client, 9)],
            [(.customer, 1), (.email, 1), (.phone, 4)], [(.phone, 4)],
        ]
        for asked: Named in [[(.email, 1)], [(.customer, 1)], [(.order, 7)]] {
            try await Self.trace(asked, in: log) { found in
                #expect(found.positions == [1, 2, 3, 4])
                #expect(found.unlinked == Self.handles([(.client, 9)]))
            }
        }
    }

    @Test func ringsOfHandlesAndMergedAccountsEnd() async throws {
        let log: [Named] = [
            [(.email, 1), (.phone, 1)], [(.phone, 1), (.checkout, 1)], [(.checkout, 1), (.email, 1)],
            [(.customer, 1), (.customer, 2)], [(.customer, 2), (.email, 2)], [(.customer, 3), (.email, 3)],
        ]
        try await Self.trace([(.phone, 1)], in: log) { #expect($0.positions == [1, 2, 3] && $0.handles.count == 3) }
        try await Self.trace([(.customer, 1)], in: log) { found in
            #expect(found.positions == [4, 5])
            #expect(found.handles == Self.sorted([(.customer, 1), (.customer, 2), (.email, 2)]))
        }
    }

    @Test func whoNobodyHasHeardOfHasTheHandlesAskedFor() async throws {
        let asked: Named = [(.customer, 1), (.email, 1), (.order, 3)]
        try await Self.trace(asked, .listed, in: [[(.customer, 2)]]) { found in
            #expect(found.handles == Self.sorted(asked) && found.positions.isEmpty)
        }
        try await Self.trace([], in: [[(.customer, 2)]]) { #expect($0.handles.isEmpty && $0.positions.isEmpty) }
    }

    @Test func aBigSubjectIsReadByPages() async throws {
        let log: [Named] = (0..<10_000).map { index in
            [(.customer, 1), (.email, 1), (.order, 1000 + index / 10), (.client, 9)]
                + (index % 5 == 0 ? [(.cart, index)] : [])
        }
        try await Self.trace([(.customer, 1)], in: log) { found in
            #expect(found.positions == (1...10_000).map { Position($0) })
            #expect(found.handles.count == 1002 && found.unlinked.count == 2001)
        }
    }

    /// An index entry is not kept longer than what it leads to.
    @Test func whatLedToDroppedWeeksIsDropped() async throws {
        try await CommerceLog.with { database in
            try database.connection.execute(
                """
                insert into subjects.mention (lane, shop_id, handle, kind, position)
                    select lane, 1, gen_random_uuid(), 2, position
                    from generate_series(1, 2) lane, generate_series(1, 20) position;
                insert into privacy.dropped_stretch (lane, partition, positions)
                    values (1, 'event_20200106', '{[1,9),[12,13)}'), (1, 'event_20200113', '{[9,11)}');
                """)
            #expect(try DroppedMentions.sweep(on: database.connection) == 11)
            let left = try database.connection.query(
                "select count(*), min(position), bool_or(position = 12) from subjects.mention where lane = 1")[0]
            #expect(left.int64(0) == 9 && left.int64(1) == 11 && !left.bool(2))
            let others = try database.connection.query("select count(*) from subjects.mention where lane = 2")
            #expect(others[0].int64(0) == 20)
            #expect(try DroppedMentions.sweep(on: database.connection) == 0)
        }
    }
}
