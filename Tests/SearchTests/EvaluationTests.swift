import EventModel
import Foundation
import Postgres
import ReadModels
import TestSupport
import Testing

/// Compiled searches against rows: the recorded results, and random searches against a reference.
@Suite struct SearchEvaluationTests {
    static let context = SearchContext(zone: .utc, now: 0) { _, _ in nil }

    static func find(_ query: SearchQuery, _ connection: PostgresConnection) throws -> Set<Int64> {
        let sql = try query.sql(.products, context, firstPlaceholder: 3)
        let rows = try connection.query(
            "select r.id from products.product r where r.lane = $1 and r.shop_id = $2 and (\(sql.condition))",
            [.int2(1), .int4(1)] + sql.parameters)
        return Set(rows.map { $0.int64(0) })
    }

    @Test(arguments: SearchVectorTests.of("recorded_result").filter { $0.resource == "products" })
    func recordedResult(_ test: SearchVectorTests.Case) async throws {
        let records = try Self.records(test.id)
        try await TestStores.shared.withDatabase(migrated: false) { database in
            let connection = PostgresConnection(database)
            defer { connection.close() }
            try Row.insert(records, connection)
            guard !test.id.hasPrefix("malformed-field"), !test.id.hasPrefix("malformed-bare") else {
                #expect(throws: SearchProblem.self) { try SearchQuery(test.query) }
                return
            }
            guard case .array(let ids) = test.expected?["ids"] else { return #expect(Bool(false)) }
            #expect(
                try Self.find(SearchQuery(test.query), connection)
                    == Set(ids.compactMap { if case .string(let id) = $0 { Int64(id) } else { nil } }))
        }
    }

    struct File: Decodable { let cases: [Case] }
    struct Case: Decodable {
        let id: String
        let records: [Record]?
    }
    struct Record: Decodable {
        let id: String
        let title: String?
        let vendor: String?
        let productType: String?
        let state: String?
        let tags: [String]?

        var number: UInt64 {
            get throws { try #require(UInt64(id.split(separator: "/").last ?? "")) }
        }
    }

    static func file() throws -> File {
        try JSONDecoder().decode(File.self, from: Vectors.load("search_syntax"))
    }

    static func records(_ id: String) throws -> [Row] {
        try #require(file().cases.first { $0.id == id }?.records).map { record in
            Row(
                id: Int64(try record.number), title: record.title ?? "", vendor: record.vendor ?? "",
                type: record.productType ?? "", status: "active", tags: record.tags ?? [], inventory: nil,
                createdAt: 0, publishedAt: nil, variants: [])
        }
    }

    @Test(arguments: SearchVectorTests.of("recorded_result").filter { $0.resource == "customers" })
    func recordedCustomers(_ test: SearchVectorTests.Case) async throws {
        let records = try Self.file().cases.first { $0.id == test.id }?.records ?? []
        guard case .array(let ids) = test.expected?["ids"] else { return #expect(Bool(false)) }
        try await TestStores.shared.withDatabase(migrated: false) { database in
            let connection = PostgresConnection(database)
            defer { connection.close() }
            try Row.createSchema("customers", connection)
            for record in records {
                _ = try connection.query(
                    """
                    insert into customers.customer (lane, shop_id, handle, version, state, tags)
                    values (1, 1, $1, 0, $2, $3)
                    """, [.uuid(0, try record.number), .text(record.state ?? ""), .textArray(record.tags ?? [])])
            }
            let sql = try SearchQuery(test.query).sql(.customers, Self.context, firstPlaceholder: 1)
            let found = try connection.query(
                "select r.handle from customers.customer r where \(sql.condition)", sql.parameters
            ).map { String($0.uuid(0).1) }
            #expect(Set(found) == Set(ids.compactMap { if case .string(let id) = $0 { id } else { nil } }))
        }
    }

    @Test(arguments: [
        "name:1001", "name:#1001", ##"name:"#1001""##, ##"name:\#1001"##, "name:#10*", "name:10*", "#1001", "1001",
        "#10*",
    ])
    func ordersAreFoundByTheirNamesWithAndWithoutTheirMark(_ search: String) async throws {
        try await TestStores.shared.withDatabase(migrated: false) { database in
            let connection = PostgresConnection(database)
            defer { connection.close() }
            let sql = try SearchQuery(search).sql(.orders, SearchVectorTests.context, firstPlaceholder: 1)
            // Only names matter here: the other columns are empty, and there are no lines.
            let rows = """
                (select 1 as lane, 1 as shop_id, n.id, n.name, null::uuid as email, '{}'::text[] as tags,
                    '{}'::text[] as discount_codes
                    from (values (1::int8, '#1001'), (2, '1001'), (3, '#2001')) n (id, name))
                """
            try connection.execute(
                """
                create schema orders; create table orders.order_line (lane int, shop_id int, order_id int8, sku text,
                    title text)
                """)
            let found = try connection.query(
                "select r.id from \(rows) r where \(sql.condition) order by 1", sql.parameters)
            #expect(found.map { $0.int64(0) } == [1, 2])
        }
    }

    @Test func randomSearchesFindWhatTheReferenceFinds() async throws {
        var random = Random(seed: 7)
        let rows = (1...60).map { random.row(Int64($0)) }
        try await TestStores.shared.withDatabase(migrated: false) { database in
            let connection = PostgresConnection(database)
            defer { connection.close() }
            try Row.insert(rows, connection)
            var found = 0
            for _ in 0..<400 {
                let text = random.search(depth: 3)
                let query = try SearchQuery(text)
                let tree = try #require(query.tree)
                let expected = Set(rows.filter { ReferenceEvaluator().holds(tree, $0) }.map(\.id))
                #expect(try Self.find(query, connection) == expected, "\(text)")
                if !expected.isEmpty, expected.count < rows.count { found += 1 }
            }
            // Most searches say something of some rows, else the test says little.
            #expect(found > 150)
        }
    }

    @Test func allFieldsCompile() throws {
        let values = [
            "1", "2024", "true", "active", "open", "paid", "x@example.com", "enabled", "fulfilled", "visible",
        ]
        for fields in [SearchFields.products, .orders, .customers, .transactions] {
            for name in fields.fields.keys {
                let isAnswered = values.contains { value in
                    (try? SearchQuery("\(name):'\(value)'").sql(  // the values that do not fit are refused
                        fields, SearchVectorTests.withHandles, firstPlaceholder: 1)) != nil
                }
                #expect(isAnswered, "\(name)")
            }
        }
    }
}

/// Rows and searches made of few values, so that they meet.
struct Random: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    private mutating func pick<T>(_ values: [T]) -> T { values[Int(next() % UInt64(values.count))] }

