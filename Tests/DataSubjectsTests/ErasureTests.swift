import DataSubjects
import EventLog
import EventModel
import Foundation
import Pipelines
import Postgres
import Privacy
import Reactors
import Synchronization
import TestSupport
import Testing

@Suite("Erasure of a person")
struct ErasureTests {
    private func people(_ world: ErasureWorld) async throws {
        try await world.order(101, of: "anna", customer: 11)
        try await world.order(102, of: "anna", customer: 11, minutes: 1)
        try await world.order(201, of: "berta", customer: 22, minutes: 2)
        try await world.project()
    }

    @Test(
        "by customer, e-mail, phone or order: the person is unreadable, the others and the log stay as they were",
        arguments: ["customer", "email", "phone", "orders"])
    func whole(_ by: String) async throws {
        try await ErasureWorld.with { world in
            try await people(world)
            let (before, head, totals) = (try await world.opened(), try world.head(), try world.totals())
            let bytes = try world.logBytes(through: head)
            #expect(before.count == 3)
            let request = try await world.ask { ask in
                switch by {
                case "customer": ask.customerID = "gid://shopify/Customer/11"
                case "email": ask.email = " ANNA@example.com"
                case "phone": ask.phone = "+49 301 1177"
                default: ask.orderIDs = ["102"]
                }
            }
            try await world.workOff(request.id)
            let after = try await world.opened()
            #expect(after.values.allSatisfy { $0.contains("berta") } && after.count == 1)
            #expect(try world.logBytes(through: head) == bytes)
            #expect(try LogVerifier(world.connection).verify(lane: world.shop.lane).isIntact)
            #expect(try world.totals() == totals)
            let receipt = try await world.receipt(request.id)
            let found = try #require(receipt["found"] as? [String: Any])
            #expect(found["anything"] as? Bool == true)
            let log = try #require(receipt["log"] as? [String: Any])
            #expect(log["events"] as? Int == 2)
            let keys = try #require(receipt["keys"] as? [String: Any])
            #expect(keys["destroyed"] as? Int == 2)
            let row = try #require(try await world.desk.find(request.id))
            #expect(row.state == .done && row.hasReceipt && row.step == "signed")
            let left = try world.connection.query(
                "select 1 from privacy.request where wrapped_key is not null or sealed_probes is not null")
            #expect(left.isEmpty)
            let text = String(decoding: try JSONSerialization.data(withJSONObject: receipt), as: UTF8.self)
            #expect(!text.contains("anna"))
        }
    }

    @Test("somebody nobody has heard of: done, a receipt that says so, and the fence holds when they come")
    func unknown() async throws {
        try await ErasureWorld.with { world in
            try await people(world)
            let request = try await world.ask { $0.email = "carla@example.com" }
            try await world.workOff(request.id)
            let receipt = try await world.receipt(request.id)
            #expect((receipt["found"] as? [String: Any])?["anything"] as? Bool == false)
            #expect((receipt["statements"] as? [String])?.first?.contains("the fence stands") == true)
            try await world.order(301, of: "carla", customer: 33)
            try await world.project()
            // Nothing is sealed in it; it tells that the order and the customer are the erased person's.
            let row = try world.connection.query("select sealed from log.event order by position desc limit 1")[0]
            let head = SealedHead(row.bytes(0).span)
            #expect(try #require(head).fields.isEmpty && head?.handles.map(\.kind) == [.order, .customer])
            #expect(try await world.opened().count == 3)
            #expect(try world.totals().hasPrefix("4 "))
        }
    }

    @Test("after the erasure nothing personal of the person is kept any more, and nobody else is touched")
    func fence() async throws {
        try await ErasureWorld.with { world in
            try await people(world)
            let request = try await world.ask { $0.customerID = "11" }
            try await world.workOff(request.id)
            try await world.order(103, of: "anna", customer: 11, minutes: 5)
            try await world.order(202, of: "berta", customer: 22, minutes: 6)
            let opened = try await world.opened()
            #expect(opened.count == 2 && opened.values.allSatisfy { $0.contains("berta") })
            let keys = try world.connection.query("select count(*) from registry.subject_key")[0].int64(0)
            #expect(keys == 2)
        }
    }

    @Test("of orders only those that are listed")
    func listed() async throws {
        try await ErasureWorld.with { world in
            try await people(world)
            let request = try await world.ask { ask in
                ask.customerID = "11"
                ask.orderIDs = ["101"]
                ask.orders = .listed
            }
            try await world.workOff(request.id)
            let opened = try await world.opened()
            #expect(opened.count == 2)
            #expect(opened.values.contains { $0.contains("#102") } && !opened.values.contains { $0.contains("#101") })
        }
    }

    @Test("an end of the process after every step, before or after it is noted, leads to the same receipt")
    func crashes() async throws {
        let expected = try await receipt { _, _ in false }
        #expect(try await receipt { _, isNoted in !isNoted } == expected)
        #expect(try await receipt { _, isNoted in isNoted } == expected)
    }

    /// The receipt without what is random in it, where the process ends once at each of these places.
    private func receipt(crashing ends: @escaping @Sendable (ErasureStep, Bool) -> Bool) async throws -> String {
        var text = ""
        try await ErasureWorld.with { world in
            try await people(world)
            let request = try await world.ask { $0.customerID = "11" }
            let ended = Mutex<Set<String>>([])
            world.parts.observe = { step, isNoted in
                guard ends(step, isNoted), ended.withLock({ $0.insert("\(step) \(isNoted)").inserted }) else { return }
                throw Crash()
            }
            while try await world.desk.find(request.id)?.hasReceipt != true {
                do { try await world.workOff(request.id) } catch is Crash {}
            }
            var receipt = try await world.receipt(request.id)
            receipt["request"] = nil
            let keys = receipt["keys"] as? [String: Any]
            receipt["keys"] = ["destroyed": keys?["destroyed"]]
            text = String(
                decoding: try JSONSerialization.data(withJSONObject: receipt, options: .sortedKeys), as: UTF8.self)
        }
        return text
    }

