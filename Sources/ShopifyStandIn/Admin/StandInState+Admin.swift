/// The Admin GraphQL endpoint (shopify.md, section 5).
extension StandInState {
    mutating func admin(_ request: inout LoggedRequest, version: String, _ now: Int64) -> StandInReply {
        let fault = nextFault(request.shop)
        if let fault, let reply = refuse(fault, request.shop, now) { return reply }
        guard let token = request.header("x-shopify-access-token") else {
            request.problems.append("no X-Shopify-Access-Token")
            return Self.unauthorized
        }
        guard let grant = withShop(request.shop, { $0.isInstalled ? $0.tokens.grant(token, now: now) : nil }) else {
            return Self.unauthorized
        }
        guard request.header("content-type")?.hasPrefix("application/json") == true else {
            request.problems.append("content type \(request.header("content-type") ?? "missing")")
            return .json(["errors": ["query": "Required parameter missing or invalid"]], status: 415)
        }
        if version != configuration.version { request.problems.append("version \(version) of the Admin API") }
        var reply = run(&request, scopes: grant.scopes, now)
        switch fault {
        case .slow(let millis): reply.delayMillis = millis
        case .lostAnswer: reply.body = .nothing
        default: break
        }
        return reply
    }

    private static let unauthorized = StandInReply.json(
        ["errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"], status: 401)

    private mutating func refuse(_ fault: AdminFault, _ shop: String, _ now: Int64) -> StandInReply? {
        switch fault {
        case .slow, .lostAnswer: return nil
        case .garbage: return .text("<html>not now</html>", status: 200)
        case .internalError:
            return .json(
                AdminFailure(
                    code: "INTERNAL_SERVER_ERROR",
                    message: "Internal error. Looks like something went wrong on our end.\nRequest ID: made-up"
                ).answer(cost: nil))
        case .throttled:
            return withShop(shop) { shop in
                shop.bucket.drain(now: now)
                return Self.throttled(shop.bucket, requested: 10)
            }
        case .status(401, _): return Self.unauthorized
        case .status(let status, let retryAfter):
            let words = [
                402: "Unavailable Shop", 403: "User does not have access", 404: "Not Found", 423: "Locked",
                429:
                    "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service.",
            ]
            return .json(
                ["errors": .string(words[status] ?? "Internal Server Error")], status: status,
                headers: retryAfter.map { [("Retry-After", "\($0).0")] } ?? [])
        }
    }

    private static func throttled(_ bucket: CostBucketState, requested: Int) -> StandInReply {
        let failure = AdminFailure(
            code: "THROTTLED", message: "Throttled",
            details: [WireMember("documentation", "https://shopify.dev/api/usage/rate-limits")])
        return .json(failure.answer(cost: bucket.extensions(requested: requested, actual: nil)))
    }

    private mutating func run(_ request: inout LoggedRequest, scopes: [String], _ now: Int64) -> StandInReply {
        let body = request.json
        guard let text = body["query"].text else {
            request.problems.append("no query in the body")
            return .json(["errors": ["query": "Required parameter missing or invalid"]], status: 400)
        }
        let variables = body["variables"].isNull ? WireValue.object([]) : body["variables"]
        // Text that is no GraphQL is refused below, by the schema's checks or for want of an operation.
        let document = try? GraphQLDocument(text: text)
        if let schema = configuration.schema {
            let problems = schema.validate(text: text, variables: variables)
            request.problems += problems.map(\.description)
            if !problems.isEmpty { return .json(["errors": .array(problems.map(\.wireValue))]) }
        }
        guard let document, let operation = document.operation(body["operationName"].text) else {
            request.problems.append("no operation to run")
            return .json(["errors": [["message": "No operation to run"]]])
        }
        request.operation = operation.name
        return run(document, operation, variables, scopes, &request, now)
    }

    private mutating func run(
        _ document: GraphQLDocument, _ operation: GraphQLDocument.Operation, _ variables: WireValue,
        _ scopes: [String], _ request: inout LoggedRequest, _ now: Int64
    ) -> StandInReply {
        var walker = GraphWalker(document: document, variables: variables, schema: configuration.schema)
        let cost = QueryCost(walker: walker).requested(operation)
        guard cost <= QueryCost.requestMax else {
            request.problems.append("cost \(cost) is above \(QueryCost.requestMax)")
            return .json(
                AdminFailure(
                    code: "MAX_COST_EXCEEDED",
                    message: "Query cost is \(cost), which exceeds the single query max cost limit (1000)."
                ).answer(cost: nil))
        }
        var context = context(scopes, now)
        let problemsBefore = request.problems
        let reply = withShop(request.shop) { shop -> StandInReply in
            guard shop.bucket.take(cost, now: now) else { return Self.throttled(shop.bucket, requested: cost) }
            var answer = Self.execute(operation, &walker, &shop, &context)
            let actual = operation.kind == .mutation ? cost : min(cost, walker.objects)
            shop.bucket.giveBack(cost - actual)
            answer = answer.setting(
                "extensions", ["cost": shop.bucket.extensions(requested: cost, actual: actual)])
            return .json(answer, headers: [("X-Request-Id", Self.randomName())])
        }
        let gaps = configuration.schema == nil ? [] : walker.gaps.sorted().map { "the stand-in does not know \($0)" }
        request.problems = problemsBefore + context.problems + walker.refusals + gaps
        return reply
    }

    private func context(_ scopes: [String], _ now: Int64) -> AdminContext {
        AdminContext(
            now: now, version: configuration.version, scopes: scopes, isPixelReleased: configuration.isPixelReleased,
            pixelSettings: configuration.pixelSettings, bulkRunsMax: configuration.bulkRunsMax,
            clientID: configuration.clientID, schema: configuration.schema, baseURL: baseURL)
    }

    private static func execute(
        _ operation: GraphQLDocument.Operation, _ walker: inout GraphWalker, _ shop: inout ShopState,
        _ context: inout AdminContext
    ) -> WireValue {
        var data: [WireMember] = []
        var errors: [WireValue] = []
        for field in walker.fields(operation.selections, on: nil) {
            let arguments = walker.arguments(of: field)
            let refusals = walker.refusals.count
            do throws(AdminFailure) {
                let tree =
                    operation.kind == .mutation
                    ? try shop.mutate(field.name, arguments, &context) : try shop.query(field.name, arguments, &context)
                data.append(WireMember(field.responseKey, walker.select(tree, field)))
                for refusal in walker.refusals.dropFirst(refusals) {
                    errors.append(
                        AdminFailure(code: "BAD_REQUEST", message: refusal).wireValue(path: field.responseKey))
                }
            } catch {
                if error.code == "STAND_IN_GAP" { context.problems.append(error.message) }
                data.append(WireMember(field.responseKey, .null))
                errors.append(error.wireValue(path: field.responseKey))
            }
        }
        let answer: WireValue = ["data": .object(data)]
        return errors.isEmpty ? answer : WireValue.object([WireMember("errors", .array(errors))] + answer.members)
    }
}
