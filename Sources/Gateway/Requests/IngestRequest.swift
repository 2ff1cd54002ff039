package import Privacy

/// The head of a request to one of the gateway's routes, independent of who parsed it. The body comes beside it.
package struct IngestRequest: Sendable {
    package var method: IngestMethod
    package var route: IngestRoute
    /// What follows the `?`, still encoded; nil without one.
    package var query: String?
    package var media: MediaType
    /// The socket's other end.
    package var peer: ClientAddress
    package var fields: IngestFields

    package init(
        method: IngestMethod, route: IngestRoute, query: String? = nil, media: MediaType = .missing,
        peer: ClientAddress = .unknown, fields: IngestFields = IngestFields()
    ) {
        self.method = method
        self.route = route
        self.query = query
        self.media = media
        self.peer = peer
        self.fields = fields
    }
}

/// What the gateway tells apart.
package enum IngestMethod: Sendable {
    case post, options, head, other
}

/// The content type, as far as it matters: parameters and letter case do not.
package enum MediaType: Sendable, Equatable {
    case json, text, missing, other

    /// Reads the header's value; empty counts as missing.
    package init(_ value: Span<UInt8>) {
        var end = 0
        while end < value.count, value[end] != UInt8(ascii: ";"), value[end] > 0x20 { end += 1 }
        if end == 0 {
            self = .missing
        } else if Self.matches(value, end, "application/json") {
            self = .json
        } else if Self.matches(value, end, "text/plain") {
            self = .text
        } else {
            self = .other
        }
    }

    private static func matches(_ value: Span<UInt8>, _ end: Int, _ name: StaticString) -> Bool {
        value.extracting(0..<end).isEqual(toLowercase: name)
    }
}

/// The header fields that the steps look at; nil where absent.
package struct IngestFields: Sendable {
    package var userAgent: String?
    package var origin: String?
    package var authorization: String?
    package var forwardedFor: String?
    package var forwarded: String?
    package var country: String?
    /// What the browser asks for; never set for webhooks.
    package var signals: PrivacySignals = []
    package var webhook: WebhookFields?

    package init() {}
}

/// Shopify's delivery headers, of whichever family was sent; the lower-case `shopify-*` family wins where both are.
package struct WebhookFields: Sendable {
    package var topic: String?
    package var shop: String?
    package var hmac: String?
    package var webhookID: String?
    package var eventID: String?
    package var triggeredAt: String?
    package var apiVersion: String?
    /// What is signed was checked already: the body came compressed, and the signature is of its bytes as sent.
    package var isVerified = false

    package init() {}
}

extension Span<UInt8> {
    /// True when the bytes are `name`, which is written in lower case, in any letter case.
    func isEqual(toLowercase name: StaticString) -> Bool {
        guard count == name.utf8CodeUnitCount else { return false }
        for index in 0..<count {
            let byte = self[index]
            let lower = byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
            if unsafe lower != name.utf8Start[index] { return false }
        }
        return true
    }
}
