package import Logging

/// Traffic that happens now and goes on until it is cancelled: what a demo shows.
///
/// The seed must be another one each time, since ids depend on it.
package struct LiveSimulation<Transport: SimulationTransport>: Sendable {
    private let world: ShopWorld
    private let calendar: ShopCalendar
    private let options: SimulationOptions
    private let transport: Transport
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let sleep: @Sendable (Int) async throws -> Void

    /// `now` tells Unix milliseconds, `sleep` waits for milliseconds. Of the plan's options the days, the end and the
    /// number of visits a day do not matter here.
    package init(
        plan: PlanOptions, options: SimulationOptions, transport: Transport, logger: Logger,
        now: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (Int) async throws -> Void = { try await Task.sleep(for: .milliseconds($0)) }
    ) throws(SimulatorError) {
        self.world = ShopWorld(options: plan)
        self.calendar = try ShopCalendar(timezone: plan.timezone, count: 1, endingAt: plan.endingAt)
        self.options = options
        self.transport = transport
        self.logger = logger
        self.now = now
        self.sleep = sleep
    }

    /// Sends so many visits a minute until the task is cancelled, then returns within one request's time. A server
    /// that is away or refuses is logged and tried again with the next events.
    package func run(visitsPerMinute: Double) async {
        var planner = LivePlanner(world: self.world, startingAt: self.now())
        let writer = RequestWriter(world: self.world, calendar: self.calendar, options: self.options)
        var sender = Sender(transport: self.transport, writer: writer, sleep: self.sleep)
        while !Task.isCancelled {
            do {
                for ready in planner.advance(to: self.now(), visitsPerMinute: visitsPerMinute) {
                    try await self.deliver(ready, by: &sender)
                }
                try await self.sleep(LiveSimulation.stepMillis)
            } catch is CancellationError {
                return
            } catch {
                self.logger.warning("live traffic was not taken", metadata: ["error": "\(error)"])
            }
        }
    }

    private func deliver(_ ready: LivePlanner.Ready, by sender: inout Sender<Transport>) async throws {
        switch ready.content {
        case .pixel(_, let events, let envelope, let isAltered):
            let request = sender.writer.pixel(
                ready.session, events: events, envelope: envelope, isAltered: isAltered)
            try await sender.post(request, events: events.count)
        case .widget:
            try await sender.talk(ready.session)
        case .webhook(_, let copy):
            guard let webhook = ready.webhook else { return }
            var body = sender.writer.body(of: webhook, ready.session)
            if case .order(_, let isRefunded) = webhook.subject, let order = ready.order {
                body = sender.writer.body(of: webhook.topic, order, isRefunded: isRefunded)
            }
            try await sender.send(sender.writer.webhook(webhook, body: body, copy: copy))
        }
    }

    /// Live numbers on a page change about this often.
    private static var stepMillis: Int { 250 }
}
