internal import EventModel
internal import Postgres
internal import Privacy
internal import ReadModels

/// Rows of `projection.waiting` under a person's keyed hash: an event of the person could not be read, and the later ones
/// of the same visitor wait for it, for as long as nobody mends the reading.
enum WaitingEvents {
    /// Takes the person's name off them. Each waits for itself then, as those without a visitor do, and meets what was
    /// erased when it is read after all. Their number.
    static func unname(
        _ rounds: [ErasureRound], of shop: ShopKey, on connection: PostgresConnection
    ) throws -> Int64 {
        let update = "update projection.waiting set visitor = $4 \(named)"
        return Int64(try connection.query(update, parameters(rounds, shop) + [.uuid(0, 0)]).affectedRows)
    }

    /// How many there are, of all read models and their versions.
    static func count(
        _ rounds: [ErasureRound], of shop: ShopKey, on connection: PostgresConnection
    ) throws -> Int64 {
        try connection.query("select count(*) from projection.waiting \(named)", parameters(rounds, shop))[0].int64(0)
    }

    private static let named = "where lane = $1 and shop_id = $2 and visitor = any($3)"

    /// A browser that others may use goes on under its hash.
    private static func parameters(_ rounds: [ErasureRound], _ shop: ShopKey) -> [PostgresValue] {
        [
            .int2(shop.lane), .int4(shop.shop),
            .uuidArray(rounds.flatMap(\.handles).map { ($0.hash.high, $0.hash.low) }),
        ]
    }
}
