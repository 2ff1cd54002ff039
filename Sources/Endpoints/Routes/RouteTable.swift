internal import HTTPTypes
internal import Hummingbird
internal import ReadModels
internal import Synchronization

/// All routes. The document and the reference are written from the same table that answers.
struct RouteTable: Sendable {
    let routes: [Route]

    init(_ dependencies: EndpointDependencies, _ counters: RequestCounters) {
        let streams = OpenStreams()
        let gate = Gatekeeper(
            directory: AccessDirectory(dependencies.pool, nowMillis: dependencies.nowMillis),
            sessionTokens: dependencies.sessionTokens, limiter: dependencies.limiter)
        let documents = Documents()
        let operation = OperationRoutes(dependencies: dependencies, counters: counters, streams: streams).routes
        guard dependencies.servesData else {
            self.routes = operation
            return
        }
        let routes =
            AnalyticsRoutes(dependencies: dependencies, gate: gate, streams: streams).routes
            + DataRoutes(dependencies: dependencies, gate: gate).routes
            + AuthRoutes(dependencies: dependencies, gate: gate).routes
            + PrivacyRoutes(dependencies: dependencies, gate: gate).routes
            + AppRoutes(dependencies: dependencies, gate: gate).routes
            + operation
            + PageRoutes(
                files: dependencies.files, document: { documents.openAPI }, reference: { documents.reference }
            ).routes
        documents.write(routes + GatewayRoutes.all)
        self.routes = routes
    }

    private static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete]

    /// Registers every route; the other methods of its path answer 405, and OPTIONS says which there are.
    func register(in router: Router<EndpointContext>) {
        for route in routes { router.on(RouterPath(route.path), method: route.method, use: route.handler) }
        for (path, routes) in Dictionary(grouping: routes, by: \.path) {
            var allowed = routes.map(\.method.rawValue)
            if routes.contains(where: { $0.method == .get && $0.isSafe }) { allowed.append("HEAD") }
            let known = allowed + ["OPTIONS"]
            for method in Self.methods where !known.contains(method.rawValue) {
                router.on(RouterPath(path), method: method) { _, _ -> Response in
                    throw Problem(
                        .methodNotAllowed, "This address answers \(known.joined(separator: ", ")) only.",
                        allowed: known,
                        headers: [.allow: known.joined(separator: ", ")])
                }
            }
            router.on(RouterPath(path), method: .options) { _, _ in
                CrossOrigin.preflight(methods: known)
            }
        }
    }
}

/// The written forms of the table, made once.
private final class Documents: Sendable {
    private let written = Mutex<(openAPI: [UInt8], reference: [UInt8])>(([], []))

    var openAPI: [UInt8] { written.withLock { $0.openAPI } }
    var reference: [UInt8] { written.withLock { $0.reference } }

    func write(_ routes: [Route]) {
        let made = (OpenAPIDocument(routes: routes).json, ReferencePage(routes: routes).html)
        written.withLock { $0 = made }
    }
}
