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

/// What edits and refunds say they did to an order's units, by position and in the order in which it happened.
struct KnownChanges {
    /// An edit that is newer than the order's payload is left out: the next payload shows what it did.
    private(set) var edits: [OrderEdit] = []
    private(set) var additions: [Int64: [UnitChange]] = [:]
    private(set) var removals: [Int64: [UnitChange]] = [:]
    private(set) var returned: [Int64: [UnitChange]] = [:]

    init() {}

    init(_ state: OrderState, through time: Int64) {
        edits = state.editsInOrder.filter { $0.at <= time }
        for edit in edits {
            Self.add(edit.additions, of: edit, to: &additions)
            Self.add(edit.removals, of: edit, to: &removals)
        }
        for refund in state.refundsInOrder {
            for line in refund.lines {
                returned[line.line, default: []].append(
                    UnitChange(at: refund.createdAt ?? refund.at, units: line.quantity))
            }
        }
    }

    /// An edit changes a position once.
    private static func add(
        _ deltas: [OrderEdit.Delta], of edit: OrderEdit, to changes: inout [Int64: [UnitChange]]
    ) {
        for (line, deltas) in Dictionary(grouping: deltas, by: \.line) {
            let change = UnitChange(edit: edit.id, at: edit.at, units: deltas.map(\.units).saturatedSum())
            changes[line, default: []].append(change)
        }
    }
}

extension OrderLedger {
    /// What edits did to a line, never more than the line has.
    ///
    /// Deliveries get lost, and the Admin API knows no `orders/edited`: what the payloads show beyond the known edits
    /// counts on the day of the first payload that shows it, which after an edit is the edit's own (`updated_at`).
    func changes(_ line: OrderLine) -> (additions: [UnitChange], removals: [UnitChange]) {
        let (quantity, current) = (quantity(of: line), runs.last?.lines[line.id]?.current)
        let returned = known.returned[line.id] ?? []
        let gone = quantity - (current ?? 0) - returned.units
        var additions = Self.known(known.additions[line.id] ?? [], atMost: quantity)
        var removals = Self.known(known.removals[line.id] ?? [], atMost: gone)
        let ordered = rises(line) { $0.units }
        let since = runs.first?.at ?? .max
        let first = ordered.first { $0.at == since }?.units ?? 0
        additions += Self.unknown(
            ordered.filter { $0.at > since }, beyond: additions.filter { $0.at > since }, and: first,
            atMost: quantity - first)
        // What a cancellation takes away is returned, by itself.
        removals += Self.unknown(
            rises(line) { $0.gone }.filter { $0.at < order.cancelledAt ?? .max }, beyond: removals + returned, and: 0,
            atMost: gone + returned.units)
        return (additions.inOrder, removals.inOrder)
    }

    /// Ordered and added, those that are gone too.
    func quantity(of line: OrderLine) -> Int64 { runs.last?.lines[line.id]?.units ?? 0 }

    /// A number of units that only grows: each that no payload before showed.
    private func rises(_ line: OrderLine, _ units: (OrderRun.Line) -> Int64) -> [UnitChange] {
        var found: [UnitChange] = []
        for run in runs {
            guard let shown = run.lines[line.id].map(units), shown > found.last?.units ?? 0 else { continue }
            found.append(UnitChange(at: run.at, units: shown))
        }
        return found
    }

    private static func known(_ changes: [UnitChange], atMost limit: Int64) -> [UnitChange] {
        var rest = max(0, limit)
        return changes.map { change in
            let units = min(change.units, rest)
            rest -= units
            return UnitChange(edit: change.edit, at: change.at, units: units)
        }.filter { $0.units > 0 }
    }

    /// The steps less what the `known` changes and `base` explain; together with the known ones no more than `limit`.
    private static func unknown(
        _ steps: [UnitChange], beyond known: [UnitChange], and base: Int64, atMost limit: Int64
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
    /// Cut like all amounts, so that a few such sums can be added up.
    var units: Int64 { map(\.units).saturatedSum(to: SalesAmounts.limit) }

    /// A known edit before what only payloads tell of.
    fileprivate var inOrder: [UnitChange] { sorted { ($0.at, $0.edit ?? .max) < ($1.at, $1.edit ?? .max) } }
}
