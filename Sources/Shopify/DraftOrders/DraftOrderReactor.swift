internal import EventModel
internal import Postgres
package import Reactors
internal import Recorder

/// Makes the draft orders that shoppers ask for in the chat. The result is an event; the invoice's address is kept
/// sealed in the request's row.
package struct DraftOrderReactor: Reactor {
    static let taskName = "draft_order"
    /// A draft order that was made without an answer is looked for so long before another is: Shopify's search has
    /// shown new ones after 12 s.
    static let searchMillis: Int64 = 60_000
    /// Between two looks.
    private static let searchPause = Duration.seconds(5)
    /// Creations whose outcome stayed unknown, a minute's search after each; then a person has to look.
    static let triesMax = 5

    private let admin: any AdminCalling
    private let shops: ShopDirectory
    private let nowMillis: @Sendable () -> Int64

    /// Contacts nobody yet.
    package init(admin: any AdminCalling, shops: ShopDirectory, nowMillis: @escaping @Sendable () -> Int64) {
        self.admin = admin
        self.shops = shops
        self.nowMillis = nowMillis
    }

    /// Stored with its tasks.
    package var name: String { Self.taskName }

    /// None: `DraftOrderDesk` makes its tasks.
    package var interests: [EventInterest] { [] }

    /// None.
    package func tasks(for event: ReactorEvent) -> [NewTask] { [] }

    private struct Draft: Decodable {
        let id: String
        let name: String
        let invoiceUrl: String?
        var tags: [String]?
    }

    /// Makes the draft order once: whoever cannot know whether it was made looks for it first.
    package func run(_ task: ReactorTask, _ progress: any TaskProgress) async throws -> TaskOutcome {
        let work: DraftOrderRequest = try task.decoded()
        guard let request = Key128(uuid: work.request) else { throw TaskFailure.permanent("the request has no id") }
        guard try await shops.active(task.shop) != nil else {
            try await fail(request, "the app is not installed any more")
            return .done
        }
        var draft: Draft?
        if let tried = work.triedAt {
            draft = try await find(work, task.shop)
            if draft == nil, nowMillis() < tried + Self.searchMillis {
                return .again(after: Self.searchPause, payload: nil, TaskEffects())
            }
        }
        if draft == nil { draft = try await make(work, request, task.shop, progress) }
        guard let draft else { throw TaskFailure.passing("no draft order came back") }
        try await keep(draft, request, task.shop)
        struct Payload: Encodable {
            let draft_order_id: String
            let name: String
            let request: String
        }
        let payload = Payload(draft_order_id: draft.id, name: draft.name, request: work.request)
        let result = TaskResult.event(
            .draftOrderCreated, payload, identity: "draft_order:\(work.request)", at: nowMillis())
        return .done(TaskEffects(results: [result]))
    }

    private func find(_ work: DraftOrderRequest, _ shop: ShopID) async throws(AdminError) -> Draft? {
        struct Answer: Decodable {
            struct Connection: Decodable { let nodes: [Draft] }
            let draftOrders: Connection
        }
        let answer: Answer = try await admin.ask(.draftOrders, ["query": "tag:'\(work.tag)'"], shop: shop)
        // A filter that Shopify ignores gives all of them.
        return answer.draftOrders.nodes.first { $0.tags?.contains(work.tag) == true }
    }

    private struct Made: Decodable {
        struct Result: Decodable {
            let draftOrder: Draft?
            let userErrors: [UserError]
        }
        let draftOrderCreate: Result
    }

    /// Makes another draft order; a failure that is final is told to the one who asked.
    private func make(
        _ work: DraftOrderRequest, _ request: Key128, _ shop: ShopID, _ progress: any TaskProgress
    ) async throws -> Draft {
        do {
            let result = try await create(work, shop, progress)
            if let draft = result.draftOrder { return draft }
            throw TaskFailure.permanent(UserError.text(result.userErrors))
        } catch let failure as any TaskError where failure.taskFailure.isPermanent {
            try await fail(request, failure.taskFailure.message)
            throw failure.taskFailure
        } catch {
            throw error
        }
    }

    /// Asks Shopify; that it was asked is written down before.
    private func create(
        _ work: DraftOrderRequest, _ shop: ShopID, _ progress: any TaskProgress
    ) async throws -> Made.Result {
        var asked = work
        (asked.triedAt, asked.tries) = (nowMillis(), (work.tries ?? 0) + 1)
        guard asked.tries ?? 0 <= Self.triesMax else {
            throw TaskFailure.permanent("it stays unknown whether Shopify has made it")
        }
        try await progress.save(asked)
        do throws(AdminError) {
            let answer: Made = try await admin.ask(.draftOrderCreate, Self.variables(work), shop: shop)
            return answer.draftOrderCreate
        } catch {
            // Then Shopify has not even looked at it.
            if error.code == .throttled || error.code == .frozen { try await progress.save(work) }
            throw error
        }
    }

    private struct Variables: Encodable {
        struct Line: Encodable {
            let variantId: String
            let quantity: Int
        }
        struct Input: Encodable {
            let lineItems: [Line]
            let tags: [String]
        }
        let input: Input
    }

    private static func variables(_ work: DraftOrderRequest) -> Variables {
        let lines = work.lines.map {
            Variables.Line(variantId: "gid://shopify/ProductVariant/\($0.variantID)", quantity: $0.quantity)
        }
        return Variables(input: Variables.Input(lineItems: lines, tags: [work.tag]))
    }

    private func keep(_ draft: Draft, _ request: Key128, _ shop: ShopID) async throws {
        let seal = try await InvoiceSeal(shops, shop)
        let sealed = draft.invoiceUrl.map { seal.seal($0, request) }
        try await shops.pool.run { connection in
            _ = try connection.query(
                """
                update shopify.draft_order set state = 'created', draft_order_id = $2, name = $3, sealed_url = $4,
                    message = null, finished_at = now() where request = $1
                """, [.uuid(request.high, request.low), .text(draft.id), .text(draft.name), .optional(sealed)])
        }
    }

    private func fail(_ request: Key128, _ message: String) async throws {
        try await shops.pool.run { connection in
            _ = try connection.query(
                """
                update shopify.draft_order set state = 'failed', message = $2, finished_at = now() where request = $1
                """, [.uuid(request.high, request.low), .text(message)])
        }
    }
}
