import ShopifyStandIn
import Testing

/// Bulk operations: their rules, their course and their files.
@Suite struct StandInBulkTests {
    static let run = """
        mutation ($query: String!) {
          bulkOperationRunQuery(query: $query) {
            bulkOperation { id status }
            userErrors { field message code }
          }
        }
        """
    static let poll = """
        query ($id: ID!) {
          bulkOperation(id: $id) { status url partialDataUrl errorCode objectCount rootObjectCount fileSize }
        }
        """
    static let orders = "{ orders { edges { node { id name lineItems { edges { node { id quantity } } } } } } }"

    private func start(_ client: StandInClient, _ query: String) async throws -> WireValue {
        try await client.data(Self.run, ["query": .string(query)])["bulkOperationRunQuery"]
    }

    private func finish(_ client: StandInClient, _ query: String = orders) async throws -> WireValue {
        let id = try await start(client, query)["bulkOperation"]["id"]
        var answer = WireValue.null
        repeat {
            answer = try await client.data(Self.poll, ["id": id])["bulkOperation"]
        } while ["CREATED", "RUNNING"].contains(answer["status"].text)
        return answer
    }

    private func download(_ client: StandInClient, _ url: WireValue) async throws -> StandInClient.Answer {
        let address = client.standIn.address(of: StandInClient.shop)
        return try await client.send("GET", String((url.text ?? "").dropFirst(address.count)))
    }

    private func lines(_ text: String) throws -> [WireValue] {
        try text.split(separator: "\n").map { try WireValue(jsonText: String($0)) }
    }

    @Test func theFileHoldsParentsAndChildrenWithEscapedSlashes() async throws {
        try await StandInClient.run { client in
            let done = try await finish(client)
            #expect(done["status"] == "COMPLETED")
            let file = try await download(client, done["url"])
            #expect(file.text.hasPrefix(#"{"id":"gid:\/\/shopify\/Order\/"#))
            #expect(done["fileSize"].text == String(file.body.count))
            let lines = try lines(file.text)
            #expect(done["objectCount"].text == String(lines.count))
            let parents = Set(lines.filter { !$0.has("__parentId") }.map { $0["id"] })
            #expect(done["rootObjectCount"].text == String(parents.count) && parents.count == 60)
            #expect(lines.filter { $0.has("__parentId") }.allSatisfy { parents.contains($0["__parentId"]) })
            #expect(client.standIn.problems == [])
        }
    }

    @Test(arguments: [BulkPlan.LineOrder.childrenFirst, .childrenLast, .mixed(roots: 16)])
    func linesComeInAnyOrder(order: BulkPlan.LineOrder) async throws {
        try await StandInClient.run { client in
            let straight = try await download(client, finish(client)["url"])
            var plan = BulkPlan()
            plan.lineOrder = order
            client.standIn.plan(StandInClient.shop, plan)
            let other = try await download(client, finish(client)["url"])
            #expect(other.body != straight.body)
            #expect(try Set(lines(other.text)) == Set(lines(straight.text)))
        }
    }

    @Test func failuresAndExpiryAreToldAsShopifyTellsThem() async throws {
        try await StandInClient.run { client in
            var partial = BulkPlan()
            partial.ending = .fails(code: "TIMEOUT", partialLines: 5)
            var expired = BulkPlan()
            expired.refusedDownloads = 1
            var cut = BulkPlan()
            cut.breaksAfter = 100
            client.standIn.plan(StandInClient.shop, partial, expired, cut)
            let failed = try await finish(client)
            #expect(failed["status"] == "FAILED" && failed["errorCode"] == "TIMEOUT" && failed["url"].isNull)
            #expect(try await lines(download(client, failed["partialDataUrl"]).text).count == 5)
            let url = try await finish(client)["url"]
            #expect(try await download(client, url).status == 403)
            #expect(try await download(client, url).status == 200)
            let broken = try await finish(client)["url"]
            await #expect(throws: (any Error).self) { try await download(client, broken) }
            #expect(try await download(client, broken).status == 200)
        }
    }

    @Test func atMostFiveRunAtOnce() async throws {
        try await StandInClient.run { client in
            for _ in 0..<5 { #expect(try await start(client, Self.orders)["userErrors"] == []) }
            let refused = try await start(client, Self.orders)["userErrors"].elements.first ?? .null
            #expect(refused["code"] == "OPERATION_IN_PROGRESS")
        }
    }

    @Test func aLongFileIsMadeWhileItIsRead() async throws {
        try await StandInClient.run { client in
            var plan = BulkPlan()
            plan.generatedOrders = 2000
            client.standIn.plan(StandInClient.shop, plan)
            let done = try await finish(client)
            #expect(done["rootObjectCount"] == "2000")
            let file = try await download(client, done["url"])
            #expect(file.body.count { $0 == 0x0A } == Int(done["objectCount"].text ?? ""))
        }
    }

    /// The recorded refusals, word for word.
    @Test(arguments: ["bulk-no-connection", "bulk-nodesInsteadOfEdges"])
    func recordedRefusals(id: String) async throws {
        let recorded = try #require(try StandInFixtures.recorded("admin_graphql").first { $0["id"] == .string(id) })
        try await StandInClient.run { client in
            let query = recorded["request"]["variables"]["query"].text ?? ""
            let answer = try await start(client, query)["userErrors"]
            #expect(answer == recorded["response"]["data"]["bulkOperationRunQuery"]["userErrors"])
        }
    }
}
