internal import Pipelines

/// The statements of `LeadStore`, for one schema. `$1` is the lane, `$2` shops, `$3` handles unless said otherwise.
struct LeadSQL {
    let owners: String
    let load: String
    let remove: String
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
        remove = """
            delete from \(schema).lead t using \(wanted)
            where t.lane = $1 and t.shop_id = w.shop_id and t.handle = w.handle
            """
        addPurchases = """
            insert into \(schema).purchase (lane, shop_id, handle, order_id)
            select $1, * from unnest($2::int4[], $3::uuid[], $4::int8[]) on conflict do nothing
            """
        addHandles = """
            insert into \(schema).lead_handle as h (lane, shop_id, handle, lead)
            select $1, * from unnest($2::int4[], $3::uuid[], $4::uuid[])
            on conflict (lane, shop_id, handle) do update set lead = excluded.lead where h.lead <> excluded.lead
            """
        upsert = Self.upsert(schema)
    }

    /// That somebody was contacted is set by people and stays, unless the person is erased.
    private static func upsert(_ schema: String) -> String {
        let columns = """
            handle_kind, id, first_seen_at, last_seen_at, submissions, status, visitor, source, marketing_consent, \
            name_position, email_position, phone_position, answers_position, state
            """
        let updates = columns.split(separator: ", ").filter { $0 != "status" }.map { "\($0) = excluded.\($0)" }
        return """
            insert into \(schema).lead as l (lane, version, shop_id, handle, \(columns))
            select $1, $2, n.shop_id, n.handle, n.kind, n.id, n.first_seen_at, n.last_seen_at, n.submissions, n.status,
                n.visitor, n.source, n.consent = 1, n.name, n.email, n.phone, n.answers, n.state
            from unnest($3::int4[], $4::uuid[], $5::int2[], $6::uuid[], $7::timestamptz[], $8::timestamptz[],
                $9::int8[], $10::text[], $11::uuid[], $12::text[], $13::int4[], $14::int8[], $15::int8[], $16::int8[],
                $17::int8[], $18::bytea[])
                as n (shop_id, handle, kind, id, first_seen_at, last_seen_at, submissions, status, visitor, source,
                    consent, name, email, phone, answers, state)
            on conflict (lane, shop_id, handle) do update set version = excluded.version,
                status = case when l.status = 'contacted' and excluded.status = 'new' then l.status
                    else excluded.status end,
                \(updates.joined(separator: ", "))
            """
    }
}
