import Foundation
import Synchronization
import Testing

/// What must hold at the end of a run: the erased are gone, the others complete, totals exact.
struct StormEnd {
    let storm: Storm
    let shop: StormShop
    private var truth: StormTruth { storm.truth.withLock(\.self) }

    init(storm: Storm, shop: StormShop) { (self.storm, self.shop) = (storm, shop) }

    func check() async throws {
        try await accountsBalance()
        let requests = try await requestsAreDone()
        try await totalsAreExact()
        try await logHoldsWhatItMay()
        try await listsHoldWhatTheyMay(requests)
        try await othersAreComplete()
        try await productAgrees()
        try await nothingIsPlain()
    }

    private func accountsBalance() async throws {
        struct Stats: Decodable { let difference: Int }
        try await shop.waitUntilComplete()
        var stats = ""
        let isEven = try await eventually(within: patience) {
            stats = try await shop.deployment.succeed(["log", "stats", "--json"])
            return try JSONDecoder().decode(Stats.self, from: Data(stats.utf8)).difference == 0
        }
        storm.check(isEven, "accounting: \(stats)")
    }

    /// All are done, and each erasure has its receipt.
    private func requestsAreDone() async throws -> [[String: Any]] {
        let requests = try await shop.finishedRequests()
        let file = storm.root.appending(path: "receipt.json")
        for request in requests {
            let id = request["id"] as? String ?? ""
            guard request["state"] as? String == "done" else {
                storm.note("request not done: \(request)")
                continue
            }
            guard request["kind"] as? String == "erasure" else { continue }
            let receipt = try await shop.get("/api/privacy/requests/\(id)/receipt").text
            storm.checkPlain(receipt, "a receipt")
            try receipt.write(to: file, atomically: true, encoding: .utf8)
            let verdict = try await shop.deployment.attempt(["privacy", "receipt", "verify", file.path])
            storm.check(verdict.status == 0, "receipt of \(id): \(verdict.output)")
        }
        try await shop.waitUntilComplete()
        return requests
    }

    private func totalsAreExact() async throws {
        let truth = truth
        let orders = truth.orders.count
        let sales = try await shop.query(["orders", "units", "gross_sales", "net_sales", "shipping", "total_sales"])
        // Each of two things at 10.00, and 5.00 for sending them.
        let money = [orders, orders * 2, orders * 2000, orders * 2000, orders * 500, orders * 2500]
        storm.check(sales.first as? [Int] ?? [] == money, "sales: \(sales) for \(orders) orders")
        let visits = try await shop.query(["sessions", "pageviews", "checkouts", "purchases", "leads"])
        let names = truth.names
        let counts = [truth.visits] + ["page_viewed", "checkout_started", "checkout_completed"].map { names[$0] ?? 0 }
        let counted = visits.first as? [Int] ?? []
        storm.check(
            Array(counted.dropLast()) == counts && counted.last.map(truth.leads.contains) == true,
            "visits: \(visits) for \(counts) and \(truth.leads)")
        var events: [String: Int] = [:]
        for row in try await shop.query(["events"], by: ["event:name"]) {
            guard let name = row.first as? String, let count = row.last as? Int, count > 0 else { continue }
            events[name] = count
        }
        // Of starts of the widget there are as many as answers were lost.
        events["widget_session_started"] = nil
        storm.check(events == names, "events: \(events) for \(names)")
    }

    // MARK: Personal words

