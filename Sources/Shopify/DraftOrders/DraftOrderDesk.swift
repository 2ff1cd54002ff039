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

    /// The step.
    package let state: State
    /// The draft order's name, such as `#D12`.
    package let name: String?
    /// Where the shopper can pay. It holds a key: for the shopper who asked and nobody else, never for a log.
    package let invoiceURL: String?
    /// Shopify's words where it refused.
    package let message: String?
}

/// Takes requests for draft orders and tells what became of them. The draft orders are made by `DraftOrderReactor`.
package struct DraftOrderDesk: Sendable {
    /// Lines of one request: a chat proposes a few products.
    package static let linesMax = 20
    /// Units of one line.
    package static let quantityMax = 100

    let shops: ShopDirectory

    /// Contacts nobody yet.
    package init(shops: ShopDirectory) { self.shops = shops }

    /// Notes a request and has it worked on; returns its id, which is random and known to nobody else. Nil for lines
    /// that are none: empty, too many, or of quantities that nobody orders by chat.
    package func ask(_ lines: [DraftOrderLine], shop: ShopID) async throws -> Key128? {
        guard !lines.isEmpty, lines.count <= Self.linesMax,
            lines.allSatisfy({ (1...Self.quantityMax).contains($0.quantity) && $0.variantID > 0 })
        else { return nil }
        let registration = try await shops.find(shop)
        let request = Key128(bytes: SecureRandom.bytes(16))
        let task = NewTask(
            reactor: DraftOrderReactor.taskName, key: "draft_order:\(request.uuid)",
            encoding: DraftOrderRequest(request: request.uuid, lines: lines))
        try await shops.pool.run { connection in
            try connection.transaction {
                _ = try connection.query(
                    "insert into shopify.draft_order (request, shop_id, state) values ($1, $2, 'asked')",
                    [.uuid(request.high, request.low), .int4(shop)])
                try TaskTable.insert([task], lane: registration.lane, shop: shop, on: connection)
            }
        }
        return request
    }

    /// How a request of this shop stands; nil where there is none.
    package func status(_ request: Key128, shop: ShopID) async throws -> DraftOrderStatus? {
        let row = try await shops.pool.run { connection in
            try connection.query(
                """
                select state, name, sealed_url, message from shopify.draft_order where request = $1 and shop_id = $2
                """, [.uuid(request.high, request.low), .int4(shop)]
            ).first
        }
        guard let row else { return nil }
        let seal = try await InvoiceSeal(shops, shop)
        return DraftOrderStatus(
            state: DraftOrderStatus.State(rawValue: row.text(0)) ?? .failed, name: row.textIfPresent(1),
            invoiceURL: try row.bytesIfPresent(2).map { try seal.open($0, request) }, message: row.textIfPresent(3))
    }
}

/// The payload of a draft order's task: no personal data.
struct DraftOrderRequest: Codable, Equatable, Sendable {
    let request: String
    let lines: [DraftOrderLine]

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
