internal import EventLog
internal import EventModel
internal import Registry

/// Puts a shop without events into another lane, while everything may be running.
///
/// Gateways know a shop's lane from a copy that is a second old at most, so an event may still go where the shop was;
/// such a shop is put back.
struct ShopMove {
    private let settings: Settings
    private let domain: String
    private let lane: Lane

    /// Longer than the copies of the registry are kept, and an append begun under them takes.
    private static let settling = Duration.seconds(3)

    init(_ settings: Settings, domain: String, to lane: Lane) {
        self.settings = settings
        self.domain = domain
        self.lane = lane
    }

    /// Says what was done; a `CommandFailure` says why nothing was.
    func run() async throws -> String {
        let domain = domain, lane = lane
        guard let shop = try await settings.withPostgres({ try ShopRegistry.find(domain: domain, on: $0) }) else {
            throw CommandFailure("There is no shop \(domain).")
        }
        guard shop.lane != lane else { return "\(shop.domain) is in lane \(lane) already." }
        try await makeReady()
        try await refuseIfHeard(of: shop, in: shop.lane)
        try await put(shop, into: lane)
        try await Task.sleep(for: Self.settling)
        do {
            try await refuseIfHeard(of: shop, in: shop.lane)
        } catch {
            try await put(shop, into: shop.lane)
            throw error
        }
        return "\(shop.domain) is in lane \(lane) from now on."
    }

    /// Makes the lane; fails where processes run that do not know it.
    private func makeReady() async throws {
        let lane = lane
        let drained = try await settings.withPostgres { connection in
            try ShopRegistry.add(lane: lane, on: connection)
            return try ShopRegistry.drainedLanes(on: connection)
        }
        guard drained.isEmpty || drained.contains(lane) else {
            throw CommandFailure(
                """
                Lane \(lane) is not drained: processes read which lanes there are when they start. It is made now; \
                restart all processes of Footfall, then move the shop.
                """)
        }
    }

    /// Fails where anything of the shop has come through a lane, also what still waits in the buffer.
    private func refuseIfHeard(of shop: ShopRegistration, in lane: Lane) async throws {
        try await BufferEmptying(settings).run()
        let received = try await settings.withPostgres {
            try LogAccounting($0).report(lanes: [lane]).shops[shop.id]?.received ?? 0
        }
        guard received == 0 else {
            throw CommandFailure(
                """
                \(shop.domain) has sent \(received) events through lane \(lane) and stays there: their order, their \
                repeats and the read models are of that lane. Only a shop without any can be moved.
                """)
        }
    }

    private func put(_ shop: ShopRegistration, into lane: Lane) async throws {
        guard try await settings.withPostgres({ try ShopRegistry.move(domain: shop.domain, to: lane, on: $0) }) else {
            throw CommandFailure("There is no shop \(shop.domain).")
        }
    }
}
