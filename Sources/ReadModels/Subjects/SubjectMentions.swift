internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy

/// Reads `subjects.mention` and the heads of the events it points at, a page at a time.
struct SubjectMentions {
    private let shop: ShopKey
    private let connection: PostgresConnection
    private let heads: ([Position]) throws -> [Position: NamedEvent]

    /// Bounds what is in memory of events at once.
    static let pageMax = 1000

    private static let page = """
        select position from subjects.mention
        where lane = $1 and shop_id = $2 and handle = $3 and position > $4 order by position limit $5
        """

    init(
        _ shop: ShopKey, _ connection: PostgresConnection,
        _ heads: @escaping ([Position]) throws -> [Position: NamedEvent]
    ) {
        self.shop = shop
        self.connection = connection
        self.heads = heads
    }

    /// The events that name the handle, ascending; without those in `known`. One that cannot be read claims nothing but
    /// the handle. `body` returns false to end it.
    func each(
        of handle: Handle, without known: (Position) -> Bool = { _ in false },
        _ body: (Position, NamedEvent) throws -> Bool
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
                guard try body(position, named[position] ?? NamedEvent([handle], isVouched: false)) else { return }
            }
            guard page.count == Self.pageMax, let last = page.last else { return }
            after = last
        }
    }
}

extension SubjectMentions {
    /// An address that more customers gave stands for nobody ("none@example.com").
    private static let customersMax = 3

    /// The customers to whom a handle leads by what is vouched for, as `SubjectTrace.find` says.
    func customers(of handle: Handle) throws -> Set<Handle> {
        var all: Set<Handle> = []
        var own: Set<Handle> = []
        var newest: Handle?
        try each(of: handle) { _, event in
            let candidates = event.handles.filter { $0.kind == .customer }
            guard event.isVouched, let first = candidates.first else { return true }
            newest = first
            if !event.otherContacts.contains(handle) { all.formUnion(candidates) }
            let isPurchase = event.handles.contains { [.order, .checkout, .cart].contains($0.kind) }
            if !isPurchase { own.formUnion(candidates) }
            return true
        }
        let nearest = own.isEmpty ? all : own
        switch handle.kind {
        case .email: return own.isEmpty && all.count > Self.customersMax ? [] : nearest
        case .phone: return nearest.count == 1 ? nearest : []
        case .order, .checkout: return Set(newest.map { [$0] } ?? [])
        case .customer, .cart, .client, .event: return []
        }
    }
}
