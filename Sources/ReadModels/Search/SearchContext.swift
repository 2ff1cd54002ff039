package import EventModel
package import Pipelines

/// What a search means beside its text.
package struct SearchContext: Sendable {
    /// The shop's zone: times without one are in it.
    package var zone: Zone
    /// What `now` is, Unix milliseconds.
    package var now: Int64
    /// The keyed hash under which a personal value of the shop is kept; nil where nothing is left of the value.
    package var handle: @Sendable (HandleKind, String) -> Key128?

    /// A context.
    package init(zone: Zone, now: Int64, handle: @escaping @Sendable (HandleKind, String) -> Key128?) {
        self.zone = zone
        self.now = now
        self.handle = handle
    }
}
