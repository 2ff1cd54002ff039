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
    /// Rows of a page. An order with all that hangs on it costs some 25 points of the 1,000 that a query may.
    private static let rows = 25
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

    /// Installations.
    package var interests: [EventInterest] { [EventInterest(.system, SystemEventName.shopInstalled.rawValue)] }

    /// The first run of each resource, a day after the installation.
    package func tasks(for event: ReactorEvent) -> [NewTask] {
        HistoryResource.allCases.map { resource in
            let at = event.header.receivedAt + Daily.millis
            return NewTask(
                reactor: name, key: Self.key(resource, event.shop, at), encoding: State(resource: resource), runAt: at)
        }
    }

    /// One key a day: chains that began twice meet.
    private static func key(_ resource: HistoryResource, _ shop: ShopID, _ millis: Int64) -> String {
        "reconcile:\(resource.rawValue):\(shop):\(millis.flooredDivision(Daily.millis))"
    }

    /// Reads some pages.
    package func run(_ task: ReactorTask, _ progress: any TaskProgress) async throws -> TaskOutcome {
        guard let shop = try await shops.active(task.shop) else { return .done }
        var state: State = try task.decoded()
        let began = state.began ?? nowMillis()
        state.began = began
        let recorded = try shops.recorded(shop)
        for _ in 0..<Self.pagesMax {
            guard try await readPage(&state, began, recorded) else { return done(task, state, began) }
            try await progress.save(state)
        }
        return .again(after: .zero, payload: TaskJSON.text(state), TaskEffects())
    }

    /// Records a page of changes; false after the last one.
    private func readPage(_ state: inout State, _ began: Int64, _ shop: RecordedShop) async throws -> Bool {
        struct Variables: Encodable {
            let first: Int
            let after: String?
            let query: String
        }
        let since = state.since ?? began - Self.firstMillis
        var query = "updated_at:>='\(Timestamp.text(since))'"
        if state.resource == .products { query += " " + AdminDocument.everyStatus }
        let filler = RefundFiller(admin: admin)
        let answer = try await admin.run(
            state.resource.page,
            variables: try AdminRequest.encoded(Variables(first: Self.rows, after: state.after, query: query)),
            shop: shop.id)
        // A filter that Shopify did not take would give everything, every day.
        guard answer.searchWarnings.isEmpty else {
            let warnings = answer.searchWarnings.joined(separator: ",")
            throw TaskFailure.permanent("the filter was not understood: \(warnings)")
        }
        guard let page = GraphReader.read(answer.data)?[state.resource.root] else {
            throw AdminError(.malformed, "an answer is no JSON")
        }
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

    private func done(_ task: ReactorTask, _ state: State, _ began: Int64) -> TaskOutcome {
        let at = began + Daily.millis
        let next = NewTask(
            reactor: name, key: Self.key(state.resource, task.shop, at),
            encoding: State(resource: state.resource, since: began - Self.overlapMillis), runAt: at)
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
