package import HTTPTypes
internal import Hummingbird
internal import ReadModels

/// Why a request was not answered: RFC 9457, `application/problem+json`.
package struct Problem: Error, Sendable, Equatable {
    /// The HTTP status.
    package var status: HTTPResponse.Status
    /// What a client may show.
    package var detail: String
    /// JSON pointer into the body to what is wrong, or `?name` for a query parameter.
    package var pointer: String?
    /// What is allowed in the culprit's place.
    package var allowed: [String]
    /// Headers of the answer.
    package var headers: HTTPFields

    /// Describes a problem.
    package init(
        _ status: HTTPResponse.Status, _ detail: String, pointer: String? = nil, allowed: [String] = [],
        headers: HTTPFields = [:]
    ) {
        self.status = status
        self.detail = detail
        self.pointer = pointer
        self.allowed = allowed
        self.headers = headers
    }

    static let noKey = Problem(
        .unauthorized, "Send a valid API key as `Authorization: Bearer ...`.", headers: [.wwwAuthenticate: "Bearer"])
    static let noShop = Problem(.notFound, "There is no such shop.")
    static let unavailable = Problem(
        .serviceUnavailable, "The data cannot be reached just now; try again.", headers: [.retryAfter: "1"])

    /// A key that lacks a scope.
    static func missing(_ scope: Scope) -> Problem {
        Problem(.forbidden, "This key lacks the scope `\(scope.rawValue)`.", allowed: [scope.rawValue])
    }

    /// The answer, with the id under which the log has the request.
    func response(requestID: String) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("type", "about:blank")
            writer.member("title", status.reasonPhrase)
            writer.member("status", Int64(status.code))
            writer.member("detail", detail)
            writer.member("request_id", requestID)
            if let pointer { writer.member("pointer", pointer) }
            if !allowed.isEmpty { writer.member("allowed", allowed) }
        }
        var headers = self.headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        return Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes)))
    }
}
