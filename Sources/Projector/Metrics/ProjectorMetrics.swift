package import EventModel
internal import Synchronization

/// What the projector has done, for `/metrics` and `/health/ready`. Any thread.
package final class ProjectorMetrics: Sendable {
    /// One lane's figures.
    package struct Lane: Sendable, Equatable {
        /// Last position that all read models of the lane hold.
        package var position: Position = 0
        /// Events projected since the start.
        package var eventsTotal: Int64 = 0
        /// Transactions committed since the start.
        package var batchesTotal: Int64 = 0
        /// Batches that were rolled back and begun again.
        package var failuresTotal: Int64 = 0
        /// Events that wait because they, or an earlier one of their visitor, could not be read.
        package var waitingTotal: Int64 = 0
        /// `received_at` of the last event projected, milliseconds; 0 for none.
        package var lastReceivedAt: Int64 = 0
        /// Nothing was left to project when last looked.
        package var isCaughtUp = false
        /// This process projects the lane.
        package var isActive = false
    }

    private let lanes = Mutex<[EventModel.Lane: Lane]>([:])

    /// No figures yet.
    package init() {}

    /// All lanes' figures.
    package var figures: [EventModel.Lane: Lane] { lanes.withLock { $0 } }

    /// Seconds between now and the time at which the last projected event was received; 0 where none is left.
    package func lagSeconds(lane: EventModel.Lane, nowMillis: Int64) -> Double {
        guard let figures = figures[lane], !figures.isCaughtUp, figures.lastReceivedAt > 0 else { return 0 }
        return max(0, Double(nowMillis - figures.lastReceivedAt) / 1000)
    }

    func update(_ lane: EventModel.Lane, _ change: (inout Lane) -> Void) {
        lanes.withLock { change(&$0[lane, default: Lane()]) }
    }
}
