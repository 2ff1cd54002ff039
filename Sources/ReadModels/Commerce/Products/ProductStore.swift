internal import EventModel
internal import Postgres

/// Writes `product` and `variant`, inside whatever transaction the caller has.
struct ProductStore {
    private let lane: Lane
    private let schema: String

    init(lane: Lane, schema: String) {
        self.lane = lane
        self.schema = schema
    }

    func write(
        _ changes: ProductsProjection.Changes, version: Position, on connection: PostgresConnection
    ) throws {
        let products = changes.products.sorted { ($0.key.shop, $0.key.id) < ($1.key.shop, $1.key.id) }
        try PayloadRows.run(upsert, products, lane: lane, version: version, on: connection) { writer, row in
            writer.member("shop_id", Int64(row.key.shop))
            writer.member("id", row.key.id)
            row.value.write(&writer)
        }
        try PayloadRows.run(
            upsertVariants, Array(changes.variants), lane: lane, version: version, on: connection
        ) { writer, row in
            writer.member("shop_id", Int64(row.key.product.shop))
            writer.member("product_id", row.key.product.id)
            row.value.write(&writer)
        }
        for sql in [settleVariants, settleProducts] {
            try PayloadRows.run(sql, products.map(\.key), lane: lane, version: version, on: connection, Self.write)
        }
        try PayloadRows.run(
            delete, Array(changes.deleted), lane: lane, version: version, on: connection, Self.write)
    }

    private static func write(_ writer: inout JSONWriter, _ key: ResourceKey) {
        writer.member("shop_id", Int64(key.shop))
        writer.member("id", key.id)
    }

    private static let columns = """
        created_at, updated_at, published_at, title, handle, vendor, product_type, status, description, image_url, tags,
        options, variant_ids
        """

    private var upsert: String {
        """
        insert into \(schema).product as p (lane, version, shop_id, id, \(VersionColumns.names), \(Self.columns), words)
        select $1, $2, n.shop_id, n.id, \(VersionColumns.names), \(Self.columns), n.words::tsvector
        from jsonb_to_recordset($3::jsonb) as n (shop_id int4, id int8, \(VersionColumns.types), created_at timestamptz,
            updated_at timestamptz, published_at timestamptz, title text, handle text, vendor text, product_type text,
            status text, description text, image_url text, tags text[], options jsonb, variant_ids int8[], words text)
        on conflict (lane, shop_id, id) do update set version = excluded.version, \(VersionColumns.assignments),
            created_at = excluded.created_at, updated_at = excluded.updated_at, published_at = excluded.published_at,
            title = excluded.title, handle = excluded.handle, vendor = excluded.vendor,
            product_type = excluded.product_type, status = excluded.status, description = excluded.description,
            image_url = excluded.image_url, tags = excluded.tags, options = excluded.options,
            variant_ids = excluded.variant_ids, words = excluded.words
        where \(VersionColumns.isOlder("p"))
        """
    }

    private static let variantColumns = """
        position_no, price, compare_at_price, inventory, title, sku, barcode, options
        """

    private var upsertVariants: String {
        """
        insert into \(schema).variant as v (lane, shop_id, product_id, id, \(VersionColumns.names),
            \(Self.variantColumns))
        select $1, n.shop_id, n.product_id, n.id, \(VersionColumns.names), \(Self.variantColumns)
        from jsonb_to_recordset($3::jsonb) as n (shop_id int4, product_id int8, id int8, \(VersionColumns.types),
            position_no int4, price numeric, compare_at_price numeric, inventory int8, title text, sku text,
            barcode text, options text[])
        where $2::int8 is not null
        on conflict (lane, shop_id, product_id, id) do update set \(VersionColumns.assignments),
            position_no = excluded.position_no, price = excluded.price, compare_at_price = excluded.compare_at_price,
            inventory = excluded.inventory, title = excluded.title, sku = excluded.sku, barcode = excluded.barcode,
            options = excluded.options
        where \(VersionColumns.isOlder("v"))
        """
    }

    private static let keys = "jsonb_to_recordset($3::jsonb) as n (shop_id int4, id int8)"

    /// A variant counts where the product's newest payload lists it.
    private var settleVariants: String {
        """
        update \(schema).variant v set is_current = v.id = any (p.variant_ids)
        from \(Self.keys) join \(schema).product p on p.lane = $1 and p.shop_id = n.shop_id and p.id = n.id
        where v.lane = $1 and v.shop_id = n.shop_id and v.product_id = n.id
            and v.is_current <> (v.id = any (p.variant_ids)) and $2::int8 is not null
        """
    }

    /// What follows from the variants that count.
    private var settleProducts: String {
        """
        update \(schema).product p set version = $2, price_min = s.low, price_max = s.high, inventory = s.inventory
        from \(Self.keys) cross join lateral (
            select min(v.price) as low, max(v.price) as high, sum(v.inventory)::int8 as inventory
            from \(schema).variant v
            where v.lane = $1 and v.shop_id = n.shop_id and v.product_id = n.id and v.is_current) s
        where p.lane = $1 and p.shop_id = n.shop_id and p.id = n.id
        """
    }

    private var delete: String {
        """
        insert into \(schema).product as p (lane, version, shop_id, id, is_deleted)
        select $1, $2, n.shop_id, n.id, true from \(Self.keys)
        on conflict (lane, shop_id, id) do update set version = excluded.version, is_deleted = true
        """
    }
}
