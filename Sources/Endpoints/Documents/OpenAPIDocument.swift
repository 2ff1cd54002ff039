internal import HTTPTypes
internal import ReadModels

/// The OpenAPI 3.1 document of a table of routes.
struct OpenAPIDocument {
    let routes: [Route]

    /// The document.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.value(document)
        return writer.bytes
    }

    private var document: JSONValue {
        .object([
            "openapi": .string("3.1.0"),
            "info": .object([
                "title": .string("Footfall"), "version": .string(MetricCatalog.version),
                "summary": .string("Event-sourced pixel analytics for Shopify"),
                "license": .object(["name": .string("See LICENSE")]),
            ]),
            "paths": paths,
            "components": .object([
                "schemas": .object(Schemas.all), "headers": .object(AnswerHeaders.all),
                "securitySchemes": .object([
                    "key": .object([
                        "type": .string("http"), "scheme": .string("bearer"),
                        "description": .string("An API key (`ffk_...`) with the scope named."),
                    ]),
                    "session": .object([
                        "type": .string("http"), "scheme": .string("bearer"), "bearerFormat": .string("JWT"),
                        "description": .string("A session token of Shopify's admin; it opens its own shop."),
                    ]),
                    "widget": .object([
                        "type": .string("http"), "scheme": .string("bearer"),
                        "description": .string("The token of `session/start`; the body's `token` does as well."),
                    ]),
                ]),
            ]),
        ])
    }

    private var paths: JSONValue {
        let grouped = Dictionary(grouping: routes, by: \.path)
        let items = grouped.map { path, routes in
            let operations = routes.map { ($0.method.rawValue.lowercased(), operation($0)) }
            return (Self.documented(path), JSONValue.object(Dictionary(operations) { $1 }))
        }
        return .object(Dictionary(items) { $1 })
    }

    /// OpenAPI has no rest of a path; it is documented as one parameter.
    static func documented(_ path: String) -> String {
        path.hasSuffix("/**") ? String(path.dropLast(2)) + "{file}" : path
    }

    private func operation(_ route: Route) -> JSONValue {
        var members: [String: JSONValue] = [
            "operationId": .string(Self.name(route)), "summary": .string(route.summary),
            "description": .string(route.text), "tags": .array([.string(route.group)]),
            "responses": responses(route),
        ]
        if route.isGateways { members["x-footfall-served-by"] = .string("gateway") }
        var parameters = route.parameters.map(parameter)
        if route.path.hasSuffix("/**") {
            parameters.append(parameter(.init(name: "file", place: .path, isRequired: true, text: "The file's path.")))
        }
        if !parameters.isEmpty { members["parameters"] = .array(parameters) }
        let security = security(route)
        if !security.isEmpty { members["security"] = .array(security) }
        if let body = route.body {
            members["requestBody"] = .object([
                "required": .bool(!route.bodyIsOptional),
                "content": .object(Dictionary(route.bodyTypes.map { ($0, media(body)) }) { $1 }),
            ])
        }
        return .object(members)
    }

    /// A key with the scope, or a session of the shop's staff; a widget's session, also in the body.
    private func security(_ route: Route) -> [JSONValue] {
        var ways: [JSONValue] = []
        if route.opensToWidgets { ways += [.object(["widget": .array([])]), .object([:])] }
        if let scope = route.scope { ways.append(.object(["key": .array([.string(scope.rawValue)])])) }
        if route.opensToMerchants || route.scope.map(Scope.ofMerchants.contains) == true {
            ways.append(.object(["session": .array([])]))
        }
        return ways
    }

    private func parameter(_ parameter: Route.Parameter) -> JSONValue {
        .object([
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
            "required": .bool(parameter.isRequired), "schema": parameter.schema, "description": .string(parameter.text),
        ])
    }

    private func responses(_ route: Route) -> JSONValue {
        var responses: [Int: [String: JSONValue]] = [:]
        for (status, answers) in Dictionary(grouping: route.answers, by: \.status) {
            var content: [String: JSONValue] = [:]
            for answer in answers where !answer.type.isEmpty { content[answer.type] = media(answer.schema) }
            responses[status] = ["description": .string(answers.map(\.text).joined(separator: " "))]
            if !content.isEmpty { responses[status]?["content"] = .object(content) }
        }
        if route.parameters.contains(where: { $0.name == Route.knownTag.name }) {
            responses[304] = ["description": .string("What you have still holds.")]
        }
        for status in route.allProblems where responses[status] == nil {
            responses[status] = [
                "description": .string(HTTPResponse.Status(code: status).reasonPhrase),
                "content": content("application/problem+json", schema: "Problem"),
            ]
        }
        let written = responses.map { status, members in
            var members = members
            members["headers"] = AnswerHeaders.references(route.headers(at: status))
            return (String(status), JSONValue.object(members))
        }
        return .object(Dictionary(written) { $1 })
    }

    private func content(_ type: String, schema: String?) -> JSONValue { .object([type: media(schema)]) }

    private func media(_ schema: String?) -> JSONValue {
        guard let schema else { return .object([:]) }
        return .object(["schema": .object(["$ref": .string("#/components/schemas/\(schema)")])])
    }

    /// `getApiAnalyticsSessionsId`.
    private static func name(_ route: Route) -> String {
        let parts = route.path.split { !$0.isLetter && !$0.isNumber }
        let words = parts.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        return route.method.rawValue.lowercased() + words + (route.path.hasSuffix("/**") ? "File" : "")
    }
}
