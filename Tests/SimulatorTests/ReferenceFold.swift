import Simulator

/// Visits cut out of sent events by the plainest reading of the rules, to hold the plan's truth against.
struct FoldedVisit {
    var events: [SentEvent]

    var start: Int64 { self.events.first?.time ?? 0 }
    var duration: Int64 { (self.events.last?.time ?? 0) - self.start }
    func count(_ name: String) -> Int { self.events.filter { $0.name == name }.count }

    var isCrawler: Bool { self.events.first?.userAgent?.lowercased().contains("bot/") ?? false }

    static let interactive: Set<String> = [
        "product_added_to_cart", "product_removed_from_cart", "search_submitted", "form_submitted", "checkout_started",
        "checkout_contact_info_submitted", "checkout_address_info_submitted", "checkout_shipping_info_submitted",
        "checkout_completed", "payment_info_submitted",
    ]

    var isBounce: Bool {
        self.count("page_viewed") < 2 && !self.events.contains { FoldedVisit.interactive.contains($0.name) }
    }

    /// Drops repeats of an identity, groups by visitor, orders by time, cuts at gaps of more than 1,800 s.
    static func all(in events: [SentEvent]) -> [FoldedVisit] {
        var seen: Set<String> = []
        let unique = events.filter { seen.insert($0.identity).inserted }
        return Dictionary(grouping: unique, by: \.visitor).values.flatMap { events in
            let ordered = events.sorted { ($0.time, $0.seq, $0.identity) < ($1.time, $1.seq, $1.identity) }
            var visits: [FoldedVisit] = []
            for event in ordered {
                if let last = visits.last?.events.last, event.time - last.time <= 1_800_000 {
                    visits[visits.count - 1].events.append(event)
                } else {
                    visits.append(FoldedVisit(events: [event]))
                }
            }
            return visits
        }
    }
}
