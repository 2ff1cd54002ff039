internal import Blocking
internal import EventLog
internal import EventModel
internal import Postgres

/// The writing half of a lane: its session in Postgres, the lane's lock, the appends.
actor LaneLog {
    private let lane: Lane
    private let executor: BlockingExecutor
    private let connection: PostgresConnection
    private let writer: LogWriter
    /// The session that holds the lock; a later one does not.
    private var holder: Int?

    init(lane: Lane, _ configuration: PostgresConfiguration) {
        self.lane = lane
        self.executor = BlockingExecutor(label: "footfall.drain.\(lane).log")
        self.connection = PostgresConnection(configuration)
        self.writer = LogWriter(connection)
        // A new session would not hold the lock, so it is made only where the lock is taken.
        connection.connectsOnUse = false
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Takes the lane, or says that another drain has it. Free where this session holds it already.
    func acquire() throws(PostgresError) -> Bool {
        if connection.isConnected, holder == connection.generation { return true }
        holder = nil
        try connection.connect()
        let result = try connection.query(
            "select pg_try_advisory_lock($1, $2)", [.int4(LaneLocks.drain), .int4(Int32(lane))])
        guard result.first?.bool(0) == true else { return false }
        holder = connection.generation
        return true
    }

    /// Recent identities and the head they are complete for.
    func loadWindow() throws -> (window: KeyWindow, head: LogHead) { try writer.loadWindow(lane: lane) }

    func append(_ plan: AppendPlan) throws -> AppendReceipt { try writer.append(plan) }

    /// Gives the lane back at once, for another drain to take.
    func release() {
        holder = nil
        connection.close()
    }
}
