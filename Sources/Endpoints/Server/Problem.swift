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
    /// The last part of the problem's type; nil for what the status says already.
    package var slug: String?
    /// How it stands with what was asked for, where that is why.
    package var state: String?

    /// Describes a problem.
    package init(
        _ status: HTTPResponse.Status, _ detail: String, pointer: String? = nil, allowed: [String] = [],
        headers: HTTPFields = [:], slug: String? = nil, state: String? = nil
    ) {
        self.status = status
        self.detail = detail
        self.pointer = pointer
        self.allowed = allowed
        self.headers = headers
        self.slug = slug
        self.state = state
    }

    /// The problem's type, of the same scheme as the ingest side's.
    private var type: String { "urn:footfall:problem:\(slug ?? Self.slug(of: status))" }

    /// The answer, with the id under which the log has the request.
    func response(requestID: String) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("type", type)
            writer.member("title", status.reasonPhrase)
            writer.member("status", Int64(status.code))
            writer.member("detail", detail)
            writer.member("request_id", requestID)
            if let pointer { writer.member("pointer", pointer) }
            if let state { writer.member("state", state) }
            if !allowed.isEmpty { writer.member("allowed", allowed) }
        }
        var headers = self.headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        return Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes)))
    }

    /// The names that the ingest side uses for the same; else the status's own words.
    private static func slug(of status: HTTPResponse.Status) -> String {
        switch status.code {
        case 413: "too-large"
        case 415: "unsupported-media"
        case 429: "rate-limited"
        case 500: "internal"
        case 503: "stores-unavailable"
        default: status.reasonPhrase.lowercased().split(separator: " ").joined(separator: "-")
        }
    }
}
