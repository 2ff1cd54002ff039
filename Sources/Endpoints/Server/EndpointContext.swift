package import Hummingbird
internal import NIOCore

/// What goes with one request.
package struct EndpointContext: RequestContext {
    /// Hummingbird's own part.
    package var coreContext: CoreRequestContextStorage
    /// Who is connected; nil in tests without a connection.
    let peer: SocketAddress?

    /// Made for each request.
    package init(source: Source) {
        self.coreContext = .init(source: source)
        self.peer = source.channel.remoteAddress
    }

    /// Bodies beyond this are refused with 413.
    package var maxUploadSize: Int { RequestLimits.bodyBytesMax }
}
