internal import EventModel

extension Refusal {
    /// The answer as RFC 9457 describes it, with the request's id in body and header.
    package func answer(requestID: String) -> IngestAnswer {
        var json = JSONWriter()
        json.object {
            $0.member("type", "urn:footfall:problem:\(slug)")
            $0.member("title", title)
            $0.member("status", status)
            $0.member("detail", detail)
            $0.member("request_id", requestID)
        }
        var answer = IngestAnswer(status: status, contentType: .problem, body: json.bytes)
        answer.add("x-request-id", requestID)
        if let retryAfterSeconds { answer.add("retry-after", String(retryAfterSeconds)) }
        if case .methodNotAllowed = self { answer.add("allow", "POST, OPTIONS") }
        switch self {
        case .timeout, .headTooLarge, .badRequest, .unknownCoding: answer.closes = true
        default: break
        }
        return answer
    }

    /// The problem type's last part.
    private var slug: String {
        switch self {
        case .timeout: "timeout"
        case .methodNotAllowed: "method-not-allowed"
        case .headTooLarge: "head-too-large"
        case .badRequest: "bad-request"
        case .unknownCoding: "unknown-transfer-coding"
        case .notAvailable: "not-available"
        case .notFound: "not-found"
        case .missingWebhookField: "missing-header"
        default: (reason?.name ?? "refused").split(separator: "_").joined(separator: "-")
        }
    }

    private var title: String {
        switch self {
        case .notJSON: "The body is not JSON"
        case .tooDeep: "The body is nested too deeply"
        case .notShape, .badID: "The body has not the expected shape"
        case .missingWebhookField: "A delivery header is missing"
        case .missingContact: "An e-mail address or a phone number is needed"
        case .badSignature: "The signature does not verify"
        case .badToken: "The session token is missing or not valid"
        case .badOrigin: "The origin is none of the shop's"
        case .unknownTenant, .notFound: "Not found"
        case .notAvailable: "Not available"
        case .methodNotAllowed: "The method is not allowed"
        case .timeout: "The request took too long"
        case .uninstalled: "The app was uninstalled"
        case .bodyTooLarge: "The body is too large"
        case .tooManyEvents: "Too many events in one request"
        case .unsupportedMedia: "The content type is not supported"
        case .rateLimited: "Too many requests"
        case .bufferFull: "The buffer is full"
        case .unavailable: "No store is available"
        case .headTooLarge: "The request's head is too large"
        case .badRequest: "The request is malformed"
        case .unknownCoding: "The transfer coding is not supported"
        }
    }

    private var detail: String {
        switch self {
        case .notJSON(let why): "Nothing was taken: \(why)."
        case .tooDeep: "At most \(JSONScanner.depthMax) levels are read."
        case .notShape(let why): why
        case .badID(let reason): "Nothing was taken: \(reason.name)."
        case .missingWebhookField(let name): "\(name) is needed."
        case .missingContact: "Give \"email\" or \"phone\" that somebody can be reached by."
        case .badSignature: "The request was not signed with a secret of this app, or is too old."
        case .badToken: "Start a session and send its token as \"Authorization: Bearer\" or \"token\"."
        case .badOrigin: "Requests that do not come through the app proxy must come from one of the shop's domains."
        case .unknownTenant, .notFound: "There is nothing at this address."
        case .notAvailable: "Questions cannot be answered now; send it again after Retry-After."
        case .methodNotAllowed: "Send a POST."
        case .timeout: "The request has to arrive whole within the server's limit."
        case .uninstalled: "Events of this shop are no longer taken."
        case .bodyTooLarge(let max): "At most \(max) bytes after decompression are taken."
        case .tooManyEvents(let max): "At most \(max) events are taken in one request."
        case .unsupportedMedia: "Send application/json or text/plain, plain or compressed with gzip."
        case .rateLimited: "Wait before you send more; see Retry-After."
        case .bufferFull: "Nothing of this request was stored; send it again after Retry-After."
        case .unavailable:
            "It is not certain that anything of this request was stored; send it again after Retry-After."
        case .headTooLarge: "Send fewer or shorter headers."
        case .badRequest: "The request could not be read as HTTP/1.1."
        case .unknownCoding: "Send the body with a Content-Length or in chunks, without another transfer coding."
        }
    }
}

/// Writes small JSON answers; every text is escaped.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    mutating func object(_ body: (inout JSONWriter) -> Void) { nest("{", "}", body) }
    mutating func array(_ body: (inout JSONWriter) -> Void) { nest("[", "]", body) }

    mutating func member(_ name: String, _ value: String) {
        self.name(name)
        text(value)
    }

    mutating func member(_ name: String, _ value: Int) {
        self.name(name)
        bytes.append(contentsOf: String(value).utf8)
    }

    mutating func member(_ name: String, _ body: (inout JSONWriter) -> Void) {
        self.name(name)
        needsComma = false
        array(body)
    }

    private mutating func nest(_ open: String, _ close: String, _ body: (inout JSONWriter) -> Void) {
        separate()
        bytes.append(contentsOf: open.utf8)
        needsComma = false
        body(&self)
        bytes.append(contentsOf: close.utf8)
        needsComma = true
    }

    private mutating func name(_ name: String) {
        separate()
        text(name)
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    /// A text alone.
    mutating func text(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
