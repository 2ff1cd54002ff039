internal import Cryptography
package import EventModel
internal import Postgres
internal import Privacy
internal import Reactors
internal import Recorder

/// A line of a draft order that a shopper asks for.
package struct DraftOrderLine: Sendable, Equatable, Codable {
    /// The variant's number.
    package let variantID: Int64
    /// 1 or more.
    package let quantity: Int

    /// A line.
    package init(variantID: Int64, quantity: Int) {
        self.variantID = variantID
        self.quantity = quantity
    }
}

/// How a request for a draft order stands.
package struct DraftOrderStatus: Sendable, Equatable {
    /// Steps of a request.
    package enum State: String, Sendable {
        case asked, created, failed
    }

    /// Names the request to the session that made it.
    package let request: Key128
    /// The step.
    package let state: State
    /// The draft order's name, such as `#D12`.
    package let name: String?
    /// Where the shopper can pay. It holds a key: for the session that asked and nobody else, never for a log.
    package let invoiceURL: String?
    /// Shopify's words where it refused: for the merchant, not for the shopper.
    package let message: String?
}

/// What became of the wish for a draft order.
package enum DraftOrderAnswer: Sendable, Equatable {
    /// It is worked on under this id.
    case asked(Key128)
    /// No lines, too many, or of quantities that nobody orders by chat.
    case unfit
    /// The session or the shop has asked too often.
    case tooMany
    /// The app is not installed in the shop.
    case notInstalled
}

/// Takes requests for draft orders and tells what became of them. The draft orders are made by `DraftOrderReactor`.
///
/// A request belongs to the session that made it. Requests that are made at the same time may exceed the limits by the
/// number of connections that ask.
package struct DraftOrderDesk: Sendable {
    /// Lines of one request: a chat proposes a few products.
    package static let linesMax = 20
    /// Units of one line.
    package static let quantityMax = 100
    /// Requests of one session, which lasts a day: a shopper changes their mind a few times.
    package static let requestsOfSessionMax: Int64 = 5
    /// Requests of one shop within an hour: draft orders are read by people, and sessions cost an attacker nothing.
    package static let requestsOfShopHourMax: Int64 = 100
    /// Requests are forgotten after this; sessions that could ask for them have ended long before.
    static let keptDays: Int32 = 30

    let shops: ShopDirectory

    /// Contacts nobody yet.
    package init(shops: ShopDirectory) { self.shops = shops }

    /// Notes a request of a session and has it worked on.
    package func ask(_ lines: [DraftOrderLine], session: Key128, shop: ShopID) async throws -> DraftOrderAnswer {
        guard !lines.isEmpty, lines.count <= Self.linesMax,
            lines.allSatisfy({ (1...Self.quantityMax).contains($0.quantity) && $0.variantID > 0 })
        else { return .unfit }
        guard let registration = try await shops.active(shop) else { return .notInstalled }
        let request = Key128(bytes: SecureRandom.bytes(16))
        let task = NewTask(
            reactor: DraftOrderReactor.taskName, key: "draft_order:\(request.uuid)",
            encoding: DraftOrderRequest(request: request.uuid, lines: lines))
        return try await shops.pool.run { connection in
            try connection.transaction { () -> DraftOrderAnswer in
                guard try Self.note(request, session, shop, on: connection) else { return .tooMany }
                try TaskTable.insert([task], lane: registration.lane, shop: shop, on: connection)
                return .asked(request)
            }
        }
    }

    /// Writes a request down, and lets old ones go; false where there are too many.
    private static func note(
        _ request: Key128, _ session: Key128, _ shop: ShopID, on connection: PostgresConnection
    ) throws -> Bool {
        _ = try connection.query(
            "delete from shopify.draft_order where shop_id = $1 and asked_at < now() - make_interval(days => $2)",
            [.int4(shop), .int4(keptDays)])
        return try connection.query(
            """
            insert into shopify.draft_order (request, shop_id, session, state)
            select $1, $2, $3, 'asked'
            where (select count(*) from shopify.draft_order where shop_id = $2 and session = $3) < $4
                and (select count(*) from shopify.draft_order
                    where shop_id = $2 and asked_at > now() - interval '1 hour') < $5
            returning request
            """,
            [
                .uuid(request.high, request.low), .int4(shop), .uuid(session.high, session.low),
                .int8(requestsOfSessionMax), .int8(requestsOfShopHourMax),
            ]
        ).count == 1
    }

    /// How a request of this session stands, or its newest one where none is named; nil where there is none.
    package func status(
        _ request: Key128? = nil, session: Key128, shop: ShopID
    ) async throws -> DraftOrderStatus? {
        let row = try await shops.pool.run { connection in
            try connection.query(
                """
                select request, state, name, sealed_url, message from shopify.draft_order
                where shop_id = $1 and session = $2 and ($3::uuid is null or request = $3)
                order by asked_at desc limit 1
                """,
                [
                    .int4(shop), .uuid(session.high, session.low),
                    request.map { .uuid($0.high, $0.low) } ?? .null,
                ]
            ).first
        }
        guard let row else { return nil }
        let (high, low) = row.uuid(0)
        let id = Key128(high: high, low: low)
        let sealed = row.bytesIfPresent(3)
        let seal = sealed == nil ? nil : try await InvoiceSeal(shops, shop)
        return DraftOrderStatus(
            request: id, state: DraftOrderStatus.State(rawValue: row.text(1)) ?? .failed, name: row.textIfPresent(2),
            invoiceURL: try sealed.flatMap { try seal?.open($0, id) }, message: row.textIfPresent(4))
    }
}

/// The payload of a draft order's task: no personal data.
struct DraftOrderRequest: Codable, Equatable, Sendable {
    let request: String
    let lines: [DraftOrderLine]
    /// When Shopify was last asked to make it, in milliseconds; nil while it is certain that it has not.
    var triedAt: Int64?
    /// Times that it was asked.
    var tries: Int?

    init(request: String, lines: [DraftOrderLine]) {
        self.request = request
        self.lines = lines
    }

    /// Found again by this after an answer that was lost.
    var tag: String { "footfall-\(request)" }
}

/// Seals the address of an invoice under a key of the shop, bound to the request: nonce 12 · AES-256-GCM.
struct InvoiceSeal {
    private let cipher: AES256GCM

    init(_ shops: ShopDirectory, _ shop: ShopID) async throws {
        let keys = try shops.recorded(try await shops.find(shop)).keys
        cipher = AES256GCM(key: HKDF.derive(secret: keys.widgetToken, info: "footfall draft order"))
    }

    func seal(_ url: String, _ request: Key128) -> [UInt8] {
        let nonce = SecureRandom.bytes(AES256GCM.nonceByteCount)
        return nonce + cipher.seal(Array(url.utf8), nonce: nonce, aad: request.bytes)
    }

    func open(_ sealed: [UInt8], _ request: Key128) throws -> String {
        let nonce = Array(sealed.prefix(AES256GCM.nonceByteCount))
        guard nonce.count == AES256GCM.nonceByteCount else {
            throw TaskFailure.permanent("a sealed address is damaged")
        }
        let plain = try cipher.open(Array(sealed.dropFirst(nonce.count)), nonce: nonce, aad: request.bytes)
        return String(decoding: plain, as: UTF8.self)
    }
}
