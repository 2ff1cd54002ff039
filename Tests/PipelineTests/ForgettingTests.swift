import Foundation
import Testing

/// Two shoppers of one browser, every personal field a marker: what is stored of them, what is handed out, and what is
/// left of the one who asks to be forgotten.
@Suite(.serialized) struct ForgettingTests {
    private static let domain = "forget.myshopify.com"
    private static let (listed, kept, other): (Int64, Int64, Int64) = (900_111, 900_222, 900_333)

    @Test(.timeLimit(.minutes(10)))
    func aShopperIsForgottenProvably() async throws {
        let elsewhere = FileManager.default.temporaryDirectory.appending(path: "footfall-kept-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: elsewhere) }  // a leftover folder harms nobody
        let journal = elsewhere.appending(path: "erasures.journal").path
        try await Deployment.run(with: ["FOOTFALL_ERASURE_JOURNAL": journal]) { deployment in
            try deployment.start(.all)
            let shop = try await MarkedShop.open(deployment, Self.domain)
            let ann = MarkedShopper("annq", number: 1, client: "one-browser")
            let bob = MarkedShopper("bobq", number: 2, client: "one-browser")
            try await theyShop(shop, ann, bob)
            let search = MarkerSearch([ann, bob].flatMap(\.markers.values) + ["ZqkeptVxannq"])
            try nothingIsPlain(shop, search)
            try await dataAreHandedOut(shop, bob)

            let backup = try backUp(deployment, to: elsewhere)
            #expect(try search.found(under: elsewhere) == [])
            let before = try await Picture(shop)
            #expect(try await shop.webhook("customers/redact", ann.redaction(orders: [Self.listed])) == 200)
            let request = try await shop.finished("erasure")
            try receiptHolds(shop, try await shop.get("/api/privacy/requests/\(request)/receipt").text)

            try await annIsGone(shop, ann, before)
            try bobIsComplete(bob, in: try shop.opened())
            for model in try shop.readModels() { try deployment.command("projections", "rebuild", model) }
            try await annIsGone(shop, ann, before)
            try bobIsComplete(bob, in: try shop.opened())

            // The fence holds: what comes late is counted and keeps nothing of her.
            let late = ann.order(Self.listed, street: ann["street"], at: 300)
            #expect(try await shop.webhook("orders/updated", late) == 200)
            try await shop.waitUntilComplete()
            try expectNothing(of: ann, in: try shop.opened())
            try nothingIsPlain(shop, search)
            #expect(try deployment.command("log", "verify").isEmpty == false)
            try aRestoreForgetsToo(shop, ann, bob, from: backup, journal: journal, in: elsewhere)
        }
    }

    private func backUp(_ deployment: Deployment, to folder: URL) throws -> String {
        struct Line: Decodable { let folder: String }
        let line = try deployment.command("backup", "--to", folder.path, "--json")
        return try JSONDecoder().decode(Line.self, from: Data(line.utf8)).folder
    }

    /// The backup was made when everything was still held of her.
    private func aRestoreForgetsToo(
        _ shop: MarkedShop, _ ann: MarkedShopper, _ bob: MarkedShopper, from backup: String, journal: String,
        in folder: URL
    ) throws {
        let data = folder.appending(path: "restored").path
        try shop.deployment.command("restore", "--from", backup, "--data", data, "--tombstones", journal)
        let lines = try shop.deployment.command(
            "log", "export", "--data", data, "--format", "ndjson", "--open-personal"
        ).split(separator: "\n")
        try expectNothing(of: ann, in: lines)
        try bobIsComplete(bob, in: lines)
        try shop.deployment.command("log", "verify", "--data", data)
    }

    private func theyShop(_ shop: MarkedShop, _ ann: MarkedShopper, _ bob: MarkedShopper) async throws {
        for (shopper, orders) in [(ann, [Self.listed, Self.kept]), (bob, [Self.other])] {
            #expect(try await shop.webhook("customers/create", shopper.created()) == 200)
            for (index, order) in orders.enumerated() {
                let minute = shopper.number * 100 + index * 40
                #expect(try await shop.pixel(shopper.visit(order: order, from: minute)) == 202)
                // The order that is not to be redacted went to a street of its own.
                let street = order == Self.kept ? "ZqkeptVxannq" : shopper["street"]
                let body = shopper.order(order, street: street, at: minute + 4)
                #expect(try await shop.webhook("orders/create", body) == 200)
                let checkout = shopper.order(order, street: street, at: minute)
                #expect(try await shop.webhook("checkouts/update", checkout) == 200)
            }
            try await shop.lead(of: shopper)
        }
        try await shop.waitUntilComplete()
    }

    /// Everything personal is sealed: in the stores' files, in what was printed, in the log as it is exported.
    private func nothingIsPlain(_ shop: MarkedShop, _ search: MarkerSearch) throws {
        #expect(try search.found(under: shop.deployment.folder) == [])
        #expect(search.found(in: shop.deployment.process(.all)?.printed() ?? "") == [])
        #expect(search.found(in: try shop.deployment.command("log", "export", "--format", "ndjson")) == [])
    }

    private func dataAreHandedOut(_ shop: MarkedShop, _ bob: MarkedShopper) async throws {
        #expect(try await shop.webhook("customers/data_request", bob.dataRequest(orders: [Self.other])) == 200)
        let request = try await shop.finished("access")
        let export = try await shop.get("/api/privacy/requests/\(request)/export")
        #expect(export.status == 200, "\(export.text)")
        for field in ["email", "first", "street", "city", "note", "answer"] {
            #expect(export.text.contains(bob[field]), "\(field) is missing")
        }
        #expect(!export.text.contains("annq"), "another person's data were handed out")
        let page = try await shop.get("/api/privacy/requests/\(request)/export?format=html")
        #expect(page.text.contains("<html") && page.text.contains(bob["street"]))
    }

    private func receiptHolds(_ shop: MarkedShop, _ text: String) throws {
        let file = shop.deployment.folder.appending(path: "receipt.json")
        try text.write(to: file, atomically: true, encoding: .utf8)
        let verify = ["privacy", "receipt", "verify", file.path]
        // Without the stores: the receipt carries all that is needed.
        #expect(try FootfallProcess.run(verify, environment: ["DATABASE_URL": "", "REDIS_URL": ""]).status == 0)
        try text.replacing("erasure", with: "Erasure").write(to: file, atomically: true, encoding: .utf8)
        #expect(try FootfallProcess.run(verify, environment: [:]).status == 1)
    }

    /// All but the order that the request did not list.
    private func annIsGone(_ shop: MarkedShop, _ ann: MarkedShopper, _ before: Picture) async throws {
        let after = try await Picture(shop)
        #expect(after.totals == before.totals)
        // The log as it was, and more behind it.
        #expect(after.lines.prefix(before.lines.count).elementsEqual(before.lines))
        try expectNothing(of: ann, in: try shop.opened())
        for (order, isKept) in [(Self.listed, false), (Self.kept, true)] {
            let found = try await shop.get("/api/data/shopify/orders?order_id=\(order)").text
            #expect(found.contains("#\(order)") && found.contains(ann["email"]) == isKept, "\(found)")
        }
        let customers = try await shop.get("/api/data/shopify/customers?first=50").text
        #expect(!customers.contains(ann["email"]) && !customers.contains(ann["customer"]))
        let leads = try await shop.get("/api/analytics/leads?first=50").text
        #expect(!leads.contains(ann["email"]) && leads.contains("\"erased\""))
    }

    /// No line of the opened log holds anything of hers, but those of the order that stays.
    private func expectNothing(of ann: MarkedShopper, in lines: [Substring]) throws {
        let search = MarkerSearch(ann.markers.values)
        let left = lines.filter { !$0.contains("\(Self.kept)") }.flatMap { search.found(in: String($0)) }
        #expect(Set(left) == [])
        #expect(lines.contains { $0.contains("ZqkeptVxannq") }, "an order was erased that was not to be")
    }

    private func bobIsComplete(_ bob: MarkedShopper, in lines: [Substring]) throws {
        let text = lines.joined(separator: "\n")
        for (field, marker) in bob.markers where field != "agent" && field != "address" {
            #expect(text.contains(marker), "\(field) of another shopper is gone")
        }
    }

    /// What a merchant sees in numbers, and the log's lines as anybody may see them.
    private struct Picture {
        let totals: String
        let lines: [Substring]

        init(_ shop: MarkedShop) async throws {
            totals = try await shop.totals()
            lines = try shop.deployment.command("log", "export", "--format", "ndjson").split(separator: "\n")
        }
    }
}
