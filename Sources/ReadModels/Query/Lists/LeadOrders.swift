/// The orders that convert a lead: of one of its handles, neither test nor deleted, whose own time is at or after the
/// first submission. Asked of the orders' truth whenever a lead is read, so that it holds whatever came first.
package enum LeadOrders {
    /// A FROM clause with WHERE, to be put after a SELECT over the orders `o` of the lead `l`; each order may come once a
    /// handle.
    package static let following = """
        FROM leads.lead_handle h
        JOIN leads.purchase p ON p.lane = h.lane AND p.shop_id = h.shop_id AND p.handle = h.handle
        JOIN orders.shop_order o ON o.lane = p.lane AND o.shop_id = p.shop_id AND o.id = p.order_id
        WHERE h.lane = l.lane AND h.shop_id = l.shop_id AND h.lead = l.handle
            AND o.ordered_at >= l.first_seen_at AND NOT o.is_test AND NOT o.is_deleted
        """

    /// One row a lead `l`: orders, converted_at, net_sales, currency. Currencies are never added up: net sales are those
    /// of the newest order's currency.
    static let sums = """
        SELECT count(*) AS orders, min(o.ordered_at) AS converted_at, max(o.newest) AS currency,
            \(SaturatedSQL.int8("sum(o.net) FILTER (WHERE o.currency = o.newest)")) AS net_sales
        FROM (
            SELECT o.*, first_value(o.currency) OVER (ORDER BY o.ordered_at DESC, o.id DESC) AS newest,
                (SELECT coalesce(sum(g.gross) - sum(g.discounts) - sum(g.returns), 0) FROM orders.ledger g
                    WHERE g.lane = l.lane AND g.shop_id = l.shop_id AND g.order_id = o.id) AS net
            FROM (SELECT DISTINCT o.id, o.ordered_at, o.currency \(following)) o) o
        """
}
