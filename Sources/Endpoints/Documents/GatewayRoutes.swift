internal import HTTPTypes
internal import ReadModels

/// The ingest surface. The gateway's own server answers it before the router is asked, so these are in the document and
/// on the reference page only.
enum GatewayRoutes {
    /// All of them.
    static let all = [pixel, webhooks] + widget

    private static let group = "Ingest"
    /// What any of them may be refused with.
    private static let problems = [400, 404, 408, 410, 413, 415, 429, 431, 503]
    private static let eventTypes = ["application/json", "text/plain"]

    private static let pixel: Route = {
        var route = documented(
            "/v1/pixel/{account_id}", "Events of the web pixel",
            """
            One event, an array of events, or `{"events":[...]}`, as JSON or, for sendBeacon, as `text/plain`; may be \
            gzip. At most 500 events and 1 MiB, each at most 256 KiB. CORS `*` without credentials.
            """, body: "PixelBody")
        route.parameters = [
            Route.Parameter(
                name: "account_id", place: .path, isRequired: true, text: "The id made when the pixel was activated."),
            Route.Parameter(name: "verbose", text: "`1` for an outcome of every event."),
            coding,
        ]
        route.answers = [
            Route.Answer(
                status: 202, schema: "EventResults",
                text: "Taken; without a body where all were and nothing more was asked.")
        ]
        return route
    }()

    private static let coding = Route.Parameter(
        name: "Content-Encoding", place: .header, schema: Schemas.names(["gzip", "identity"]),
        text: "Limits hold for what is opened.")

    private static let webhooks: Route = {
        var route = documented(
            "/webhooks", "Webhooks of Shopify",
            """
            Every topic, in the body that Shopify gives it. `X-Shopify-Hmac-Sha256` is the HMAC of the raw body, at most \
            10 MiB; the answer follows the durable append. After an uninstall deliveries are answered 200 and refused. \
            The same headers without `X-` are understood, and win.
            """, body: "WebhookBody")
        route.parameters = [
            header("X-Shopify-Hmac-Sha256", true, "Base64 of the HMAC-SHA256 with the app's secret."),
            header("X-Shopify-Topic", true, "Such as `orders/create`."),
            header("X-Shopify-Shop-Domain", true, "The shop's domain."),
            header("X-Shopify-Webhook-Id", false, "Of the delivery; with the topic its identity."),
            header("X-Shopify-Event-Id", false, "Of the event; the same with the same body is a duplicate."),
            header("X-Shopify-Triggered-At", false, "When it happened."),
            header("X-Shopify-API-Version", false, "The version that the body is written in."), coding,
        ]
        route.answers = [Route.Answer(type: "", text: "Appended, or refused for good.")]
        route.problems = problems.filter { $0 != 410 } + [401]
        return route
    }()

    private static func header(_ name: String, _ isRequired: Bool, _ text: String) -> Route.Parameter {
        Route.Parameter(name: name, place: .header, isRequired: isRequired, text: text)
    }

    private static let widget = [
        call("session/start", "Begins a session of the widget", "", body: "WidgetStart", answer: "WidgetSession"),
        call("event", "An event of the widget", needsSession, body: "WidgetEvent", answer: "EventOutcome"),
        call(
            "lead", "A lead of the widget", "E-mail or phone is needed. " + needsSession, body: "WidgetLead",
            answer: "EventOutcome"),
        call(
            "chat", "A message to the widget",
            """
            `{"action":{"type":"draft_order","lines":[{"variant_id", "quantity"}]}}` asks for a draft order; every later \
            answer of the session has how it stands as `draftOrder`, and `{"action":{"type":"draft_order_status"}}` asks \
            for that alone.
            """ + " " + needsSession, body: "ChatMessage", answer: "ChatAnswer"),
    ]

    private static let needsSession = "Needs the session's token, as `Authorization: Bearer` or `token`."

    private static let signed =
        [
            ("signature", "The proxy's HMAC; where it is given it must verify, and `shop` and `timestamp` are needed."),
            ("shop", "The shop's domain, as the proxy adds it; only the signature makes it count."),
            ("timestamp", "Seconds since 1970, as the proxy adds it; at most 90 s away."),
            ("logged_in_customer_id", "The customer's id, as the proxy adds it; empty for nobody."),
        ].map { Route.Parameter(name: $0, text: $1) } + [coding]

    private static func call(
        _ name: String, _ summary: String, _ text: String, body: String, answer: String
    ) -> Route {
        var route = documented(
            "/apps/mattressai/\(name)", summary,
            (text.isEmpty ? "" : text + " ")
                + "Through Shopify's App Proxy, whose signature must then verify, or from one of the shop's origins. "
                + "The first two parts of the address can be set otherwise.", body: body)
        route.parameters = signed
        route.answers = [Route.Answer(schema: answer, text: "Kept.")]
        route.problems = problems + [401]
        route.opensToWidgets = name != "session/start"
        return route
    }

    private static func documented(_ path: String, _ summary: String, _ text: String, body: String) -> Route {
        Route(
            method: .post, path: path, group: group, summary: summary, text: text, body: body, bodyTypes: eventTypes,
            answers: [], problems: problems, isGateways: true,
            handler: { _, _ in throw Problem(.notFound, "There is nothing at this address.") })
    }
}
