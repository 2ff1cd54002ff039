internal import HTTPTypes
internal import Hummingbird
internal import ReadModels

/// What a browser opens: the merchant's page, the reference, and the document behind it.
struct PageRoutes: Sendable {
    let files: StaticFiles
    /// The OpenAPI document; asked for only once all routes are known.
    let document: @Sendable () -> [UInt8]
    let reference: @Sendable () -> [UInt8]

    /// All of them.
    var routes: [Route] { [root, dashboard, file, openAPI, docs, docsStyle] }

    private var root: Route {
        Route(
            method: .get, path: "/", group: "Pages", summary: "The merchant's page", text: "Leads to `/dashboard/`.",
            answers: [Route.Answer(status: 302, type: "", text: "There it is.")],
            handler: { _, _ in Response(status: .found, headers: [.location: "/dashboard/"]) })
    }

    /// With and without the slash: the page's own links are relative, so it is served with it only.
    private var dashboard: Route {
        Route(
            method: .get, path: "/dashboard", group: "Pages", summary: "The merchant's page",
            text: "Live visitors, the numbers over time, sources, pages, leads.", parameters: [Route.knownTag],
            answers: [
                Route.Answer(type: "text/html", text: "The page."),
                Route.Answer(status: 302, type: "", text: "Asked without the last slash: there it is."),
            ],
            handler: { request, _ in
                guard request.uri.path.hasSuffix("/") else {
                    return Response(status: .found, headers: [.location: "/dashboard/"])
                }
                return try serve("index.html", request)
            })
    }

    private var file: Route {
        Route(
            method: .get, path: "/dashboard/**", group: "Pages", summary: "Files of the merchant's page",
            text: "Scripts, styles and the chart library.", parameters: [Route.knownTag],
            answers: [Route.Answer(type: "*/*", text: "The file.")], problems: [404],
            handler: { request, context in
                try serve(context.parameters.getCatchAll().joined(separator: "/"), request)
            })
    }

    private var openAPI: Route {
        Route(
            method: .get, path: "/openapi.json", group: "Pages", summary: "This interface as OpenAPI 3.1",
            text: "Made from the table that answers the requests.", parameters: [Route.knownTag],
            answers: [Route.Answer(text: "The document.")],
            handler: { request, _ in Response.file(document(), type: "application/json", request) })
    }

    private var docs: Route {
        Route(
            method: .get, path: "/docs", group: "Pages", summary: "This interface for people",
            text: "Every route, parameter and answer on one page.", parameters: [Route.knownTag],
            answers: [Route.Answer(type: "text/html", text: "The page.")],
            handler: { request, _ in Response.file(reference(), type: "text/html; charset=utf-8", request) })
    }

    private var docsStyle: Route {
        Route(
            method: .get, path: "/docs/style.css", group: "Pages", summary: "The reference's style", text: "",
            parameters: [Route.knownTag], answers: [Route.Answer(type: "text/css", text: "The style.")],
            handler: { request, _ in
                Response.file(Array(ReferencePage.style.utf8), type: "text/css; charset=utf-8", request)
            })
    }

    private func serve(_ path: String, _ request: Request) throws -> Response {
        guard let file = files.files[path] else { throw Problem(.notFound, "There is no such file.") }
        return .file(file.bytes, type: file.type, tag: file.tag, request)
    }
}
