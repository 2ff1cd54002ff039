package import EventModel
internal import Postgres

/// A task's state.
package enum TaskState: String, Sendable, CaseIterable {
    /// Waits for its time.
    case ready
    /// A runner has it.
    case running
    /// Finished.
    case done
    /// Given up; waits for a person.
    case dead
    /// Ended by a person, or with its shop.
    case dropped
}

/// Which tasks to list.
package struct TaskFilter: Sendable {
    /// In this state.
    package var state: TaskState?
    /// Of this shop.
    package var shop: ShopID?
    /// Of this reactor.
    package var reactor: String?
    /// At most so many.
    package var limit: Int

    /// All tasks, the newest hundred.
    package init(state: TaskState? = nil, shop: ShopID? = nil, reactor: String? = nil, limit: Int = 100) {
        self.state = state
        self.shop = shop
        self.reactor = reactor
        self.limit = limit
    }
}

/// A task in a list.
package struct TaskRow: Sendable, Equatable {
    /// Its number.
    package let id: Int64
    /// Its shop.
    package let shop: ShopID
    /// Who runs it.
    package let reactor: String
    /// The occasion.
    package let key: String
    /// Where it stands.
    package let state: TaskState
    /// Tries since the last success.
    package let attempts: Int
    /// Milliseconds.
    package let runAt: Int64
    /// Milliseconds.
    package let createdAt: Int64
    /// Milliseconds; nil while it is open.
    package let finishedAt: Int64?
    /// The last failure's words.
    package let lastError: String?
    /// A JSON object.
    package let payload: String

    init(_ row: PostgresRow) {
        id = row.int64(0)
        shop = row.int32(1)
        reactor = row.text(2)
        key = row.text(3)
        state = TaskState(rawValue: row.text(4)) ?? .ready
        attempts = Int(row.int32(5))
        runAt = row.timestampMillis(6)
        createdAt = row.timestampMillis(7)
        finishedAt = row.timestampMillisIfPresent(8)
        lastError = row.textIfPresent(9)
        payload = row.text(10)
    }
}

/// Tasks of one reactor in one state.
package struct TaskCount: Sendable, Equatable {
    /// Who runs them.
    package let reactor: String
    /// Where they stand.
    package let state: TaskState
    /// How many.
    package let count: Int64
    /// How long the task that is due the longest has been waiting; 0 for none.
    package let overdueMillis: Int64
}
