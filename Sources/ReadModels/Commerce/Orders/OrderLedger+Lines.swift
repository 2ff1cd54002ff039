extension OrderLedger {
    /// Units that edits added count with their money on the edits' days, all others on the order's; units that edits
    /// took away and no refund returned are taken back on the edits' days. Money that changes without units, as with a
    /// discount given later, counts on the day of the change.
    mutating func addLine(_ line: OrderLine) {
        let (additions, removals) = changes(line)
        let ordered = UnitChange(at: order.orderedAt, units: quantity(of: line) - additions.units)
        let parts = addMoney(line, [ordered] + additions)
        let (id, at, first) = ("\(line.id)", order.orderedAt, parts[0])
        add(.line, id, at, line, SalesAmounts(quantity: ordered.units, gross: first.gross))
        add(.discount, id, at, line, SalesAmounts(discounts: first.discounts))
        add(.tax, id, at, line, SalesAmounts(taxes: first.taxes))
        for (addition, part) in zip(additions, parts.dropFirst()) {
            add(
                .edit, "\(addition.name):\(line.id):added", addition.at, line,
                part + SalesAmounts(quantity: addition.units))
        }
        addRemovals(line, removals)
    }

    /// Books the money of a line that changed without units. Gives what goes with each of the `batches` of units.
    private mutating func addMoney(_ line: OrderLine, _ batches: [UnitChange]) -> [SalesAmounts] {
        var parts = batches.map { _ in SalesAmounts() }
        var (units, sold) = (Int64(0), LineSales())
        for (index, run) in runs.enumerated() {
            guard let shown = run.lines[line.id] else { continue }
            let change = shown.sold - sold
            let added = Self.overlaps(batches, from: units, to: shown.units)
            (units, sold) = (shown.units, shown.sold)
            if change == LineSales() { continue }
            if index == 0 || added.contains(where: { $0 > 0 }) {
                parts = zip(parts, change.split(by: added)).map { $0 + $1 }
            } else {
                let cause = cause(of: index)
                add(.edit, "\(cause.name):\(line.id):changed", cause.at, line, change.amounts)
            }
        }
        return parts
    }

    /// How many of the units `from` to `to` each batch has, laid end to end.
    private static func overlaps(_ batches: [UnitChange], from: Int64, to: Int64) -> [Int64] {
        var end: Int64 = 0
        return batches.map { batch in
            let start = end
            end += batch.units
            return max(0, min(end, to) - max(start, from))
        }
    }

    /// Each is worth what its units were then.
    private mutating func addRemovals(_ line: OrderLine, _ removals: [UnitChange]) {
        var taken: Int64 = 0
        for removal in removals {
            let (start, end) = (taken, taken + removal.units)
            taken = end
            let fitting = runs.filter { ($0.lines[line.id]?.units ?? 0) >= end }
            guard let run = fitting.last(where: { $0.at <= removal.at }) ?? fitting.first,
                let shown = run.lines[line.id]
            else { continue }
            add(
                .edit, "\(removal.name):\(line.id):removed", removal.at, line,
                shown.sold.part(start, end, of: shown.units).negated)
        }
    }

    /// Shipping of the first payload counts on the order's day, what was added, removed or changed since on the day of
    /// the change.
    mutating func addShipping() {
        var known: [Int64: ShippingLine] = [:]
        for (index, run) in runs.enumerated() {
            for id in Set(known.keys).union(run.shipping.keys).sorted() {
                let (before, now) = (known[id] ?? ShippingLine(), run.shipping[id] ?? ShippingLine())
                let charge = SalesAmounts(shipping: now.price -| before.price)
                let tax = SalesAmounts(taxes: now.tax -| before.tax)
                if index == 0 {
                    add(.shipping, "\(id)", order.orderedAt, nil, charge)
                    add(.tax, "shipping:\(id)", order.orderedAt, nil, tax)
                } else {
                    let cause = cause(of: index)
                    add(.edit, "\(cause.name):shipping:\(id)", cause.at, nil, charge + tax)
                }
            }
            known = run.shipping
        }
    }

    /// What brought a run about: the newest edit that is known since the run before was last shown, else only the
    /// payload that shows it first.
    private func cause(of index: Int) -> UnitChange {
        let (since, at) = (runs[index - 1].last, runs[index].at)
        let edit = known.edits.last { $0.at > since && $0.at <= at }
        return UnitChange(edit: edit?.id, at: edit?.at ?? at, units: 0)
    }
}

extension SalesAmounts {
    fileprivate var negated: SalesAmounts {
        SalesAmounts(
            quantity: -quantity, gross: -gross, discounts: -discounts, returns: -returns, taxes: -taxes,
            shipping: -shipping, duties: -duties)
    }
}
