import DataSubjects
import EventModel
import Foundation
import Pipelines
import Privacy
import Reactors
import Recorder
import TestSupport
import Testing

/// What each public compliance webhook is understood to ask for. Those with a bad signature and those of unknown shops
/// end at the gateway, whose tests send all of them.
@Suite("Compliance webhooks of the public vectors")
struct ComplianceVectorTests {
    /// One vector; `expected` stays open, so that a key that nobody asserts is noticed.
    struct Vector: Sendable, CustomTestStringConvertible {
        let id: String
        let topic: String
        let body: String
        let expected: [String: Value]
        var testDescription: String { id }
    }

    enum Value: Decodable, Sendable, Equatable {
        case nothing, number(Int64), text(String), numbers([Int64])

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                self = .nothing
            } else if let number = try? value.decode(Int64.self) {  // else it is something else
                self = .number(number)
            } else if let text = try? value.decode(String.self) {  // else it is a list
                self = .text(text)
            } else {
                self = .numbers(try value.decode([Int64].self))
            }
        }
    }

    private struct File: Decodable {
        struct Case: Decodable {
            let id: String
            let headers: [String: String]
            let body: String
            let expected: [String: Value]
        }
        let cases: [Case]
    }

    static func vectors() throws -> [Vector] {
        try JSONDecoder().decode(File.self, from: Vectors.load("compliance_webhooks")).cases.map { one in
            Vector(
                id: one.id, topic: one.headers["X-Shopify-Topic"] ?? "", body: one.body, expected: one.expected)
        }
    }

    /// The remarks of the vectors and where they are held.
    private static let atTheGateway: Set<String> = [
        "401 on a bad HMAC (a frequent rejection)", "401", "200, no row created for the shop",
    ]
    private static let here: Set<String> = [
        "no shop_id, no email: still erase by customer id", "erase the person; do not crash on the missing array",
    ]
    private static let known: Set<String> = [
        "status", "shop_id", "customer_id", "orders", "email", "data_request_id", "must",
    ]

    @Test func `every expectation is one that a test knows`() throws {
        for vector in try Self.vectors() {
            #expect(Set(vector.expected.keys).isSubset(of: Self.known), "\(vector.id)")
            if case .text(let must) = vector.expected["must"] {
                #expect(Self.atTheGateway.union(Self.here).contains(must), "\(vector.id)")
            }
        }
    }

    @Test(
        arguments: try vectors().filter { vector in
            guard vector.expected["status"] == .number(200) else { return false }
            if case .text(let must) = vector.expected["must"] { return here.contains(must) }
            return true
        })
    func `it asks for what the vector says`(_ vector: Vector) async throws {
        try await ErasureWorld.with { world in
            let request = try await world.receive(vector)
            let context = ShopContext(shop: world.shop.id, keys: try world.recorded.keys)
            func asks(_ kind: HandleKind, _ text: String) -> Bool {
                context.handle(kind, text).map(request.asked.contains) ?? false
            }
            let kinds: [String: SubjectRequestKind] = ["customers/redact": .erasure, "shop/redact": .shopErasure]
            #expect(request.kind == kinds[vector.topic] ?? .access)
            // A shop is forgotten as a whole: its number is no part of it.
            #expect(request.asked.isEmpty == (vector.topic == "shop/redact"))
            for (key, value) in vector.expected {
                switch (key, value) {
                case ("customer_id", .number(let id)): #expect(asks(.customer, String(id)))
                case ("email", .text(let email)): #expect(asks(.email, email))
                case ("orders", .numbers(let ids)):
                    #expect(request.asked.count { $0.kind == .order } == ids.count)
                    #expect(ids.allSatisfy { asks(.order, String($0)) })
                    #expect(request.orders == (vector.topic == "customers/redact" ? .listed : .all))
                case ("orders", .nothing): #expect(request.orders == .all)
                case ("data_request_id", .number(let id)): #expect(request.reference == String(id))
                case ("data_request_id", .nothing): #expect(request.reference == nil)
                case ("must", _): #expect(request.state != .failed && !request.asked.isEmpty)
                case ("status", _), ("shop_id", _): break
                default: Issue.record("nobody asserts \(key): \(value)")
                }
            }
        }
    }
}

extension ErasureWorld {
    /// Records a vector's webhook and has it taken on.
    fileprivate func receive(_ vector: ComplianceVectorTests.Vector) async throws -> SubjectRequest {
        try await record(vector.topic, vector.body, identity: vector.id)
        try await project()
        let position = try head()
        let task = ReactorTask(
            id: 1, lane: shop.lane, shop: shop.id, reactor: "privacy", key: "k",
            payload: #"{"position":\#(position)}"#, attempt: 1, claim: 1)
        _ = try await PrivacyReactor(parts).run(task, NoProgress())
        guard let request = try await desk.list(RequestFilter()).first(where: { $0.position == position }) else {
            throw Crash()
        }
        return request
    }
}
