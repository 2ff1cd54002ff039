package import Hummingbird

/// What goes with one request.
package struct EndpointContext: RequestContext {
    /// Hummingbird's own part.
    package var coreContext: CoreRequestContextStorage

    /// Made for each request.
    package init(source: Source) {
        self.coreContext = .init(source: source)
    }

    /// Bodies beyond this are refused with 413.
    package var maxUploadSize: Int { RequestLimits.bodyBytesMax }
}
