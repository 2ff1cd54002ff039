internal import Cryptography
internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy
internal import Reactors
internal import ReadModels
internal import Registry

/// Makes erasures of the links that events tell: what is held under the linked handles from before is found and erased,
/// and the handles are fenced everywhere, by the protocol of every request.
struct LinkDesk: Sendable {
    /// The reference of such requests, by which lists tell them apart.
    static let reference = "link"

    private let pool: PostgresPool
    private let nowMillis: @Sendable () -> Int64

    /// Contacts nobody yet. The pool's role has to be allowed to write requests and tasks.
    init(pool: PostgresPool, nowMillis: @escaping @Sendable () -> Int64) {
        self.pool = pool
        self.nowMillis = nowMillis
    }

    /// Writes a link down as a request and has it worked on; durable when it returns. Of its handles those count that are
    /// neither fenced by now nor kept. A link that was written down before stays that one request. Of a shop that is
    /// redacted nothing is left to erase.
    func ask(_ link: FenceLink) async throws {
        let now = nowMillis()
        try await pool.run { connection in
            guard let registration = try ShopRegistry.find(id: link.shop, on: connection),
                registration.status != .redacted
            else { return }
            let shop = ShopKey(lane: registration.lane, shop: link.shop)
            let handles = try Self.open(link.handles, of: shop, on: connection)
            guard !handles.isEmpty else { return }
            let id = Self.id(link.shop, handles)
            // The event that named them is in the log and says nothing else of them any more, so it has no place here.
            let request = SubjectRequest(
                id: id, shop: shop, domain: registration.domain, kind: .erasure, origin: .webhook,
                asked: handles, orders: try Self.orders(of: handles, shop, on: connection), askedAt: now,
                reference: Self.reference)
            try connection.transaction {
                guard try RequestTable.find(id, on: connection) == nil else { return }
                try RequestTable.insert(request, on: connection)
                try TaskTable.insert(
                    [PrivacyTask.task(for: request)], lane: shop.lane, shop: shop.shop, on: connection)
            }
        }
    }

    /// The same for equal handles.
    private static func id(_ shop: ShopID, _ handles: [Handle]) -> Key128 {
        Key128(bytes: SHA256.hash(Array("footfall link \(shop):".utf8) + Handle.packed(handles)))
    }

    /// Without those that are fenced, and without the orders and checkouts that an erasure has kept, and the customers whose
    /// orders these are though they name the erased person's address: their events are still indexed under that person,
    /// which those that came after the fence never are. Where the customer stays, so do the purchases told of with them.
    private static func open(
        _ handles: [Handle], of shop: ShopKey, on connection: PostgresConnection
    ) throws -> [Handle] {
        let (kinds, hashes) = Handle.columns(handles)
        let rows = try connection.query(
            unfenced, [.int2(shop.lane), .int4(shop.shop), .int2Array(kinds), .uuidArray(hashes)]
        ).map { (handle: Key128($0.uuid(0)), isKept: $0.bool(1)) }
        let kept = Set(rows.filter(\.isKept).map(\.handle))
        let open = Set(rows.map(\.handle)).subtracting(kept)
        let isCustomerKept = handles.contains { $0.kind == .customer && kept.contains($0.hash) }
        return handles.filter {
            open.contains($0.hash) && !(isCustomerKept && ($0.kind == .order || $0.kind == .checkout))
        }
    }

    /// The listed ones where a request that listed its orders has kept some that name any of the handles: a link tells
    /// more of whom was asked for, and not to forget more of what they bought.
    private static func orders(
        of handles: [Handle], _ shop: ShopKey, on connection: PostgresConnection
    ) throws -> SubjectOrders {
        let (_, hashes) = Handle.columns(handles)
        let parameters: [PostgresValue] = [.int2(shop.lane), .int4(shop.shop), .uuidArray(hashes)]
        return try connection.query(keepsOrders, parameters)[0].bool(0) ? .listed : .all
    }

    private static let keepsOrders = """
        select exists (select from subjects.mention h
            join subjects.mention o on o.lane = h.lane and o.shop_id = h.shop_id and o.position = h.position
                and o.kind = \(HandleKind.order.rawValue)
            join subjects.mention p on p.lane = h.lane and p.shop_id = h.shop_id and p.position = h.position
            join privacy.fence f on f.lane = p.lane and f.shop_id = p.shop_id and f.kind = p.kind
                and f.handle = p.handle
            join privacy.request r on r.id = f.request and r.orders = '\(SubjectOrders.listed.rawValue)'
            where h.lane = $1 and h.shop_id = $2 and h.handle = any($3))
        """

    /// Each handle that is not fenced, and whether it stays with somebody.
    private static let unfenced = """
        select h.handle, h.kind in (\(HandleKind.order.rawValue), \(HandleKind.checkout.rawValue),
                \(HandleKind.customer.rawValue)) and exists (
                select from subjects.mention o
                join subjects.mention p on p.lane = o.lane and p.shop_id = o.shop_id and p.position = o.position
                join privacy.fence f on f.lane = p.lane and f.shop_id = p.shop_id and f.kind = p.kind
                    and f.handle = p.handle
                where o.lane = $1 and o.shop_id = $2 and o.handle = h.handle
                    and p.kind in (\(HandleKind.customer.rawValue), \(HandleKind.email.rawValue),
                        \(HandleKind.phone.rawValue)))
        from unnest($3::int2[], $4::uuid[]) as h (kind, handle)
        where not exists (select from privacy.fence f
            where f.lane = $1 and f.shop_id = $2 and f.kind = h.kind and f.handle = h.handle)
        """
}
