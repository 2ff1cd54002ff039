internal import EventModel
internal import NIOHTTP1

/// Turns answers into bytes, or into the parts that NIO's encoder takes. Both write the same header fields.
struct AnswerEncoder {
    /// `RateLimit-Policy` never changes, so it is written once.
    private let policyLine: [UInt8]
    private let policyValue: String
    /// The `Date` line of the current second.
    private var dateLine: [UInt8] = []
    private var dateText = ""
    private var dateSecond: Int64 = -1
    /// The head of the usual answer in the current second, up to the number in its `RateLimit` line.
    private var acceptedHead: [UInt8] = []
    private var storage: [UInt8] = []

    init(limits: GatewayLimits) {
        let policies = [("shop", limits.shopRate), ("address", limits.addressRate)].map { name, rate in
            let window = (rate.burst + rate.perSecond - 1) / max(1, rate.perSecond)
            return "\"\(name)\";q=\(rate.burst);w=\(window)"
        }
        self.policyValue = policies.joined(separator: ", ")
        self.policyLine = Array("ratelimit-policy: \(policyValue)\r\n".utf8)
    }

    /// Lends the bytes of the whole answer.
    ///
    /// They are put together in storage of its own: many small writes into a ByteBuffer cost more than one large one.
    mutating func encode<R>(
        _ answer: IngestAnswer, closes: Bool, nowMillis: Int64, _ body: (Span<UInt8>) -> R
    ) -> R {
        refreshDate(nowMillis)
        var bytes = storage
        storage = []
        bytes.removeAll(keepingCapacity: true)
        if !closes, !answer.closes, answer.status == 202, answer.isCrossOrigin, answer.body.isEmpty,
            answer.contentType == nil, answer.headers.isEmpty, let rate = answer.rate, rate.policy == .shop
        {
            bytes += acceptedHead
            Self.write(rate.decision.remaining, into: &bytes)
            bytes += Self.resetName
            Self.write(rate.resetSeconds, into: &bytes)
            bytes += Self.acceptedEnd
        } else {
            write(answer, closes: closes, into: &bytes)
        }
        // One long answer must not keep its storage for good.
        defer { if bytes.capacity <= Self.keptBytesMax { storage = bytes } }
        return body(bytes.span)
    }

    private func write(_ answer: IngestAnswer, closes: Bool, into bytes: inout [UInt8]) {
        writeHead(answer, into: &bytes)
        for header in answer.headers {
            bytes += header.name.utf8
            bytes += Self.colon
            bytes += header.value.utf8
            bytes += Self.newline
        }
        if let contentType = answer.contentType { bytes += "content-type: \(contentType.rawValue)\r\n".utf8 }
        if closes || answer.closes { bytes += "connection: close\r\n".utf8 }
        // RFC 9110: a 204 has no Content-Length.
        if answer.status != 204 {
            bytes += Self.lengthName
            Self.write(answer.body.count, into: &bytes)
            bytes += Self.newline
        }
        bytes += Self.newline
        bytes += answer.body
    }

    /// The status and what answers have in common.
    private func writeHead(_ answer: IngestAnswer, into bytes: inout [UInt8]) {
        bytes += "HTTP/1.1 \(Self.statusText(answer.status))\r\n".utf8
        bytes += dateLine
        if answer.isCrossOrigin { bytes += Self.crossOriginLine }
        guard let rate = answer.rate else { return }
        bytes += policyLine
        bytes += (rate.policy == .shop ? "ratelimit: \"shop\";r=" : "ratelimit: \"address\";r=").utf8
        Self.write(rate.decision.remaining, into: &bytes)
        bytes += Self.resetName
        Self.write(rate.resetSeconds, into: &bytes)
        bytes += Self.newline
    }

    /// The same as a head for NIO's encoder.
    mutating func head(_ answer: IngestAnswer, closes: Bool, nowMillis: Int64) -> HTTPResponseHead {
        refreshDate(nowMillis)
        var headers = HTTPHeaders([("date", dateText)])
        if answer.isCrossOrigin { headers.add(name: "access-control-allow-origin", value: "*") }
        if let rate = answer.rate {
            headers.add(name: "ratelimit-policy", value: policyValue)
            let value = "\"\(rate.policy.rawValue)\";r=\(rate.decision.remaining);t=\(rate.resetSeconds)"
            headers.add(name: "ratelimit", value: value)
        }
        for header in answer.headers { headers.add(name: header.name, value: header.value) }
        if let contentType = answer.contentType { headers.add(name: "content-type", value: contentType.rawValue) }
        if closes || answer.closes { headers.add(name: "connection", value: "close") }
        if answer.status != 204 { headers.add(name: "content-length", value: String(answer.body.count)) }
        return HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
    }

    /// Decimal digits without a String; `number` is not negative.
    private static func write(_ number: Int, into bytes: inout [UInt8]) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var (rest, start) = (number, digits.count)
        // Divided by a constant, which is no division.
        repeat {
            start -= 1
            digits[start] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        for index in start..<digits.count { bytes.append(digits[index]) }
    }

    private static let newline = Array("\r\n".utf8)
    private static let colon = Array(": ".utf8)
    private static let resetName = Array(";t=".utf8)
    private static let lengthName = Array("content-length: ".utf8)
    private static let acceptedEnd = Array("\r\ncontent-length: 0\r\n\r\n".utf8)
    private static let crossOriginLine = Array("access-control-allow-origin: *\r\n".utf8)
    private static let keptBytesMax = 64 << 10

    private static func statusText(_ status: Int) -> String {
        switch status {
        case 202: "202 Accepted"
        case 200: "200 OK"
        case 204: "204 No Content"
        default: "\(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)"
        }
    }

    private mutating func refreshDate(_ nowMillis: Int64) {
        let second = nowMillis / 1000
        guard second != dateSecond else { return }
        dateSecond = second
        dateText = HTTPDate.text(second: second)
        dateLine = Array("date: \(dateText)\r\n".utf8)
        acceptedHead = Array("HTTP/1.1 202 Accepted\r\n".utf8) + dateLine + Self.crossOriginLine + policyLine
        acceptedHead += "ratelimit: \"shop\";r=".utf8
    }
}
