package import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// A POST to send.
package struct OutgoingRequest: Sendable {
    /// Path with its query.
    package var path: String
    /// Names and values.
    package var headers: [(name: String, value: String)]
    /// The exact bytes.
    package var body: [UInt8]

    /// The first value of a header, by any spelling of its name.
    package func header(_ name: String) -> String? {
        self.headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// What came back.
package struct IncomingResponse: Sendable {
    /// HTTP status.
    package var status: Int
    /// From `Retry-After`, where it is a number of seconds.
    package var retryAfterSeconds: Int?
    /// The whole body.
    package var body: [UInt8]

    /// An answer.
    package init(status: Int, retryAfterSeconds: Int? = nil, body: [UInt8] = []) {
        self.status = status
        self.retryAfterSeconds = retryAfterSeconds
        self.body = body
    }
}

/// Sends one request and returns its answer, whatever its status; throws only when there is no answer.
package protocol SimulationTransport: Sendable {
    /// One exchange. May run many times at once.
    func send(_ request: OutgoingRequest) async throws -> IncomingResponse
}

/// Over HTTP/1.1 by a client that the caller owns and shuts down.
package struct HTTPTransport: SimulationTransport {
    private let client: HTTPClient
    private let baseURL: String

    /// `baseURL` has no slash at its end.
    package init(client: HTTPClient, baseURL: String) {
        self.client = client
        self.baseURL = baseURL
    }

    /// One POST, given up after 30 s.
    package func send(_ request: OutgoingRequest) async throws -> IncomingResponse {
        var outgoing = HTTPClientRequest(url: self.baseURL + request.path)
        outgoing.method = .POST
        for header in request.headers { outgoing.headers.add(name: header.name, value: header.value) }
        outgoing.body = .bytes(ByteBuffer(bytes: request.body))
        let response = try await self.client.execute(outgoing, timeout: HTTPTransport.timeout)
        let body = try await response.body.collect(upTo: HTTPTransport.answerMax)
        return IncomingResponse(
            status: Int(response.status.code),
            retryAfterSeconds: response.headers.first(name: "Retry-After").flatMap { Int($0) },
            body: Array(body.readableBytesView))
    }

    /// 500 results of 150 bytes fit in well.
    private static let answerMax = 1 << 20
    private static let timeout = TimeAmount.seconds(30)
}
