internal import Cryptography
package import EventModel
internal import Pipelines
package import Postgres
package import Privacy
internal import Reactors
internal import ReadModels
internal import Registry

/// What a person asks for by API or CLI. The values are hashed at once and stored nowhere.
package struct SubjectAsk: Sendable {
    /// What is wanted.
    package var kind: SubjectRequestKind
    /// The customer's number at Shopify, or its gid.
    package var customerID: String?
    /// As the asker wrote it.
    package var email: String?
    /// As the asker wrote it.
    package var phone: String?
    /// Numbers or gids.
    package var orderIDs: [String] = []
    /// Whether `orderIDs` are all the orders that are meant.
    package var orders = SubjectOrders.all
    /// The asker's label; never personal.
    package var reference: String?

    /// Names nobody yet.
    package init(_ kind: SubjectRequestKind) { self.kind = kind }
}

/// What keeps a request from being taken, in words for people.
package struct RequestRefusal: Error, Sendable, Equatable {
    /// In words; never personal.
    package let message: String
}

/// Takes requests from people, and tells how requests stand. `PrivacyReactor` works them off.
package struct RequestDesk: Sendable {
    /// More orders than this nobody lists by hand.
    package static let ordersMax = 10_000
    /// A label is a ticket's number; it stays for ever, so nothing that names a person fits into it.
    private static let referenceBytesMax = 64

    private let pool: PostgresPool
    private let vault: Vault
    private let nowMillis: @Sendable () -> Int64

    /// Contacts nobody yet.
    package init(pool: PostgresPool, vault: Vault, nowMillis: @escaping @Sendable () -> Int64) {
        self.pool = pool
        self.vault = vault
        self.nowMillis = nowMillis
    }

    /// Writes a request down and has it worked on; durable when it returns. `askedBy` is the asker as audits name
    /// callers. Throws `RequestRefusal` where it says nobody or the shop is none.
    package func ask(
        _ ask: SubjectAsk, shop: ShopID, origin: SubjectRequestOrigin, by askedBy: String? = nil
    ) async throws -> SubjectRequest {
        guard ask.orderIDs.count <= Self.ordersMax else {
            throw RequestRefusal(message: "at most \(Self.ordersMax) orders can be named in one request")
        }
        guard ask.reference.map(Self.isLabel) ?? true else {
            throw RequestRefusal(
                message: "a reference is a label of letters, digits and ._:/#-, at most \(Self.referenceBytesMax)")
        }
        let (vault, now) = (vault, nowMillis())
        let id = Key128(bytes: SecureRandom.bytes(16))
        return try await pool.run { connection in
            guard let registration = try ShopRegistry.find(id: shop, on: connection), registration.status != .redacted
            else { throw RequestRefusal(message: "there is no such shop") }
            let context = ShopContext(
                shop: shop, keys: ShopKeys(shopKey: try vault.unwrap(registration.wrappedKey)))
            var request = SubjectRequest(
                id: id, shop: ShopKey(lane: registration.lane, shop: shop), domain: registration.domain,
                kind: ask.kind, origin: origin, asked: try Self.handles(ask, context), orders: ask.orders,
                askedAt: now, reference: ask.reference)
            request.askedBy = askedBy
            let isOpen = try request.add(nationalPhone: ask.phone, context, on: connection)
            try connection.transaction {
                try RequestTable.insert(request, on: connection)
                if isOpen { try request.noteOpenPhone(on: connection) }
                try TaskTable.insert(
                    [PrivacyTask.task(for: request)], lane: registration.lane, shop: shop, on: connection)
            }
            return request
        }
    }

    /// One request of a shop, or of any.
    package func find(_ id: Key128, shop: ShopID? = nil) async throws -> SubjectRequest? {
        try await pool.run { try RequestTable.find(id, shop: shop, on: $0) }
    }

    /// Requests, the newest first.
    package func list(_ filter: RequestFilter) async throws -> [SubjectRequest] {
        try await pool.run { try RequestTable.list(filter, on: $0) }
    }

    /// The signed receipt of an erasure, as `ReceiptVerifier` takes it; nil where there is none (yet).
    package func receipt(_ id: Key128, shop: ShopID? = nil) async throws -> [UInt8]? {
        try await pool.run { connection in
            guard try RequestTable.find(id, shop: shop, on: connection) != nil else { return nil }
            return try ReceiptTable.find(id, on: connection)?.bytes
        }
    }

    /// The letters are ASCII's; an e-mail address or a name with a space is none.
    private static func isLabel(_ text: String) -> Bool {
        (1...referenceBytesMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "._:/#-".utf8.contains(byte)
                }
            }
    }

    private static func handles(_ ask: SubjectAsk, _ context: ShopContext) throws -> [Handle] {
        guard ask.kind != .shopErasure else { return [] }
        let texts =
            [(HandleKind.customer, ask.customerID), (.email, ask.email), (.phone, ask.phone)]
            + ask.orderIDs.map { (HandleKind.order, $0) }
        let handles = try texts.compactMap { kind, text -> Handle? in
            guard let text else { return nil }
            guard let handle = context.handle(kind, text) else {
                throw RequestRefusal(message: "one of the values names no \(kind.name)")
            }
            return handle
        }
        guard !handles.isEmpty else {
            throw RequestRefusal(message: "a request names a customer, an e-mail address, a phone or orders")
        }
        return Set(handles).sorted { ($0.kind, $0.hash) < ($1.kind, $1.hash) }
    }
}