    /// Every event that was taken is in the log once; what it says of a person can be read or not as it must.
    private func logHoldsWhatItMay() async throws {
        let lines = try await shop.deployment.succeed(["log", "export", "--format", "ndjson", "--open-personal"])
            .split(separator: "\n").map(String.init)
        var byProbe: [String: [String]] = [:]
        var rest: [String] = []
        for line in lines {
            if let probe = Self.probe(line) { byProbe[probe, default: []].append(line) } else { rest.append(line) }
        }
        let truth = truth
        for event in truth.sent {
            let found = byProbe.removeValue(forKey: event.probe) ?? []
            storm.check(found.count == 1, "\(event.name) \(event.probe) is \(found.count) times in the log")
            guard let line = found.first else { continue }
            let left = storm.person(event.person).markers.values.filter(line.contains)
            let about = "\(event.name) \(event.probe) of person \(event.person)"
            switch truth.fate(event) {
            case .gone: storm.check(left.isEmpty, "\(about) still says \(left)")
            case .open: storm.check(event.markers.isSubset(of: left), "\(about) only says \(left)")
            case .either: break
            }
        }
        storm.check(byProbe.isEmpty, "never taken, or lost by a restore, and in the log: \(byProbe.keys)")
        storm.checkPlain(rest.joined(separator: "\n"), "events of our own")
        storm.checkPlain(
            try await shop.deployment.succeed(["log", "export", "--format", "ndjson"]), "the log as it is exported")
        _ = try await shop.deployment.succeed(["log", "verify"])
    }

    private static func probe(_ line: String) -> String? {
        // What is no JSON has no probe.
        let event = (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
        return (event?["payload"] as? [String: Any])?["probe"] as? String
    }

    private func listsHoldWhatTheyMay(_ requests: [[String: Any]]) async throws {
        var texts: [String: String] = [:]
        for path in [
            "/api/data/shopify/orders", "/api/data/shopify/customers", "/api/data/shopify/transactions",
            "/api/analytics/leads", "/api/analytics/sessions",
        ] {
            texts[path] = String(
                decoding: try JSONSerialization.data(withJSONObject: try await shop.list(path)), as: UTF8.self)
        }
        for request in requests where request["kind"] as? String == "access" {
            let id = request["id"] as? String ?? ""
            let export = try await shop.get("/api/privacy/requests/\(id)/export", expecting: [200, 404, 410])
            texts["export of \(id)"] = export.text
        }
        let truth = truth
        for person in truth.forgotten {
            for (place, text) in texts {
                let left = storm.person(person).markers.values.filter(text.contains)
                storm.check(left.isEmpty, "person \(person) in \(place): \(left)")
            }
        }
        for event in truth.sent where event.isOrder && truth.others.contains(event.person) {
            let email = storm.person(event.person)["email"]
            storm.check(texts["/api/data/shopify/orders"]?.contains(email) ?? false, "orders of \(event.person)")
        }
    }

    /// Whoever never asked is given all that was ever said, and nothing of anybody else.
    private func othersAreComplete() async throws {
        let truth = truth
        for person in truth.others.sorted() {
            let shopper = storm.person(person)
            let file = storm.root.appending(path: "export-\(person).json").path
            _ = try await shop.deployment.succeed(
                ["privacy", "export", "--shop", StormShop.domain, "--email", shopper["email"], "--out", file])
            let text = try String(contentsOfFile: file, encoding: .utf8)
            // Handed out as it must be; what is looked through later is what is kept.
            try FileManager.default.removeItem(atPath: file)
            let said = truth.sent.filter { $0.person == person && !$0.traits.isEmpty && $0.owner == nil }
            let missing = Set(said.flatMap(\.markers)).filter { !text.contains($0) }
            storm.check(missing.isEmpty, "export of person \(person) lacks \(missing)")
            for other in storm.everybody where other.number != person {
                let left = other.markers.values.filter(text.contains)
                storm.check(left.isEmpty, "export of person \(person) says \(left)")
            }
        }
    }

    // MARK: What the product says of itself

    private func productAgrees() async throws {
        try await shop.waitUntilComplete()
        let words = truth.forgotten.flatMap { storm.person($0).markers.values }.flatMap { ["--find", $0] }
        for command in [["projections", "verify"], ["privacy", "verify"] + words] {
            let verdict = try await shop.deployment.attempt(command)
            storm.check(verdict.status == 0, "\(command.prefix(2)): \(verdict.output)")
        }
    }

    private func nothingIsPlain() async throws {
        storm.checkPlain(shop.deployment.printed(), "what was printed")
        let left = try MarkerSearch(storm.everybody.flatMap(\.markers.values)).found(under: storm.root)
        storm.check(left.isEmpty, "plain in files: \(left)")
    }
}
