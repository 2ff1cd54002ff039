package import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Sends requests to Shopify. A request is given up after `timeout`; a redirect is never followed, because the access
/// token would travel with it.
package struct AdminTransport: Sendable {
    /// Answers of the largest page we ask for have some 2 MB.
    static let answerBytesMax = 16 << 20
    /// Shopify itself ends a query after 30 s.
    private static let timeout = TimeAmount.seconds(40)
    /// A bulk file of gigabytes may take long, as long as bytes arrive (`idleTimeout`).
    private static let downloadTimeout = TimeAmount.hours(6)
    private static let idleTimeout = TimeAmount.seconds(60)
    private static let connectTimeout = TimeAmount.seconds(10)

    private let client: HTTPClient

    /// `client` has to be made with `clientConfiguration`; the caller shuts it down.
    package init(client: HTTPClient) {
        self.client = client
    }

    /// No redirects, no compression (so that sizes are what they say), and an end to silence.
    package static var clientConfiguration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: connectTimeout, read: idleTimeout),
            decompression: .disabled)
        configuration.httpVersion = .http1Only
        return configuration
    }

    /// What came back, whatever its status.
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: [UInt8]

        /// `Retry-After` in seconds, as milliseconds.
        var retryAfterMillis: Int64? {
            headers.first(name: "Retry-After").flatMap { Double($0) }.map(AdminTiming.millis(seconds:))
        }
    }

    /// One POST of JSON.
    func post(_ url: String, headers: [(String, String)] = [], json: [UInt8]) async throws(AdminError) -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Accept", value: "application/json")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: json))
        do {
            let response = try await client.execute(request, timeout: Self.timeout)
            let body = try await response.body.collect(upTo: Self.answerBytesMax)
            return Answer(
                status: Int(response.status.code), headers: response.headers, body: Array(body.readableBytesView))
        } catch {
            throw Self.failure(error)
        }
    }

    /// A file from `position` on.
    func get(_ url: String, from position: Int64) async throws(AdminError) -> AdminDownload {
        var request = HTTPClientRequest(url: url)
        if position > 0 { request.headers.add(name: "Range", value: "bytes=\(position)-") }
        do {
            return AdminDownload(try await client.execute(request, timeout: Self.downloadTimeout), askedFrom: position)
        } catch {
            throw Self.failure(error)
        }
    }

    /// The client's own words name at most a host.
    private static func failure(_ error: any Error) -> AdminError {
        if error is NIOTooManyBytesError {
            return AdminError(.tooLarge, "an answer has more than \(answerBytesMax) bytes")
        }
        if error is CancellationError { return AdminError(.unavailable, "cancelled") }
        let reason = (error as? HTTPClientError).map { $0.shortDescription } ?? "\(type(of: error))"
        return AdminError(.unavailable, "Shopify cannot be reached: \(reason)")
    }
}
