internal import EventModel
internal import Synchronization

/// Keeps a visit without consent alive over midnight: who was seen under yesterday's salt less than a session's gap
/// ago keeps yesterday's pseudonym until the visit ends. Shared by all threads of a gateway; another gateway does not
/// know, there such a visit becomes two.
package final class DailyVisits: Sendable {
    /// A visit ends after so long a silence (`metrics.md`, Session).
    package static let gapMillis: Int64 = 1_800_000
    /// Visits that are remembered; later ones of that hour are cut at midnight.
    private static let visitsMax = 50_000

    private struct State {
        var lastSeen: [Key128: Int64] = [:]
        var day: Int64 = 0
        var latest: Int64 = 0
    }

    private let state = Mutex(State())

    /// No visits.
    package init() {}

    /// The pseudonym of an origin at `nowMillis`; nil while today's salt is missing.
    package func visitor(
        _ origin: RequestOrigin, in shop: ShopContext, salts: DailySalts, nowMillis: Int64
    ) -> Visitor? {
        let day = nowMillis.flooredDivision(DailySalts.dayMillis)
        guard let today = salts.salt(day: day) else { return nil }
        let sinceMidnight = nowMillis - day * DailySalts.dayMillis
        if let yesterday = salts.salt(day: day - 1), self.hasVisits(of: day - 1, nowMillis) {
            let visitor = shop.visitor(origin, salt: yesterday)
            if self.continues(visitor.id, day: day - 1, nowMillis) { return visitor }
        }
        let visitor = shop.visitor(origin, salt: today)
        if sinceMidnight >= DailySalts.dayMillis - Self.gapMillis { self.note(visitor.id, day: day, nowMillis) }
        return visitor
    }

    private func hasVisits(of day: Int64, _ nowMillis: Int64) -> Bool {
        self.state.withLock { state in
            guard state.day == day, !state.lastSeen.isEmpty else { return false }
            if nowMillis - state.latest > Self.gapMillis { state.lastSeen.removeAll() }
            return !state.lastSeen.isEmpty
        }
    }

    private func continues(_ id: Key128, day: Int64, _ nowMillis: Int64) -> Bool {
        self.state.withLock { state in
            guard state.day == day, let last = state.lastSeen[id] else { return false }
            guard nowMillis - last <= Self.gapMillis else {
                state.lastSeen[id] = nil
                return false
            }
            state.lastSeen[id] = max(last, nowMillis)
            state.latest = max(state.latest, nowMillis)
            return true
        }
    }

    private func note(_ id: Key128, day: Int64, _ nowMillis: Int64) {
        self.state.withLock { state in
            if state.day != day {
                state.lastSeen.removeAll()
                state.day = day
            }
            state.latest = max(state.latest, nowMillis)
            if state.lastSeen.count < Self.visitsMax || state.lastSeen[id] != nil { state.lastSeen[id] = nowMillis }
        }
    }
}
