internal import EventModel
package import Reactors
internal import Recorder

/// Reads again, daily, what has changed at a shop: webhooks come without order, twice, or not at all. What was there
/// already is found to be a duplicate by its content, so a quiet day adds nothing to the log.
package struct Reconciler: Reactor {
    /// Each run begins so long before the last one did: Shopify's search lags behind its writes, and rows move while
    /// one pages.
    private static let overlapMillis: Int64 = 6 * 3_600_000
    /// The first run looks back over the import, which takes hours at large shops.
    private static let firstMillis: Int64 = 2 * Daily.millis
    /// Rows of a page. An order with all that hangs on it costs some 25 points of the 1,000 that a query may. A page
    /// that costs too much, or is too long, is asked for again with half of them.
    private static let pageRows = 25
    /// Pages of one run; the task then makes way for others of its shop.
    private static let pagesMax = 40
    /// Shopify shows no more rows of one search (shopify.dev, "Pagination"); the next search begins at the last one.
    private static let rowsMax = 24_000

    private let admin: any AdminCalling
    private let shops: ShopDirectory
    private let nowMillis: @Sendable () -> Int64

    /// Contacts nobody yet.
    package init(admin: any AdminCalling, shops: ShopDirectory, nowMillis: @escaping @Sendable () -> Int64) {
        self.admin = admin
        self.shops = shops
        self.nowMillis = nowMillis
    }

    /// How far a reconciliation is: the payload of its task.
    struct State: Codable, Equatable {
        let resource: HistoryResource
        /// Changes from this on, in milliseconds; nil for the first run of a shop.
        var since: Int64?
        /// When the run began: the next one goes on from there.
        var began: Int64?
        var after: String?
        var rows = 0
        /// Rows of a page, where there have to be fewer.
        var pageRows: Int?
        /// The latest change that was read.
        var latest: Int64 = 0
        var recorded: Int64 = 0

        init(resource: HistoryResource, since: Int64? = nil) {
            self.resource = resource
            self.since = since
        }
    }

    /// Stored with its tasks.
    package var name: String { "reconcile" }

    /// Installations, and changes of what the merchant grants.
    package var interests: [EventInterest] {
        [
            EventInterest(.system, SystemEventName.shopInstalled.rawValue),
            EventInterest(.system, SystemEventName.shopScopesChanged.rawValue),
        ]
    }

    /// The first run of each resource, a day later; where one goes on already, the two meet at the next day.
    package func tasks(for event: ReactorEvent) -> [NewTask] {
        HistoryResource.allCases.map { resource in
            let at = event.header.receivedAt + Daily.millis
            return NewTask(
                reactor: name, key: "\(Self.chain(resource)):\(event.place)", encoding: State(resource: resource),
                runAt: at)
        }
    }

    private static func chain(_ resource: HistoryResource) -> String { "reconcile:\(resource.rawValue)" }

    /// Reads some pages.
    package func run(_ task: ReactorTask, _ progress: any TaskProgress) async throws -> TaskOutcome {
        guard let shop = try await shops.active(task.shop) else { return .done }
        var state: State = try task.decoded()
        let began = state.began ?? nowMillis()
        state.began = began
        let recorded = try shops.recorded(shop)
        do {
            for _ in 0..<Self.pagesMax {
                guard try await readPage(&state, began, recorded) else { return try await done(task, state, began) }
                try await progress.save(state)
            }
        } catch let error as AdminError where error.code == .accessDenied {
            // Only the merchant can change that, and the import's state shows it: the next day goes on from here.
            return .done(TaskEffects(next: [try await retry(task, state, began)]))
        } catch {
            throw error
        }
        return .again(after: .zero, payload: TaskJSON.text(state), TaskEffects())
    }

    /// The next day reads what this run should have read.
    package func next(afterGivingUp task: ReactorTask) async throws -> [NewTask] {
        guard try await shops.active(task.shop) != nil else { return [] }
        let state: State = try task.decoded()
        return [try await retry(task, state, state.began ?? nowMillis())]
    }

    private func retry(_ task: ReactorTask, _ state: State, _ began: Int64) async throws -> NewTask {
        try await nextDay(task, State(resource: state.resource, since: state.since ?? began - Self.firstMillis), began)
    }

    private func nextDay(_ task: ReactorTask, _ state: State, _ began: Int64) async throws -> NewTask {
        try await shops.nextDay(
            task, chain: Self.chain(state.resource), payload: TaskJSON.text(state), nowMillis: began)
    }

    /// Records a page of changes; false after the last one.
    private func readPage(_ state: inout State, _ began: Int64, _ shop: RecordedShop) async throws -> Bool {
        let since = state.since ?? began - Self.firstMillis
        let page = try await page(&state, since: since, shop.id)
        let filler = RefundFiller(admin: admin)
        var events: [OwnEvent] = []
        for node in page.nodes {
            let object = try await filler.completed(page: node, state.resource, shop: shop.id)
            if let event = RestMapping.event(object, state.resource) { events.append(event) }
        }
        let outcomes = try await shops.record(events, for: shop)
        state.recorded += Int64(outcomes.count { $0 == .recorded })
        state.rows += page.nodes.count
        state.latest = max(state.latest, events.map(\.occurredAt).max() ?? 0)
        guard page["pageInfo"]["hasNextPage"].isTrue == true, let next = page["pageInfo"]["endCursor"].text else {
            return false
        }
        state.after = next
        if state.rows >= Self.rowsMax, state.latest > since {
            (state.after, state.rows, state.since) = (nil, 0, state.latest)
        }
        return true
    }

    /// Asks for a page, and for a shorter one where it is too much for one query.
    private func page(_ state: inout State, since: Int64, _ shop: ShopID) async throws -> GraphValue {
        struct Variables: Encodable {
            let first: Int
            let after: String?
            let query: String
        }
        var query = "updated_at:>='\(Timestamp.text(since))'"
        if state.resource == .products { query += " " + AdminDocument.everyStatus }
        while true {
            let first = state.pageRows ?? Self.pageRows
            let variables = try AdminRequest.encoded(Variables(first: first, after: state.after, query: query))
            do throws(AdminError) {
                return try Self.read(
                    try await admin.run(state.resource.page, variables: variables, shop: shop), state.resource)
            } catch {
                guard error.code == .tooCostly || error.code == .tooLarge, first > 1 else { throw error }
                state.pageRows = first / 2
            }
        }
    }

    private static func read(
        _ answer: AdminAnswer, _ resource: HistoryResource
    ) throws(AdminError) -> GraphValue {
        // A filter that Shopify did not take would give everything, every day.
        guard answer.searchWarnings.isEmpty else {
            let warnings = answer.searchWarnings.joined(separator: ",")
            throw AdminError(.invalid, "the filter was not understood: \(warnings)")
        }
        guard let page = GraphReader.read(answer.data)?[resource.root] else {
            throw AdminError(.malformed, "an answer is no JSON")
        }
        return page
    }

    private func done(_ task: ReactorTask, _ state: State, _ began: Int64) async throws -> TaskOutcome {
        let next = try await nextDay(task, State(resource: state.resource, since: began - Self.overlapMillis), began)
        struct Payload: Encodable {
            let resource: String
            let count: Int64
        }
        let result = TaskResult.event(
            .reconciled, Payload(resource: state.resource.rawValue, count: state.recorded),
            identity: "reconciled:\(task.id)", at: began)
        return .done(TaskEffects(results: [result], next: [next]))
    }
}

extension RefundFiller {
    /// An object of a page with all that did not fit on the page.
    func completed(
        page node: GraphValue, _ resource: HistoryResource, shop: ShopID
    ) async throws(AdminError) -> HistoryObject {
        var object = HistoryObject(page: node, resource)
        switch resource {
        case .products:
            if let all = try await rest(of: node, "variants", .productVariants, root: "product", shop: shop) {
                object.children["ProductVariant"] = all
            }
        case .orders:
            if let all = try await rest(of: node, "lineItems", .orderLineItems, root: "order", shop: shop) {
                object.children["LineItem"] = all
            }
            var refunds: [GraphValue] = []
            for refund in node["refunds"].elements { refunds.append(try await completed(refund, shop)) }
            object.node = node.replacing("refunds", with: .list(refunds))
        case .customers, .abandonedCheckouts: break
        }
        return object
    }
}
