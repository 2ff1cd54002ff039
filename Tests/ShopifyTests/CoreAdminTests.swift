import Foundation
import Shopify
import Testing

@Suite struct CoreAdminTests {
    private struct Case: Decodable {
        let id: String
        let http_status: Int
        let response: CoreJSON?
    }

    @Test func recordedAnswersDecode() throws {
        var codes: [String: AdminError.Code] = [:]
        for one in try CoreVectors.cases("admin_graphql", as: Case.self) {
            guard let response = one.response else { continue }
            let reading = AnswerReader.read(body: try response.bytes())
            switch reading.outcome {
            case .success(let answer):
                #expect(try CoreJSON(answer.data) == response["data"], "\(one.id)")
                #expect((answer.cost == nil) == (response["extensions"]["cost"] == .null), "\(one.id)")
            case .failure(let error): codes[one.id] = error.code
            }
        }
        #expect(
            codes == ["webpixel-status-undefined": .invalid, "draft-order-create-inline-null-input": .invalid])
    }

    private static func failure(_ json: String) -> AdminError? {
        if case .failure(let error) = AnswerReader.read(body: Array(json.utf8)).outcome { return error }
        return nil
    }

    private static func errors(_ code: String, _ message: String = "m", cost: String? = nil) -> String {
        let extensions = cost.map { ",\"extensions\":{\"cost\":\($0)}" } ?? ""
        return "{\"errors\":[{\"message\":\"\(message)\",\"extensions\":{\"code\":\"\(code)\"}}]\(extensions)}"
    }

    private static let emptyBucket = """
        {"requestedQueryCost":252,"actualQueryCost":null,"throttleStatus":{"maximumAvailable":2000,\
        "currentlyAvailable":52,"restoreRate":100}}
        """

    @Test func codesAreTyped() {
        #expect(Self.failure(Self.errors("ACCESS_DENIED", "needs read_x"))?.code == .accessDenied)
        #expect(Self.failure(Self.errors("ACCESS_DENIED", "needs read_x"))?.message == "needs read_x")
        #expect(Self.failure(Self.errors("MAX_COST_EXCEEDED"))?.code == .tooCostly)
        #expect(Self.failure(Self.errors("INTERNAL_SERVER_ERROR"))?.code == .unavailable)
        #expect(Self.failure(Self.errors("SHOP_INACTIVE"))?.code == .frozen)
        #expect(Self.failure(#"{"errors":[{"message":"Throttled"}]}"#)?.code == .throttled)
        #expect(Self.failure(#"{"errors":"Not Found"}"#)?.code == .invalid)
        #expect(Self.failure("<html>")?.code == .malformed)
        #expect(Self.failure("{}")?.code == .malformed)
        #expect(Self.failure(#"{"data":null}"#)?.code == .malformed)
        // Data beside errors is not all that was asked for.
        #expect(
            Self.failure(#"{"data":{"a":1},"errors":[{"extensions":{"code":"ACCESS_DENIED"}}]}"#)?.code == .accessDenied
        )
    }

    @Test func variablesStayOutOfErrors() {
        let error = Self.failure(Self.errors("INVALID_VARIABLE", "ada@example.com is invalid"))
        #expect(error?.graphQLCodes == ["INVALID_VARIABLE"])
        #expect(error.map { "\($0)".contains("ada@") } == false)
    }

    @Test func throttledSaysHowLong() {
        let error = Self.failure(Self.errors("THROTTLED", cost: Self.emptyBucket))
        #expect(error?.code == .throttled)
        #expect(error?.retryAfterMillis == 2000)
        #expect(error?.isRetryable == true)
    }

    @Test func searchWarningsAreTold() throws {
        let json = #"{"data":{},"extensions":{"search":[{"path":["x"],"warnings":[{"code":"invalid_field"}]}]}}"#
        let answer = try AnswerReader.read(body: Array(json.utf8)).outcome.get()
        #expect(answer.searchWarnings == ["invalid_field"])
    }

    @Test func theBucketRestores() throws {
        var bucket = CostBucket()
        #expect(bucket.take(1500, now: 0) == nil)
        #expect(bucket.take(600, now: 0) == 1000)
        #expect(bucket.take(600, now: 500) == 500)
        #expect(bucket.take(600, now: 1000) == nil)
        let cost = try JSONDecoder().decode(QueryCost.self, from: Data(Self.emptyBucket.utf8))
        bucket.settle(cost.throttleStatus, now: 5000)
        #expect(bucket.take(252, now: 5000) == 2000)
        bucket.empty(now: 6000)
        #expect(bucket.take(1, now: 6000) == 10)
        // A clock that goes back restores nothing.
        #expect(bucket.take(1, now: 1) == 10)
        // What can never be is Shopify's to refuse.
        #expect(bucket.take(1e9, now: 10_000_000) == nil)
    }

    @Test func patience() throws {
        var query = Patience(isMutation: false)
        let down = AdminError(.unavailable, "x")
        #expect(query.wait(after: down, jitter: 0.5) == 500)
        #expect(query.wait(after: down, jitter: 0) == 500)
        #expect(query.wait(after: down, jitter: 1) == 3000)
        #expect(query.wait(after: down, jitter: 0) == nil)
        var mutation = Patience(isMutation: true)
        #expect(mutation.wait(after: down, jitter: 0) == nil)
        #expect(mutation.wait(after: AdminError(.throttled, "x", retryAfterMillis: 20_000), jitter: 0) == 20_000)
        #expect(mutation.wait(after: AdminError(.throttled, "x", retryAfterMillis: 20_000), jitter: 0) == nil)
        #expect(throws: AdminError.self) { try mutation.spend(10_001) }
        for code in AdminError.Code.allCases where code != .throttled && code != .unavailable {
            #expect(query.wait(after: AdminError(code, "x"), jitter: 0) == nil)
        }
    }

    @Test func secretsDoNotShow() {
        let secret = Secret("shpat_hidden")
        var dumped = ""
        dump(secret, to: &dumped)
        let access = ShopDomain("a.myshopify.com").map { ShopAccess(domain: $0, token: secret, version: 1) }
        for text in ["\(secret)", String(reflecting: secret), dumped, "\(String(describing: access))", "\([secret])"] {
            #expect(!text.contains("hidden"))
        }
    }
}
