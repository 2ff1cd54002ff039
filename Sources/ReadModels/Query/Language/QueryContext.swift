/// What a query's words depend on beside the query itself.
package struct QueryContext: Sendable {
    /// The wall clock, Unix milliseconds.
    package var nowMillis: Int64
    /// The shop's own zone.
    package var zone: Zone
    /// How far the read models have come, and when they got there.
    package var asOf: AsOf

    /// Names the circumstances of one query.
    package init(nowMillis: Int64, zone: Zone, asOf: AsOf) {
        self.nowMillis = nowMillis
        self.zone = zone
        self.asOf = asOf
    }
}

/// The state that an answer shows.
package struct AsOf: Sendable, Hashable {
    /// Everything up to and with this position of the lane is in the answer.
    package var position: Int64
    /// When the read model got there, Unix milliseconds.
    package var projectedAt: Int64
    /// Everything received before this is in the answer, Unix milliseconds.
    package var completeUntil: Int64
    /// Changes when a rebuilt read model takes the place of the one before.
    package var generation: Int64
    /// At most `position`: nothing after it changes an answer of the shop. What others sent, and what Footfall notes
    /// itself, leaves it where it is.
    package var changedAt: Int64

    /// Names a state; `changedAt` is its position where nothing else is known.
    package init(
        position: Int64, projectedAt: Int64, completeUntil: Int64, generation: Int64, changedAt: Int64? = nil
    ) {
        self.changedAt = changedAt ?? position
        self.position = position
        self.projectedAt = projectedAt
        self.completeUntil = completeUntil
        self.generation = generation
    }
}
