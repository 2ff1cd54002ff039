internal import EventModel
internal import Postgres
internal import Privacy

/// Reads `subjects.mention` and the heads of the events it points at, a page at a time.
struct SubjectMentions {
    private let shop: ShopKey
    private let connection: PostgresConnection
    private let heads: ([Position]) throws -> [Position: [Handle]]

    /// Bounds what is in memory of events at once.
    static let pageMax = 1000

    private static let page = """
        select position from subjects.mention
        where lane = $1 and shop_id = $2 and handle = $3 and position > $4 order by position limit $5
        """

    init(
        _ shop: ShopKey, _ connection: PostgresConnection,
        _ heads: @escaping ([Position]) throws -> [Position: [Handle]]
    ) {
        self.shop = shop
        self.connection = connection
        self.heads = heads
    }

    /// The events that name the handle, ascending, with all handles that each names; without those in `known`. `body`
    /// returns false to end it.
    func each(
        of handle: Handle, without known: (Position) -> Bool = { _ in false },
        _ body: (Position, [Handle]) throws -> Bool
    ) throws {
        var after: Position = -1
        while true {
            let page = try connection.query(
                Self.page,
                [
                    .int2(shop.lane), .int4(shop.shop), .uuid(handle.hash.high, handle.hash.low), .int8(after),
                    .int4(Int32(Self.pageMax)),
                ]
            ).map { $0.int64(0) }
            let wanted = page.filter { !known($0) }
            let named = wanted.isEmpty ? [:] : try heads(wanted)
            for position in wanted {
                guard try body(position, named[position] ?? [handle]) else { return }
            }
            guard page.count == Self.pageMax, let last = page.last else { return }
            after = last
        }
    }
}
