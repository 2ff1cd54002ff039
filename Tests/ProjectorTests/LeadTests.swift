import EventModel
import Pipelines
import Postgres
import Projector
import Testing

/// Leads and the orders that convert them, in any order of arrival.
@Suite struct LeadTests {
    static let base = VisitFoldTests.base

    /// The head of sealed bytes that name these handles; nothing is sealed under it.
    static func sealed(email: UInt64? = nil, phone: UInt64? = nil) -> [UInt8] {
        let handles = [(HandleKind.email, email), (.phone, phone)].compactMap { kind, hash in hash.map { (kind, $0) } }
        var bytes: [UInt8] = [1] + Key128(high: 1, low: 1).bytes + [UInt8(handles.count)]
        for (kind, hash) in handles { bytes += [kind.rawValue] + Key128(high: hash, low: hash).bytes }
        return bytes + [0] + Array(repeating: 0, count: 12 + 16)
    }

    static func lead(_ seconds: Int64, email: UInt64? = nil, phone: UInt64? = nil, consent: Bool? = nil) -> TestEvent {
        let data = consent.map { ",\"consent\":{\"marketing\":\($0)}" } ?? ""
        return TestEvent(
            name: "lead", time: base + seconds * 1000, data: data, source: .widget,
            sealed: sealed(email: email, phone: phone))
    }

    static func order(_ seconds: Int64, _ id: Int, email: UInt64? = nil, phone: UInt64? = nil) -> TestEvent {
        TestEvent(
            name: "orders/create", time: base + seconds * 1000, data: "\(id)", source: .webhook,
            sealed: sealed(email: email, phone: phone))
    }

    @Test func anOrderAfterTheFirstSubmissionConverts() async throws {
        let events = [
            Self.lead(100, email: 5, phone: 9, consent: true), Self.lead(50, email: 5), Self.lead(200, phone: 7),
            Self.order(40, 1, email: 5), Self.order(60, 2, email: 5), Self.order(70, 3, phone: 9),
        ]
        var random = SplitMix(11)
        for round in 0..<4 {
            try await TestLog.with { log in
                try log.append(round == 0 ? events : events.shuffled(using: &random))
                try await log.project(batchSize: round + 1)
                let rows = try log.connection.query(
                    """
                    select status, submissions, orders, first_seen_at, last_seen_at, marketing_consent, handle_kind
                    from leads.lead order by handle
                    """)
                #expect(rows.map { $0.text(0) } == ["converted", "new"])
                #expect(rows.map { $0.int64(1) } == [2, 1])
                #expect(rows.map { $0.int64(2) } == [2, 0])
                #expect(rows[0].timestampMillis(3) == Self.base + 50_000)
                #expect(rows[0].timestampMillis(4) == Self.base + 100_000)
                #expect(rows[0].boolIfPresent(5) == true && rows[1].isNull(5))
                #expect(rows.map { $0.int64(6) } == [2, 3])
                #expect(try log.number("select leads from sessions.session") == 3)
            }
        }
    }
}
