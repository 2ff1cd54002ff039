package import EventModel

/// What a request is answered with, independent of who writes it.
package struct IngestAnswer: Sendable, Equatable {
    package var status: Int
    /// Header lines beside those that every answer has.
    package var headers: [Header] = []
    package var contentType: StaticContentType?
    package var body: [UInt8] = []
    /// The connection cannot go on after this answer.
    package var closes = false
    /// Any web page may read it.
    package var isCrossOrigin = false
    /// The state of the limit that is nearest.
    package var rate: RateState?

    package struct Header: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    /// The content types that the gateway answers with.
    package enum StaticContentType: String, Sendable {
        case json = "application/json"
        case problem = "application/problem+json"
    }

    package init(status: Int, contentType: StaticContentType? = nil, body: [UInt8] = []) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// 202 without a body: everything was taken.
    package static let accepted = IngestAnswer(status: 202)
    /// 200 without a body.
    package static let ok = IngestAnswer(status: 200)

    package mutating func add(_ name: String, _ value: String) {
        headers.append(Header(name: name, value: value))
    }

    /// The first header called `name`, which is written in lower case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }
}

/// Why a request as a whole is refused; each case has one status, title and reason.
package enum Refusal: Sendable, Equatable {
    case notJSON(String), notShape(String), badSignature, badToken, badOrigin, unknownTenant
    case methodNotAllowed, timeout, uninstalled, bodyTooLarge(Int), tooManyEvents(Int), unsupportedMedia
    case missingContact, missingWebhookField(String), rateLimited(retryAfterSeconds: Int)
    case bufferFull(retryAfterSeconds: Int), unavailable(retryAfterSeconds: Int), headTooLarge, badRequest
    case unknownCoding, notFound, tooDeep, badID(DropReason), notAvailable(retryAfterSeconds: Int)

    package var status: Int {
        switch self {
        case .notJSON, .tooDeep, .notShape, .missingWebhookField, .missingContact, .badRequest, .badID: 400
        // An origin is what trusts a widget that comes without a signature.
        case .badSignature, .badToken, .badOrigin: 401
        case .unknownTenant, .notFound: 404
        case .methodNotAllowed: 405
        case .timeout: 408
        case .uninstalled: 410
        case .bodyTooLarge, .tooManyEvents: 413
        case .unsupportedMedia: 415
        case .rateLimited: 429
        case .headTooLarge: 431
        case .unknownCoding: 501
        case .bufferFull, .unavailable, .notAvailable: 503
        }
    }

    /// How it is counted; nil where no event was in it that could be lost.
    package var reason: DropReason? {
        switch self {
        case .notJSON: .notJSON
        case .tooDeep: .tooDeep
        case .notShape, .missingWebhookField: .notShape
        case .badID(let reason): reason
        case .missingContact: .missingContact
        case .badSignature: .badSignature
        case .badToken: .badToken
        case .badOrigin: .badOrigin
        case .unknownTenant: .unknownTenant
        case .uninstalled: .uninstalled
        case .bodyTooLarge: .tooLarge
        case .tooManyEvents: .tooManyEvents
        case .unsupportedMedia: .unsupportedMedia
        case .rateLimited: .rateLimited
        case .bufferFull: .bufferFull
        case .unavailable: .storesUnavailable
        case .notAvailable, .methodNotAllowed, .timeout, .headTooLarge, .badRequest, .unknownCoding, .notFound: nil
        }
    }

    /// Seconds for the Retry-After header.
    package var retryAfterSeconds: Int? {
        switch self {
        case .rateLimited(let seconds), .bufferFull(let seconds), .unavailable(let seconds),
            .notAvailable(let seconds):
            max(1, seconds)
        default: nil
        }
    }
}
