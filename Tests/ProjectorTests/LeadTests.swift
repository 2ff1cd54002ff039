import EventModel
import Pipelines
import Postgres
import Projector
import Testing

/// Leads in any order of arrival. What orders make of them needs the orders' own read model (see CommerceTests).
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

    @Test func submissionsOfOnePersonAreOneLead() async throws {
        let events = [
            Self.lead(100, email: 5, phone: 9, consent: true), Self.lead(50, email: 5), Self.lead(200, phone: 7),
        ]
        var random = SplitMix(11)
        for round in 0..<4 {
            try await TestLog.with { log in
                try log.append(round == 0 ? events : events.shuffled(using: &random))
                try await log.project(batchSize: round + 1)
                let rows = try log.connection.query(
                    """
                    select status, submissions, first_seen_at, last_seen_at, marketing_consent, handle_kind
                    from leads.lead order by handle
                    """)
                #expect(rows.map { $0.text(0) } == ["new", "new"])
                #expect(rows.map { $0.int64(1) } == [2, 1])
                #expect(rows[0].timestampMillis(2) == Self.base + 50_000)
                #expect(rows[0].timestampMillis(3) == Self.base + 100_000)
                #expect(rows[0].boolIfPresent(4) == true && rows[1].isNull(4))
                #expect(rows.map { $0.int64(5) } == [2, 3])
                #expect(try log.number("select leads from sessions.session") == 3)
            }
        }
    }

    /// What is stated and is no clear yes is a no; what is not stated says nothing.
    @Test(
        arguments: [
            (",\"consent\":{\"marketing\":true}", [], true), (",\"consent\":{\"marketing\":\"Yes\"}", [], true),
            (",\"consent\":{\"marketing\":\"maybe\"}", [], false), (",\"consent\":{\"marketing\":{}}", [], false),
            (",\"consent\":{\"marketing\":0}", [], false), ("", [], nil),
            (",\"consent\":{\"marketing\":null}", [], nil),
            // As the gateway found it: by the browser's signals, or because nothing of it could be understood.
            (",\"consent\":{\"marketing\":true}", [.consentStated, .analyticsConsent], false),
            (",\"consent\":\"no\"", .consentStated, false),
            (",\"consent\":{\"analytics\":true}", [.consentStated, .analyticsConsent, .marketingConsent], nil),
        ] as [(String, EventFlags, Bool?)])
    func marketingConsentIsAClearYes(_ data: String, _ flags: EventFlags, _ expected: Bool?) async throws {
        try await TestLog.with { log in
            var lead = Self.lead(100, email: 5)
            lead.data = data
            if !flags.isEmpty { lead.flags = flags }
            try log.append([lead])
            try await log.project(batchSize: 1)
            let row = try log.connection.query("select marketing_consent from leads.lead")[0]
            #expect(row.boolIfPresent(0) == expected)
        }
    }
}
