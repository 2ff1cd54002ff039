/// The statements of `CustomerStore`, for one schema. `$1` is the lane; where rows are written `$2` is the version and
/// `$3` a JSON array of them.
struct CustomerSQL {
    let schema: String

    init(schema: String) { self.schema = schema }

    /// A purchase `p` that a customer's figures are made of.
    private static let counts = "p.newest_at is not null and p.at is not null and not p.is_test and not p.is_deleted"

    /// What the orders `$2`, `$3` (shops, ids) are worth to each customer and currency.
    private var worth: String {
        """
        select p.shop_id, p.customer, p.currency, count(*) as orders,
            \(SaturatedSQL.int8("sum(p.amount)")) as amount
        from unnest($2::int4[], $3::int8[]) as w (shop_id, order_id)
        join \(schema).purchase p on p.lane = $1 and p.shop_id = w.shop_id and p.order_id = w.order_id
        where p.customer is not null and \(Self.counts)
        group by 1, 2, 3
        """
    }

    /// Takes what the orders are worth out of the sums; gives whose they are.
    var takeOut: String {
        """
        with w as (\(worth)), gone as (
            update \(schema).purchase_sum s set orders = s.orders - w.orders,
                amount = \(SaturatedSQL.int8("s.amount::numeric - w.amount"))
            from w
            where s.lane = $1 and s.shop_id = w.shop_id and s.customer = w.customer and s.currency = w.currency
        )
        select distinct shop_id, customer from w
        """
    }

    /// Puts what the orders are worth into the sums; gives whose they are.
    var putIn: String {
        """
        with w as (\(worth)), added as (
            insert into \(schema).purchase_sum as s (lane, shop_id, customer, currency, orders, amount)
            select $1, w.* from w
            on conflict (lane, shop_id, customer, currency) do update
            set orders = s.orders + excluded.orders,
                amount = \(SaturatedSQL.int8("s.amount::numeric + excluded.amount"))
        )
        select distinct shop_id, customer from w
        """
    }

    /// Removes sums of nothing, so that the rows are the same whichever way the figures came about.
    var forgetEmptySums: String {
        """
        delete from \(schema).purchase_sum s using \(Self.keys)
        where $2::int8 is not null and s.lane = $1 and s.shop_id = n.shop_id and s.customer = n.handle and s.orders = 0
        """
    }

    /// Makes the sums of customers renamed from `$4` to `$5` anew; `$2` is the shop, `$3` the version.
    var resum: [String] {
        [
            """
            delete from \(schema).purchase_sum where lane = $1 and shop_id = $2 and customer = any($4::uuid[] || $5::uuid[])
                and $3::int8 is not null
            """,
            """
            insert into \(schema).purchase_sum (lane, shop_id, customer, currency, orders, amount)
            select $1, $2, p.customer, p.currency, count(*), \(SaturatedSQL.int8("sum(p.amount)")) from \(schema).purchase p
            where p.lane = $1 and p.shop_id = $2 and p.customer = any($4::uuid[] || $5::uuid[]) and \(Self.counts)
                and $3::int8 is not null
            group by p.customer, p.currency
            """,
        ]
    }

    /// Takes away the half of a payload's fingerprint that the handles are in.
    private static let contentOnly = "(left(newest_content::text, 18) || '-0000-000000000000')::uuid"
    private static let renamed = "unnest($4::uuid[], $5::uuid[]) as w (handle, pseudonym)"

    /// Customers `$4` under their pseudonyms `$5`, without what tells who they are; `$2` is the shop, `$3` the version.
    /// A row that has the pseudonym already takes the place of the other one.
    var erase: [String] {
        [
            """
            delete from \(schema).customer c using \(Self.renamed), \(schema).customer known
            where c.lane = $1 and c.shop_id = $2 and c.handle = w.handle and $3::int8 is not null
                and known.lane = $1 and known.shop_id = $2 and known.handle = w.pseudonym
            """,
            """
            update \(schema).customer c set version = $3, handle = w.pseudonym, is_erased = true, position = 0,
                email = null, phone = null, tags = '{}', newest_content = \(Self.contentOnly)
            from \(Self.renamed) where c.lane = $1 and c.shop_id = $2 and c.handle = w.handle
            """,
            """
            update \(schema).customer c set version = $3, merged_into = w.pseudonym
            from \(Self.renamed) where c.lane = $1 and c.shop_id = $2 and c.merged_into = w.handle
            """,
            """
            update \(schema).purchase p set customer = w.pseudonym, is_erased = true, newest_content = \(Self.contentOnly)
            from \(Self.renamed) where p.lane = $1 and p.shop_id = $2 and p.customer = w.handle and $3::int8 is not null
            """,
        ]
    }

