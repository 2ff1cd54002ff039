internal import EventModel
internal import Postgres
internal import Privacy
package import Reactors
internal import ReadModels
internal import Registry

/// Works off the requests of data subjects: those that Shopify's compliance webhooks make, and those of people. Where a
/// run ends, by waiting or by a crash, the next one goes on with the step that was not done.
package struct PrivacyReactor: Reactor {
    private let parts: ErasureParts

    /// Contacts nobody yet.
    package init(_ parts: ErasureParts) { self.parts = parts }

    /// Stored with its tasks.
    package var name: String { ReactorDesk.privacyReactor }

    /// Shopify's three topics.
    package var interests: [EventInterest] {
        ComplianceWebhook.Topic.allCases.map { EventInterest(.webhook, $0.rawValue) }
    }

    /// One for each webhook; the gateway has seen its signature.
    package func tasks(for event: ReactorEvent) -> [NewTask] { [PrivacyTask.task(for: event)] }

    /// Goes as far as it can without waiting.
    package func run(_ task: ReactorTask, _ progress: any TaskProgress) async throws -> TaskOutcome {
        let payload: PrivacyTask = try task.decoded()
        guard let request = try await request(payload, of: task) else {
            throw TaskFailure.permanent("there is no such request")
        }
        do {
            switch try await RequestFlow(parts: parts).advance(request) {
            case .over: return .done
            case .waits(let wait): return .again(after: wait, payload: nil, TaskEffects())
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            try await note(error, request, attempt: task.attempt)
            throw error
        }
    }

    private func request(_ payload: PrivacyTask, of task: ReactorTask) async throws -> Key128? {
        if let position = payload.position { return try await receive(position, task) }
        return payload.request.flatMap(Key128.init(uuid:))
    }

    /// Writes down what a webhook asks for.
    private func receive(_ position: Position, _ task: ReactorTask) async throws -> Key128? {
        let parts = parts
        let shop = ShopKey(lane: task.lane, shop: task.shop)
        let id = ComplianceWebhook.id(shop.lane, position)
        return try await parts.pool.run { connection in
            if try RequestTable.find(id, on: connection) != nil { return id }
            guard let registration = try ShopRegistry.find(id: shop.shop, on: connection) else { return nil }
            // Of a redacted shop only what is not keyed can be read, and nothing is left that it could be about.
            let context =
                try ShopContext.find(shop.shop, vault: parts.vault, on: connection)
                ?? ShopContext(shop: shop.shop, keys: ShopKeys(shopKey: Vault.newKey()))
            var events = PersonEvents(connection, context, lane: shop.lane, parts.dictionaries)
            var webhook: ComplianceWebhook?
            try events.each([position]) { event in
                webhook = ComplianceWebhook(event)
                return false
            }
            guard let webhook else { return nil }
            try RequestTable.insert(
                webhook.request(shop, domain: registration.domain, context: context), on: connection)
            return id
        }
    }

    /// Leaves word of a failure in the request; after the last try it counts as failed.
    private func note(_ error: any Error, _ request: Key128, attempt: Int) async throws {
        let failure = (error as? any TaskError)?.taskFailure
        let isLast = failure?.isPermanent == true || attempt >= RetryPolicy().attemptsMax
        // Of errors that nobody has looked through for personal data only the type is kept.
        let words = failure?.message ?? (error as? PostgresError)?.message ?? "\(type(of: error))"
        let now = parts.nowMillis()
        try await parts.pool.run {
            try RequestTable.fail(request, isLast ? .failed : .working, words, atMillis: now, on: $0)
        }
    }
}
