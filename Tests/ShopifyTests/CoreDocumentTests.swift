import Shopify
import ShopifyStandIn
import Testing

/// Every document against Shopify's schema, and the bulk queries against the rules of bulk queries.
@Suite struct CoreDocumentTests {
    @Test func everyDocumentFitsTheSchema() throws {
        let schema = try StandInValidatorTests.schema.get()
        for document in AdminDocument.all {
            let problems = schema.validate(text: document.text, variables: nil)
                .filter { !$0.code.hasPrefix("INVALID_VARIABLE") }
            #expect(problems == [], "\(document.name)")
        }
    }

    @Test func namesAreTheOperations() {
        #expect(Set(AdminDocument.all.map(\.name)).count == AdminDocument.all.count)
        for document in AdminDocument.all {
            let word = document.isMutation ? "mutation" : "query"
            #expect(document.text.hasPrefix("\(word) \(document.name)"), "\(document.name)")
        }
    }

    @Test func bulkQueriesKeepTheRules() {
        for document in AdminDocument.all where document.isBulkQuery {
            let connections = document.text.ranges(of: "edges { node {").count
            #expect((1...5).contains(connections), "\(document.name)")
            #expect(!document.text.contains("nodes"), "\(document.name)")
            #expect(!document.text.contains("$"), "a bulk query has no variables: \(document.name)")
        }
    }

    @Test func filtersAreQuoted() {
        let text = AdminDocument.bulkOrders(filter: #"name:"a\b" updated_at:>='2026-01-01'"#).text
        #expect(text.contains(#"orders(query: "name:\"a\\b\" updated_at:>='2026-01-01'")"#))
    }
}
