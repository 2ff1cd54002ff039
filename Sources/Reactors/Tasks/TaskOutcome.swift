package import EventModel

/// How a run of a task ended.
package enum TaskOutcome: Sendable, Equatable {
    /// The work is done.
    case done(TaskEffects)
    /// There is more to do, and nothing failed: the task is ready again after this time, with another payload where one
    /// is given.
    case again(after: Duration, payload: String?, TaskEffects)
    /// It did not work.
    case failed(TaskFailure)

    /// The work is done and there is nothing to tell.
    package static let done = TaskOutcome.done(TaskEffects())
}

/// What a run leaves behind; all of it becomes true, or none.
package struct TaskEffects: Sendable, Equatable, Codable {
    /// Events to record.
    package var results: [TaskResult]
    /// Tasks of the same shop to insert: a schedule is a task that inserts the next one.
    package var next: [NewTask]

    /// Nothing unless given.
    package init(results: [TaskResult] = [], next: [NewTask] = []) {
        self.results = results
        self.next = next
    }
}

/// An event that a task makes. It holds no personal data.
package struct TaskResult: Sendable, Equatable, Codable {
    /// The event's name.
    package let name: String
    /// A JSON object.
    package let payload: String
    /// What makes it one and the same event, however often it is recorded.
    package let identity: String
    /// In milliseconds.
    package let occurredAt: Int64

    /// An event.
    package init(name: String, payload: String, identity: String, occurredAt: Int64) {
        self.name = name
        self.payload = payload
        self.identity = identity
        self.occurredAt = occurredAt
    }
}

/// Why a task did not work. Its words are stored and shown: they hold no secret and no personal data.
package struct TaskFailure: TaskError, Sendable, Equatable, CustomStringConvertible {
    /// For people.
    package let message: String
    /// Trying again cannot help.
    package let isPermanent: Bool
    /// When trying again makes sense, where the other side said so.
    package let retryAfter: Duration?
    /// Nothing is begun for the shop until then.
    package let pausesShop: Bool

    /// A failure that trying again cannot mend.
    package static func permanent(_ message: String) -> TaskFailure {
        TaskFailure(message: message, isPermanent: true, retryAfter: nil, pausesShop: false)
    }

    /// A failure that may pass.
    package static func passing(
        _ message: String, retryAfter: Duration? = nil, pausesShop: Bool = false
    ) -> TaskFailure {
        TaskFailure(message: message, isPermanent: false, retryAfter: retryAfter, pausesShop: pausesShop)
    }

    /// Itself.
    package var taskFailure: TaskFailure { self }

    /// The message.
    package var description: String { message }
}

/// An error that knows what it means for the task it ends.
package protocol TaskError: Error {
    /// The failure; its words hold no secret and no personal data.
    var taskFailure: TaskFailure { get }
}

/// Takes the results of tasks into the log; durable when it returns. A result that is given again, with the same bytes,
/// is one event.
package protocol ResultSink: Sendable {
    /// Records the results of a shop's task.
    func record(_ results: [TaskResult], shop: ShopID) async throws
}
