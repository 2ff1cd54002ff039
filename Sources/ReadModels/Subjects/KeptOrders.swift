internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy

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

    /// Takes out of the mentions at these events, whose orders have gone, everybody whom a tombstone before left there for
    /// the orders. Their number.
    static func release(
        _ positions: [Position], shop: ShopID, lane: Lane, schema: String, on connection: PostgresConnection
    ) throws -> Int64 {
        var (count, rest) = (Int64(0), positions[...])
        while !rest.isEmpty {
            var named: [(hash: Key128, position: Position)] = []
            let page = Array(rest.prefix(SubjectMentions.pageMax))
            for row in try connection.query(heads, [.int2(lane), .int8Array(page)]) {
                let sealed = row.bytes(1)
                named += (SealedHead(sealed.span)?.handles ?? []).map { ($0.hash, row.int64(0)) }
            }
            let parameters: [PostgresValue] = [
                .int2(lane), .int4(shop), .uuidArray(named.map(\.hash).uuids), .int8Array(named.map(\.position)),
            ]
            count += Int64(try connection.query(release(from: schema), parameters).affectedRows)
            rest = rest.dropFirst(page.count)
        }
        return count
    }

    /// The mentions have no index by event; the events themselves say whom they name.
    private static let heads = "select position, sealed from log.event where lane = $1 and position = any($2)"

    private static func release(from schema: String) -> String {
        """
        delete from \(schema).mention m using unnest($3::uuid[], $4::int8[]) n (handle, position)
        where m.lane = $1 and m.shop_id = $2 and m.handle = n.handle and m.position = n.position and m.is_left
        """
    }
}
