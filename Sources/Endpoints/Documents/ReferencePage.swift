internal import HTTPTypes
internal import ReadModels

/// The reference for people: one HTML page without scripts, from the same table as the document.
struct ReferencePage {
    let routes: [Route]

    /// The page.
    var html: [UInt8] {
        var groups: [String] = []
        for route in routes where !groups.contains(route.group) { groups.append(route.group) }
        let sections = groups.map { group in
            "<h2>\(group)</h2>" + routes.filter { $0.group == group }.map(section).joined()
        }.joined()
        return Array(
            """
            <!doctype html><html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Footfall API</title><link rel="stylesheet" href="/docs/style.css"></head><body><main>
            <h1>Footfall API</h1>
            <p>Send your key as <code>Authorization: Bearer ffk_…</code>. Errors are <code>application/problem+json</code>
            with a <code>request_id</code>. The same as <a href="/openapi.json">OpenAPI 3.1</a>.</p>
            \(sections)\(definitions)</main></body></html>
            """.utf8)
    }

    private func section(_ route: Route) -> String {
        let parameters = route.parameters.map { parameter in
            "<tr><td><code>\(Self.escaped(parameter.name))</code></td><td>\(parameter.place.rawValue)</td>"
                + "<td>\(Self.prose(parameter.text))</td></tr>"
        }.joined()
        let answers = route.answers.map { "<tr><td>\($0.status)</td><td>\(Self.prose($0.text))</td></tr>" }.joined()
        let problems = route.allProblems.map(String.init).joined(separator: ", ")
        return """
            <section><h3><code>\(route.method.rawValue) \(Self.escaped(OpenAPIDocument.documented(route.path)))</code></h3>
            <p><strong>\(Self.prose(route.summary)).</strong> \(Self.prose(route.text))</p>
            \(route.scope.map { "<p>Scope <code>\($0.rawValue)</code></p>" } ?? "")
            \(parameters.isEmpty ? "" : "<table>\(parameters)</table>")
            <table>\(answers)</table>
            \(problems.isEmpty ? "" : "<p>Problems: \(problems)</p>")</section>
            """
    }

    private var definitions: String {
        let metrics = MetricCatalog.all.filter { $0.measure != nil }.map {
            "<tr><td><code>\($0.name)</code></td><td>\(Self.prose($0.text))</td></tr>"
        }.joined()
        let dimensions = DimensionCatalog.all.filter { $0.source != .none }.map {
            "<tr><td><code>\($0.name)</code></td><td>\(Self.prose($0.text))</td></tr>"
        }.joined()
        return "<h2>Metrics</h2><table>\(metrics)</table><h2>Dimensions</h2><table>\(dimensions)</table>"
    }

    /// Text with code between backticks.
    private static func prose(_ text: String) -> String {
        let parts = escaped(text).split(separator: "`", omittingEmptySubsequences: false)
        return parts.enumerated().map { $0.offset % 2 == 1 ? "<code>\($0.element)</code>" : String($0.element) }
            .joined()
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    /// The page's style sheet.
    static let style = """
        :root { color-scheme: light dark; }
        body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
        main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
        code { font-family: ui-monospace, monospace; font-size: .9em; }
        section { border-top: 1px solid #8884; padding: .5rem 0; overflow-x: auto; }
        h3 { margin: .5rem 0; }
        table { border-collapse: collapse; margin: .5rem 0; }
        td { padding: .2rem 1rem .2rem 0; vertical-align: top; }
        """
}
