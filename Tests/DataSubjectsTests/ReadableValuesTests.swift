import DataSubjects
import EventModel
import Foundation
import Postgres
import TestSupport
import Testing

/// What of a person stands in fields that are not personal: it cannot be taken back, so it must be told.
@Suite("Values that an erasure leaves readable")
struct ReadableValuesTests {
    /// A value that a person gave as personal, and the place that is none where it stands too.
    enum Place: String, CaseIterable {
        case campaign, campaignPhone, campaignEmail, page, code, codeOfPhone
        var columns: [String] {
            switch self {
            case .campaign, .campaignPhone: ["sessions.session.utm_content"]
            case .campaignEmail: ["sessions.session.utm_term"]
            case .page: ["sessions.session.entry_page", "sessions.session.exit_page"]
            case .code, .codeOfPhone: ["orders.shop_order.discount_codes"]
            }
        }
    }

    private static let customer = 4_711_000_123

    private func visit(_ world: ErasureWorld, _ address: String) throws {
        try world.pixel(
            """
            {"name":"page_viewed","id":"v","clientId":"browser-a","timestamp":"\(Timestamp.text(ErasureWorld.now))",
            "context":{"document":{"location":{"href":"https://shop.example\(address)"}}}}
            """)
        try world.pixel(
            """
            {"name":"checkout_completed","id":"c","clientId":"browser-a",
            "timestamp":"\(Timestamp.text(ErasureWorld.now))","data":{"checkout":{"token":"token-a",
            "email":"me@x.example","phone":"49301234567","order":{"id":"900","customer":{"id":"\(Self.customer)"}}}}}
            """)
    }

    private func order(_ world: ErasureWorld, code: String, attribute: String = "") async throws {
        let at = Timestamp.text(ErasureWorld.now)
        try await world.record(
            "orders/create",
            """
            {"id":900,"name":"#900","email":"me@x.example","phone":"+49 301 234567",
            "created_at":"\(at)","updated_at":"\(at)","processed_at":"\(at)",
            "currency":"EUR","total_price":"31.00","financial_status":"paid","customer":{"id":\(Self.customer)},
            "note_attributes":[{"name":"Delivery date","value":"\(attribute)"}],
            "discount_codes":[{"code":"\(code)","amount":"1.00","type":"fixed_amount"}],"line_items":[]}
            """, identity: "900")
    }

    private func make(_ place: Place, _ world: ErasureWorld) async throws {
        switch place {
        case .campaign: try visit(world, "/?utm_source=mail&utm_content=\(Self.customer)")
        case .campaignPhone: try visit(world, "/?utm_source=mail&utm_content=49301234567")
        case .campaignEmail: try visit(world, "/?utm_source=mail&utm_term=me%252540x.example")
        case .page: try visit(world, "/pages/offer/\(Self.customer)")
        case .code: try await order(world, code: "VIP-\(Self.customer)")
        case .codeOfPhone: try await order(world, code: "BDAY-49301234567")
        }
        try await world.project()
    }

    @Test("an erasure ends, and its receipt says where such values stand", arguments: Place.allCases)
    func remains(_ place: Place) async throws {
        try await ErasureWorld.with { world in
            try await make(place, world)
            let request = try await world.ask { $0.customerID = "\(Self.customer)" }
            try await world.workOff(request.id)
            let row = try #require(try await world.desk.find(request.id))
            #expect(row.state == .done && row.remains == Int64(place.columns.count))
            let receipt = try await world.receipt(request.id)
            let steps = receipt["steps"] as? [String: [String: Int]]
            for column in place.columns { #expect(steps?["searched"]?["values_in_\(column)"] == 1) }
            let remains = receipt["remains"] as? [[String: Any]] ?? []
            #expect(remains.map { $0["column"] as? String } == place.columns)
            let words = (receipt["statements"] as? [String] ?? []).joined()
            #expect(words.contains("\(place.columns[0]) in 1 row") && !words.contains("x.example"))
            let told = try await unfinished(world, request)
            #expect(told.map(\.place) == place.columns)
            let left = "select from privacy.request where wrapped_key is not null or sealed_probes is not null"
            #expect(try world.connection.query(left).isEmpty)
        }
    }

    /// What `footfall privacy verify ID` says beside the rest.
    private func unfinished(_ world: ErasureWorld, _ request: SubjectRequest) async throws -> [DeepSearch.Finding] {
        try await DeepSearch(pool: world.pool, buffer: world.buffer)
            .findUnfinished(shop: world.shop.id, request: request.id)
    }

    @Test("an erasure that is not over is told of, and one without such values leaves nothing to tell")
    func unfinished() async throws {
        try await ErasureWorld.with { world in
            try await world.order(101, of: "anna", customer: Self.customer)
            try await world.project()
            let request = try await world.ask { $0.customerID = "\(Self.customer)" }
            try await world.workOff(request.id, endingAt: .vacuumed)
            let found = try await unfinished(world, request)
            #expect(
                found.map(\.place) == ["privacy.request"] && found[0].reason?.contains("working after buffer") == true)
            try await world.workOff(request.id)
            #expect(try await unfinished(world, request).isEmpty)
            let remains = try await world.receipt(request.id)["remains"] as? [Any]
            #expect(remains?.isEmpty == true)
        }
    }

    @Test("dates and times prove nothing, and times of rows are no texts", arguments: ["page", "order"])
    func dates(_ of: String) async throws {
        try await ErasureWorld.with { world in
            let day = String(Timestamp.text(ErasureWorld.now).prefix(10))
            try await order(world, code: of == "order" ? "SALE \(day)" : "", attribute: day)
            try await world.project()
            let request = try await world.ask { $0.customerID = "\(Self.customer)" }
            try await world.workOff(request.id)
            let steps = try await world.receipt(request.id)["steps"] as? [String: [String: Int]]
            #expect(steps?["searched"]?["values_in_read_models"] == 0)
        }
    }
}
