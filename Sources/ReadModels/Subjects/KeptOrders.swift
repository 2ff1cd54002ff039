internal import Pipelines

/// Events that an erasure leaves readable though they name whom it erases: those of orders that were not to be
/// redacted, because an order's data are sealed under the order's own key.
package enum KeptOrders {
    /// SQL that is true of the row `row` of the mentions in `table` where its event also names an order that is not
    /// gone. `isGone` is a condition on a handle, without the handle before it.
    package static func condition(_ row: String, of table: String, isGone: String) -> String {
        """
        exists (select from \(table) k where k.lane = \(row).lane and k.shop_id = \(row).shop_id
            and k.position = \(row).position and k.kind = \(HandleKind.order.rawValue) and not (k.handle \(isGone)))
        """
    }
}
