internal import Blocking

/// One connection as an actor on a queue of its own. Exchanges run one after another and never interleave.
package actor PostgresSession {
    private let executor: BlockingExecutor
    private let connection: PostgresConnection

    /// Connects at the first use.
    package init(_ configuration: PostgresConfiguration, label: String = "postgres") {
        self.executor = BlockingExecutor(label: label)
        self.connection = PostgresConnection(configuration)
    }

    /// The session's own queue, where blocking is allowed.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Lends the connection for one whole piece of synchronous work.
    package func run<R: Sendable>(_ body: @Sendable (PostgresConnection) throws -> R) throws -> R {
        try body(connection)
    }

    /// Like `run`, and leaves no transaction open behind it.
    func runApart<R: Sendable>(_ body: @Sendable (PostgresConnection) throws -> R) throws -> R {
        defer { if !connection.isIdle { connection.close() } }
        return try body(connection)
    }

    /// Ends the session; the next use makes a new one.
    package func close() {
        connection.close()
    }
}
