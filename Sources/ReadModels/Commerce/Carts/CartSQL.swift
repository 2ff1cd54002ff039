/// The statements of `CartStore`, for one schema. `$1` is the lane; where rows are written `$2` is the version and `$3`
/// a JSON array of them.
struct CartSQL {
    private let schema: String

    init(schema: String) { self.schema = schema }

    /// The carts of the checkouts `$2`, `$3` (shops, tokens).
    var cartsOfCheckouts: String {
        """
        select distinct s.shop_id, s.cart_token from unnest($2::int4[], $3::text[]) as w (shop_id, token)
        join \(schema).source s on s.lane = $1 and s.shop_id = w.shop_id and s.token = w.token and s.is_checkout
        """
    }

    private static let sourceColumns = "source_position, cart_token, completed_at, value, exponent, currency, lines"

    var sources: String {
        """
        insert into \(schema).source as s (lane, shop_id, token, is_checkout, \(VersionColumns.names),
            \(Self.sourceColumns))
        select $1, n.shop_id, n.token, n.is_checkout, \(VersionColumns.names), \(Self.sourceColumns)
        from jsonb_to_recordset($3::jsonb) as n (shop_id int4, token text, is_checkout bool, \(VersionColumns.types),
            source_position int8, cart_token text, completed_at timestamptz, value int8, exponent int2, currency text,
            lines int4)
        where $2::int8 is not null
        on conflict (lane, shop_id, token, is_checkout) do update set \(VersionColumns.assignments),
            source_position = excluded.source_position, cart_token = excluded.cart_token,
            completed_at = excluded.completed_at, value = excluded.value, exponent = excluded.exponent,
            currency = excluded.currency, lines = excluded.lines
        where \(VersionColumns.isOlder("s"))
        """
    }

    /// How long a cart stays alive after the last activity (`metrics.md`, Carts and checkouts).
    private static let patience = "interval '24 hours'"

    var activity: String {
        """
        insert into \(schema).activity as a (lane, shop_id, token, is_checkout, spells)
        select $1, n.shop_id, n.token, n.is_checkout,
            (select range_agg(tstzrange(m, m + \(Self.patience), '[]')) from unnest(n.moments) m)
        from jsonb_to_recordset($3::jsonb) as n (shop_id int4, token text, is_checkout bool, moments timestamptz[])
        where $2::int8 is not null
        on conflict (lane, shop_id, token, is_checkout) do update set spells = a.spells + excluded.spells
        where not a.spells @> excluded.spells
        """
    }

    var purchases: String {
        """
        insert into \(schema).purchase as p (lane, shop_id, order_id, \(VersionColumns.names), at, cart_token,
            checkout_token)
        select $1, n.shop_id, n.order_id, \(VersionColumns.names), n.at, n.cart_token, n.checkout_token
        from jsonb_to_recordset($3::jsonb) as n (shop_id int4, order_id int8, \(VersionColumns.types), at timestamptz,
            cart_token text, checkout_token text)
        where $2::int8 is not null
        on conflict (lane, shop_id, order_id) do update set \(VersionColumns.assignments), at = excluded.at,
            cart_token = excluded.cart_token, checkout_token = excluded.checkout_token
        where \(VersionColumns.isOlder("p"))
        """
    }

    private static let keys = "jsonb_to_recordset($3::jsonb) as n (shop_id int4, token text)"

    var remove: String {
        """
        delete from \(schema).cart c using \(Self.keys)
        where c.lane = $1 and c.shop_id = n.shop_id and c.token = n.token and $2::int8 is not null
        """
    }

    /// A cart from its sources: the newest checkout, else the newest cart, speaks; the first order of its tokens
    /// completes it.
    var derive: String {
        """
        insert into \(schema).cart (lane, version, shop_id, token, created_at, last_activity_at, due_at, lapsed_at,
            completed_at, order_id, checkout_token, value, exponent, currency, lines, source_position)
        select $1, $2, n.shop_id, n.token, lower(life.spells), upper(life.spells) - \(Self.patience),
            upper(life.spells),
            (select max(upper(r)) from unnest(life.spells) r where upper(r) < coalesce(bought.at, life.completed_at)),
            coalesce(bought.at, life.completed_at), bought.order_id, case when said.is_checkout then said.token end,
            said.value, said.exponent, said.currency, said.lines, said.source_position
        from \(Self.keys)
        cross join lateral (
            select range_agg(r) as spells, min(s.completed_at) as completed_at
            from \(schema).source s
            join \(schema).activity a on a.lane = s.lane and a.shop_id = s.shop_id and a.token = s.token
                and a.is_checkout = s.is_checkout
            cross join lateral unnest(a.spells) r
            where s.lane = $1 and s.shop_id = n.shop_id and s.cart_token = n.token) life
        cross join lateral (
            select s.* from \(schema).source s
            where s.lane = $1 and s.shop_id = n.shop_id and s.cart_token = n.token
            order by s.is_checkout desc, s.newest_at desc, s.newest_rank desc, s.newest_members desc,
                s.newest_content desc limit 1) said
        left join lateral (
            select p.at, p.order_id from (
                select * from \(schema).purchase o
                where o.lane = $1 and o.shop_id = n.shop_id and o.cart_token = n.token
                union all
                select o.* from \(schema).source s
                join \(schema).purchase o on o.lane = s.lane and o.shop_id = s.shop_id and o.checkout_token = s.token
                where s.lane = $1 and s.shop_id = n.shop_id and s.cart_token = n.token and s.is_checkout) p
            order by p.at, p.order_id limit 1) bought on true
        """
    }
}