    private static let words = [
        "Blue", "green", "Hoodie", "memory-foam", "ÄRMEL", "1e5", "12abc", "T-Shirt", "O'Neill",
    ]
    private static let vendors = ["Acme", "ACME Inc", "Ärmel & Co", ""]
    private static let tags = ["vip", "Sale", "har-549-17", "A B"]
    private static let day: Int64 = 86_400_000

    mutating func row(_ id: Int64) -> Row {
        Row(
            id: id, title: (0..<Int(next() % 4)).map { _ in pick(Self.words) }.joined(separator: " "),
            vendor: pick(Self.vendors), type: pick(["Shirts", "Beds"]), status: pick(["active", "draft"]),
            tags: (0..<Int(next() % 3)).map { _ in pick(Self.tags) },
            inventory: next() % 4 == 0 ? nil : Int64(next() % 6), createdAt: Int64(next() % 10) * Self.day / 2,
            publishedAt: next() % 2 == 0 ? nil : Int64(next() % 10) * Self.day / 2,
            variants: (0..<Int(next() % 3)).map { _ in (pick(["AB-1", "ab-2", ""]), Int64(next() % 4) * 505) })
    }

    mutating func search(depth: Int) -> String {
        switch depth > 0 ? next() % 6 : 5 {
        case 0: "(\(search(depth: depth - 1)) OR \(search(depth: depth - 1)))"
        case 1: "(\(search(depth: depth - 1)) AND \(search(depth: depth - 1)))"
        case 2: "\(search(depth: depth - 1)) \(search(depth: depth - 1))"
        case 3: "-(\(search(depth: depth - 1)))"
        case 4: "NOT \(term())"
        default: term()
        }
    }

    private mutating func term() -> String {
        let comparison = pick(["", "<", "<=", ">", ">="])
        let day = "'1970-01-0\(1 + next() % 6)'"
        let word = pick(Self.words)
        switch next() % 14 {
        case 0: return "title:\(word)"
        case 1: return "title:\"\(word) \(pick(Self.words))\""
        case 2: return word
        case 3: return "\(word.prefix(Int(1 + next() % 4)))*"
        case 4: return "vendor:\"\(pick(["acme", "ACME INC", "ärmel & co", "x"]))\""
        case 5: return "vendor:acme,x,'"
        case 6: return pick(["vendor:*", "vendor:ac*", "published_at:*", "sku:*", "tag:*", "title:*"])
        case 7: return "\(pick(["tag", "tag_not"])):'\(pick(["VIP", "sale,vip", "har-549-17", "a b"]))'"
        case 8: return "status:\(pick(["ACTIVE", "draft", "active,draft"]))"
        case 9: return "inventory_total:\(comparison)\(next() % 6)"
        case 10: return "price:\(comparison)\(pick(["5.05", "10.10", "0", "7"]))"
        case 11: return pick(["inventory_total:1..3", "price:'5..10.1'", "id:<20", "sku:ab-1"])
        case 12: return "created_at:\(comparison)\(day)"
        default: return "published_at:\(comparison)\(day)"
        }
    }
}
