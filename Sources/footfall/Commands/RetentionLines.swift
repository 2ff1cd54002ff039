internal import EventLog
internal import EventModel

/// What `retention plan` and `retention apply` print.
struct RetentionLines: Encodable {
    struct Week: Encodable {
        let partition: String
        let goes: Bool
        /// Null where it was not counted, because it stays for certain.
        let events: Int64?
        /// Why it stays.
        let reason: String?
        let classes: [Share]?
    }

    struct Share: Encodable {
        let shop: String
        let subject: String
        let events: Int64

        enum CodingKeys: String, CodingKey {
            case shop
            case subject = "class"
            case events
        }
    }

    struct Shop: Encodable {
        let shop: String
        let keys: Int64
        let quarantined: Int64
        let leads: Int64
        let checkouts: Int64
    }

    let applied: Bool
    let at: String
    let weeks: [Week]
    let shops: [Shop]

    init(_ report: RetentionReport, _ domains: [ShopID: String]) {
        func name(_ shop: ShopID) -> String { domains[shop] ?? "#\(shop)" }
        applied = report.run != nil
        at = Timestamp.text(report.at)
        weeks = report.weeks.map { week in
            var shares: [Share]?
            if case .goes(let all) = week.fate {
                shares = all.map { Share(shop: name($0.shop), subject: "\($0.subject)", events: $0.events) }
            }
            return Week(
                partition: week.partition, goes: week.goes, events: week.events,
                reason: Self.reason(week.fate, name), classes: shares)
        }
        shops = report.shops.map {
            Shop(
                shop: $0.shop == 0 ? "damaged batches" : name($0.shop), keys: $0.keys, quarantined: $0.quarantined,
                leads: $0.leads, checkouts: $0.checkouts)
        }
    }

    private static func reason(_ fate: RetentionReport.Fate, _ name: (ShopID) -> String) -> String? {
        switch fate {
        case .goes: nil
        case .keeps(let shop, let subject, let until):
            until == .max
                ? "\(subject) of \(name(shop)) is kept for ever"
                : "\(subject) of \(name(shop)) is kept until \(Timestamp.text(until).prefix(10))"
        case .unread(let lane, let by, let position):
            "read models or reactors have read lane \(lane) up to \(by) only, of \(position)"
        case .records(let partition): "it holds tombstones, which stay as long as \(partition) does"
        case .busy: "it is in use; the next run tries again"
        }
    }

    func show() {
        let verb = applied ? "gone" : "goes"
        Terminal.print(
            table: ["WEEK", "EVENTS", "", "SHOP", "CLASS"],
            weeks.flatMap { week -> [[String]] in
                let events = week.events.map(String.init) ?? ""
                guard week.goes else { return [[week.partition, events, "stays: " + (week.reason ?? ""), "", ""]] }
                guard let shares = week.classes, !shares.isEmpty else {
                    return [[week.partition, events, verb, "", ""]]
                }
                return shares.map { [week.partition, String($0.events), verb, $0.shop, $0.subject] }
            })
        Terminal.print(
            table: ["SHOP", "KEYS", "QUARANTINED", "LEADS", "CHECKOUTS"],
            shops.map {
                [$0.shop, String($0.keys), String($0.quarantined), String($0.leads), String($0.checkouts)]
            })
        if !applied { Terminal.print("Nothing was changed. To take it away: footfall retention apply") }
    }
}

/// What `retention rules` prints.
struct RetentionRuleLine: Encodable, Sendable {
    /// Null for all shops.
    let shop: String?
    let subject: String
    let keep: String

    enum CodingKeys: String, CodingKey {
        case shop
        case subject = "class"
        case keep
    }
}
