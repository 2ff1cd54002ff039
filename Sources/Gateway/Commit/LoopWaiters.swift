internal import EventModel

/// Requests of one event loop that wait for a flush. Belongs to that loop's thread.
final class LoopWaiters {
    private struct Waiter {
        let ticket: CommitBuffer.Ticket
        let receiver: AnswerReceiver
        let slot: UInt64
        let completion: Completion
    }

    /// What has to be done with a request once its events are durable or not. A class: it is looked at and handed on, and
    /// each copy of its parts would cost a count each.
    final class Completion {
        /// The answer when all is durable.
        let answer: IngestAnswer
        let shop: ShopID
        let lane: Lane
        let events: Int
        /// Confirmed or forgotten with the append: new identities, new subject keys.
        let keys: NewIdentities
        let grants: [SubjectKeyGrant]
        /// A question that is asked when all is durable; its answer is the request's.
        let question: ChatQuestion?

        init(
            answer: consuming IngestAnswer, tenant: Tenant, staged: borrowing StagedEvents, keys: NewIdentities,
            question: ChatQuestion? = nil
        ) {
            self.answer = answer
            self.shop = tenant.id
            self.lane = tenant.lane
            self.events = staged.count
            self.keys = keys
            // An empty array that has room would be shared, and the next request would have to make its own.
            self.grants = staged.grants.isEmpty ? [] : staged.grants
            self.question = question
        }
    }

    /// In the order in which they joined.
    private var waiters: [Waiter] = []
    /// Storage of the list that was worked off last.
    private var spare: [Waiter] = []

    func add(
        _ ticket: CommitBuffer.Ticket, receiver: AnswerReceiver, slot: UInt64, _ completion: Completion
    ) {
        waiters.append(Waiter(ticket: ticket, receiver: receiver, slot: slot, completion: completion))
    }

    /// Answers everything that waited for `outcome`'s generation, then flushes each connection once. `finish` gives nil
    /// where the answer comes later.
    func complete(_ outcome: FlushOutcome, with finish: (Completion, AppendOutcome) -> IngestAnswer?) {
        // Generations end in order and requests joined in order, so those that are done stand in front.
        let end = waiters.firstIndex { $0.ticket.generation > outcome.generation } ?? waiters.count
        // Those who are answered may send again, and join, before all are.
        var ready = waiters
        waiters = spare
        spare = []
        waiters.append(contentsOf: ready[end...])
        for index in 0..<end {
            if let answer = finish(ready[index].completion, outcome.of(ready[index].ticket)) {
                ready[index].receiver.deliver(answer, slot: ready[index].slot)
            }
        }
        for index in 0..<end { ready[index].receiver.flush() }
        ready.removeAll(keepingCapacity: true)
        spare = ready
    }
}

/// What became of one generation.
struct FlushOutcome: Sendable {
    let generation: UInt64
    /// Nil when all of it is durable.
    let failures: [Lane: [AppendOutcome]]?

    /// The worst of the outcomes of the batches that hold a request's events.
    func of(_ ticket: CommitBuffer.Ticket) -> AppendOutcome {
        guard let failures, let outcomes = failures[ticket.lane] else { return .durable }
        for index in ticket.batches where index < outcomes.count && !outcomes[index].isDurable {
            return outcomes[index]
        }
        return .durable
    }
}

/// Takes an answer for one of its requests, on its event loop. A class, because a request outlives the call that read
/// it.
package class AnswerReceiver {
    init() {}

    /// The answer of the request that was given `slot`. Written when the answers before it are.
    package func deliver(_ answer: IngestAnswer, slot: UInt64) {}
    /// Sends what was delivered.
    package func flush() {}
}

/// A receiver that hands answers to a closure; for tests and for callers without a connection.
package final class ClosureReceiver: AnswerReceiver {
    private let take: (IngestAnswer, UInt64) -> Void

    package init(_ take: @escaping (IngestAnswer, UInt64) -> Void) { self.take = take }

    package override func deliver(_ answer: IngestAnswer, slot: UInt64) { take(answer, slot) }
}