    /// Takes e-mails `$4` and phones `$5` from customers that stay.
    var eraseContacts: [String] {
        ["email", "phone"].enumerated().map { index, column in
            """
            update \(schema).customer set version = $3, \(column) = null
            where lane = $1 and shop_id = $2 and \(column) = any($\(4 + index)) and cardinality($\(5 - index)::uuid[]) >= 0
            """
        }
    }

    var purchases: String {
        """
        insert into \(schema).purchase as p (lane, shop_id, order_id, \(VersionColumns.names), is_test, at, customer,
            worth, amount, currency, exponent, refunds)
        select $1, n.shop_id, n.order_id, \(VersionColumns.names), n.is_test, n.at, n.customer, n.worth, n.worth,
            n.currency, n.exponent, n.refunds
        from jsonb_to_recordset($3::jsonb) as n (shop_id int4, order_id int8, \(VersionColumns.types), is_test bool,
            at timestamptz, customer uuid, worth int8, currency text, exponent int2, refunds int8[])
        where $2::int8 is not null
        on conflict (lane, shop_id, order_id) do update set \(VersionColumns.assignments), is_test = excluded.is_test,
            at = excluded.at, worth = excluded.worth, amount = excluded.amount, currency = excluded.currency,
            exponent = excluded.exponent, refunds = excluded.refunds,
            customer = case when p.is_erased then p.customer else excluded.customer end
        where \(VersionColumns.isOlder("p"))
        """
    }

    var deletedOrders: String {
        """
        insert into \(schema).purchase (lane, shop_id, order_id, is_deleted)
        select $1, n.shop_id, n.order_id, true from jsonb_to_recordset($3::jsonb) as n (shop_id int4, order_id int8)
        where $2::int8 is not null
        on conflict (lane, shop_id, order_id) do update set is_deleted = true
        """
    }

    var customers: String {
        """
        insert into \(schema).customer as c (lane, version, shop_id, handle, \(VersionColumns.names), position, state,
            currency, verified_email, tax_exempt, created_at, updated_at, email, phone)
        select $1, $2, n.shop_id, n.handle, \(VersionColumns.names), n.position, n.state, n.currency, n.verified_email,
            n.tax_exempt, n.created_at, n.updated_at, n.email, n.phone
        from jsonb_to_recordset($3::jsonb) as n (shop_id int4, handle uuid, \(VersionColumns.types), position int8,
            state text, currency text, verified_email bool, tax_exempt bool, created_at timestamptz,
            updated_at timestamptz, email uuid, phone uuid)
        on conflict (lane, shop_id, handle) do update set version = excluded.version, \(VersionColumns.assignments),
            position = excluded.position, state = excluded.state, currency = excluded.currency,
            verified_email = excluded.verified_email, tax_exempt = excluded.tax_exempt,
            created_at = excluded.created_at, updated_at = excluded.updated_at, email = excluded.email,
            phone = excluded.phone
        where \(VersionColumns.isOlder("c"))
        """
    }

    var consents: String {
        """
        insert into \(schema).customer as c (lane, version, shop_id, handle, marketing_state, marketing_at)
        select $1, $2, n.shop_id, n.handle, n.state, n.at
        from jsonb_to_recordset($3::jsonb) as n (shop_id int4, handle uuid, state text, at timestamptz)
        on conflict (lane, shop_id, handle) do update set version = excluded.version,
            marketing_state = excluded.marketing_state, marketing_at = excluded.marketing_at
        where c.marketing_at is null
            or (c.marketing_at, c.marketing_state) < (excluded.marketing_at, excluded.marketing_state)
        """
    }

    private static let keys = "jsonb_to_recordset($3::jsonb) as n (shop_id int4, handle uuid)"

