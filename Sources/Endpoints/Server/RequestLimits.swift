/// Bounds of one request.
package enum RequestLimits {
    /// A query is a few kilobytes; a megabyte leaves room for long lists of values.
    package static let bodyBytesMax = 1 << 20
    /// A body that only names a shop: a domain has at most 253 bytes. Some routes read it before they know who asks.
    package static let shopBodyBytesMax = 4 << 10
    /// Open event streams of this process; each keeps a connection and asks once a second.
    package static let streamsMax = 500
    /// Bytes of a query string's value.
    package static let parameterBytesMax = 512
    /// Bytes of a search in a query string: what a line of an address can carry; longer ones go into a body.
    package static let searchBytesMax = 4096
}
