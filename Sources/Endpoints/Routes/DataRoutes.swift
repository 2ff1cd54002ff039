internal import EventModel
internal import HTTPTypes
internal import Hummingbird
internal import ReadModels

/// The routes under `/api/data/shopify`: what Shopify has told us, from our own read models. Shopify is not asked.
struct DataRoutes: Sendable {
    let dependencies: EndpointDependencies
    let gate: Gatekeeper

    /// All of them.
    var routes: [Route] {
        both(.products, "Products", "with their variants", ProductRecord.self)
            + both(.orders, "Orders", "with lines, refunds, transactions and the customer", OrderRecord.self)
            + both(.customers, "Customers", "with what they spent", CustomerRecord.self)
            + both(.transactions, "Transactions", "of all orders, or of `order_id`", TransactionRecord.self)
    }

    /// A list by POST with a body and by GET with parameters; both say the same.
    private func both<Record: CommerceRecord>(
        _ list: ListName, _ schema: String, _ summary: String, _ record: Record.Type
    ) -> [Route] {
        // Ids are Shopify's, which grow with time as long as nothing older is brought in.
        let order = list == .customers ? "The newest first." : "By id, the highest first."
        return [HTTPRequest.Method.post, .get].map { method in
            let isPost = method == .post
            return Route(
                method: method, path: "/api/data/shopify/\(list)", group: "Data", summary: "\(schema), \(summary)",
                text: """
                    \(order) `custom_query` is Shopify's search syntax; where its meaning differs from \
                    Shopify's, `warnings` say how, and what cannot be understood is a 400. Reading personal data is \
                    noted in the audit log.
                    """, scope: .dataRead, parameters: isPost ? [Route.knownTag] : Self.parameters,
                body: isPost ? "DataRequest" : nil, answers: [Route.Answer(schema: schema, text: "A page.")],
                handler: { request, _ in
                    let caller = try await gate.caller(of: request, needing: .dataRead)
                    let asked = try await isPost ? DataRequest(request.json(), at: request) : DataRequest(request)
                    let shop = try await gate.shop(asked.shop, for: caller, pointer: asked.pointer("shop"))
                    let reading = PersonalReading(
                        reader: caller.name, route: "\(method.rawValue) /api/data/shopify/\(list)")
                    return try await answer(asked, list, shop, reading, request.knownTags, record)
                })
        }
    }

    private static let parameters =
        [Route.shop] + Route.page + [
            Route.Parameter(name: "custom_query", text: "A search in Shopify's syntax."),
            Route.Parameter(name: "order_id", text: "An order's id or gid; for orders and transactions."),
            Route.knownTag,
        ]

    private func answer<Record: CommerceRecord>(
        _ asked: DataRequest, _ list: ListName, _ shop: KnownShop, _ reading: PersonalReading,
        _ knownTags: Set<String>, _ record: Record.Type
    ) async throws -> Response {
        let handles = try await dependencies.recordOpener?.handles(of: shop.key)
        let request = CommerceRequest(
            shop: shop.key, page: try asked.page(of: list), search: try asked.checkedSearch, orderID: try asked.orderID,
            context: SearchContext(zone: shop.zone ?? .utc, now: dependencies.nowMillis()) { handles?($0, $1) },
            knownTags: knownTags)
        let outcome = try await read(request, asked, record)
        let isPersonal = !(record is ProductRecord.Type)
        switch outcome {
        case .unchanged(let tag),
            .page(_, _, let tag) where knownTags.contains("*"):
            return .unchanged(tag, isPersonal: isPersonal)
        case .page(let list, let warnings, let tag):
            let opened = try await open(list.items.compactMap(\.personalPosition), shop.key, reading)
            let json = list.json({ writer, item in
                item.write(&writer, item.personalPosition.flatMap { opened[$0] })
            }) { writer in
                writer.member("warnings") { $0.array(warnings) { $1.write(&$0) } }
            }
            return isPersonal ? .personal(json, tag: tag) : .json(json, tag: tag)
        }
    }

    private func read<Record: CommerceRecord>(
        _ request: CommerceRequest, _ asked: DataRequest, _ record: Record.Type
    ) async throws -> CommerceOutcome<Record> {
        do {
            return try await dependencies.engine.read(request.shop, nowMillis: request.context.now) {
                try CommerceListReader<Record>.read(request, $0)
            }
        } catch let problem as SearchProblem {
            throw Problem(problem, pointer: asked.pointer("custom_query"))
        }
    }

    private func open(
        _ positions: [Position], _ shop: ShopKey, _ reading: PersonalReading
    ) async throws -> [Position: [UInt8]] {
        guard let opener = dependencies.recordOpener, !positions.isEmpty else { return [:] }
        return try await opener.open(shop, positions, for: reading)
    }
}

extension Problem {
    /// What Shopify would ignore is refused here, with its place in the search.
    fileprivate init(_ problem: SearchProblem, pointer: String) {
        self.init(
            .badRequest, "\(problem.detail) (at character \(problem.position + 1) of the search)", pointer: pointer,
            allowed: problem.allowed, slug: "search-" + problem.code.rawValue.replacing("_", with: "-"))
    }
}
