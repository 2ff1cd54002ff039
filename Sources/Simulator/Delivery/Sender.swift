internal import Foundation

/// Sends requests one after another, again where that may help, and keeps the books.
struct Sender<Transport: SimulationTransport>: Sendable {
    let transport: Transport
    let writer: RequestWriter
    let sleep: @Sendable (Int) async throws -> Void
    var report = DeliveryReport()

    /// The widget's conversation of one visit, in its order.
    mutating func talk(_ session: PlannedSession) async throws {
        var opened: WidgetSession?
        for (index, event) in session.events.enumerated() where event.kind.isWidget {
            if event.kind == .widgetStart {
                let answer = try await self.send(self.writer.widgetStart(session, index))
                opened = try self.decode(WidgetSession.self, answer)
            } else if let opened {
                let isLead = event.kind == .widgetLead
                let request =
                    isLead
                    ? self.writer.widgetLead(session, index, opened) : self.writer.widgetEvent(session, index, opened)
                _ = try await self.send(request)
            }
        }
    }

    /// A pixel request; the results in its answer are counted.
    mutating func post(_ request: OutgoingRequest, events: Int) async throws {
        let body = try await self.send(request)
        guard !body.isEmpty else {
            self.report.results["accepted", default: 0] += events
            return
        }
        let answer = try self.decode(PixelAnswer.self, body)
        for result in answer.results {
            self.report.results[result.status, default: 0] += 1
            if let reason = result.reason { self.report.reasons[reason, default: 0] += 1 }
        }
        // Without `verbose` an answer may list only what was not taken.
        self.report.results["accepted", default: 0] += max(0, events - answer.results.count)
    }

    /// Sends until there is a 2xx answer, and returns its body.
    @discardableResult
    mutating func send(_ request: OutgoingRequest) async throws -> [UInt8] {
        var policy = RetryPolicy()
        while true {
            let action: RetryPolicy.Action
            var answer: IncomingResponse?
            do {
                let response = try await self.transport.send(request)
                answer = response
                self.report.statuses[String(response.status), default: 0] += 1
                action = policy.on(response)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                try Task.checkCancellation()
                action = policy.onLostConnection()
                self.report.uncertainRetries += 1
            }
            switch action {
            case .done:
                self.report.requests += 1
                return answer?.body ?? []
            case .retry(let millis):
                self.report.retries += 1
                try await self.sleep(millis)
            case .fail(let code):
                throw SimulatorError(code, Sender.complaint(request, answer))
            }
        }
    }

    private func decode<Answer: Decodable>(_ type: Answer.Type, _ body: [UInt8]) throws -> Answer {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw SimulatorError(.badAnswer, "the answer is not the contract's: \(type)")
        }
    }

    /// Names the route and the problem, never the request's body, which holds personal data.
    private static func complaint(_ request: OutgoingRequest, _ answer: IncomingResponse?) -> String {
        let route = request.path.hasPrefix("/v1/pixel/") ? "/v1/pixel/{account_id}" : request.path
        guard let answer else { return "\(route) cannot be reached" }
        return "\(route) answered \(answer.status): \(String(decoding: answer.body.prefix(300), as: UTF8.self))"
    }
}

private struct PixelAnswer: Decodable {
    struct Result: Decodable {
        let status: String
        let reason: String?
    }
    let results: [Result]
}
