import EventModel
import Foundation
import Postgres
import ReadModels
import TestSupport
import Testing

/// A product as the tables hold it and as the reference evaluator sees it.
struct Row {
    var id: Int64
    var title: String
    var vendor: String
    var type: String
    var status: String
    var tags: [String]
    var inventory: Int64?
    var createdAt: Int64
    var publishedAt: Int64?
    var variants: [(sku: String, cents: Int64)]

    /// The tables of a read model.
    static func createSchema(_ name: String, _ connection: PostgresConnection) throws {
        let path = PackageFolder.path("schema/projections/\(name).sql")
        let sql = String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
        try connection.execute("create schema \(name); set search_path to \(name); \(sql); set search_path to default")
    }

    /// Creates the products' tables and fills them with rows of shop 1 on lane 1.
    static func insert(_ rows: [Row], _ connection: PostgresConnection) throws {
        try createSchema("products", connection)
        for row in rows { try row.insert(connection) }
    }

    private func insert(_ connection: PostgresConnection) throws {
        let words = SearchWords.vector(
            [(title, "A"), (type, "B"), (vendor, "B")] + tags.map { ($0, "C") } + variants.map { ($0.sku, "D") })
        _ = try connection.query(
            """
            insert into products.product (lane, shop_id, id, version, title, vendor, product_type, status, tags,
                inventory, created_at, published_at, words)
            values (1, 1, $1, 0, $2, $3, $4, $5, $6, $7, $8, $9, $10::tsvector)
            """,
            [
                .int8(id), .text(title), .text(vendor), .text(type), .text(status), .textArray(tags),
                .optional(inventory), .timestamp(createdAt), publishedAt.map { .timestamp($0) } ?? .null, .text(words),
            ])
        for (index, variant) in variants.enumerated() {
            _ = try connection.query(
                """
                insert into products.variant (lane, shop_id, product_id, id, newest_at, newest_rank, newest_members,
                    newest_content, position_no, price, title, sku, barcode, options)
                values (1, 1, $1, $2, now(), 0, 0, gen_random_uuid(), 1, $3::numeric / 100, '', $4, '', '{}')
                """, [.int8(id), .int8(id * 10 + Int64(index)), .int8(variant.cents), .text(variant.sku)])
        }
    }
}
