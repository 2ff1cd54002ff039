internal import EventModel
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import ReadModels

/// Around every request: an id, errors as problems, the date (RFC 9110, section 6.6.1), security headers, a count, and
/// one line in the log.
struct RequestFrame: RouterMiddleware {
    typealias Context = EndpointContext

    let counters: RequestCounters
    let nowMillis: @Sendable () -> Int64

    private static let requestID = HTTPField.Name("X-Request-Id")
    private static let noSniff = HTTPField.Name("X-Content-Type-Options")

    @concurrent
    func handle(
        _ request: Request, context: EndpointContext,
        next: @concurrent (Request, EndpointContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as CancellationError {
            throw error
        } catch {
            let problem = Problem(error)
            if problem.status.code == 500 {
                // The error's own words may hold data; its type does not.
                context.logger.error("A request failed", metadata: ["error.type": "\(type(of: error))"])
            }
            response = problem.response(requestID: context.id)
        }
        response.headers[.date] = HTTPDate.text(second: nowMillis() / 1000)
        if let name = Self.requestID { response.headers[name] = context.id }
        if let name = Self.noSniff { response.headers[name] = "nosniff" }
        note(request, context, response.status, ContinuousClock.now - start)
        return response
    }

    private func note(
        _ request: Request, _ context: EndpointContext, _ status: HTTPResponse.Status, _ duration: Duration
    ) {
        let route = context.endpointPath ?? "none"
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        counters.count(route: route, method: request.method.rawValue, status: status.code, seconds: seconds)
        context.logger.info(
            "Request answered",
            metadata: [
                "http.method": "\(request.method.rawValue)", "http.route": "\(route)", "http.status": "\(status.code)",
                "http.millis": "\((seconds * 1_000_000).rounded() / 1000)",
            ])
    }
}

/// Lets pages of named origins call the data side; nothing is said to others.
struct CrossOrigin: RouterMiddleware {
    typealias Context = EndpointContext

    let origins: Set<String>

    private static let allowOrigin = HTTPField.Name("Access-Control-Allow-Origin")
    private static let exposed = HTTPField.Name("Access-Control-Expose-Headers")

    @concurrent
    func handle(
        _ request: Request, context: EndpointContext,
        next: @concurrent (Request, EndpointContext) async throws -> Response
    ) async throws -> Response {
        guard let origin = request.headers[.origin], origins.contains(origin), request.uri.path.hasPrefix("/api/")
        else {
            return try await next(request, context)
        }
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as CancellationError {
            throw error
        } catch {
            // Also a problem has to be readable for the page.
            response = Problem(error).response(requestID: context.id)
        }
        if let name = Self.allowOrigin { response.headers[name] = origin }
        if let name = Self.exposed {
            response.headers[name] = "ETag, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
        }
        response.headers[.vary] = Response.variesBy
        return response
    }

    /// The answer to a preflight; without the origin's headers where the origin is not named.
    static func preflight(methods: [String]) -> Response {
        var headers = HTTPFields()
        headers[.allow] = methods.joined(separator: ", ")
        for (name, value) in [
            ("Access-Control-Allow-Methods", methods.joined(separator: ", ")),
            ("Access-Control-Allow-Headers", "Authorization, Content-Type, If-None-Match, Last-Event-ID"),
            ("Access-Control-Max-Age", "86400"),
        ] {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return Response(status: .noContent, headers: headers)
    }
}
