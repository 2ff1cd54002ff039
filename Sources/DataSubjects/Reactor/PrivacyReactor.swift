internal import EventModel
internal import Postgres
internal import Privacy
package import Reactors
internal import ReadModels
internal import Registry

/// Works off the requests of data subjects: those that Shopify's compliance webhooks make, those of people, and those that
/// follow from events which link handles to an erased person. Where a run ends, by waiting or by a crash, the next one goes
/// on with the step that was not done.
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

    /// Whatever names handles of erased persons that are not fenced yet.
    package var followsLinks: Bool { true }

    /// One for each webhook and each link; the gateway has seen the signature.
    package func tasks(for event: ReactorEvent) -> [NewTask] { [PrivacyTask.task(for: event)] }

    /// Goes as far as it can without waiting.
    package func run(_ task: ReactorTask, _ progress: any TaskProgress) async throws -> TaskOutcome {
        let payload: PrivacyTask = try task.decoded()
        let request: Key128
        switch try await find(payload, of: task) {
        case .request(let id): request = id
        case .link(let link, let position): return try await follow(link, position, task)
        case .nothing: throw TaskFailure.permanent("there is no such request")
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

    /// What a task is about.
    private enum Subject: Sendable {
        case request(Key128)
        case link(FenceLink, Position)
        case nothing
    }

    private func find(_ payload: PrivacyTask, of task: ReactorTask) async throws -> Subject {
        if let position = payload.position { return try await receive(position, task) }
        return payload.request.flatMap(Key128.init(uuid:)).map(Subject.request) ?? .nothing
    }

    /// Makes a request of a link, which has a task of its own. What was kept is told by the index of subjects, so that has
    /// to be as far as the event.
    private func follow(_ link: FenceLink, _ position: Position, _ task: ReactorTask) async throws -> TaskOutcome {
        let lane = task.lane
        let indexed = try await parts.pool.run { try ReadModelPositions.position("subjects", lane: lane, on: $0) }
        guard indexed >= position else { return .again(after: RequestWork.lookEvery, payload: nil, TaskEffects()) }
        try await LinkDesk(pool: parts.pool, nowMillis: parts.nowMillis).ask(link)
        return .done
    }

    /// Writes down what a webhook asks for, or finds the link that an event tells.
    private func receive(_ position: Position, _ task: ReactorTask) async throws -> Subject {
        let parts = parts
        let shop = ShopKey(lane: task.lane, shop: task.shop)
        return try await parts.pool.run { connection in
            guard let registration = try ShopRegistry.find(id: shop.shop, on: connection) else { return .nothing }
            // Of a redacted shop only what is not keyed can be read, and nothing is left that it could be about.
            let context =
                try ShopContext.find(shop.shop, vault: parts.vault, on: connection)
                ?? ShopContext(shop: shop.shop, keys: ShopKeys(shopKey: Vault.newKey()))
            var events = PersonEvents(connection, context, lane: shop.lane, parts.dictionaries)
            var event: PersonEvents.Opened?
            try events.each([position]) { found in
                event = found
                return false
            }
            guard let event else { return .nothing }
            guard let webhook = ComplianceWebhook(event) else {
                let link = event.sealsNothing ? FenceLink(shop: shop.shop, head: event.handles) : nil
                return link.map { .link($0, position) } ?? .nothing
            }
            let id = webhook.id(shop.lane)
            if try RequestTable.find(id, on: connection) != nil { return .request(id) }
            var request = webhook.request(shop, domain: registration.domain, context: context)
            let isOpen = try request.add(nationalPhone: webhook.phone, context, on: connection)
            try connection.transaction {
                try RequestTable.insert(request, on: connection)
                if isOpen { try request.noteOpenPhone(on: connection) }
            }
            return .request(id)
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
