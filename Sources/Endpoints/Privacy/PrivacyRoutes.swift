internal import EventModel
internal import HTTPTypes
internal import Hummingbird
internal import ReadModels

/// The routes under `/api/privacy`: requests of data subjects, what was gathered for them, and receipts. All answers are
/// `no-store`, and personal data is in bodies only, never in an address.
struct PrivacyRoutes: Sendable {
    let dependencies: EndpointDependencies
    let gate: Gatekeeper

    /// All of them.
    var routes: [Route] { [ask, list, one, export, receipt] }

    private static let group = "Privacy"
    private static let path = "/api/privacy/requests"
    private static let id = Route.Parameter(
        name: "id", place: .path, isRequired: true, text: "The request's `id`.")
    private static let noRequest = Problem(.notFound, "There is no such request.")

    private var ask: Route {
        Route(
            method: .post, path: Self.path, group: Self.group, summary: "Ask for a person's data, or to be forgotten",
            text: """
                `access` gathers everything that is held of a person, `erasure` forgets a person, `shop_erasure` a whole \
                shop. Shopify's names of the three webhooks are understood too. The person is named by `customer`, or by \
                orders alone. Without `orders` an erasure means all orders of the person; with a list it leaves the \
                others readable. `shop_erasure` needs the scope `admin` as well.
                """, scope: .privacyExecute, body: "PrivacyAsk",
            answers: [Route.Answer(status: 202, schema: "PrivacyRequest", text: "Recorded; the work goes on.")],
            problems: [409],
            handler: { request, _ in
                let caller = try await gate.caller(of: request, needing: .privacyExecute)
                try request.allowOnly(["shop"])
                let body = try PrivacyBody(try await request.json())
                let shop = try await gate.shop(try request.shop(inBody: body.shop), for: caller, pointer: "/shop")
                let ask = try body.ask
                if ask.kind == .shopErasure, !caller.scopes.contains(.admin) { throw Problem.missing(.admin) }
                let made = try await desk.ask(ask, shop: shop.key, by: caller.name)
                var response = answer(made, shop)
                response.status = .accepted
                response.headers[.location] = made.address
                return response
            })
    }

    private var list: Route {
        Route(
            method: .get, path: Self.path, group: Self.group, summary: "Requests, the newest first",
            text: "Those of Shopify's webhooks, of this API and of the command line.", scope: .privacyExecute,
            parameters: [
                Route.shop,
                Route.Parameter(
                    name: "state", schema: Schemas.names(PrivacyRequest.states), text: "Only requests of this state."),
            ] + Route.page,
            answers: [Route.Answer(schema: "PrivacyRequests", text: "A page.")],
            handler: { request, _ in
                let shop = try await asked(request, allowing: ["shop", "state", "first", "cursor"]).shop
                let state = try request.parameter("state")
                guard state.map(PrivacyRequest.states.contains) ?? true else {
                    throw Problem(
                        .badRequest, "There is no such state.", pointer: "?state", allowed: PrivacyRequest.states)
                }
                let page = try await desk.list(shop.key, state: state, page: try request.page(of: .requests))
                let now = dependencies.nowMillis()
                var writer = JSONWriter()
                writer.object { writer in
                    writer.member("items") {
                        $0.array(page.items) { $1.write(&$0, shop: shop.domain, nowMillis: now) }
                    }
                    writer.member("page_info") { writer in
                        writer.object { writer in
                            writer.member("has_next_page", page.next != nil)
                            writer.member("end_cursor", page.next?.text(in: .requests))
                        }
                    }
                }
                return .personal(writer.bytes)
            })
    }

    private var one: Route {
        Route(
            method: .get, path: Self.path + "/{id}", group: Self.group, summary: "One request",
            text: """
                How far it is, and when the law wants it done. `export.link` opens what was gathered without a key \
                until `export.expires_at`: hand it to nobody but the person or the merchant.
                """, scope: .privacyExecute,
            parameters: [Self.id, Route.shop],
            answers: [Route.Answer(schema: "PrivacyRequest", text: "The request.")],
            handler: { request, context in
                let shop = try await asked(request, allowing: ["shop"]).shop
                guard let found = try await desk.find(try Self.id(context), shop: shop.key) else {
                    throw Self.noRequest
                }
                return answer(found, shop)
            })
    }

