internal import Cryptography
internal import EventModel
package import Postgres
package import Privacy
internal import Reactors
internal import ReadModels
internal import Registry

/// Makes erasures of the links that fences noted: what is held under the linked handles from before is found and erased,
/// and the handles are fenced everywhere, by the protocol of every request.
package struct LinkDesk: Sendable {
    /// The reference of such requests, by which lists tell them apart.
    package static let reference = "link"

    private let pool: PostgresPool
    private let nowMillis: @Sendable () -> Int64

    /// Contacts nobody yet. The pool's role has to be allowed to write requests and tasks.
    package init(pool: PostgresPool, nowMillis: @escaping @Sendable () -> Int64) {
        self.pool = pool
        self.nowMillis = nowMillis
    }

    /// Writes a link down as a request and has it worked on; durable when it returns. A link that was written down
    /// before, by whichever process, stays that one request. Of a shop that is redacted nothing is left to erase.
    package func ask(_ link: FenceLink) async throws {
        let now = nowMillis()
        try await pool.run { connection in
            guard let registration = try ShopRegistry.find(id: link.shop, on: connection),
                registration.status != .redacted
            else { return }
            let shop = ShopKey(lane: registration.lane, shop: link.shop)
            let id = Self.id(link)
            // The webhook that named both is in the log and says nothing of them any more, so it has no place here.
            let request = SubjectRequest(
                id: id, shop: shop, domain: registration.domain, kind: .erasure, origin: .webhook,
                asked: link.handles, orders: .all, askedAt: now, reference: Self.reference)
            try connection.transaction {
                guard try RequestTable.find(id, on: connection) == nil else { return }
                try RequestTable.insert(request, on: connection)
                try TaskTable.insert(
                    [PrivacyTask.task(for: request)], lane: shop.lane, shop: shop.shop, on: connection)
            }
        }
    }

    /// The same for equal links.
    static func id(_ link: FenceLink) -> Key128 {
        Key128(bytes: SHA256.hash(Array("footfall link \(link.shop):".utf8) + Handle.packed(link.handles)))
    }
}
