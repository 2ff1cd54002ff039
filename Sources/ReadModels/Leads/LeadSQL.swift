internal import Pipelines

/// The statements of `LeadStore`, for one schema. `$1` is the lane, `$2` shops, `$3` handles unless said otherwise.
struct LeadSQL {
    let owners: String
    let load: String
    let purchases: String
    let addPurchases: String
    let addHandles: String
    /// `$2` is the version.
    let upsert: String

    init(schema: String) {
        let wanted = "unnest($2::int4[], $3::uuid[]) as w (shop_id, handle)"
        /// OFFSET 0 and the order make this a look-up by primary key for each wanted row, whatever the statistics of a
        /// fresh table say (see `SessionStore`).
        func found(in table: String) -> String {
            """
            \(wanted) cross join lateral (select * from \(schema).\(table) t
                where t.lane = $1 and t.shop_id = w.shop_id and t.handle >= w.handle and t.handle <= w.handle
                order by t.handle offset 0) f
            """
        }
        owners = "select distinct f.shop_id, f.lead from \(found(in: "lead_handle"))"
        load = "select f.shop_id, f.handle, f.state from \(found(in: "lead"))"
        purchases = "select f.shop_id, f.handle, f.order_id, f.topic, f.at from \(found(in: "purchase"))"
        addPurchases = """
            insert into \(schema).purchase (lane, shop_id, handle, order_id, topic, at)
            select $1, * from unnest($2::int4[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[])
            on conflict do nothing
            """
        addHandles = """
            insert into \(schema).lead_handle (lane, shop_id, handle, lead)
            select $1, * from unnest($2::int4[], $3::uuid[], $4::uuid[]) on conflict do nothing
            """
        upsert = Self.upsert(schema)
    }

    /// A status that people or an erasure have set stays; only an order makes a new or contacted lead a converted one.
    private static func upsert(_ schema: String) -> String {
        """
        insert into \(schema).lead as l (lane, version, handle_kind, status, shop_id, handle, id, first_seen_at,
            last_seen_at, submissions, visitor, source, marketing_consent, converted_at, orders, contact_position, state)
        select $1, $2, case when n.is_phone then \(HandleKind.phone.rawValue) else \(HandleKind.email.rawValue) end,
            case when n.converted_at is null then 'new' else 'converted' end, n.shop_id, n.handle, n.id, n.first_seen_at,
            n.last_seen_at, n.submissions, n.visitor, n.source, n.marketing_consent = 1, n.converted_at, n.orders,
            n.contact_position, n.state
        from unnest($3::int4[], $4::uuid[], $5::uuid[], $6::timestamptz[], $7::timestamptz[], $8::int8[], $9::uuid[],
            $10::text[], $11::int4[], $12::timestamptz[], $13::int4[], $14::int8[], $15::bytea[], $16::bool[])
            as n (shop_id, handle, id, first_seen_at, last_seen_at, submissions, visitor, source, marketing_consent,
                converted_at, orders, contact_position, state, is_phone)
        on conflict (lane, shop_id, handle) do update set
            version = excluded.version, first_seen_at = excluded.first_seen_at, last_seen_at = excluded.last_seen_at,
            submissions = excluded.submissions, visitor = excluded.visitor, source = excluded.source,
            marketing_consent = excluded.marketing_consent, converted_at = excluded.converted_at,
            orders = excluded.orders, contact_position = excluded.contact_position, state = excluded.state,
            status = case when l.status = 'erased' or (l.status = 'contacted' and excluded.status = 'new') then l.status
                else excluded.status end
        """
    }
}
