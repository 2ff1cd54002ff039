package import EventModel
package import Privacy

/// The handles in the head of an event's sealed part that the folds use.
package struct SealedHandles: Sendable {
    /// A customer is named.
    package var customer = false
    /// Keyed hash of the first e-mail.
    package var email: Key128?
    /// Keyed hash of the first phone.
    package var phone: Key128?
    /// All of them.
    package var all: [Handle] = []

    /// None.
    package init() {}
}
