internal import Postgres

/// Saves a running task's payload in its row.
struct StoredProgress: TaskProgress {
    let task: ReactorTask
    let pool: PostgresPool

    func save(_ payload: some Encodable & Sendable) async throws {
        let text = TaskJSON.text(payload)
        let task = task
        try await pool.run { try TaskTable.save(text, of: task, on: $0) }
    }
}

extension Settlement {
    /// The end of a task that is given up; told as an event.
    static func deadLetter(_ task: ReactorTask, _ failure: TaskFailure) -> Settlement {
        struct Payload: Encodable {
            let reactor: String
            let task: String
            let attempts: Int
            let error: String
        }
        let payload = Payload(
            reactor: task.reactor, task: task.key, attempts: task.attempt, error: failure.message)
        let result = TaskResult(
            name: deadLetterEvent, payload: TaskJSON.text(payload), identity: "dead:\(task.id):\(task.claim)",
            occurredAt: WallClock.nowMillis())
        return Settlement(state: .dead, effects: TaskEffects(results: [result]), error: failure.message)
    }

    /// The name under which the recorder knows it too.
    static let deadLetterEvent = "reactor.failed"
}
