internal import NIOCore
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

    init(limits: GatewayLimits) {
        let policies = [("shop", limits.shopRate), ("address", limits.addressRate)].map { name, rate in
            let window = (rate.burst + rate.perSecond - 1) / max(1, rate.perSecond)
            return "\"\(name)\";q=\(rate.burst);w=\(window)"
        }
        self.policyValue = policies.joined(separator: ", ")
        self.policyLine = Array("ratelimit-policy: \(policyValue)\r\n".utf8)
    }

    /// Appends the whole answer. `withoutBody` is for HEAD, whose answer has a length but no body.
    mutating func encode(
        _ answer: IngestAnswer, closes: Bool, withoutBody: Bool, nowMillis: Int64, into buffer: inout ByteBuffer
    ) {
        refreshDate(nowMillis)
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(Self.statusText(answer.status))
        buffer.writeStaticString("\r\n")
        buffer.writeBytes(dateLine)
        if answer.isCrossOrigin { buffer.writeStaticString("access-control-allow-origin: *\r\n") }
        if let rate = answer.rate {
            buffer.writeBytes(policyLine)
            buffer.writeStaticString("ratelimit: ")
            Self.write(rate, into: &buffer)
            buffer.writeStaticString("\r\n")
        }
        for header in answer.headers { buffer.writeString("\(header.name): \(header.value)\r\n") }
        if let contentType = answer.contentType { buffer.writeString("content-type: \(contentType.rawValue)\r\n") }
        if closes || answer.closes { buffer.writeStaticString("connection: close\r\n") }
        // RFC 9110: a 204 has no Content-Length.
        if answer.status != 204 {
            buffer.writeStaticString("content-length: ")
            Self.write(answer.body.count, into: &buffer)
            buffer.writeStaticString("\r\n")
        }
        buffer.writeStaticString("\r\n")
        if !withoutBody { buffer.writeBytes(answer.body) }
    }

    /// The same as a head for NIO's encoder.
    mutating func head(_ answer: IngestAnswer, closes: Bool, nowMillis: Int64) -> HTTPResponseHead {
        refreshDate(nowMillis)
        var headers = HTTPHeaders([("date", dateText)])
        if answer.isCrossOrigin { headers.add(name: "access-control-allow-origin", value: "*") }
        if let rate = answer.rate {
            headers.add(name: "ratelimit-policy", value: policyValue)
            var buffer = ByteBuffer()
            Self.write(rate, into: &buffer)
            headers.add(name: "ratelimit", value: String(buffer: buffer))
        }
        for header in answer.headers { headers.add(name: header.name, value: header.value) }
        if let contentType = answer.contentType { headers.add(name: "content-type", value: contentType.rawValue) }
        if closes || answer.closes { headers.add(name: "connection", value: "close") }
        if answer.status != 204 { headers.add(name: "content-length", value: String(answer.body.count)) }
        return HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
    }

    private static func write(_ rate: RateState, into buffer: inout ByteBuffer) {
        buffer.writeStaticString(rate.policy == .shop ? "\"shop\";r=" : "\"address\";r=")
        write(rate.decision.remaining, into: &buffer)
        buffer.writeStaticString(";t=")
        write(rate.resetSeconds, into: &buffer)
    }

    /// Decimal digits without a String.
    private static func write(_ number: Int, into buffer: inout ByteBuffer) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            buffer.writeInteger(UInt8(0x30 + number / divisor % 10))
            divisor /= 10
        }
    }

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
    }
}
