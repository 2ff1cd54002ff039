internal import Blocking
internal import EventLog
internal import EventModel
internal import Logging
internal import Postgres
internal import Synchronization

/// Appends the small portions of several lanes together. A transaction costs as much as some hundred events, so lanes that
/// share what one could take would cost several times as much each by itself.
///
/// A helper only: what it does not append, for whatever reason, the lane appends on its own session and hears the reason
/// there. It needs no lane's lock of `LaneLog`, because exactly once follows from the log's rows alone.
actor JointLog {
    /// So long the first of a round waits for the others, who wake up with it and first read their portions.
    private static let gathering = Duration.milliseconds(4)

    private let executor = BlockingExecutor(label: "footfall.drain.joint")
    private let connection: PostgresConnection
    private let writer: LogWriter
    private let logger: Logger
    private var waiting: [Ticket] = []
    /// The lanes of the round before.
    private var lanesBefore: Set<Lane> = []

    init(_ configuration: PostgresConfiguration, logger: Logger) {
        connection = PostgresConnection(configuration)
        writer = LogWriter(connection)
        self.logger = logger
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// One lane's portion in a round.
    private final class Ticket: Sendable {
        let plan: AppendPlan
        let receipt = Mutex<AppendReceipt?>(nil)

        init(_ plan: AppendPlan) { self.plan = plan }
    }

    /// Appends the plan with those that other lanes bring meanwhile; nil where it was not appended. A lane brings one at a
    /// time.
    nonisolated func append(_ plan: AppendPlan) async -> AppendReceipt? {
        let ticket = Ticket(plan)
        if await enter(ticket) {
            // Cancelled: the round begins at once.
            try? await Task.sleep(for: Self.gathering)
        }
        await appendWaiting()
        return ticket.receipt.withLock { $0 }
    }

    /// True where others are expected.
    private func enter(_ ticket: Ticket) -> Bool {
        waiting.append(ticket)
        return waiting.count == 1 && !lanesBefore.subtracting([ticket.plan.lane]).isEmpty
    }

    /// Whoever comes first appends for all who have entered by then.
    private func appendWaiting() {
        let round = waiting
        guard !round.isEmpty else { return }
        waiting = []
        lanesBefore = Set(round.map(\.plan.lane))
        do {
            for (ticket, receipt) in zip(round, try writer.append(together: round.map(\.plan))) {
                ticket.receipt.withLock { $0 = receipt }
            }
        } catch {
            logger.debug("lanes are not appended together", metadata: ["error": "\(error)"])
        }
    }
}
