import EventModel
import Foundation
import Postgres
import Reactors
import Recorder
import Synchronization
import TestSupport
import Testing

@testable import Shopify

@Suite("Sync: the import of history")
struct SyncImportTests {
    /// Orders and their lines as a bulk file has them.
    private static func lines(orders: Int, linesEach: Int) -> (roots: [String], children: [String]) {
        var roots: [String] = []
        var children: [String] = []
        for order in 0..<orders {
            roots.append(
                """
                {"id":"gid:\\/\\/shopify\\/Order\\/\(1000 + order)","updatedAt":"2026-01-02T00:00:00Z","refunds":[],\
                "currencyCode":"USD"}
                """)
            for line in 0..<linesEach {
                children.append(
                    """
                    {"__typename":"LineItem","id":"gid:\\/\\/shopify\\/LineItem\\/\(order * 100 + line + 1)",\
                    "quantity":1,"__parentId":"gid:\\/\\/shopify\\/Order\\/\(1000 + order)"}
                    """)
            }
        }
        return (roots, children)
    }

    private static func pieces(_ lines: [String], of size: Int) -> [[UInt8]] {
        let bytes = Array(lines.joined(separator: "\n").utf8)
        return stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min(bytes.count, $0 + size)]) }
    }

    private static func operation(
        _ status: String, url: String? = nil, partial: String? = nil, error: String? = nil, bytes: Int = 1
    ) -> String {
        func quoted(_ text: String?) -> String { text.map { "\"\($0)\"" } ?? "null" }
        return """
            {"id":"gid://shopify/BulkOperation/1","status":"\(status)","errorCode":\(quoted(error)),
            "rootObjectCount":"40","objectCount":"160","fileSize":"\(bytes)","url":\(quoted(url)),
            "partialDataUrl":\(quoted(partial)),"query":"q"}
            """
    }

    private func importer(_ world: SyncWorld) -> HistoryImporter {
        HistoryImporter(
            admin: world.admin, shops: world.directory, folder: FileManager.default.temporaryDirectory.path,
            nowMillis: { SyncWorld.now })
    }

    private func payload(_ resource: HistoryResource = .orders) -> String {
        TaskJSON.text(ImportTask(resource: resource))
    }

    private func start(_ world: SyncWorld) {
        world.admin.on(
            .bulkOperationRun,
            #"{"bulkOperationRunQuery":{"bulkOperation":\#(Self.operation("CREATED")),"userErrors":[]}}"#)
    }

    /// Serves one status after another, the last for ever.
    private func serve(_ world: SyncWorld, _ operations: [String]) {
        let left = Mutex(operations[...])
        world.admin.on(.bulkOperation) { _ throws(AdminError) in
            let next = left.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? "null" }
            return #"{"bulkOperation":\#(next)}"#
        }
    }

    private enum Order: CaseIterable { case together, childrenFirst, mixed }

    @Test("lines in any order, in pieces of any size: each order comes with its own lines, once", arguments: [7, 4096])
    func anyOrder(_ size: Int) async throws {
        for order in Order.allCases {
            try await SyncWorld.with { world in
                let (roots, children) = Self.lines(orders: 40, linesEach: 3)
                var lines: [String] =
                    switch order {
                    case .together:
                        zip(roots, 0...).flatMap { root, index in [root] + children[index * 3..<index * 3 + 3] }
                    case .childrenFirst: children.reversed() + roots
                    case .mixed: []
                    }
                if order == .mixed {
                    var generator = SplitMix(seed: 5)
                    lines = (roots + children).shuffled(using: &generator)
                }
                world.admin.file("https://storage.example.com/f", Self.pieces(lines, of: size))
                self.start(world)
                self.serve(
                    world,
                    [
                        Self.operation("RUNNING"),
                        Self.operation("COMPLETED", url: "https://storage.example.com/f", bytes: 40 << 20),
                    ])
                _ = try await world.finish(self.importer(world), self.payload())
                let orders = await world.events.payloads("orders/updated")
                #expect(orders.count == 40)
                for text in orders {
                    let parsed = try #require(
                        JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
                    let id = try #require(parsed["id"] as? Int)
                    let ids = (parsed["line_items"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? Int }
                    #expect(ids.sorted() == (1...3).map { (id - 1000) * 100 + $0 })
                }
                let names = await world.events.names
                #expect(names.first == "import.started" && names.last == "import.finished")
                let status = try #require(ImportTable.list(shop: world.shop.id, on: world.connection).first)
                #expect(status.state == .finished && status.recorded == 40 && status.refused == 0 && status.total == 40)
            }
        }
    }

    @Test("a runner that ends half-way is followed by one that goes on, and nothing is there twice")
    func resumed() async throws {
        try await SyncWorld.with { world in
            let (roots, children) = Self.lines(orders: 40, linesEach: 1)
            world.admin.file("https://storage.example.com/f", Self.pieces(roots + children, of: 999))
            self.serve(world, [Self.operation("COMPLETED", url: "https://storage.example.com/f", bytes: 40 << 20)])
            let importer = self.importer(world)
            var state = ImportTask(resource: .orders)
            state.operation = "gid://shopify/BulkOperation/1"
            // The first runner is stopped when it has saved a few buckets.
            let progress = StoppingProgress(after: 3)
            await #expect(throws: StoppingProgress.Stopped.self) {
                try await importer.run(world.task(importer, TaskJSON.text(state)), progress)
            }
            let before = await world.events.payloads("orders/updated").count
            #expect(before > 0 && before < 40)
            let saved = try #require(await progress.last)
            let outcome = try await importer.run(world.task(importer, saved, claim: 2), SavedProgress())
            guard case .done = outcome else { throw TaskFailure.permanent("\(outcome)") }
            #expect(await world.events.payloads("orders/updated").count == 40)
            #expect(try ImportTable.list(shop: world.shop.id, on: world.connection).first?.recorded == 40)
        }
    }

    @Test("an expired file and a failed operation are asked for again; partial data are taken meanwhile")
    func again() async throws {
        try await SyncWorld.with { world in
            let (roots, _) = Self.lines(orders: 4, linesEach: 0)
            world.admin.file("https://storage.example.com/part", Self.pieces(Array(roots[..<2]), of: 64))
            world.admin.file("https://storage.example.com/all", Self.pieces(roots, of: 64))
            self.start(world)
            self.serve(
                world,
                [
                    Self.operation("COMPLETED", url: "https://storage.example.com/expired"),
                    Self.operation("FAILED", partial: "https://storage.example.com/part", error: "TIMEOUT"),
                    Self.operation("COMPLETED", url: "https://storage.example.com/all"),
                ])
            let outcome = try await world.finish(self.importer(world), self.payload())
            guard case .done = outcome else { throw TaskFailure.permanent("\(outcome)") }
            #expect(world.admin.calls(.bulkOperationRun).count == 3)
            #expect(await world.events.payloads("orders/updated").count == 4)
        }
    }

    @Test("denied access is told and given up at once; an operation that fails for ever is too")
    func givenUp() async throws {
        try await SyncWorld.with { world in
            self.start(world)
            self.serve(world, [Self.operation("FAILED", error: "ACCESS_DENIED")])
            await #expect(throws: TaskFailure.self) {
                try await world.finish(self.importer(world), self.payload(.customers))
            }
            let status = try #require(ImportTable.list(shop: world.shop.id, on: world.connection).first)
            #expect(status.state == .failed && status.message?.contains("denies") == true)
            #expect(await world.events.names.last == "import.failed")
            self.serve(world, [Self.operation("FAILED", error: "INTERNAL_SERVER_ERROR")])
            await #expect(throws: TaskFailure.self) {
                try await world.finish(self.importer(world), self.payload(.products))
            }
            #expect(world.admin.calls(.bulkOperationRun).count == 5)
        }
    }

    @Test("no objects: a file that does not exist is the end, not a failure; places that are taken are waited for")
    func empty() async throws {
        try await SyncWorld.with { world in
            let busy = Mutex(true)
            world.admin.on(.bulkOperationRun) { _ throws(AdminError) in
                if busy.withLock({ value in
                    defer { value = false }
                    return value
                }) {
                    return """
                        {"bulkOperationRunQuery":{"bulkOperation":null,"userErrors":[{"field":null,
                        "message":"A bulk query operation for this app and shop is already in progress: gid.",
                        "code":"OPERATION_IN_PROGRESS"}]}}
                        """
                }
                return #"{"bulkOperationRunQuery":{"bulkOperation":\#(Self.operation("CREATED")),"userErrors":[]}}"#
            }
            self.serve(world, [Self.operation("COMPLETED")])
            guard case .done = try await world.finish(self.importer(world), self.payload(.abandonedCheckouts)) else {
                throw TaskFailure.permanent("x")
            }
            #expect(world.admin.calls(.bulkOperationRun).count == 2)
            #expect(try ImportTable.list(shop: world.shop.id, on: world.connection).first?.recorded == 0)
        }
    }

    @Test("refunds are completed by the ids of their orders, and their lines page by page")
    func refunds() async throws {
        try await SyncWorld.with { world in
            let line =
                #"{"id":"gid://shopify/Order/1","updatedAt":"2026-01-02T00:00:00Z","#
                + #""refunds":[{"id":"gid://shopify/Refund/9"}]}"#
            world.admin.file("https://storage.example.com/f", [Array(line.utf8)])
            self.start(world)
            self.serve(world, [Self.operation("COMPLETED", url: "https://storage.example.com/f")])
            func node(_ id: Int) -> String {
                """
                {"id":"gid://shopify/RefundLineItem/\(id)","quantity":1,
                "lineItem":{"id":"gid://shopify/LineItem/\(id)"}}
                """
            }
            world.admin.on(
                .orderRefunds,
                """
                {"nodes":[{"id":"gid://shopify/Order/1","refunds":[{"id":"gid://shopify/Refund/9",
                "refundLineItems":{"pageInfo":{"hasNextPage":true,"endCursor":"c"},"nodes":[\(node(1))]}}]}]}
                """)
            world.admin.on(
                .refundLineItems,
                """
                {"refund":{"id":"x","refundLineItems":{"pageInfo":{"hasNextPage":false},"nodes":[\(node(2))]}}}
                """)
            _ = try await world.finish(self.importer(world), self.payload())
            let order = try #require(await world.events.payloads("orders/updated").first)
            #expect(order.contains(#""line_item_id":1,"#) && order.contains(#""line_item_id":2,"#))
        }
    }

    @Test("lines that are no objects, and children without a parent, are counted")
    func refused() async throws {
        try await SyncWorld.with { world in
            let lines = [
                #"{"id":"gid://shopify/Order/1","updatedAt":"2026-01-02T00:00:00Z","refunds":[]}"#, "not json", "[1]",
                #"{"id":"gid://shopify/LineItem/5","__parentId":"gid://shopify/Order/404"}"#,
            ]
            world.admin.file("https://storage.example.com/f", Self.pieces(lines, of: 50))
            self.start(world)
            self.serve(world, [Self.operation("COMPLETED", url: "https://storage.example.com/f")])
            _ = try await world.finish(self.importer(world), self.payload())
            let status = try #require(ImportTable.list(shop: world.shop.id, on: world.connection).first)
            #expect(status.recorded == 1 && status.refused == 3)
        }
    }

    @Test("the recorded JSONL of a real shop comes out as one product with its variant")
    func recording() async throws {
        let vectors = try JSONSerialization.jsonObject(with: Vectors.load("admin_graphql")) as? [String: Any]
        let cases = try #require(vectors?["cases"] as? [[String: Any]])
        let text = try #require(cases.first { $0["id"] as? String == "bulk-jsonl-run" }?["jsonl"] as? String)
        try await SyncWorld.with { world in
            world.admin.file("https://storage.example.com/f", [Array(text.utf8)])
            self.start(world)
            self.serve(world, [Self.operation("COMPLETED", url: "https://storage.example.com/f")])
            _ = try await world.finish(self.importer(world), self.payload(.products))
            let product = try #require(await world.events.payloads("products/update").first)
            #expect(product.contains(#""id":10243914727730,"#) && product.contains(#""id":51487966167346,"#))
        }
    }
}
