internal import Cryptography
internal import EventModel
internal import NIOCore
internal import Pipelines
internal import Privacy

extension IngestWorker {
    /// A shopper's question or wish: kept as an event, its text sealed; then answered by the desk.
    func takeQuestion(_ exchange: Exchange, _ call: WidgetCall, _ body: Span<UInt8>) -> IngestDecision {
        guard let said = ChatBody(body) else {
            let refusal = Refusal.notShape("\"message\" is needed, or an \"action\" of the documented shape.")
            return .answer(refuse(refusal, tenant: call.tenant))
        }
        guard said.message.utf8.count <= ChatQuestion.messageBytesMax else {
            return .answer(refuse(.bodyTooLarge(ChatQuestion.messageBytesMax), tenant: call.tenant))
        }
        guard gateway.chat != nil, openQuestions < ChatQuestion.openMax, let token = call.token else {
            let refusal = Refusal.notAvailable(retryAfterSeconds: ChatQuestion.retrySeconds)
            return .answer(refuse(refusal, tenant: call.tenant))
        }
        let named = scratch.fields[.id].flatMap { EventText.isIdentifier(body, $0) ? EventText.text(body, $0) : nil }
        let hasClient = scratch.fields[.clientID]?.type == .string
        let client = String(decoding: token.clientID, as: UTF8.self)
        metrics.countReceived(1)
        let completed = WidgetBody.completed(
            body, session: token.sessionID, client: hasClient ? nil : client, agent: shopperAgent(exchange))
        // Widgets need not name their messages; each is another one then.
        let id = named ?? Hex.encode(SecureRandom.bytes(16))
        storeWidget(exchange, call, completed, sent: body, id: id, name: "chat")
        let customer = call.proxy.flatMap { $0.customerID.isEmpty ? nil : $0.customerID }
        let asked = ChatCall(
            shop: call.tenant.id, session: token.sessionID, customer: customer, message: said.message,
            action: said.action)
        let question = ChatQuestion(asked, rate: call.rate, exchange)
        return append(exchange, tenant: call.tenant, answer: .ok, question: question)
    }

    /// Asks the desk, and answers the request with what it says within the time that it has.
    func ask(_ question: ChatQuestion) {
        guard let loop, let desk = gateway.chat, openQuestions < ChatQuestion.openMax else {
            return settle(question, nil)
        }
        openQuestions += 1
        let call = question.call
        let bound = NIOLoopBound((worker: self, question: question), eventLoop: loop)
        loop.makeFutureWithTask {
            await Self.inTime { await desk.reply(to: call) }
        }.whenComplete { result in
            let (worker, question) = bound.value
            worker.openQuestions -= 1
            // The task throws nothing.
            worker.settle(question, (try? result.get()) ?? nil)
        }
    }

    private func settle(_ question: ChatQuestion, _ reply: ChatReply?) {
        var answer: IngestAnswer
        if let reply {
            answer = IngestAnswer(status: 200, contentType: .json, body: reply.json)
        } else {
            let refusal = Refusal.notAvailable(retryAfterSeconds: ChatQuestion.retrySeconds)
            answer = refusal.answer(requestID: nextRequestID())
        }
        answer.rate = question.rate
        answer.isCrossOrigin = true
        question.receiver.deliver(answer, slot: question.slot)
        question.receiver.flush()
    }

    /// What `work` gives, or nil when it takes too long.
    private static func inTime(_ work: @escaping @Sendable () async -> ChatReply?) async -> ChatReply? {
        await withTaskGroup(of: ChatReply?.self) { group in
            group.addTask { await work() }
            group.addTask {
                // Cancelled when the desk was faster.
                try? await Task.sleep(for: ChatQuestion.answerTime)
                return nil
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? nil
        }
    }
}
