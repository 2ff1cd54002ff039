import EventModel
import Foundation
import ReadModels
import TestSupport
import Testing

/// Shopify's own recordings and printed examples (`search_syntax.json`).
@Suite struct SearchVectorTests {
    /// The file's parts that are tested.
    struct Case: Sendable, CustomTestStringConvertible {
        let id: String
        let kind: String
        let resource: String?
        let query: String
        let expected: JSONValue?
        var testDescription: String { id }

        init?(_ json: JSONValue) {
            guard let id = json["id"]?.string, let kind = json["kind"]?.string, let query = json["query"]?.string else {
                return nil
            }
            (self.id, self.kind, self.query) = (id, kind, query)
            (resource, expected) = (json["resource"]?.string, json["expected"])
        }
    }

    static let cases: [Case] = {
        // Without the file there are no cases.
        let file = (try? Vectors.load("search_syntax")).flatMap { JSONValue.parse(Array($0)) }
        guard case .array(let cases) = file?["cases"] else { return [] }
        return cases.compactMap(Case.init)
    }()
    static func of(_ kind: String) -> [Case] { cases.filter { $0.kind == kind } }

    /// The recordings' shop is in this zone.
    static let context = SearchContext(zone: Zone(identifier: "America/New_York") ?? .utc, now: 0) { _, _ in nil }

    static func tree(_ query: SearchQuery, _ fields: SearchFields = .products) -> JSONValue? {
        var writer = JSONWriter()
        query.writeTree(&writer, fields, context)
        return JSONValue.parse(writer.bytes)
    }

    @Test func allCasesAreThere() {
        #expect(Self.cases.count == 172)
    }

    @Test(arguments: of("recorded_parse")) func recordedTree(_ test: Case) throws {
        // Two were sent to a resource without the field: its times stay as they were written.
        let isForeign = test.expected?["warnings"]?[0]?["field"] == .string("updated_at")
        #expect(
            try Self.tree(SearchQuery(test.query), isForeign ? .transactions : .products) == test.expected?["parsed"])
    }

    /// What Shopify drops with a warning is a problem here, named as Shopify names it.
    @Test(arguments: of("recorded_parse")) func whatShopifyDropsIsRefused(_ test: Case) throws {
        guard case .string(let code) = test.expected?["warnings"]?[0]?["code"],
            case .string(let field) = test.expected?["warnings"]?[0]?["field"]
        else { return }
        let query = try SearchQuery(test.query)
        if code == "invalid_field", SearchFields.products.fields[field] == nil {
            let problem = #expect(throws: SearchProblem.self) {
                try query.sql(.products, Self.context, firstPlaceholder: 1)
            }
            #expect(problem?.code == .invalidField && problem?.field == field)
        }
        if code == "invalid_value" {
            #expect(throws: SearchProblem.self) { try query.sql(.products, Self.context, firstPlaceholder: 1) }
        }
    }

    @Test(arguments: of("recorded_saved_search")) func savedSearch(_ test: Case) throws {
        let projection = SavedSearch(try #require(SearchQuery(test.query).tree), of: test.query)
        #expect(projection.json == test.expected)
    }

    @Test(arguments: of("documented_example")) func documentedExample(_ test: Case) throws {
        let query = try SearchQuery(test.query)
        guard let expected = test.expected, expected != .null else {
            guard case .and(let nodes) = query.tree else { return #expect(Bool(false), "no conjunction") }
            return #expect(nodes.count >= 2)
        }
        guard case .term(let term) = query.tree else { return #expect(Bool(false), "more than a term") }
        #expect(
            JSONValue.object([
                "field": .string(term.fieldName), "comparator": .string(term.comparison.rawValue),
                "value": .string(term.value), "quoted": .bool(term.form == .phrase),
            ]) == expected)
        // It is answered, or refused by name; never dropped.
        guard let fields = Self.fields[test.resource ?? ""] else { return }
        do {
            let sql = try query.sql(fields, Self.withHandles, firstPlaceholder: 1)
            #expect(sql.condition != "true")
        } catch {
            // Customers' ids are kept as hashes, which have no order; of channels nothing is known.
            let isKnown =
                test.query.hasPrefix("published_status:") || (fields.resource == "customers" && error.field == "id")
            #expect(error.code == .unsupportedField || isKnown, "\(error)")
        }
    }

    static let fields: [String: SearchFields] = [
        "products": .products, "orders": .orders, "customers": .customers,
    ]
    static let withHandles = SearchContext(zone: .utc, now: 0) { _, _ in .init(high: 1, low: 2) }

    @Test(arguments: [
        ("rule-implicit-and", "bob norman", SearchNode.and([.bare("bob"), .bare("norman", 4)])),
        ("rule-or", "status:active OR status:draft", .or([.field("status", "active"), .field("status", "draft", 17)])),
        ("rule-not-word", "NOT vendor:Acme", .not(.field("vendor", "Acme", 4))),
        ("rule-prefix", "norm*", .term(SearchTerm(field: nil, value: "norm", form: .prefix))),
        ("rule-exists", "published_at:*", .term(SearchTerm(field: "published_at", value: "", form: .exists))),
        (
            "rule-range", "orders_count:>=5 orders_count:<10",
            .and([.field("orders_count", "5", .greaterOrEqual), .field("orders_count", "10", .less, 17)])
        ),
        (
            "rule-space-after-colon", "customer_date: >='2024-01-01'",
            .term(
                SearchTerm(field: "customer_date", comparison: .greaterOrEqual, value: "2024-01-01", form: .phrase))
        ),
        (
            "rule-comma-list", "tag:'Wholesale,Repeat'",
            .term(SearchTerm(field: "tag", value: "Wholesale,Repeat", form: .phrase))
        ),
        (
            "rule-dotdot", "order_date:'2024-01-01..2024-03-31'",
            .term(SearchTerm(field: "order_date", value: "2024-01-01..2024-03-31", form: .phrase))
        ),
        ("rule-negated-comparator", "-inventory_total:<3", .not(.field("inventory_total", "3", .less, 1))),
    ]) func rule(_ id: String, _ query: String, _ tree: SearchNode) throws {
        #expect(Self.of("rule").first { $0.id == id }?.query == query)
        #expect(try SearchQuery(query).tree == tree)
    }
}

extension SearchNode {
    static func bare(_ value: String, _ position: Int = 0) -> SearchNode {
        .term(SearchTerm(field: nil, value: value, position: position))
    }

    static func field(
        _ name: String, _ value: String, _ comparison: SearchTerm.Comparison = .equal, _ position: Int = 0
    ) -> SearchNode {
        .term(SearchTerm(field: name, comparison: comparison, value: value, position: position))
    }

    static func field(_ name: String, _ value: String, _ position: Int) -> SearchNode {
        field(name, value, .equal, position)
    }
}

extension JSONValue {
    fileprivate var string: String? { if case .string(let text) = self { text } else { nil } }

    subscript(_ name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    subscript(_ index: Int) -> JSONValue? {
        if case .array(let values) = self, values.indices.contains(index) { values[index] } else { nil }
    }
}
