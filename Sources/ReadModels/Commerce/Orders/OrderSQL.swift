/// The statements of `OrderStore`, for one schema. `$1` is the lane; what follows are arrays, one for each column.
struct OrderSQL {
    let load: String
    let upsertStates: String
    /// `$2` is the version.
    let upsertOrders: String
    /// Everything that hangs on the orders.
    let clear: [String]
    let lines: String
    let refunds: String
    let refundLines: String
    let transactions: String
    let ledger: String
    /// The orders of a shop, `$2`, that show one of these customers, e-mails, phones, orders or clients.
    let owned: String

    init(schema: String) {
        let wanted = "unnest($2::int4[], $3::int8[]) as w (shop_id, id)"
        /// OFFSET 0 and the order make this a look-up by primary key for each wanted row, whatever the statistics of a
        /// fresh table say (see `SessionStore`).
        func found(_ columns: String, in table: String, by id: String) -> String {
            """
            \(wanted) cross join lateral (select \(columns) from \(schema).\(table) t
                where t.lane = $1 and t.shop_id = w.shop_id and t.\(id) >= w.id and t.\(id) <= w.id
                order by t.\(id) offset 0) f
            """
        }
        func insert(_ table: String, _ columns: String) -> String {
            let columns = Columns("shop_id int4, order_id int8, " + columns)
            return """
                insert into \(schema).\(table) (lane, \(columns.names.joined(separator: ", ")))
                select $1, * from \(columns.arrays(from: 2))
                """
        }
        load = "select f.shop_id, f.id, f.state from " + found("*", in: "order_state", by: "id")
        upsertStates = """
            insert into \(schema).order_state (lane, shop_id, id, state)
            select $1, * from unnest($2::int4[], $3::int8[], $4::bytea[])
            on conflict (lane, shop_id, id) do update set state = excluded.state
            """
        upsertOrders = Self.orders(schema)
        clear = ["order_line", "refund", "refund_line", "transaction", "ledger"].map { table in
            """
            delete from \(schema).\(table)
            where ctid = any (array(select f.ctid from \(found("t.ctid", in: table, by: "order_id"))))
            """
        }
        lines = insert("order_line", Self.lineColumns)
        refunds = insert("refund", Self.refundColumns)
        refundLines = insert("refund_line", Self.refundLineColumns)
        transactions = insert("transaction", Self.transactionColumns)
        ledger = insert("ledger", Self.ledgerColumns)
        owned = ["customer", "email", "phone", "handle", "client"].enumerated().map { index, column in
            "select id from \(schema).shop_order where lane = $1 and shop_id = $2 and \(column) = any($\(index + 3))"
        }.joined(separator: " union ")
    }

    /// Lists of texts travel joined by U+001F, which no code or tag holds.
    static let separator = "\u{1F}"

    private static let lineColumns = """
        id int8, product_id int8, variant_id int8, title text, variant_title text, sku text, vendor text, quantity int8, \
        current_quantity int8, price int8, discount int8, tax int8, position_no int4
        """
    private static let refundColumns = """
        id int8, created_at timestamptz, processed_at timestamptz, note_present bool, amount int8, presentment_amount int8
        """
    private static let refundLineColumns = """
        refund_id int8, id int8, line_id int8, quantity int8, subtotal int8, tax int8
        """
    private static let transactionColumns = """
        id int8, parent_id int8, kind text, status text, gateway text, amount int8, currency text, exponent int2, \
        created_at timestamptz, processed_at timestamptz, is_test bool, error_code text, presentment_amount int8, \
        presentment_currency text
        """
    private static let ledgerColumns = """
        entry text, kind text, at timestamptz, at_order timestamptz, line_id int8, product_id int8, variant_id int8, \
        quantity int8, gross int8, discounts int8, returns int8, taxes int8, shipping int8, duties int8, currency text
        """
    private static let orderColumns = """
        shop_id int4, id int8, name text, number int8, created_at timestamptz, ordered_at timestamptz, \
        processed_at timestamptz, updated_at timestamptz, cancelled_at timestamptz, closed_at timestamptz, \
        cancel_reason text, is_test bool, is_deleted bool, financial_status text, fulfillment_status text, \
        currency text, presentment_currency text, exponent int2, taxes_included bool, gross int8, discounts int8, \
        shipping int8, tax int8, duties int8, total int8, refunded int8, units int8, source_name text, tags list, \
        discount_codes list, gateways list, cart_token text, checkout_token text, customer uuid, email uuid, \
        phone uuid, client uuid, position int8, handle uuid, current_total int8, presentment_total int8
        """

    private static func orders(_ schema: String) -> String {
        let columns = Columns(orderColumns)
        let values = columns.all.map { $0.type == "list" ? "string_to_array(n.\($0.name), e'\\x1f')" : "n.\($0.name)" }
        let updates = (columns.names.dropFirst(2) + ["version"]).map { "\($0) = excluded.\($0)" }
        let names = columns.names.joined(separator: ", ")
        return """
            insert into \(schema).shop_order (lane, version, \(names))
            select $1, $2, \(values.joined(separator: ", ")) from \(columns.arrays(from: 3)) as n (\(names))
            on conflict (lane, shop_id, id) do update set \(updates.joined(separator: ", "))
            """
    }
}

/// Columns of rows that travel as arrays: `id int8, name text`; a `list` is a text that is taken apart.
private struct Columns {
    let all: [(name: String, type: String)]

    init(_ text: String) {
        all = text.split(separator: ", ").map { column in
            let parts = column.split(separator: " ")
            return (String(parts[0]), String(parts[1]))
        }
    }

    var names: [String] { all.map(\.name) }

    /// The arrays opened, as parameters from `first` on.
    func arrays(from first: Int) -> String {
        let arrays = all.enumerated().map { "$\($0 + first)::\($1.type == "list" ? "text" : $1.type)[]" }
        return "unnest(\(arrays.joined(separator: ", ")))"
    }
}
