internal import EventModel
internal import Pipelines
internal import Privacy

extension IngestWorker {
    /// What `encode` needs of an event beside its clean bytes.
    struct EncodedIdentity {
        let source: EventSource
        let key: Key128
        let content: UInt64
        var occurredAt: Int64
        var flags: EventFlags = []
        var aliases: [Key128] = []
        /// A webhook's delivery id, where it is a UUID; it takes the place of the visitor, which a webhook has not.
        var delivery = Key128.zero
    }

    /// Step `encode`: the clean event as a record, its payload compressed, among the request's staged events.
    ///
    /// Only a `CleanEvent` can be encoded, so nothing personal can be staged in the clear.
    func encode(
        _ clean: borrowing CleanEvent, _ identity: EncodedIdentity, name: Span<UInt8>, body: Span<UInt8>,
        tenant: Tenant, country: CountryCode, nowMillis: Int64
    ) {
        let header = EventHeader(
            shop: tenant.id, source: identity.source, flags: clean.consent.union(identity.flags),
            visitorKind: clean.visitor.kind, dictionary: compressor.version, country: country,
            occurredAt: identity.occurredAt, receivedAt: nowMillis, key: identity.key, content: identity.content,
            visitor: identity.source == .webhook ? identity.delivery : clean.visitor.id)
        staged.add(aliases: identity.aliases, grants: clean.grants) { bytes in
            let start = EventRecord.begin(header, name: name, into: &bytes)
            let payloadStart = bytes.count
            clean.withPayload(of: body) { compressor.compress($0, into: &bytes) }
            EventRecord.finish(record: start, payloadStart: payloadStart, sealed: clean.sealed.span, into: &bytes)
        }
    }

    /// Notes the identity among the recent ones and tells what the answer can say about it.
    func remember(_ key: Key128, content: UInt64) -> EventResult.Status {
        switch gateway.recent.note(key, content: content) {
        case .new:
            scratch.newKeys.append(key)
            return .accepted
        case .duplicate:
            metrics.countDuplicate()
            return .duplicate
        case .conflict:
            metrics.countConflict()
            return .quarantined
        }
    }

    /// Step `append`: gives the staged events to the group commit; `answer` leaves when they are durable.
    func append(
        _ exchange: borrowing Exchange, tenant: Tenant, answer: consuming IngestAnswer, question: ChatQuestion? = nil
    ) -> IngestDecision {
        guard !staged.isEmpty else { return .answer(answer) }
        guard let ticket = gateway.buffer.submit(staged, lane: tenant.lane, loop: number) else {
            forget(scratch.newKeys)
            account(.bufferFull, tenant: tenant, events: staged.count)
            return .answer(Refusal.bufferFull(retryAfterSeconds: 1).answer(requestID: nextRequestID()))
        }
        metrics.countSubmitted(staged.count)
        answer.isCrossOrigin = exchange.request.route.isCrossOrigin
        wait(
            ticket, exchange,
            LoopWaiters.Completion(
                answer: answer, tenant: tenant, staged: staged, keys: scratch.newKeys, question: question))
        return .waiting
    }

    /// Step `answer`: the prepared one when all is durable, else 503. Nil for a question, which is asked now.
    func finish(_ completion: LoopWaiters.Completion, _ outcome: AppendOutcome) -> IngestAnswer? {
        let refusal: Refusal
        switch outcome {
        case .durable:
            metrics.countAccepted(completion.events)
            for grant in completion.grants { gateway.keyring.confirm(grant) }
            guard let question = completion.question else { return completion.answer }
            ask(question)
            return nil
        case .unavailable(let seconds): refusal = .unavailable(retryAfterSeconds: seconds)
        case .full(let seconds): refusal = .bufferFull(retryAfterSeconds: seconds)
        }
        forget(completion.keys)
        account(
            refusal.reason ?? .storesUnavailable, shop: completion.shop, lane: completion.lane,
            events: completion.events)
        var answer = refusal.answer(requestID: nextRequestID())
        answer.isCrossOrigin = completion.answer.isCrossOrigin
        return answer
    }

    private func forget(_ keys: NewIdentities) {
        keys.forEach { gateway.recent.forget($0) }
    }
}
