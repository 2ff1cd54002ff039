/// Adds up the plan's decisions. It never sees an event's bytes, and knows no gap, no cap and no classifier: each visit
/// comes with its begin, its end, its values and its steps as they were decided on.
struct TruthLedger {
    let options: PlanOptions
    let calendar: ShopCalendar

    /// The totals of these visits; what is not about visits is left empty.
    func totals(of sessions: [TrueSession]) -> TrueTotals {
        var totals = TrueTotals(
            seed: self.options.seed, shop: self.options.shop, timezone: self.options.timezone,
            currency: self.options.currency, firstDay: self.calendar.days.first?.label ?? "",
            lastDay: self.calendar.days.last?.label ?? "")
        let shoppers = sessions.filter { !$0.isBot }
        let bots = sessions.filter(\.isBot)
        totals.total = Self.whole(shoppers)
        totals.bots = Self.whole(bots)
        totals.days = self.byDay(shoppers)
        totals.botDays = self.byDay(bots)
        for dimension in TrueDimension.allCases where dimension != .country || self.options.countryHeader != nil {
            totals.dimensions[dimension.rawValue] = Self.byValue(of: dimension, shoppers)
        }
        for session in shoppers {
            totals.pages.merge(session.pages, uniquingKeysWith: +)
            totals.eventNames.merge(session.names, uniquingKeysWith: +)
        }
        return totals
    }

    private static func whole(_ sessions: [TrueSession]) -> TrueCounts {
        var tally = Tally()
        for session in sessions {
            tally.add(session)
            tally.counts.activity += session.activity
        }
        return tally.closed
    }

    private func byDay(_ sessions: [TrueSession]) -> [String: TrueCounts] {
        var tallies = Array(repeating: Tally(), count: self.calendar.days.count)
        for session in sessions {
            if let day = self.calendar.dayIndex(of: session.start) { tallies[day].add(session) }
            for step in session.steps {
                guard let day = self.calendar.dayIndex(of: step.time) else { continue }
                tallies[day].counts.activity += step.activity
            }
        }
        return Dictionary(uniqueKeysWithValues: zip(self.calendar.days.map(\.label), tallies.map(\.closed)))
    }

    private static func byValue(of dimension: TrueDimension, _ sessions: [TrueSession]) -> [String: TrueCounts] {
        var tallies: [String: Tally] = [:]
        for session in sessions {
            let value = session[dimension]
            tallies[value, default: Tally()].add(session)
            tallies[value, default: Tally()].counts.activity += session.activity
        }
        return tallies.mapValues(\.closed)
    }
}

/// A bucket while it is being filled.
private struct Tally {
    var counts = TrueCounts()
    private var known: Set<Int> = []
    private var daily: Set<Int> = []
    private var converted: Set<Int> = []
    private var durations: [Int64] = []

    mutating func add(_ session: TrueSession) {
        self.counts.sessions += 1
        self.counts.bounces += session.isBounce ? 1 : 0
        self.counts.engagedSessions += session.isEngaged ? 1 : 0
        self.counts.conversions += session.isConverted ? 1 : 0
        self.counts.sessionsWithLead += session.hasLead ? 1 : 0
        self.counts.leadsOfSessions += session.activity.leadEvents
        self.counts.newLeadsOfSessions += session.activity.leads
        self.durations.append(session.durationMillis)
        if session.kind == "daily" { self.daily.insert(session.visitor) } else { self.known.insert(session.visitor) }
        if session.isConverted { self.converted.insert(session.visitor) }
    }

    var closed: TrueCounts {
        var counts = self.counts
        counts.visitorsKnown = self.known.count
        counts.visitorsDaily = self.daily.count
        counts.visitors = self.known.count + self.daily.count
        counts.convertedVisitors = self.converted.count
        counts.durationSumMillis = self.durations.reduce(0, +)
        guard !self.durations.isEmpty else { return counts }
        let sorted = self.durations.sorted()
        let upper = sorted[sorted.count / 2]
        let lower = sorted[(sorted.count - 1) / 2]
        counts.durationMedianMillis = Double(lower + upper) / 2
        return counts
    }
}
