internal import NIOCore
internal import NIOHTTP1
internal import Privacy

extension PlainHead {
    /// The request as the steps take it.
    func request(route: IngestRoute, _ bytes: Span<UInt8>, peer: ClientAddress) -> IngestRequest {
        let pathEnd = bytes.extracting(target).pathEnd
        let media = range(.contentType).map { MediaType(bytes.extracting($0)) } ?? .missing
        var fields = IngestFields()
        fields.userAgent = text(bytes, .userAgent)
        fields.forwardedFor = text(bytes, .forwardedFor)
        fields.forwarded = text(bytes, .forwarded)
        fields.country = text(bytes, .country)
        switch route {
        case .webhooks: fields.webhook = webhookFields(bytes)
        case .pixel: fields.signals = signals(bytes)
        case .sessionStart, .widgetEvent, .lead, .chat:
            fields.signals = signals(bytes)
            fields.origin = text(bytes, .origin)
            fields.authorization = text(bytes, .authorization)
        }
        let query = pathEnd < target.count ? text(bytes, target.lowerBound + pathEnd + 1..<target.upperBound) : nil
        return IngestRequest(method: method, route: route, query: query, media: media, peer: peer, fields: fields)
    }

    private func signals(_ bytes: Span<UInt8>) -> PrivacySignals {
        var signals: PrivacySignals = []
        if isOn(.globalPrivacyControl, bytes) { signals.insert(.globalPrivacyControl) }
        if isOn(.doNotTrack, bytes) { signals.insert(.doNotTrack) }
        return signals
    }

    /// Both headers say yes by a `1`; DNT allows for extensions behind it, which nobody defined.
    private func isOn(_ field: HeadField, _ bytes: Span<UInt8>) -> Bool {
        guard let range = range(field), !range.isEmpty else { return false }
        return bytes[range.lowerBound] == UInt8(ascii: "1")
    }

    private func webhookFields(_ bytes: Span<UInt8>) -> WebhookFields {
        var fields = WebhookFields()
        fields.topic = text(bytes, .lowTopic) ?? text(bytes, .topic)
        fields.shop = text(bytes, .lowShop) ?? text(bytes, .shop)
        fields.hmac = text(bytes, .lowHmac) ?? text(bytes, .hmac)
        fields.webhookID = text(bytes, .lowWebhookID) ?? text(bytes, .webhookID)
        fields.eventID = text(bytes, .lowEventID) ?? text(bytes, .eventID)
        fields.triggeredAt = text(bytes, .lowTriggeredAt) ?? text(bytes, .triggeredAt)
        fields.apiVersion = text(bytes, .lowAPIVersion) ?? text(bytes, .apiVersion)
        return fields
    }

    private func text(_ bytes: Span<UInt8>, _ field: HeadField) -> String? {
        range(field).map { text(bytes, $0) }
    }

    private func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
        bytes.extracting(range).text
    }
}

extension IngestWorker {
    /// The request in a head that NIO's codec has read; nil when it is none of the gateway's.
    func request(_ head: HTTPRequestHead, peer: ClientAddress) -> IngestRequest? {
        let target = Self.originForm(Array(head.uri.utf8))
        let pathEnd = target.span.pathEnd
        guard let route = route(path: target.span.extracting(first: pathEnd)) else { return nil }
        let headers = head.headers
        let media = headers.first(name: "content-type").map { MediaType(Array($0.utf8).span) } ?? .missing
        var request = IngestRequest(method: Self.method(head.method), route: route, media: media, peer: peer)
        if pathEnd < target.count { request.query = String(decoding: target[(pathEnd + 1)...], as: UTF8.self) }
        request.fields.userAgent = headers.first(name: "user-agent")
        request.fields.origin = headers.first(name: "origin")
        request.fields.authorization = headers.first(name: "authorization")
        // Repeated fields are one list.
        let forwardedFor = headers[canonicalForm: "x-forwarded-for"]
        request.fields.forwardedFor = forwardedFor.isEmpty ? nil : forwardedFor.joined(separator: ",")
        let forwarded = headers[canonicalForm: "forwarded"]
        request.fields.forwarded = forwarded.isEmpty ? nil : forwarded.joined(separator: ",")
        request.fields.country = Self.countryHeaders.lazy.compactMap { headers.first(name: $0) }.first
        if route == .webhooks {
            request.fields.webhook = Self.webhookFields(headers)
        } else {
            if Self.isOn("sec-gpc", headers) { request.fields.signals.insert(.globalPrivacyControl) }
            if Self.isOn("dnt", headers) { request.fields.signals.insert(.doNotTrack) }
        }
        return request
    }

    private static func isOn(_ name: String, _ headers: HTTPHeaders) -> Bool {
        headers[canonicalForm: name].contains { $0.hasPrefix("1") }
    }

    /// RFC 9112 lets clients send a whole address (`http://host/path`); it means the same as its path and query.
    private static func originForm(_ target: [UInt8]) -> [UInt8] {
        for scheme: StaticString in ["http://", "https://"] {
            let count = scheme.utf8CodeUnitCount
            guard target.count > count, target.span.extracting(first: count).isEqual(toLowercase: scheme) else {
                continue
            }
            let path = target[count...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
            return path.map { Array(target[$0...]) } ?? []
        }
        return target
    }

    private static let countryHeaders = [
        "cf-ipcountry", "cloudfront-viewer-country", "x-country-code", "x-vercel-ip-country",
    ]

    private static func webhookFields(_ headers: HTTPHeaders) -> WebhookFields {
        func value(_ name: String) -> String? {
            headers.first(name: "shopify-\(name)") ?? headers.first(name: "x-shopify-\(name)")
        }
        var fields = WebhookFields()
        fields.topic = value("topic")
        fields.shop = value("shop-domain")
        fields.hmac = value("hmac-sha256")
        fields.webhookID = value("webhook-id")
        fields.eventID = value("event-id")
        fields.triggeredAt = value("triggered-at")
        fields.apiVersion = value("api-version")
        return fields
    }

    private static func method(_ method: HTTPMethod) -> IngestMethod {
        switch method {
        case .POST: .post
        case .OPTIONS: .options
        case .HEAD: .head
        default: .other
        }
    }
}
