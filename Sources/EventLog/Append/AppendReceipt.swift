package import EventModel

/// What an append did.
package struct AppendReceipt: Sendable {
    /// One event's identity.
    package struct Identity: Sendable {
        let key: Key128
        let content: UInt64
        /// Unix milliseconds.
        let receivedAt: Int64
    }

    /// The lane appended to.
    package let lane: Lane
    /// The lane's newest append now.
    package let sequence: Int64
    /// Position of the lane's last event now.
    package let head: Position
    /// Counts over all shops; zero where all of it had been committed before.
    package let total: ShopTally
    /// Everything in the buffer up to here is committed.
    package let cursor: LogCursor?
    /// All of it had been committed by an earlier attempt whose reply was lost.
    package let wasCommitted: Bool
    /// The lane stood as the plan expected.
    let wasExpected: Bool
    /// Identities appended after a lookup; a window must still learn them.
    let lookedUp: [Identity]
}
