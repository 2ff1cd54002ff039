/// Units of a position that an edit added or took away.
struct UnitChange {
    /// The edit's id; nil where only payloads before and after tell of it.
    var edit: Int64?
    /// Unix milliseconds: of the edit, else of the first payload that shows it.
    var at: Int64
    var units: Int64

    /// Names the change among those of its position.
    var name: String { edit.map { "\($0)" } ?? "seen@\(at)" }
}

extension OrderLedger {
    /// What edits did to a line, never more than the line has. An edit that is newer than the payload waits for the next
    /// one, which shows what it did.
    ///
    /// Deliveries get lost, and the Admin API knows no `orders/edited`: what the payloads show beyond the known edits
    /// counts on the day of the first payload that shows it, which after an edit is the edit's own (`updated_at`).
    func changes(_ line: OrderLine) -> (additions: [UnitChange], removals: [UnitChange]) {
        let edits = state.editsInOrder.filter { $0.at <= order.version.time }
        let returned = state.refundsInOrder.flatMap { refund in
            refund.lines.filter { $0.line == line.id }.map {
                UnitChange(at: refund.createdAt ?? refund.at, units: $0.quantity)
            }
        }
        let gone = line.quantity - (line.currentQuantity ?? 0) - returned.units
        var additions = Self.known(edits, \.additions, line, atMost: line.quantity)
        var removals = Self.known(edits, \.removals, line, atMost: gone)
        guard let seen = state.units.lines[line.id] else { return (additions, removals) }
        let (since, first) = (state.units.since, state.units.atFirst(line.id))
        additions += Self.unknown(
            seen.ordered.steps.filter { $0.at > since }, beyond: additions.filter { $0.at > since }, and: first,
            atMost: line.quantity - first)
        // What a cancellation takes away is returned, by itself.
        removals += Self.unknown(
            seen.gone.steps.filter { $0.at < order.cancelledAt ?? .max }, beyond: removals + returned, and: 0,
            atMost: gone + returned.units)
        return (additions, removals)
    }

    private static func known(
        _ edits: [OrderEdit], _ deltas: (OrderEdit) -> [OrderEdit.Delta], _ line: OrderLine, atMost limit: Int64
    ) -> [UnitChange] {
        var rest = max(0, limit)
        return edits.flatMap { edit in
            deltas(edit).filter { $0.line == line.id }.map { delta in
                let units = min(delta.units, rest)
                rest -= units
                return UnitChange(edit: edit.id, at: edit.at, units: units)
            }
        }.filter { $0.units > 0 }
    }

    /// The steps less what the `known` changes and `base` explain; together with the known ones no more than `limit`.
    private static func unknown(
        _ steps: [FirstSeen.Step], beyond known: [UnitChange], and base: Int64, atMost limit: Int64
    ) -> [UnitChange] {
        var rest = limit - known.units
        var found: [UnitChange] = []
        for step in steps {
            let explained = base + known.filter { $0.at <= step.at }.units + found.units
            let units = min(rest, step.units - explained)
            guard units > 0 else { continue }
            found.append(UnitChange(at: step.at, units: units))
            rest -= units
        }
        return found
    }
}

extension [UnitChange] {
    fileprivate var units: Int64 { reduce(0) { $0 + $1.units } }
}
