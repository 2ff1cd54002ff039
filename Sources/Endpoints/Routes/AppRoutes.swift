internal import EventModel
internal import HTTPTypes
internal import Hummingbird
internal import ReadModels

/// The embedded page in Shopify's admin, its files and its small API.
struct AppRoutes: Sendable {
    let dependencies: EndpointDependencies
    let gate: Gatekeeper
    private let page: EmbeddedPage?

    init(dependencies: EndpointDependencies, gate: Gatekeeper) {
        self.dependencies = dependencies
        self.gate = gate
        if let clientID = dependencies.clientID, let index = dependencies.files.files["index.html"] {
            self.page = EmbeddedPage(index: index.bytes, clientID: clientID)
        } else {
            self.page = nil
        }
    }

    /// All of them.
    var routes: [Route] { [embedded, file, status] }

    private static let group = "Shopify app"

    private var embedded: Route {
        Route(
            method: .get, path: "/app", group: Self.group, summary: "The merchant's page in Shopify's admin",
            text: "Only the admin of the shop that is named may show it in a frame; its numbers need a session token.",
            parameters: [
                Route.Parameter(name: "shop", isRequired: true, text: "The shop's domain, as Shopify adds it."),
                Route.knownTag,
            ], answers: [Route.Answer(type: "text/html", text: "The page.")], problems: [400, 503],
            handler: { request, _ in
                guard let shop = try request.parameter("shop"), let policy = EmbeddedPage.policy(shop: shop) else {
                    throw Self.unframed(.notAShop("?shop"))
                }
                guard let page else { throw Self.unframed(.notSetUp("Shopify's app")) }
                let tag = ContentTag.tag(page.html + Array(shop.utf8))
                return .file(page.html, type: "text/html; charset=utf-8", tag: tag, policy: policy, request)
            })
    }

    /// A problem that no page may show in a frame.
    private static func unframed(_ problem: Problem) -> Problem {
        var problem = problem
        problem.headers[.contentSecurityPolicy] = ContentPolicy.own.text
        return problem
    }

    private var file: Route {
        Route(
            method: .get, path: "/app/**", group: Self.group, summary: "Files of the embedded page",
            text: "The same as `/dashboard/`.", parameters: [Route.knownTag],
            answers: [Route.Answer(type: "*/*", text: "The file.")], problems: [404],
            handler: { request, context in
                let path = context.parameters.getCatchAll().joined(separator: "/")
                guard let file = dependencies.files.files[path], path != "index.html" else {
                    throw Problem(.notFound, "There is no such file.")
                }
                return .file(file.bytes, type: file.type, tag: file.tag, request)
            })
    }

    private var status: Route {
        Route(
            method: .get, path: "/app/api/status", group: Self.group, summary: "How it stands with the app in the shop",
            text: """
                What the shop has granted, its webhooks and web pixel, and how far the history has come. 404 for a \
                session of a shop that was never installed, 410 for one that is no longer: ask \
                `/api/auth/shopify/token-exchange` first.
                """, scope: .analyticsRead, parameters: [Route.shop, Route.knownTag],
            answers: [Route.Answer(schema: "Installation", text: "The state.")],
            handler: { request, _ in
                let caller = try await gate.caller(of: request, needing: .analyticsRead)
                let shop = try await gate.shop(try request.parameter("shop"), for: caller, pointer: "?shop")
                guard let desk = dependencies.installations else { throw Problem.notSetUp("Shopify's app") }
                return .tagged(Self.json(shop, try await desk.installation(of: shop.key.shop)), request)
            })
    }

    private static func json(_ shop: KnownShop, _ installation: Installation) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("shop", shop.domain)
            writer.member("status", shop.status)
            writer.member("installed_at", Timestamp.text(shop.installedAt))
            installation.writeMembers(&writer)
        }
        return writer.bytes
    }
}