    private var export: Route {
        Route(
            method: .get, path: Self.path + "/{id}/export", group: Self.group, summary: "What is held of the person",
            text: """
                Everything that was gathered: 404 with the request's state until it is, 410 once it is destroyed, a \
                day after it was fetched first or when it expires. Opening it is noted in the audit log. With `token` \
                no key is needed.
                """, scope: .privacyExecute,
            parameters: [
                Self.id, Route.shop,
                Route.Parameter(
                    name: "format", schema: Schemas.names(PrivacyFormat.allCases.map(\.rawValue)),
                    text: "Else `Accept` says it; JSON by default."),
                Route.Parameter(name: "token", text: "Of the request's `export.link`."),
            ],
            answers: [
                Route.Answer(schema: "PrivacyExport", text: "The data."),
                Route.Answer(type: "text/html", text: "The same as a page to print."),
            ], isSafe: false,
            handler: { request, context in
                let format = try request.format
                if let token = try request.parameter("token") {
                    let id = try Self.id(context)
                    guard let handout = try await desk.export(id, token: token, format: format) else {
                        throw Problem.noKey
                    }
                    return try Self.response(handout, format)
                }
                let (caller, shop) = try await asked(request, allowing: ["shop", "format"])
                let id = try Self.id(context)
                guard let handout = try await desk.export(id, shop: shop.key, format: format, for: caller.name) else {
                    throw Self.noRequest
                }
                return try Self.response(handout, format)
            })
    }

    private var receipt: Route {
        Route(
            method: .get, path: Self.path + "/{id}/receipt", group: Self.group, summary: "The receipt of an erasure",
            text: """
                A signed statement of what was erased; `footfall privacy receipt verify` checks it without this server. \
                404 until the erasure is done.
                """, scope: .privacyExecute, parameters: [Self.id, Route.shop],
            answers: [Route.Answer(schema: "PrivacyReceipt", text: "The receipt.")],
            handler: { request, context in
                let shop = try await asked(request, allowing: ["shop"]).shop
                let id = try Self.id(context)
                guard let found = try await desk.find(id, shop: shop.key) else { throw Self.noRequest }
                guard let receipt = try await desk.receipt(id, shop: shop.key) else {
                    throw Problem(
                        .notFound, "There is no receipt; the request is `\(found.state)`.", slug: "not-ready",
                        state: found.state)
                }
                return .personal(receipt)
            })
    }

    private var desk: any PrivacyDesk {
        get throws {
            guard let desk = dependencies.privacy else { throw Problem.notSetUp("The privacy desk") }
            return desk
        }
    }

    private func asked(
        _ request: Request, allowing names: [String]
    ) async throws -> (caller: Caller, shop: KnownShop) {
        let caller = try await gate.caller(of: request, needing: .privacyExecute)
        let shop = try await gate.shop(try request.parameter("shop"), for: caller, pointer: "?shop")
        try request.allowOnly(names)
        return (caller, shop)
    }

    private func answer(_ found: PrivacyRequest, _ shop: KnownShop) -> Response {
        var writer = JSONWriter()
        found.write(&writer, shop: shop.domain, nowMillis: dependencies.nowMillis())
        return .personal(writer.bytes)
    }

    private static func id(_ context: EndpointContext) throws -> Key128 {
        guard let id = context.parameters.get("id").flatMap(Key128.init(uuid:)) else { throw noRequest }
        return id
    }

    private static func response(_ handout: PrivacyHandout, _ format: PrivacyFormat) throws -> Response {
        switch handout {
        case .document(let bytes) where format == .json: return .personal(bytes)
        case .document(let bytes):
            return .personal(bytes, type: "text/html; charset=utf-8", policy: .printedPage)
        case .notReady(let state):
            throw Problem(
                .notFound, "There is nothing to fetch; the request is `\(state)`.", slug: "not-ready", state: state)
        case .over: throw Problem(.gone, "This export is destroyed; ask again.", slug: "destroyed")
        }
    }
}

extension Request {
    /// The form asked for by parameter, or else by `Accept`.
    fileprivate var format: PrivacyFormat {
        get throws {
            guard let name = try parameter("format") else {
                return prefers("text/html") ? .html : .json
            }
            guard let format = PrivacyFormat(rawValue: name) else {
                throw Problem(
                    .badRequest, "There is no such format.", pointer: "?format",
                    allowed: PrivacyFormat.allCases.map(\.rawValue))
            }
            return format
        }
    }
}

extension Problem {
    /// What a client is told about a refusal of the privacy desk.
    init(_ refusal: PrivacyRefusal) {
        switch refusal {
        case .unusable(let pointer, let message): self.init(.unprocessableContent, message, pointer: pointer)
        case .conflict(let message): self.init(.conflict, message)
        case .unavailable(let seconds):
            self.init(
                .serviceUnavailable, "Requests cannot be recorded just now; try again.",
                headers: [.retryAfter: String(max(1, seconds))])
        }
    }
}
