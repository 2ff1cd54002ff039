internal import HTTPTypes
internal import ReadModels

/// The ingest surface. The gateway's own server answers it before the router is asked, so these are in the document and
/// on the reference page only.
enum GatewayRoutes {
    /// All of them.
    static let all = [pixel, webhooks] + widget

    private static let group = "Ingest"

    private static let pixel = documented(
        "/v1/pixel/{account_id}", "Events of the web pixel",
        """
        One event, an array of events, or `{"events":[...]}`, as JSON or, for sendBeacon, as `text/plain`; may be \
        gzip. At most 500 events and 1 MiB, each at most 256 KiB. CORS `*` without credentials.
        """,
        parameters: [
            Route.Parameter(
                name: "account_id", place: .path, isRequired: true, text: "The id made when the pixel was activated."),
            Route.Parameter(name: "verbose", text: "`1` for an outcome of every event."),
        ],
        answers: [
            Route.Answer(status: 202, text: "Taken; without a body where all were and nothing more was asked.")
        ], problems: [400, 404, 410, 413, 415, 429, 503])

    private static let webhooks = documented(
        "/webhooks", "Webhooks of Shopify",
        """
        Every topic. `X-Shopify-Hmac-Sha256` is the HMAC of the raw body, at most 10 MiB; the answer follows the \
        durable append. After an uninstall deliveries are answered 200 and refused.
        """,
        answers: [Route.Answer(type: "", text: "Appended, or refused for good.")],
        problems: [400, 401, 404, 413, 415, 429, 503])

    private static let widget = [
        ("session/start", "Begins a session of the widget", "Answers `sessionId`, `token` and `expiresAt`."),
        ("event", "An event of the widget", "Needs the session's token."),
        ("lead", "A lead of the widget", "E-mail or phone is needed, and the session's token."),
        (
            "chat", "A message to the widget",
            """
            Answers `reply`, `products` and `followUps`. `{"action":{"type":"draft_order","lines":[{"variant_id", \
            "quantity"}]}}` asks for a draft order; every later answer of the session has how it stands as \
            `draftOrder` (`request`, `state`, `name`, `invoiceUrl`), and `{"action":{"type":"draft_order_status"}}` \
            asks for that alone. Needs the session's token.
            """
        ),
    ].map { name, summary, text in
        documented(
            "/apps/mattressai/\(name)", summary,
            text + " Through Shopify's App Proxy, whose signature must then verify, or from one of the shop's origins. "
                + "The first two parts of the address can be set otherwise.",
            answers: [Route.Answer(text: "Done.")], problems: [400, 401, 404, 410, 413, 415, 429, 503])
    }

    private static func documented(
        _ path: String, _ summary: String, _ text: String, parameters: [Route.Parameter] = [],
        answers: [Route.Answer], problems: [Int]
    ) -> Route {
        Route(
            method: .post, path: path, group: group, summary: summary, text: text, parameters: parameters,
            answers: answers, problems: problems, isGateways: true,
            handler: { _, _ in throw Problem(.notFound, "There is nothing at this address.") })
    }
}
