/// What sealing costs the gateway: the same bytes to two gateways, one of which knows nothing that is personal.
struct SealingFigure {
    let rig: Rig

    private static let goal = 1.15
    private static let sealing = "gateway"
    private static let plain = "gateway without sealing"
    private static let connections = 32
    /// wrk's threads go through the visits in steps of 16; an odd number lets each come to all of them.
    private static let buyers = 2999
    private static let steps: Set = [
        "checkout_started", "checkout_contact_info_submitted", "checkout_address_info_submitted",
        "checkout_shipping_info_submitted", "payment_info_submitted", "checkout_completed",
    ]

    /// An event to measure: those of a buyer's checkout, each buyer new in each sample, or others.
    private struct Kind {
        let name: String
        let events: Set<String>
        var isCheckout = true
        var eventsPerRequest = 1
    }

    private static let kinds = [
        Kind(name: "checkout", events: steps),
        Kind(name: "checkout_20", events: steps, eventsPerRequest: 20),
        Kind(name: "completed", events: ["checkout_completed"]),
        Kind(name: "page_view", events: ["page_viewed"], isCheckout: false),
        Kind(name: "page_view_20", events: ["page_viewed"], isCheckout: false, eventsPerRequest: 20),
    ]

    func take() async throws -> [Figure] {
        rig.context.say(FigureID.sealingCheckout.rawValue)
        let shop = try await rig.addShop()
        let unsealed = rig.folder + "/unsealed"
        try UnsealedProject.make(of: rig.options.projectFolder, at: unsealed)
        try await rig.start("gateway", as: Self.sealing)
        try await rig.start("gateway", as: Self.plain, with: ["FOOTFALL_HOME": unsealed])
        let load = try await MachineLoad.now()
        var parts: [[String: Double]] = []
        // The first round warms both; it does not count.
        for sample in 0...rig.options.samples {
            var part: [String: Double] = [:]
            for (number, kind) in Self.kinds.enumerated() {
                let corpus = try corpus(kind, salt: sample * Self.kinds.count + number)
                // Whoever is second finds a machine that is warmer: they take turns.
                let order = sample % 2 == 0 ? [Self.sealing, Self.plain] : [Self.plain, Self.sealing]
                for label in order { part[Self.part(kind, label)] = try await micros(label, kind, corpus, shop) }
                part["\(kind.name)_ratio"] = Self.ratio(kind, part)
            }
            if sample > 0 { parts.append(part) }
        }
        let first = Self.kinds[0]
        return [
            Figure(
                .sealingCheckout, unit: "x unsealed", goal: Self.goal, lowerIsBetter: true,
                samples: parts.map { Self.ratio(first, $0) },
                ceiling: Ceiling(
                    what: "the same bytes to a gateway whose pixel pipeline seals nothing",
                    value: parts.median(Self.part(first, Self.plain)), unit: "us CPU/event"),
                parts: parts, load: load,
                note: """
                    the gateway's CPU; events of a checkout, each buyer new; parts: us CPU an event, one or 20 events a \
                    request; completed: only the last event of a checkout
                    """)
        ]
    }

    private static func part(_ kind: Kind, _ label: String) -> String {
        kind.name + (label == sealing ? "_sealing" : "_plain")
    }

    private static func ratio(_ kind: Kind, _ part: [String: Double]) -> Double {
        (part[Self.part(kind, sealing)] ?? 0) / (part[Self.part(kind, plain)] ?? 1)
    }

    private func corpus(_ kind: Kind, salt: Int) throws -> Corpus {
        let path = "\(rig.folder)/\(kind.name).txt"
        guard kind.isCheckout else { return try rig.context.corpus.only(kind.events, into: path) }
        return try rig.context.corpus.checkouts(kind.events, copies: Self.buyers, salt: salt, into: path)
    }

    /// The gateway's CPU for an event.
    private func micros(_ label: String, _ kind: Kind, _ corpus: Corpus, _ shop: Rig.Shop) async throws -> Double {
        // Nobody drains here: a full buffer would refuse.
        try rig.emptyBuffer()
        var context = rig.context
        context.corpus = corpus
        let meter = rig.meter([label])
        let result = try await Load(
            port: rig.port(label), connections: Self.connections, seconds: rig.options.runSeconds,
            eventsPerRequest: kind.eventsPerRequest, accounts: [shop.account_id]
        ).run(context, log: rig.newLog())
        return (meter.micros()[label] ?? 0) / Double(result.requests * kind.eventsPerRequest)
    }
}