    @Test("an erasure waits for a process that has not let go, and not for one that has ended")
    func processes() async throws {
        try await ErasureWorld.with { world in
            try await people(world)
            try await world.follower.begin()
            let request = try await world.ask { $0.customerID = "11" }
            _ = try await RequestFlow(parts: world.parts).advance(request.id)
            try await world.project()
            _ = try await RequestFlow(parts: world.parts).advance(request.id)
            #expect(try await world.desk.find(request.id)?.step == "destroyed")
            _ = try await RequestFlow(parts: world.parts).advance(request.id)
            #expect(try await world.desk.find(request.id)?.step == "destroyed")
            try world.connection.execute("update privacy.process set seen_at = now() - interval '2 minutes'")
            _ = try await RequestFlow(parts: world.parts).advance(request.id)
            #expect(try await world.desk.find(request.id)?.step != "destroyed")
        }
    }

    @Test("quarantined events of the person are blank afterwards, the others' are not")
    func quarantine() async throws {
        try await ErasureWorld.with { world in
            try await people(world)
            let page = try world.record(at: 1)
            let other = try world.record(at: 3)
            for record in [page, other] {
                _ = try world.connection.query(
                    "insert into log.quarantine (lane, shop_id, reason, record) values ($1, $2, 1, $3)",
                    [.int2(world.shop.lane), .int4(world.shop.id), .bytes(record)])
            }
            let request = try await world.ask { $0.customerID = "11" }
            try await world.workOff(request.id)
            let rows = try world.connection.query("select record from log.quarantine order by id").map { $0.bytes(0) }
            #expect(!rows.contains(page) && rows.contains(other))
            let steps = try await world.receipt(request.id)["steps"] as? [String: [String: Int]]
            #expect(steps?["quarantine"]?["events"] == 1)
        }
    }

    @Test("a webhook makes the request, also when an equal one has erased it already")
    func webhook() async throws {
        try await ErasureWorld.with { world in
            try await people(world)
            for round in 0..<2 {
                try await world.record(
                    "customers/redact",
                    #"{"customer":{"id":11,"email":"anna@example.com"},"orders_to_redact":[101],"n":\#(round)}"#,
                    at: ErasureWorld.now + Int64(round), identity: "redact \(round)")
                try await world.project()
                let task = ReactorTask(
                    id: 1, lane: world.shop.lane, shop: world.shop.id, reactor: "privacy", key: "k",
                    payload: #"{"position":\#(try world.head())}"#, attempt: 1, claim: 1)
                let reactor = PrivacyReactor(world.parts)
                for _ in 0..<100 {
                    if try await reactor.run(task, NoProgress()) == .done { break }
                    try await world.follower.begin()
                    try await world.project()
                }
            }
            let requests = try await world.desk.list(RequestFilter())
            #expect(requests.count == 2 && requests.allSatisfy { $0.state == .done && $0.origin == .webhook })
            #expect(requests.allSatisfy { $0.orders == .listed && $0.dueAt - $0.askedAt == 30 * 86_400_000 })
            #expect(requests.allSatisfy { !$0.asked.isEmpty && $0.hasReceipt })
            #expect(try await world.opened().values.filter { $0.contains("anna") }.count == 1)
        }
    }

    @Test("an access request gathers what is there, and the erasure destroys it")
    func access() async throws {
        try await ErasureWorld.with { world in
            try await people(world)
            var ask = SubjectAsk(.access)
            ask.email = "anna@example.com"
            let access = try await world.desk.ask(ask, shop: world.shop.id, origin: .cli)
            try await world.workOff(access.id)
            #expect(try await world.desk.find(access.id)?.state == .done)
            #expect(try world.connection.query("select 1 from privacy.export where sealed is not null").count == 1)
            let request = try await world.ask { $0.customerID = "11" }
            try await world.workOff(request.id)
            #expect(try world.connection.query("select 1 from privacy.export where sealed is not null").isEmpty)
        }
    }

    @Test("a request that names nobody, or no shop of ours, is refused in words")
    func refused() async throws {
        try await ErasureWorld.with { world in
            await #expect(throws: RequestRefusal.self) { try await world.ask { _ in } }
            await #expect(throws: RequestRefusal.self) { try await world.ask { $0.customerID = "none" } }
            for label in ["anna@example.com", "Anna Muster", "", String(repeating: "7", count: 65)] {
                await #expect(throws: RequestRefusal.self, "\(label)") {
                    try await world.ask { ($0.email, $0.reference) = ("a@example.com", label) }
                }
            }
            let named = try await world.ask { ($0.email, $0.reference) = ("a@example.com", "T-1/#2:x.y_z") }
            #expect(named.reference == "T-1/#2:x.y_z")
            await #expect(throws: RequestRefusal.self) {
                var ask = SubjectAsk(.erasure)
                ask.email = "a@example.com"
                _ = try await world.desk.ask(ask, shop: 999, origin: .api)
            }
        }
    }
}

struct NoProgress: TaskProgress {
    func save(_ payload: some Encodable & Sendable) async throws {}
}

extension ErasureWorld {
    /// An event's record as it came in.
    func record(at position: Position) throws -> [UInt8] {
        var (page, record) = (EventPage(), [UInt8]())
        try LogReader(connection).read(lane: shop.lane, after: position - 1, limit: 1, into: &page)
        if let event = page.events.first { page.encode(event, into: &record) }
        return record
    }
}
