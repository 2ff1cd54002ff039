import DataSubjects
import EventLog
import EventModel
import Foundation
import Postgres
import Privacy
import Projector
import Reactors
import TestSupport
import Testing

@Suite("Orders that an erasure leaves, and the webhooks that ask for it")
struct KeptOrderTests {
    private static let nobody = "the request names nobody (no customer id, e-mail, phone or order)"

    private func person(_ world: ErasureWorld) async throws {
        for order in 101...103 {
            try await world.order(order, of: "anna", customer: 11, minutes: order - 101)
        }
        try await world.order(201, of: "berta", customer: 22, minutes: 9)
        try await world.project()
    }

    @Test("the person still reaches the orders that were kept, and an erasure of everything ends them")
    func kept() async throws {
        try await ErasureWorld.with { world in
            try await person(world)
            let totals = try world.totals()
            let listed = try await world.webhook(
                "customers/redact", #"{"customer":{"id":11,"email":"anna@example.com"},"orders_to_redact":[101]}"#)
            #expect(listed.state == .done)
            #expect(try await world.opened().count == 3)
            #expect(try await world.fenced().isEmpty)
            try await world.settle()
            #expect(try await world.verifyReadModels())

            var ask = SubjectAsk(.access)
            ask.customerID = "11"
            let access = try await world.desk.ask(ask, shop: world.shop.id, origin: .cli)
            try await world.workOff(access.id)
            #expect(try world.connection.query("select events from privacy.export")[0].int32(0) == 2)

            let all = try await world.ask { $0.email = "anna@example.com" }
            try await world.workOff(all.id)
            let opened = try await world.opened()
            #expect(opened.count == 1 && opened.values.allSatisfy { $0.contains("berta") })
            let receipt = try await world.receipt(all.id)
            #expect((receipt["found"] as? [String: Any])?["anything"] as? Bool == true)
            #expect((receipt["log"] as? [String: Any])?["events"] as? Int == 2)
            #expect((receipt["keys"] as? [String: Any])?["destroyed"] as? Int == 2)
            #expect(try world.totals() == totals)
            #expect(try await world.fenced().isEmpty)
            let erased = "select count(*) from orders.shop_order where handle is null and email is null"
            #expect(try world.connection.query(erased)[0].int64(0) == 3)
            #expect(try world.connection.query("select distinct handle from subjects.mention").count == 4)
            #expect(try await world.verifyReadModels())
        }
    }

    @Test("a webhook about somebody unknown has found nothing, and its own handles are nowhere in read models")
    func unknown() async throws {
        try await ErasureWorld.with { world in
            try await person(world)
            let body = #"{"customer":{"id":77,"email":"carla@example.com","phone":"+4930177"}"#
            let access = try await world.webhook("customers/data_request", body + #","data_request":{"id":5}}"#)
            #expect(access.state == .done && access.reference == "5")
            for round in 0..<2 {
                let request = try await world.webhook(
                    "customers/redact", body + #","orders_to_redact":[],"n":\#(round)}"#)
                #expect(request.state == .done)
                let receipt = try await world.receipt(request.id)
                #expect((receipt["found"] as? [String: Any])?["anything"] as? Bool == false)
            }
            let again = try await world.webhook("customers/data_request", body + #","data_request":{"id":6}}"#)
            #expect(again.state == .done)
            #expect(try await world.fenced().isEmpty)
            // What the webhooks said of the person was sealed under keys that are gone.
            #expect(try world.connection.query("select 1 from registry.subject_key where handle_kind <> 4").isEmpty)
            #expect(try await world.opened().count == 4)
        }
    }

    @Test(
        "one that names nobody fails in words and is never signed",
        arguments: ["[]", "{}", #"{"customer":[1]}"#, #"{"customer":null,"orders_to_redact":[]}"#])
    func unusable(_ body: String) async throws {
        try await ErasureWorld.with { world in
            try await person(world)
            for topic in ["customers/redact", "customers/data_request"] {
                let request = try await world.webhook(topic, body)
                #expect(request.state == .failed && request.message == Self.nobody && !request.hasReceipt)
            }
            #expect(try await world.opened().count == 4)
            let orders = try await world.webhook("customers/redact", #"{"orders_to_redact":[101]}"#)
            #expect(orders.state == .done && orders.hasReceipt)
            #expect(try await world.opened().count == 3)
        }
    }
}

extension ErasureWorld {
    /// Records a compliance webhook and has it worked on until it is over or has failed for good.
    fileprivate func webhook(_ topic: String, _ body: String) async throws -> SubjectRequest {
        try await record(topic, body, identity: topic + body)
        try await project()
        let position = try head()
        let task = ReactorTask(
            id: 1, lane: shop.lane, shop: shop.id, reactor: "privacy", key: "k",
            payload: #"{"position":\#(position)}"#, attempt: 1, claim: 1)
        let reactor = PrivacyReactor(parts)
        do {
            for _ in 0..<100 {
                if try await reactor.run(task, NoProgress()) == .done { break }
                try await follower.begin()
                try await project()
            }
        } catch is SubjectFailure {}  // The request says it too.
        let requests = try await desk.list(RequestFilter())
        guard let request = requests.first(where: { $0.position == position }) else { throw Crash() }
        return request
    }

    /// What `footfall privacy verify` finds.
    fileprivate func fenced() async throws -> [DeepSearch.Finding] {
        try await DeepSearch(pool: pool, buffer: buffer).findFenced(shop: shop.id, schemas: Self.projections)
    }

    /// Lets processes and read models see what is there.
    fileprivate func settle() async throws {
        try await follower.begin()
        try await project()
    }

    fileprivate func verifyReadModels() async throws -> Bool {
        try await ProjectionRebuilder(projectorConfiguration()).verify().allSatisfy(\.isEqual)
    }
}
