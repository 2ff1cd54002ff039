package import Hummingbird
package import HummingbirdCore
package import Logging

/// The router of everything that is not ingest.
///
/// `dependencies.live` is a service that the caller runs; nothing else here runs by itself.
package func buildRouter(_ dependencies: EndpointDependencies) -> Router<EndpointContext> {
    let counters = RequestCounters()
    let router = Router(context: EndpointContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: RequestFrame(counters: counters, nowMillis: dependencies.nowMillis))
    router.add(middleware: CrossOrigin(origins: dependencies.allowedOrigins))
    router.add(middleware: CallLimits(limiter: dependencies.limiter))
    RouteTable(dependencies, counters).register(in: router)
    return router
}

/// The same as the responder of a connection handler, for a server that puts handlers of its own in front.
package func endpointResponder(
    _ dependencies: EndpointDependencies, logger: Logger
) -> HTTPChannelHandler.Responder {
    let responder = buildRouter(dependencies).buildResponder()
    return { @concurrent request, writer, channel in
        var logger = logger
        logger[metadataKey: "hb.request.id"] = .stringConvertible(RequestID())
        let context = EndpointContext(source: .init(channel: channel, logger: logger))
        let response: Response
        do {
            response = try await responder.respond(to: request, context: context)
        } catch {
            response = Problem(error).response(requestID: context.id)
        }
        try await writer.write(response: response.head, body: response.body)
    }
}
