internal import Cryptography
package import EventModel
package import Postgres

/// How long what is kept: what the pipelines' files say by event, and what operators say instead, of a shop or of all.
///
/// A shop's rule goes before one of all shops, and of each the one that names the event before the one that names the
/// source, before `all`. Times count from when an event was received.
package struct RetentionRules: Sendable {
    /// What a source's file says.
    package struct Source: Sendable {
        /// Seconds, by event.
        package let seconds: [String: Int64]
        /// Of events that the file does not list.
        package let othersSeconds: Int64

        /// Checks nothing.
        package init(seconds: [String: Int64], othersSeconds: Int64) {
            self.seconds = seconds
            self.othersSeconds = othersSeconds
        }
    }

    /// What an operator says instead.
    package struct Override: Sendable, Equatable {
        /// Nil for every shop.
        package let shop: ShopID?
        /// What it is about.
        package let subject: RetentionClass
        /// From receipt, or from the last sign.
        package let days: Int

        /// Checks nothing.
        package init(shop: ShopID?, subject: RetentionClass, days: Int) {
            self.shop = shop
            self.subject = subject
            self.days = days
        }
    }

    private struct Place: Hashable {
        let shop: ShopID?
        let subject: RetentionClass
    }

    /// Of leads without an order: two years.
    package static let leadDays = 730
    /// Of unfinished checkouts.
    package static let checkoutDays = 90
    /// Of events that nobody replays: long enough to mend what put them aside.
    package static let quarantineDays = 180
    private static let dayMillis: Int64 = 86_400_000

    private let sources: [EventSource: Source]
    private let overrides: [Place: Int64]
    /// The longest of all classes and shops.
    private let systemMillis: Int64

    /// `sources` has pixel, widget and webhook; events of a source without rules are kept for ever.
    package init(sources: [EventSource: Source], overrides: [Override] = []) {
        self.sources = sources
        self.overrides = Dictionary(
            overrides.map { (Place(shop: $0.shop, subject: $0.subject), Int64($0.days) * Self.dayMillis) },
            uniquingKeysWith: { _, last in last })
        let stated = sources.values.flatMap { $0.seconds.values + [$0.othersSeconds] }.map { $0 * 1000 }
        systemMillis = (stated + self.overrides.filter { $0.key.subject.isOfEvents }.map(\.value)).max() ?? .max
    }

    /// The shop's time for a lead, a checkout or the quarantine.
    package func keepMillis(_ subject: RetentionClass, of shop: ShopID) -> Int64 {
        if let own = override(shop, [subject]) { return own }
        switch subject {
        case .leads: return Int64(Self.leadDays) * Self.dayMillis
        case .checkouts: return Int64(Self.checkoutDays) * Self.dayMillis
        default: return Int64(Self.quarantineDays) * Self.dayMillis
        }
    }

    /// The shop's time for an event. Footfall's own records stay as long as anything else may.
    package func keepMillis(of name: String, from source: EventSource, of shop: ShopID) -> Int64 {
        let source = source == .history ? .webhook : source
        if source == .system {
            return override(shop, [.event(.system, name), .source(.system)]) ?? systemMillis
        }
        if let own = override(shop, [.event(source, name), .source(source), .everything]) { return own }
        guard let rule = sources[source] else { return .max }
        return (rule.seconds[name] ?? rule.othersSeconds) * 1000
    }

    /// The longest time of any event of the shop that may hold something sealed.
    package func longestMillis(of shop: ShopID) -> Int64 { keeps(of: shop).max() ?? .max }

    /// The shortest time of any event of any shop.
    package var shortestMillis: Int64 {
        let shops = Set(overrides.keys.compactMap(\.shop)).union([0])
        return (shops.flatMap { keeps(of: $0) } + overrides.filter { $0.key.subject.isOfEvents }.map(\.value)).min()
            ?? .max
    }

    /// Changes with every rule.
    package var fingerprint: [UInt8] {
        var lines = overrides.map { "\($0.key.shop ?? 0) \($0.key.subject) \($0.value)" }
        for (source, rule) in sources {
            lines += rule.seconds.map { "\(source.name):\($0.key) \($0.value)" }
            lines.append("\(source.name) \(rule.othersSeconds)")
        }
        return SHA256.hash(Array(lines.sorted().joined(separator: "\n").utf8))
    }

    /// Of each event that is named anywhere, and of the others.
    private func keeps(of shop: ShopID) -> [Int64] {
        sources.flatMap { source, rule in
            let named = overrides.keys.compactMap { place in
                if case .event(source, let name) = place.subject { name } else { nil }
            }
            // No event is called "", so that stands for those that no rule names.
            return (Array(rule.seconds.keys) + named + [""]).map { keepMillis(of: $0, from: source, of: shop) }
        }
    }

    private func override(_ shop: ShopID, _ subjects: [RetentionClass]) -> Int64? {
        for owner in [shop, nil] {
            for subject in subjects {
                if let millis = overrides[Place(shop: owner, subject: subject)] { return millis }
            }
        }
        return nil
    }
}

extension RetentionClass {
    fileprivate var isOfEvents: Bool {
        switch self {
        case .everything, .source, .event: true
        case .leads, .checkouts, .quarantine: false
        }
    }
}

extension RetentionRules.Override {
    /// All that are set, shops first.
    package static func all(on connection: PostgresConnection) throws(PostgresError) -> [RetentionRules.Override] {
        try connection.query(SQL.all).compactMap { row in
            RetentionClass(row.text(1)).map {
                RetentionRules.Override(shop: row.int32IfPresent(0), subject: $0, days: Int(row.int32(2)))
            }
        }
    }

    /// Sets the rule, in the place of an earlier one.
    package func set(on connection: PostgresConnection) throws(PostgresError) {
        _ = try connection.query(
            SQL.set, [shop.map { .int4($0) } ?? .null, .text(subject.description), .int4(Int32(clamping: days))])
    }

    /// Takes a rule back; false where there was none.
    package static func remove(
        _ subject: RetentionClass, of shop: ShopID?, on connection: PostgresConnection
    ) throws(PostgresError) -> Bool {
        let place: [PostgresValue] = [shop.map { .int4($0) } ?? .null, .text(subject.description)]
        return try connection.query(SQL.remove, place).affectedRows > 0
    }

    private enum SQL {
        static let all = "select shop_id, class, keep_days from privacy.retention_rule order by shop_id, class"
        static let set = """
            insert into privacy.retention_rule (shop_id, class, keep_days) values ($1, $2, $3)
            on conflict (shop_id, class) do update set keep_days = excluded.keep_days, set_at = now()
            """
        static let remove = """
            delete from privacy.retention_rule where shop_id is not distinct from $1::integer and class = $2
            """
    }
}
