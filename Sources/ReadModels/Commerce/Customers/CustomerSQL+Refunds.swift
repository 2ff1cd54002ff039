/// The statements that keep refunds; parameters as in `CustomerSQL`.
extension CustomerSQL {
    var refunds: String {
        """
        insert into \(schema).purchase_refund as r (lane, shop_id, order_id, refund_id, \(VersionColumns.names), at,
            amount, currency)
        select $1, n.shop_id, n.order_id, n.refund_id, \(VersionColumns.names), n.at, n.amount, n.currency
        from jsonb_to_recordset($3::jsonb) as n (shop_id int4, order_id int8, refund_id int8, \(VersionColumns.types),
            at timestamptz, amount int8, currency text)
        where $2::int8 is not null
        on conflict (lane, shop_id, order_id, refund_id) do update set \(VersionColumns.assignments), at = excluded.at,
            amount = excluded.amount, currency = excluded.currency
        where \(VersionColumns.isOlder("r"))
        """
    }

    /// The payload that the row of order `p` is from does not know of refund `r`.
    private static let isNews = """
        (r.currency in ('', p.currency)
            and case when p.refunds is null then r.at > p.newest_at else r.refund_id <> all (p.refunds) end)
        """

    /// What the orders `$2`, `$3` (shops, ids) are worth without the refunds that their payloads do not know of.
    var withoutRefunds: String {
        """
        with left_over as (
            select p.shop_id, p.order_id, greatest(0, p.worth - coalesce(
                sum(round(r.amount / 10::numeric ^ (6 - p.exponent))) filter (where \(Self.isNews)), 0)) as amount
            from unnest($2::int4[], $3::int8[]) as w (shop_id, order_id)
            join \(schema).purchase p on p.lane = $1 and p.shop_id = w.shop_id and p.order_id = w.order_id
            join \(schema).purchase_refund r on r.lane = $1 and r.shop_id = w.shop_id and r.order_id = w.order_id
            group by p.shop_id, p.order_id, p.worth
        )
        update \(schema).purchase p set amount = l.amount from left_over l
        where p.lane = $1 and p.shop_id = l.shop_id and p.order_id = l.order_id and p.amount <> l.amount
        """
    }
}
