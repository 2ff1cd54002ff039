internal import EventLog
internal import Logging
internal import Postgres
internal import ServiceLifecycle
internal import StreamBuffer

/// Notes in Postgres how many events this process was told are in the buffer, so that a buffer that loses them is found
/// out also after the process has ended. Off the way of the events: while Postgres is away the counts wait here.
struct AnswerKeeper: Service {
    let buffer: StreamAppender
    let postgres: PostgresConfiguration
    let logger: Logger

    /// What is confirmed in this time before a process is killed is not counted, should the buffer be lost as well.
    private static let interval: Duration = .seconds(1)

    func run() async throws {
        let session = PostgresSession(postgres, label: "footfall.answered")
        try? await cancelWhenGracefulShutdown {  // ends by cancellation, which is no error here
            while !Task.isCancelled {
                await note(session)
                try await Task.sleep(for: Self.interval)
            }
        }
        await note(session)
        await session.close()
    }

    private func note(_ session: PostgresSession) async {
        let counts = await buffer.answered
        guard !counts.isEmpty else { return }
        do {
            try await session.run { connection in
                try BufferBooks.note(counts.map { ($0.lane, $0.writer, $0.events) }, on: connection)
            }
            await buffer.didNote(counts)
        } catch {
            logger.debug("confirmed events not noted", metadata: ["error": "\(error)"])
        }
    }
}
