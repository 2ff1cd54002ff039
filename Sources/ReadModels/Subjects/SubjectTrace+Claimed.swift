package import EventModel
internal import Pipelines
package import Privacy

extension SubjectTrace {
    /// Those of the checkouts that an earlier trace found, but for what was asked for, that no event at these positions
    /// vouches for: what `find` takes as `claimed`. What else is found by claims is never known. `heads` is asked for at
    /// most `headsMax` positions at once.
    package static func claimed(
        _ found: [Handle], but asked: [Handle], at positions: [Position],
        heads: ([Position]) throws -> [Position: NamedEvent]
    ) throws -> Set<Handle> {
        var claimed = Set(found.filter { $0.kind == .checkout }).subtracting(asked)
        for start in stride(from: 0, to: positions.count, by: headsMax) where !claimed.isEmpty {
            let page = Array(positions[start..<min(positions.count, start + headsMax)])
            for event in try heads(page).values where event.isVouched { claimed.subtract(event.handles) }
        }
        return claimed
    }
}
