package import EventModel

/// The handles in the head of an event's sealed part that the folds use.
package struct SealedHandles: Sendable {
    package var customer = false
    package var email: Key128?
    package var phone: Key128?

    /// None.
    package init() {}
}