    var deletions: String {
        """
        insert into \(schema).customer (lane, version, shop_id, handle, is_deleted)
        select $1, $2, n.shop_id, n.handle, true from \(Self.keys)
        on conflict (lane, shop_id, handle) do update set version = excluded.version, is_deleted = true
        """
    }

    var merges: String {
        """
        insert into \(schema).customer as c (lane, version, shop_id, handle, is_deleted, merged_into)
        select $1, $2, n.shop_id, n.handle, true, n.kept
        from jsonb_to_recordset($3::jsonb) as n (shop_id int4, handle uuid, kept uuid)
        on conflict (lane, shop_id, handle) do update set version = excluded.version, is_deleted = true,
            merged_into = greatest(c.merged_into, excluded.merged_into)
        """
    }

    /// A chain of merges is followed so far; a ring of them ends there too.
    private static let mergesMax = 8

    private static let spent = "sum(b.amount) filter (where b.currency = newest.currency)"

    /// The purchases of member `m`.
    private var ofMember: String {
        """
        select p.at, p.order_id, p.currency, p.exponent from \(schema).purchase p
        where p.lane = $1 and p.shop_id = m.shop_id and p.customer = m.handle and \(Self.counts)
        """
    }

    /// What follows from the purchases, for the customers given and those that they became part of. A merged customer
    /// has none: the one that was kept has them all. The cost does not depend on how much they have bought.
    var figures: String {
        """
        with recursive up (shop_id, handle, depth) as (
            select n.shop_id, n.handle, 0 from \(Self.keys)
            union
            select u.shop_id, c.merged_into, u.depth + 1 from up u
            join \(schema).customer c on c.lane = $1 and c.shop_id = u.shop_id and c.handle = u.handle
            where c.merged_into is not null and u.depth < \(Self.mergesMax)
        ), wanted as (
            select distinct c.shop_id, c.handle, c.merged_into is null as is_kept from up u
            join \(schema).customer c on c.lane = $1 and c.shop_id = u.shop_id and c.handle = u.handle
        ), down (shop_id, kept, handle, depth) as (
            select shop_id, handle, handle, 0 from wanted where is_kept
            union
            select d.shop_id, d.kept, c.handle, d.depth + 1 from down d
            join \(schema).customer c on c.lane = $1 and c.shop_id = d.shop_id and c.merged_into = d.handle
            where d.depth < \(Self.mergesMax)
        ), member as (
            select distinct shop_id, kept, handle from down
        ), newest as (
            select distinct on (m.shop_id, m.kept) m.shop_id, m.kept, p.* from member m
            cross join lateral (\(ofMember) order by p.at desc, p.order_id desc limit 1) p
            order by m.shop_id, m.kept, p.at desc, p.order_id desc
        ), oldest as (
            select m.shop_id, m.kept, min(p.at) as at from member m
            cross join lateral (\(ofMember) order by p.at limit 1) p
            group by 1, 2
        ), bought as (
            select m.shop_id, m.kept, s.currency, sum(s.orders)::int8 as orders,
                \(SaturatedSQL.int8("sum(s.amount)")) as amount
            from member m
            join \(schema).purchase_sum s on s.lane = $1 and s.shop_id = m.shop_id and s.customer = m.handle
            group by 1, 2, 3
        ), sums as (
            select w.shop_id, w.handle, coalesce(sum(b.orders), 0)::int8 as orders,
                coalesce(\(SaturatedSQL.int8(Self.spent)), 0) as spent,
                max(newest.currency) as currency, coalesce(max(newest.exponent), 2) as exponent,
                max(oldest.at) as first_at, max(newest.at) as last_at
            from wanted w left join bought b on b.shop_id = w.shop_id and b.kept = w.handle
            left join newest on newest.shop_id = w.shop_id and newest.kept = w.handle
            left join oldest on oldest.shop_id = w.shop_id and oldest.kept = w.handle
            group by w.shop_id, w.handle
        )
        update \(schema).customer c set version = $2, orders = s.orders, spent = s.spent, spent_currency = s.currency,
            spent_exponent = s.exponent, first_order_at = s.first_at, last_order_at = s.last_at
        from sums s where c.lane = $1 and c.shop_id = s.shop_id and c.handle = s.handle
        """
    }
}
