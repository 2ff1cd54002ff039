internal import HTTPTypes
internal import Hummingbird
internal import ReadModels

/// One route: how it is asked, what it answers, and what does the work. Router, OpenAPI document and reference page are
/// made of these and of nothing else.
struct Route: Sendable {
    typealias Handler = @Sendable (Request, EndpointContext) async throws -> Response

    /// A parameter of the query string or the path.
    struct Parameter: Sendable {
        enum Place: String, Sendable {
            case query, path, header
        }

        var name: String
        var place = Place.query
        var isRequired = false
        var schema: JSONValue = .object(["type": .string("string")])
        var text: String
    }

    /// An answer that is no problem.
    struct Answer: Sendable {
        var status = 200
        var type = "application/json"
        /// Name of a schema of the document; nil for a body that is not JSON.
        var schema: String?
        var text: String
    }

    let method: HTTPRequest.Method
    /// With `{name}` for a captured part and `**` for the rest.
    let path: String
    let group: String
    let summary: String
    let text: String
    /// What the caller must have; nil for everybody.
    var scope: Scope?
    /// A session token of the shop's staff opens it, whatever a key would need; without a scope nothing else does.
    var opensToMerchants = false
    var parameters: [Parameter] = []
    /// Name of the body's schema.
    var body: String?
    /// The media types that a body may have; a missing one is JSON.
    var bodyTypes = ["application/json"]
    /// Whether a request without a body is understood.
    var bodyIsOptional = false
    var answers: [Answer]
    /// Statuses of problems that are its own; those of every route with a key are added.
    var problems: [Int] = []
    /// False for a GET that changes something: HEAD is then refused, since it must not (RFC 9110, section 9.2.1).
    var isSafe = true
    /// The token of a widget's session opens it.
    var opensToWidgets = false
    /// Answered by the gateway and only documented here.
    var isGateways = false
    let handler: Handler

    static let shop = Parameter(
        name: "shop", text: "The shop's domain; a key of one shop may leave it out.")
    static let knownTag = Parameter(
        name: "If-None-Match", place: .header, text: "Tags of answers you have; 304 where one of them still holds.")
    static let page: [Parameter] = [
        Parameter(
            name: "first",
            schema: .object([
                "type": .string("integer"), "minimum": .integer(1), "maximum": .integer(Int64(ListPage.firstMax)),
                "default": .integer(Int64(ListPage.firstDefault)),
            ]), text: "Entries of a page."),
        Parameter(name: "cursor", text: "`end_cursor` of the page before."),
    ]

    /// All statuses of problems it can answer with.
    var allProblems: [Int] {
        var all = Set(problems)
        if scope != nil || opensToMerchants { all.formUnion([400, 401, 403, 404, 410, 429, 503]) }
        if body != nil, !isGateways { all.formUnion([400, 413, 415, 422]) }
        return all.sorted()
    }

    /// True where the headers of answers say what is left of a limit.
    func tellsLimits(at status: Int) -> Bool {
        guard isGateways else { return path.hasPrefix("/api/") || path.hasPrefix("/app/api/") }
        // The gateway counts before it reads a body, and tells it where the request was counted for a shop.
        return status == 429 || (status < 300 && path != "/webhooks")
    }

    /// Headers beside those of the body, by their names in `AnswerHeaders`.
    func headers(at status: Int) -> [String] {
        var names: [String] = []
        if !isGateways || status >= 400 { names.append("X-Request-Id") }
        if tellsLimits(at: status) { names += ["RateLimit", "RateLimit-Policy"] }
        let hasTag = parameters.contains { $0.name == Self.knownTag.name }
        if hasTag, status == 200 || status == 304 { names.append("ETag") }
        if status == 302 || (status == 202 && !isGateways) { names.append("Location") }
        if status == 401, !isGateways, scope != nil || opensToMerchants { names.append("WWW-Authenticate") }
        if status == 429 || status == 503 { names.append("Retry-After") }
        return names
    }
}
