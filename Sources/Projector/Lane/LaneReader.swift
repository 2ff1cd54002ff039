internal import Blocking
package import EventModel
internal import Postgres
package import ReadModels

/// Reads a lane ahead of its projector, on a connection and a thread of its own.
package actor LaneReader {
    private let executor: BlockingExecutor
    private let connection: PostgresConnection
    private var source: FactSource

    /// Contacts nobody yet. Pages of the log have some `pageBytesMax` bytes.
    package init(
        lane: Lane, pageBytesMax: Int = BatchLimits.pageBytes, _ configuration: ProjectorConfiguration
    ) {
        var database = configuration.database
        database.applicationName += " reader"
        executor = BlockingExecutor(label: "footfall.projector.reader.\(lane)")
        connection = PostgresConnection(database)
        source = FactSource(lane: lane, connection: connection, pageBytesMax: pageBytesMax, configuration)
    }

    /// Its own queue.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Up to `limit` events after `position`, none after `bound`; an empty batch at the head.
    package func read(after position: Position, limit: Int, bound: Position = .max) throws -> FactBatch {
        try source.read(after: position, limit: limit, bound: bound)
    }

    /// Ends the session; the next read makes a new one.
    package func close() { connection.close() }
}
