package import EventModel
package import Postgres
package import Privacy
package import Reactors
package import Recorder
internal import Registry

/// Finds shops for reactors and records events for them.
package struct ShopDirectory: ResultSink {
    /// There is no such shop.
    package struct Unknown: Error, TaskError {
        /// Nothing to be done for it.
        package var taskFailure: TaskFailure { .permanent("there is no such shop") }
    }

    let pool: PostgresPool
    private let vault: Vault
    private let recorder: EventRecorder

    /// Contacts nobody yet.
    package init(pool: PostgresPool, vault: Vault, recorder: EventRecorder) {
        self.pool = pool
        self.vault = vault
        self.recorder = recorder
    }

    /// The shop as it is registered now.
    func find(_ shop: ShopID) async throws -> ShopRegistration {
        guard let found = try await pool.run({ try ShopRegistry.find(id: shop, on: $0) }) else { throw Unknown() }
        return found
    }

    /// The shop if the app is installed there; nil after an uninstall, when nothing is left to do for it.
    func active(_ shop: ShopID) async throws -> ShopRegistration? {
        let found = try await find(shop)
        return found.status == .active ? found : nil
    }

    /// The next run of a daily task, a day from now. Its key is the installation's and the day's: chains of one
    /// installation that began twice meet, and what ended with a former installation stands in nobody's way.
    func nextDay(
        _ task: ReactorTask, chain: String, payload: String = "{}", nowMillis: Int64
    ) async throws -> NewTask {
        let shop = task.shop
        let installed = try await pool.run { try ShopRegistry.lockInstallation(of: shop, on: $0)?.installedAtMillis }
        guard let installed else { throw Unknown() }
        let at = nowMillis + Daily.millis
        return NewTask(
            reactor: task.reactor, key: "\(chain):\(shop):\(installed):\(at.flooredDivision(Daily.millis))",
            payload: payload, runAt: at)
    }

    /// What events of the shop are recorded with.
    func recorded(_ shop: ShopRegistration) throws -> RecordedShop { try RecordedShop(shop, vault: vault) }

    /// Records events of the shop.
    @discardableResult
    func record(_ events: [OwnEvent], for shop: RecordedShop) async throws -> [RecordOutcome] {
        try await recorder.record(events, for: shop)
    }

    /// Records the results of a task.
    package func record(_ results: [TaskResult], shop: ShopID) async throws {
        let events = results.map {
            OwnEvent(
                source: .system, name: $0.name, payload: Array($0.payload.utf8), occurredAt: $0.occurredAt,
                identity: $0.identity)
        }
        try await record(events, for: recorded(find(shop)))
    }
}

extension TaskResult {
    /// An event of Footfall's own.
    static func event(
        _ name: SystemEventName, _ payload: some Encodable, identity: String, at millis: Int64
    ) -> TaskResult {
        TaskResult(
            name: name.rawValue, payload: TaskJSON.text(payload), identity: identity, occurredAt: millis)
    }
}

/// Days of schedules.
enum Daily {
    static let millis: Int64 = 86_400_000
}
