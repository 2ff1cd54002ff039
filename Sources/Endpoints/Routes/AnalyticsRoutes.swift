internal import HTTPTypes
internal import Hummingbird
internal import ReadModels

/// The routes under `/api/analytics`.
struct AnalyticsRoutes: Sendable {
    let dependencies: EndpointDependencies
    let gate: Gatekeeper
    let streams: OpenStreams

    /// All of them.
    var routes: [Route] { [query, metadata, shop, sessions, session, leads, lead, carts, realtime] }

    private var query: Route {
        Route(
            method: .post, path: "/api/analytics/query", group: "Analytics", summary: "Ask for numbers",
            text:
                "Metrics by dimensions, with filters and a comparison. `/api/analytics/metadata` lists what there is.",
            scope: .analyticsRead, parameters: [Route.knownTag], body: "Query",
            answers: [Route.Answer(schema: "Answer", text: "The rows.")],
            handler: { request, _ in
                let caller = try await gate.caller(of: request, needing: .analyticsRead)
                try request.allowOnly(["shop"])
                let body = try await request.json()
                let shop = try await gate.shop(
                    try request.shop(inBody: try Self.shopName(in: body)), for: caller, pointer: "/shop")
                let zone = shop.zone
                let outcome = try await dependencies.engine.answer(
                    QueryRequest(
                        shop: shop.key, zone: zone ?? .utc, body: body, nowMillis: now, knownTags: request.knownTags))
                switch outcome {
                case .unchanged(let tag),
                    .answer(_, _, let tag) where request.knows(tag):
                    return Response.unchanged(tag)
                case .answer(var answer, let query, let tag):
                    if zone == nil, !Self.namesZone(body) { answer.warnings.append(Self.noZone(shop)) }
                    return Response.json(answer.json(query), tag: tag)
                }
            })
    }

    private static func namesZone(_ body: JSONValue) -> Bool {
        guard case .object(let members) = body else { return false }
        return members["timezone"] != nil && members["timezone"] != .null
    }

    private static func noZone(_ shop: KnownShop) -> String {
        "The shop's time zone \(shop.timezone) is not known here, so days are those of UTC; name a `timezone`, "
            + "or set the shop's with `footfall shop add`."
    }

    private static func shopName(in body: JSONValue) throws -> String? {
        guard case .object(let members) = body else { throw Problem(.badRequest, "The body is an object.") }
        switch members["shop"] {
        case nil, .null?: return nil
        case .string(let name)?: return name
        default: throw Problem(.unprocessableContent, "A shop is named by its domain.", pointer: "/shop")
        }
    }

    private static let anyShop = Route.Parameter(
        name: "shop", text: "The definitions are the same for every shop, so none needs to be named.")

    private var metadata: Route {
        Route(
            method: .get, path: "/api/analytics/metadata", group: "Analytics", summary: "What can be asked",
            text: "Every metric and dimension with type, unit, definition and what it can be combined with.",
            scope: .analyticsRead, parameters: [Self.anyShop, Route.knownTag],
            answers: [Route.Answer(schema: "Metadata", text: "The definitions.")],
            handler: { request, _ in
                let caller = try await gate.caller(of: request, needing: .analyticsRead)
                try request.allowOnly([Route.shop])
                if let shop = try request.parameter("shop") {
                    _ = try await gate.shop(shop, for: caller, pointer: "?shop")
                }
                return .tagged(Metadata.json, request)
            })
    }

    private var shop: Route {
        Route(
            method: .get, path: "/api/analytics/shop", group: "Analytics", summary: "The shop itself",
            text: "Its zone and currency, and what it has sent so far.", scope: .analyticsRead,
            parameters: [Route.shop, Route.knownTag], answers: [Route.Answer(schema: "Shop", text: "The shop.")],
            handler: { request, _ in
                let (_, shop) = try await asked(request, .analyticsRead, [Route.shop])
                let (record, asOf) = try await dependencies.engine.read(shop.key, nowMillis: now) {
                    try ShopRecord.read(shop.key, $0)
                }
                let tag = QueryTag.tag(Array("shop \(shop)".utf8), shop.key, asOf)
                if request.knows(tag) { return .unchanged(tag) }
                return .json(Self.json(shop, record, asOf), tag: tag)
            })
    }

    private static func json(_ shop: KnownShop, _ record: ShopRecord, _ asOf: AsOf) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("shop", shop.domain)
            writer.member("timezone", shop.timezone)
            writer.member("currency", shop.currency)
            writer.member("status", shop.status)
            writer.member("installed_at") { $0.string(TimeText.text(shop.installedAt)) }
            record.writeMembers(&writer)
            writer.member("as_of") { asOf.write(&$0) }
        }
        return writer.bytes
    }

    private var realtime: Route {
        Route(
            method: .get, path: "/api/analytics/realtime", group: "Analytics", summary: "What happens now",
            text: """
                Visitors with an event in the last five minutes, page views of the last half hour by minute, and the \
                newest events. With `Accept: text/event-stream` a stream of such snapshots.
                """,
            scope: .analyticsRead,
            parameters: [
                Route.shop,
                Route.Parameter(
                    name: "Last-Event-ID", place: .header, text: "The id of the last event seen, when coming back."),
                Route.knownTag,
            ],
            answers: [
                Route.Answer(schema: "Realtime", text: "The snapshot."),
                Route.Answer(
                    type: "text/event-stream", text: "Events `realtime` with a snapshot each, as long as you like."),
            ],
            handler: { request, _ in
                let (_, shop) = try await asked(request, .analyticsRead, [Route.shop])
                if request.prefers("text/event-stream") {
                    let stream = EventStream(
                        engine: dependencies.engine, live: dependencies.live, nowMillis: dependencies.nowMillis,
                        open: streams)
                    // Keys are revoked, sessions expire and shops are uninstalled while a stream is open.
                    return try stream.response(shop.key, lastID: request.lastEventID) {
                        _ = try await gate.caller(of: request, needing: .analyticsRead)
                    }
                }
                let snapshot = try await dependencies.engine.realtime(shop.key, nowMillis: now)
                var shown = snapshot
                // How far the read models are goes on while a reader sees no difference.
                shown.asOf = AsOf(position: 0, projectedAt: 0, completeUntil: 0, generation: 0)
                let tag = ContentTag.tag(shown.json())
                return request.knows(tag) ? .unchanged(tag) : .json(snapshot.json(), tag: tag)
            })
    }

    /// The wall clock, Unix milliseconds.
    var now: Int64 { dependencies.nowMillis() }

    /// Who asks a GET with these parameters, having the scope, and for which shop.
    func asked(
        _ request: Request, _ scope: Scope, _ parameters: [Route.Parameter]
    ) async throws -> (caller: Caller, shop: KnownShop) {
        let caller = try await gate.caller(of: request, needing: scope)
        try request.allowOnly(parameters)
        return (caller, try await gate.shop(try request.parameter("shop"), for: caller, pointer: "?shop"))
    }
}

extension Request {
    /// `Last-Event-ID`, a position; nil where it is missing or none of ours.
    fileprivate var lastEventID: Int64? {
        HTTPField.Name("Last-Event-ID").flatMap { headers[$0] }.flatMap { Int64($0) }
    }
}
