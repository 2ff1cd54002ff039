import EventModel
import Postgres
import Privacy
import Projector
import ReadModels

/// Looks at all tables of all read models.
struct ErasureTables {
    let connection: PostgresConnection

    /// schema, table
    func all(_ schemas: [String] = ProjectionSchemas.names) throws -> [(String, String)] {
        try connection.query(
            """
            select n.nspname::text, c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = any($1) and c.relkind = 'r' order by 1, 2
            """, [.textArray(schemas)]
        ).map { ($0.text(0), $0.text(1)) }
    }

    /// Every row, without what tells of arrival.
    func dump() throws -> [String] {
        let books: Set<String> = ["checkpoint", "session_removed", "session_trimmed"]
        // What of these is in which depends on the batches.
        let parts: Set<String> = ["event_bucket", "event_delta"]
        let tables = try all().filter { !books.contains($0.1) && !parts.contains($0.1) } + [("pages", "event_total")]
        return try tables.flatMap { schema, table in
            try connection.query(
                "select (to_jsonb(t) - array['version', 'positions'])::text from \(schema).\(table) t order by 1"
            ).map { "\(schema).\(table) \($0.text(0))" }
        }
    }

    /// Tables in which a handle stands, in any column of any type.
    func tables(with handles: [Handle]) throws -> [String] {
        // Packed states hold the two words of a hash with the lowest byte first.
        let patterns = handles.flatMap { handle in
            let packed = [handle.hash.high, handle.hash.low].map { Key128(high: 0, low: $0.byteSwapped).hex.suffix(16) }
            return ["%\(handle.hash.hex)%", "%\(handle.hash.uuid)%", "%\(packed.joined())%"]
        }
        return try all().filter { schema, table in
            try connection.query(
                "select count(*) from \(schema).\(table) t where t::text like any($1::text[])", [.textArray(patterns)]
            )[0].int64(0) > 0
        }.map { "\($0).\($1)" }
    }

    func rows(of shop: ShopID) throws -> Int64 {
        let books: Set<String> = ["checkpoint", "session_trimmed"]
        return try all().filter { !books.contains($0.1) }.reduce(0) { sum, table in
            sum
                + (try connection.query("select count(*) from \(table.0).\(table.1) where shop_id = \(shop)")[0].int64(
                    0))
        }
    }

    /// What reports add up.
    func totals() throws -> [String] {
        try Self.totals.flatMap { sql in
            try connection.query("select row(t.*)::text from (\(sql)) t order by 1").map { $0.text(0) }
        }
    }

    private static let totals = [
        """
        select visitor_kind, count(*), count(distinct visitor), sum(events), sum(pageviews), sum(leads), sum(flags)
        from sessions.session group by 1
        """,
        "select * from pages.event_total",
        "select lane, shop_id, events, webhook_events from shops.shop",
        "select lane, shop_id, source, kind, events from shops.shop_event",
        """
        select count(*), sum(submissions), count(*) filter (where marketing_consent), min(first_seen_at),
            max(last_seen_at), sum((select count(distinct o.id) \(LeadOrders.following))) from leads.lead l
        """,
        """
        select count(*), sum(n.leads) from (select visitor, first_seen_at as at, 1 as leads from leads.lead
            union all select visitor, at, leads from leads.unlinked) n
        join sessions.session s on s.visitor = n.visitor and n.at between s.started_at and s.ended_at
        """,
        """
        select state, marketing_state, count(*), sum(orders), sum(spent), min(first_order_at), max(last_order_at),
            count(*) filter (where is_deleted) from customers.customer group by 1, 2
        """,
        "select count(*), count(distinct customer), sum(amount) from customers.purchase",
        """
        select o.source_name, case when o.customer is null then '' when exists (select from orders.shop_order e
            where e.customer = o.customer and (e.ordered_at, e.id) < (o.ordered_at, o.id)) then 'returning' else 'new'
            end, count(*), sum(total), sum(units) from orders.shop_order o group by 1, 2
        """,
        "select kind, at, count(*), sum(gross), sum(discounts), sum(returns), sum(taxes) from orders.ledger group by 1, 2",
        "select * from carts.cart",
    ]
}

extension CommerceLog {
    /// The cells of the first row, of any type, as text.
    func cells(_ sql: String) throws -> [String] {
        try connection.query(
            "select array(select coalesce(value, 'null') from json_each_text(to_json(t))) from (\(sql)) t"
        ).first?.textArray(0) ?? []
    }
}
