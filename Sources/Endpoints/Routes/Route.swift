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
    /// Whether a request without a body is understood.
    var bodyIsOptional = false
    var answers: [Answer]
    /// Statuses of problems that are its own; those of every route with a key are added.
    var problems: [Int] = []
    /// False for a GET that changes something: HEAD is then refused, since it must not (RFC 9110, section 9.2.1).
    var isSafe = true
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
        if body != nil { all.formUnion([400, 413, 415, 422]) }
        return all.sorted()
    }
}
