internal import EventModel
internal import NIOCore
internal import Postgres
package import Reactors
internal import Recorder

/// Imports a shop's history by bulk operations, a task for each resource: asks Shopify, waits, reads the file and
/// records its objects as events of the webhooks' names and shapes.
///
/// Resumable: progress is saved bucket by bucket, and an object that is recorded twice is one event. Memory stays
/// bounded whatever the file's size (see `BulkSpool`).
package struct HistoryImporter: Reactor {
    /// Looks at an operation wait from this to that, doubling: small shops are done in seconds.
    private static let pollFirst = Duration.seconds(2)
    private static let pollLongest = Duration.seconds(60)
    /// Other operations of the app have the places; five run at once (2026-01).
    private static let busyWait = Duration.seconds(60)
    /// An operation that fails so often will fail again.
    private static let restartsMax = 3
    /// Objects in memory as trees at a time, some 30 KB each.
    private static let chunk = 128

    let admin: any AdminCalling
    let shops: ShopDirectory
    private let folder: String
    let nowMillis: @Sendable () -> Int64

    /// Spools files in `folder`, which exists.
    package init(
        admin: any AdminCalling, shops: ShopDirectory, folder: String, nowMillis: @escaping @Sendable () -> Int64
    ) {
        self.admin = admin
        self.shops = shops
        self.folder = folder
        self.nowMillis = nowMillis
    }

    /// Stored with its tasks.
    package var name: String { "import" }

    /// Installations, changes of what the merchant grants, and the word that an operation has ended.
    package var interests: [EventInterest] {
        [
            EventInterest(.system, SystemEventName.shopInstalled.rawValue),
            EventInterest(.system, SystemEventName.shopScopesChanged.rawValue),
            EventInterest(.webhook, "bulk_operations/finish"),
        ]
    }

    /// One import for each resource, after other grants only where the last one failed; or a look at those that wait.
    package func tasks(for event: ReactorEvent) -> [NewTask] {
        if event.header.source == .webhook {
            return [NewTask(reactor: name, key: "import.finish:\(event.place)", payload: #"{"hurry":true}"#)]
        }
        let isRepair = event.name == SystemEventName.shopScopesChanged.rawValue
        return HistoryResource.allCases.map { Self.task($0, occasion: event.place, isRepair: isRepair) }
    }

    /// One step: asking, a look, or reading.
    package func run(_ task: ReactorTask, _ progress: any TaskProgress) async throws -> TaskOutcome {
        if task.payload.contains("\"hurry\"") {
            let (name, shop) = (name, task.shop)
            try await shops.pool.run { try ReactorDesk.hurry(reactor: name, shop: shop, on: $0) }
            return .done
        }
        var state: ImportTask = try task.decoded()
        guard let shop = try await shops.active(task.shop), try await isNeeded(state, task) else { return .done }
        do {
            guard let id = state.operation else { return try await ask(task, &state) }
            struct Answer: Decodable { let bulkOperation: BulkOperation? }
            let answer: Answer = try await admin.ask(.bulkOperation, ["id": id], shop: task.shop)
            guard let operation = answer.bulkOperation else { return try await again(task, &state, "it is unknown") }
            if operation.isRunning { return try await look(task, &state, operation) }
            state.total = operation.rootObjectCount.flatMap { Int64($0) }
            return try await finish(task, &state, operation, shop, progress)
        } catch let error as any TaskError where error.taskFailure.isPermanent {
            throw try await giveUp(task, state, error.taskFailure)
        } catch {
            throw error
        }
    }

    // MARK: Asking

    private func ask(_ task: ReactorTask, _ state: inout ImportTask) async throws -> TaskOutcome {
        struct Answer: Decodable {
            struct Result: Decodable {
                let bulkOperation: BulkOperation?
                let userErrors: [UserError]
            }
            let bulkOperationRunQuery: Result
        }
        let query = state.resource.bulkQuery.text
        // A try before this one may have started it without having heard so.
        var operation = task.attempt > 1 ? try await running(query, task.shop) : nil
        if operation == nil {
            let answer: Answer = try await admin.ask(.bulkOperationRun, ["query": query], shop: task.shop)
            let result = answer.bulkOperationRunQuery
            if result.bulkOperation == nil, result.userErrors.contains(where: \.saysInProgress) {
                return .again(after: Self.busyWait, payload: TaskJSON.text(state), TaskEffects())
            }
            guard let made = result.bulkOperation else {
                throw TaskFailure.permanent(UserError.text(result.userErrors))
            }
            operation = made
        }
        state.operation = operation?.id
        try await note(.asked, state, task)
        let started = TaskResult.event(
            .importStarted, ["resource": state.resource.rawValue, "mode": "bulk"],
            identity: "import.started:\(task.id):\(state.restarts)", at: nowMillis())
        return .again(
            after: Self.pollFirst, payload: TaskJSON.text(state), TaskEffects(results: [started]))
    }

    private func running(_ query: String, _ shop: ShopID) async throws(AdminError) -> BulkOperation? {
        struct Answer: Decodable {
            struct Connection: Decodable { let nodes: [BulkOperation] }
            let bulkOperations: Connection
        }
        let answer: Answer = try await admin.ask(.bulkOperations, shop: shop)
        return answer.bulkOperations.nodes.first { $0.isRunning && $0.query == query }
    }

    private func look(
        _ task: ReactorTask, _ state: inout ImportTask, _ operation: BulkOperation
    ) async throws -> TaskOutcome {
        state.polls += 1
        state.total = operation.rootObjectCount.flatMap { Int64($0) }
        try await note(.asked, state, task)
        let wait = min(Self.pollFirst * (1 << min(state.polls, 10)), Self.pollLongest)
        return .again(after: wait, payload: TaskJSON.text(state), TaskEffects())
    }

    // MARK: Ending

    private func finish(
        _ task: ReactorTask, _ state: inout ImportTask, _ operation: BulkOperation, _ shop: ShopRegistration,
        _ progress: any TaskProgress
    ) async throws -> TaskOutcome {
        guard operation.isComplete else {
            if operation.errorCode == "ACCESS_DENIED" {
                throw TaskFailure.permanent("Shopify denies access to \(state.resource.rawValue)")
            }
            if let url = operation.partialDataUrl {
                // Half of it is better than nothing should the next try fail too; repeats are found to be some.
                _ = try await read(url, operation, task, &state, shop, progress)
            }
            return try await again(task, &state, "\(operation.status) \(operation.errorCode ?? "")")
        }
        if let url = operation.url, try await !read(url, operation, task, &state, shop, progress) {
            return try await again(task, &state, "its file has expired")
        }
        try await note(.finished, state, task)
        struct Payload: Encodable {
            let resource: String
            let count: Int64
            let refused: Int64
        }
        let payload = Payload(resource: state.resource.rawValue, count: state.recorded, refused: state.refused)
        return .done(
            TaskEffects(results: [
                .event(.importFinished, payload, identity: "import.finished:\(task.id)", at: nowMillis())
            ]))
    }

    /// From the beginning, unless that was done too often.
    private func again(
        _ task: ReactorTask, _ state: inout ImportTask, _ reason: String
    ) async throws -> TaskOutcome {
        guard state.restarts < Self.restartsMax else {
            throw TaskFailure.permanent("the bulk operation failed again: \(reason)")
        }
        state.restart()
        try await note(.asked, state, task, message: "asked again: \(reason)")
        return .again(after: Self.pollFirst, payload: TaskJSON.text(state), TaskEffects())
    }

    private func giveUp(_ task: ReactorTask, _ state: ImportTask, _ failure: TaskFailure) async throws -> TaskFailure {
        try await note(.failed, state, task, message: failure.message)
        struct Payload: Encodable {
            let resource: String
            let count: Int64
            let message: String
        }
        let payload = Payload(resource: state.resource.rawValue, count: state.recorded, message: failure.message)
        let event = TaskResult.event(
            .importFailed, payload, identity: "import.failed:\(task.id):\(task.claim)", at: nowMillis())
        try await shops.record([event], shop: task.shop)
        return failure
    }

    func note(
        _ step: ImportStatus.State, _ state: ImportTask, _ task: ReactorTask, message: String? = nil
    ) async throws {
        let (shop, now) = (task.shop, nowMillis())
        try await shops.pool.run {
            try ImportTable.write(step, state, message: message, shop: shop, nowMillis: now, on: $0)
        }
    }

    /// Reads a file into events; false when it is not there any more.
    private func read(
        _ url: String, _ operation: BulkOperation, _ task: ReactorTask, _ state: inout ImportTask,
        _ shop: ShopRegistration, _ progress: any TaskProgress
    ) async throws -> Bool {
        if state.buckets == 0 {
            state.buckets = BulkSpool.buckets(forBytes: operation.fileSize.flatMap { Int64($0) })
        }
        let spool = try BulkSpool(folder: folder, buckets: state.buckets, firstBucket: state.bucket)
        try await note(.reading, state, task)
        do {
            try await admin.read(url) { piece in try await spool.take(Array(piece.readableBytesView)) }
        } catch let error as AdminError where error.code == .gone {
            return false
        } catch let error as AdminError {
            throw error
        } catch let error as TaskFailure {
            throw error
        } catch {
            // Whatever broke the connection: the file is there and is read again.
            if Task.isCancelled { throw CancellationError() }
            throw TaskFailure.passing("the bulk file broke off (\(type(of: error)))")
        }
        try await spool.finish()
        try await record(spool, task, &state, shop, progress)
        return true
    }

    private func record(
        _ spool: BulkSpool, _ task: ReactorTask, _ state: inout ImportTask, _ shop: ShopRegistration,
        _ progress: any TaskProgress
    ) async throws {
        let recorded = try shops.recorded(shop)
        var seenRefusals: Int64 = 0
        while state.bucket < state.buckets {
            var start = 0
            while true {
                var objects = try await spool.objects(bucket: state.bucket, from: start, limit: Self.chunk)
                if objects.isEmpty { break }
                start += Self.chunk
                if state.resource == .orders { try await RefundFiller(admin: admin).fill(&objects, shop: task.shop) }
                let events = objects.compactMap { RestMapping.event($0, state.resource) }
                let count = Int64(objects.count)
                // Trees are several times their text; they are not needed while the events are on their way.
                objects = []
                let outcomes = try await shops.record(events, for: recorded)
                let taken = Int64(outcomes.count { $0 == .recorded })
                state.recorded += taken
                state.refused += count - taken
            }
            let refusals = await spool.refused
            state.refused += refusals - seenRefusals
            seenRefusals = refusals
            state.bucket += 1
            try await progress.save(state)
            try await note(.reading, state, task)
            try await tell(state, task, shop: recorded)
        }
    }

    /// An event at every eighth of a large file, so that whoever follows the log sees it move.
    private func tell(_ state: ImportTask, _ task: ReactorTask, shop: RecordedShop) async throws {
        let step = max(1, state.buckets / 8)
        guard state.bucket % step == 0, state.bucket < state.buckets else { return }
        struct Payload: Encodable {
            let resource: String
            let count: Int64
            let total: Int64?
        }
        let payload = Payload(resource: state.resource.rawValue, count: state.recorded, total: state.total)
        try await shops.record(
            [
                .system(
                    .importProgressed, payload: Array(TaskJSON.text(payload).utf8), occurredAt: nowMillis(),
                    identity: "import.progressed:\(task.id):\(task.claim):\(state.restarts):\(state.bucket)")
            ], for: shop)
    }
}

extension UserError {
    /// All places for bulk operations are taken.
    fileprivate var saysInProgress: Bool {
        code == "OPERATION_IN_PROGRESS" || message.contains("already in progress")
    }
}
