package import AsyncHTTPClient
package import NIOCore
internal import NIOHTTP1

/// The bytes of a file at Shopify's storage, read as slowly as the reader reads. Iterating throws when the connection
/// breaks or the file ends too early; the caller asks again from where it stood.
package struct AdminDownload: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer

    /// Where in the file the bytes begin: 0 when the storage does not serve ranges.
    package let position: Int64
    /// Bytes to come; nil where the storage does not say.
    package let expectedBytes: Int64?
    let status: Int
    private let body: HTTPClientResponse.Body

    init(_ response: HTTPClientResponse, askedFrom position: Int64) {
        self.status = Int(response.status.code)
        self.position = response.status.code == 206 ? position : 0
        self.expectedBytes = response.headers.first(name: "Content-Length").flatMap { Int64($0) }
        self.body = response.body
    }

    /// Reads the file once; a second iteration is a mistake of the program.
    package func makeAsyncIterator() -> HTTPClientResponse.Body.AsyncIterator { body.makeAsyncIterator() }
}
