internal import EventModel
internal import Postgres

/// Takes a whole shop out of a read model.
enum ShopRows {
    /// Tables of the schema that have rows of shops; asked of the catalogue, so that none can be left out.
    private static let tables = """
        select quote_ident(c.relname) from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'shop_id' and not a.attisdropped
        where c.relnamespace = $1::text::regnamespace and c.relkind = 'r' order by c.relname
        """

    /// Deletes every row of the shop; gives their number.
    static func remove(_ shop: ShopID, lane: Lane, schema: String, on connection: PostgresConnection) throws -> Int64 {
        var rows: Int64 = 0
        for table in try connection.query(tables, [.text(schema)]) {
            rows += try connection.query(
                """
                with gone as (delete from \(schema).\(table.text(0)) where lane = $1 and shop_id = $2 returning 1)
                select count(*) from gone
                """, [.int2(lane), .int4(shop)])[0].int64(0)
        }
        return rows
    }
}

extension [Key128] {
    /// As a parameter.
    var uuids: [(UInt64, UInt64)] { map { ($0.high, $0.low) } }
}
