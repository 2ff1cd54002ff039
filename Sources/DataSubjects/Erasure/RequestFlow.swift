package import EventModel
internal import Postgres
internal import Privacy
internal import ReadModels
internal import Registry

/// The steps of a request. The raw values are stored as the last step that is done; each is a file under `Steps/`.
package enum ErasureStep: String, Sendable, CaseIterable {
    /// The log says that a person asked. A webhook is in the log already.
    case announced
    /// The shop is closed for good: no new installation can take this row over.
    case closed
    /// What belongs to the person is known.
    case traced
    /// The tombstone is in the log.
    case recorded
    /// Fence up, keys destroyed, in one transaction under the lane's lock.
    case destroyed
    /// Every running process has let go of the keys.
    case acknowledged
    /// What was on its way through the buffer then is in the log.
    case drained
    /// Nothing more turned up meanwhile; else back to `recorded` with what did.
    case retraced
    /// All read models have passed the tombstone.
    case redacted
    /// Set-aside events of the person are blank.
    case quarantine
    /// Finished and dead tasks of the person's events are blank.
    case tasks
    /// What had been gathered for the person is destroyed.
    case exports
    /// Read models kept for a rollback are dropped.
    case versions
    /// The buffer's entries and its file on disk hold nothing of the person.
    case buffer
    /// The rows of keys and of requests are removed from their pages.
    case vacuumed
    /// The shop's standing with Shopify is forgotten.
    case shopify
    /// A search has found nothing.
    case searched
    /// The receipt is signed, and the request is over.
    case signed
    /// What is held of the person is gathered for the merchant, and the request is over.
    case gathered
}

/// Takes requests through their steps. Each step may be begun again after a crash and comes to the same.
package struct RequestFlow: Sendable {
    /// How far a call went.
    package enum Progress: Sendable, Equatable {
        /// The request is done or refused.
        case over
        /// A step waits for others; call again after this time.
        case waits(Duration)
    }

    /// How a step ended.
    enum StepEnd: Sendable, Equatable {
        case done
        case wait(Duration)
        /// Once more from this step on.
        case again(from: ErasureStep)
        /// It must not be carried out.
        case refuse(String)
    }

    private let parts: ErasureParts

    /// Contacts nobody yet.
    package init(parts: ErasureParts) { self.parts = parts }

    /// The steps of each kind of request, in order.
    package static func steps(of kind: SubjectRequestKind) -> [ErasureStep] {
        switch kind {
        case .access: [.announced, .gathered]
        case .erasure:
            [
                .announced, .traced, .recorded, .destroyed, .acknowledged, .drained, .retraced, .redacted,
                .quarantine, .tasks, .exports, .versions, .buffer, .vacuumed, .searched, .signed,
            ]
        case .shopErasure:
            [
                .announced, .closed, .recorded, .destroyed, .acknowledged, .drained, .redacted, .quarantine, .tasks,
                .exports, .versions, .buffer, .shopify, .vacuumed, .searched, .signed,
            ]
        }
    }

    /// Goes on with a request until it is over or has to wait.
    package func advance(_ id: Key128) async throws -> Progress {
        while true {
            let parts = parts
            let found = try await parts.pool.run { connection in
                try RequestTable.find(id, on: connection).map { request in
                    (request, try RequestWork.end(of: request, on: connection))
                }
            }
            guard let (request, shopEnd) = found else { throw SubjectFailure("there is no such request") }
            // While another request forgets the shop this one can neither go on nor say that it is done.
            if shopEnd == .underWay, !request.state.isOver { return .waits(RequestWork.lookEvery) }
            let steps = Self.remaining(request, isShopGone: shopEnd == .gone)
            guard !request.state.isOver, let step = steps.first else { return .over }
            if shopEnd == .gone, request.kind == .access {
                return try await refuse(id, "everything of the shop has been forgotten; nothing can be handed out")
            }
            let end = try await RequestWork(parts: parts, request: request).run(step)
            switch end {
            case .wait(let wait): return .waits(wait)
            case .refuse(let message): return try await refuse(id, message)
            case .done:
                try parts.observe(step, false)
                try await parts.pool.run { try RequestTable.note(step.rawValue, of: id, on: $0) }
            case .again(let from):
                let all = Self.steps(of: request.kind)
                let before = all.prefix { $0 != from }.last
                try await parts.pool.run { try RequestTable.note(before?.rawValue, of: id, on: $0) }
            }
            try parts.observe(step, true)
        }
    }

    private func refuse(_ id: Key128, _ message: String) async throws -> Progress {
        let now = parts.nowMillis()
        try await parts.pool.run { try RequestTable.fail(id, .refused, message, atMillis: now, on: $0) }
        return .over
    }

    /// The steps that are not done. Of a shop that another request has redacted nothing is left to do but to say so.
    private static func remaining(_ request: SubjectRequest, isShopGone: Bool) -> ArraySlice<ErasureStep> {
        let all = steps(of: request.kind)
        if isShopGone { return [.signed] }
        guard let last = request.step.flatMap(ErasureStep.init(rawValue:)), let index = all.firstIndex(of: last) else {
            return all[...]
        }
        return all[(index + 1)...]
    }
}

/// One request in the hands of one step.
struct RequestWork: Sendable {
    let parts: ErasureParts
    let request: SubjectRequest

    /// How often others are looked at: they answer within a second, mostly.
    static let lookEvery = Duration.seconds(1)

    func run(_ step: ErasureStep) async throws -> RequestFlow.StepEnd {
        switch step {
        case .announced: try await announce()
        case .closed: try await closeShop()
        case .traced: try await trace(isFirst: true)
        case .recorded: try await recordTombstone()
        case .destroyed: try await destroyKeys()
        case .acknowledged: try await awaitProcesses()
        case .drained: try await awaitBuffer()
        case .retraced: try await trace(isFirst: false)
        case .redacted: try await awaitReadModels()
        case .quarantine: try await clearQuarantine()
        case .tasks: try await clearTasks()
        case .exports: try await clearExports()
        case .versions: try await dropOldVersions()
        case .buffer: try await clearBuffer()
        case .vacuumed: try await vacuum()
        case .shopify: try await forgetShopify()
        case .searched: try await search()
        case .signed: try await sign()
        case .gathered: try await gather()
        }
    }

    /// What other requests have done to the shop as a whole.
    enum ShopEnd: Sendable {
        case none
        /// It is closed, and its keys may be there yet.
        case underWay
        /// Its fence is up, so its keys are destroyed.
        case gone
    }

    /// Whether the shop was redacted, or is being, and not by this request.
    static func end(of request: SubjectRequest, on connection: PostgresConnection) throws -> ShopEnd {
        guard let shop = try ShopRegistry.find(id: request.shop.shop, on: connection), shop.status == .redacted,
            try request.kind != .shopErasure || RoundTable.list(request.id, on: connection).isEmpty
        else { return .none }
        return try FenceTable.isWhole(request.shop, on: connection) ? .gone : .underWay
    }
}
