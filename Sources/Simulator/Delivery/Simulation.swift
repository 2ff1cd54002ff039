package import AsyncHTTPClient
internal import Synchronization

/// Sends a plan and returns its true totals with the server's answers.
package struct Simulation<Transport: SimulationTransport>: Sendable {
    /// What is sent.
    package let plan: SimulationPlan
    private let options: SimulationOptions
    private let transport: Transport
    private let sleep: @Sendable (Int) async throws -> Void

    /// `sleep` waits for a number of milliseconds; tests hand in one that does not.
    package init(
        plan: SimulationPlan, options: SimulationOptions, transport: Transport,
        sleep: @escaping @Sendable (Int) async throws -> Void = { try await Task.sleep(for: .milliseconds($0)) }
    ) {
        self.plan = plan
        self.options = options
        self.transport = transport
        self.sleep = sleep
    }

    /// Sends everything, round by round, and returns when the last request is answered. `progress` is called with the
    /// requests answered and their number, from any thread. Throws on the first refusal; what was sent stays sent.
    package func run(progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }) async throws -> TrueTotals {
        let deliveries = self.plan.deliveries
        let answered = Mutex(0)
        var report = DeliveryReport()
        for round in [Delivery.Round.main, .late, .last] {
            let indexes = deliveries.indices.filter { deliveries[$0].round == round }
            let part = try await self.send(indexes) {
                let now = answered.withLock { count in
                    count += 1
                    return count
                }
                if now % Self.progressStep == 0 || now == deliveries.count { progress(now, deliveries.count) }
            }
            report.merge(part)
        }
        var totals = self.plan.totals
        totals.delivery = report
        return totals
    }

    /// Some workers share one cursor, so requests leave nearly in order and arrive a little out of it.
    private func send(_ indexes: [Int], answered: @escaping @Sendable () -> Void) async throws -> DeliveryReport {
        let cursor = Cursor(count: indexes.count)
        return try await withThrowingTaskGroup(of: DeliveryReport.self) { group in
            for _ in 0..<max(1, min(self.options.concurrency, indexes.count)) {
                group.addTask {
                    let writer = RequestWriter(
                        world: self.plan.world, calendar: self.plan.calendar, options: self.options)
                    var sender = Sender(transport: self.transport, writer: writer, sleep: self.sleep)
                    while let next = cursor.next() {
                        try Task.checkCancellation()
                        try await self.deliver(self.plan.deliveries[indexes[next]], by: &sender)
                        answered()
                    }
                    return sender.report
                }
            }
            return try await group.reduce(into: DeliveryReport()) { $0.merge($1) }
        }
    }

    private func deliver(_ delivery: Delivery, by sender: inout Sender<Transport>) async throws {
        switch delivery.content {
        case .pixel(let session, let events, let envelope, let isAltered):
            let request = sender.writer.pixel(
                self.plan.planned[session], events: events, envelope: envelope, isAltered: isAltered)
            try await sender.post(request, events: events.count)
        case .widget(let session):
            try await sender.talk(self.plan.planned[session])
        case .webhook(let index, let copy):
            try await sender.send(self.plan.request(webhook: index, copy: copy, by: sender.writer))
        }
    }

    /// Often enough for a bar that moves, seldom enough to cost nothing.
    private static var progressStep: Int { 50 }
}

/// Hands out 0, 1, 2, ... to many workers, each number once.
private final class Cursor: Sendable {
    private let position = Mutex(0)
    private let count: Int

    init(count: Int) { self.count = count }

    func next() -> Int? {
        self.position.withLock { position in
            guard position < self.count else { return nil }
            defer { position += 1 }
            return position
        }
    }
}

extension SimulationPlan {
    func request(webhook index: Int, copy: Int, by writer: RequestWriter) -> OutgoingRequest {
        let webhook = self.webhooks[index]
        let body: String
        switch webhook.subject {
        case .order(let order, let isRefunded):
            body = writer.body(of: webhook.topic, self.orders[order], isRefunded: isRefunded)
        case .cart(let session, _), .checkout(let session, _, _):
            body = writer.body(of: webhook, self.planned[session])
        }
        return writer.webhook(webhook, body: body, copy: copy)
    }
}

extension Simulation where Transport == HTTPTransport {
    /// Plans and sends in one go: what `footfall simulate` does. The client stays the caller's.
    package static func run(
        _ plan: PlanOptions, _ options: SimulationOptions, client: HTTPClient, baseURL: String,
        progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
    ) async throws -> TrueTotals {
        let transport = HTTPTransport(client: client, baseURL: baseURL)
        return try await Simulation(plan: SimulationPlan(plan), options: options, transport: transport).run(
            progress: progress)
    }
}
