internal import Blocking
internal import EventLog
internal import EventModel
internal import Postgres

/// Hears of appends to the log, on a connection of its own.
actor LogWatch {
    private let executor = BlockingExecutor(label: "footfall.projector.watch")
    private let connection: PostgresConnection
    private let follower: LogFollower

    init(_ database: PostgresConfiguration) {
        connection = PostgresConnection(database)
        follower = LogFollower(connection)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Lanes that have grown; none after `millis`.
    func wait(millis: Int) throws -> [Lane] {
        Array(try follower.wait(millis: millis).keys)
    }

    func close() { connection.close() }
}
