/// Makes rows of tallies: which there are, in what order, how many, and beside which of the compared period.
struct AnswerBuilder {
    private let query: AnalyticsQuery
    private let found: GroupedTallies
    private let compared: GroupedTallies?
    private let pairing: BucketPairing?

    init(_ query: AnalyticsQuery, _ found: GroupedTallies, comparedWith compared: GroupedTallies?) {
        self.query = query
        self.found = found
        self.compared = compared
        self.pairing = query.comparison.map { BucketPairing(query, with: $0) }
    }

    func answer(_ asOf: AsOf) -> Answer {
        var candidates = cellsShown()
        if !query.metricFilters.isEmpty { candidates = candidates.filter { passes(metricCells(found, $0)) } }
        let cells = RowOrder(query, found).first(Int(query.limit), of: candidates)
        let rows = cells.map { row(found, $0) }
        let compareRows = compareRows(cells)
        let totals = total(found.totals, found)
        let compareTotals = compared.map { total($0.totals, $0) }
        return Answer(
            columns: columns, rows: rows, compareRows: compareRows,
            changes: compareRows.map { zip($0, rows).map { changes(from: $0, to: $1) } },
            totalChanges: changes(from: compareTotals, to: totals), totals: totals, compareTotals: compareTotals,
            others: query.others ? others(cells) : nil, rowCount: candidates.count,
            warnings: query.warnings + found.warnings + unpaired, asOf: asOf)
    }

    private var columns: [Answer.Column] {
        let currencies = found.currencies.union(compared?.currencies ?? [])
        return query.dimensions.map { Answer.Column(name: $0.name, type: $0.type) }
            + query.metrics.map { metric in
                Answer.Column(
                    name: metric.name, type: metric.measure?.type ?? "", unit: metric.unit,
                    currency: metric.measure?.isMoney == true && currencies.count == 1 ? currencies.first : nil,
                    change: compared == nil ? nil : metric.isRate ? "percentage_points" : "relative")
            }
    }

    /// Cells with a tally that is not zero; with `fill` every bucket of a group that has one; without dimensions the
    /// only one.
    private func cellsShown() -> [Int] {
        if query.dimensions.isEmpty { return [0] }
        var isShown = [Bool](repeating: false, count: found.cellCount)
        for column in found.tallies.values {
            for cell in column.indices where column[cell] != 0 { isShown[cell] = true }
        }
        if query.fill {
            let width = found.labels.count
            let isAlone = query.dimensions.count == 1
            for group in 0..<found.groupCount {
                let buckets = group * width..<(group + 1) * width
                if isAlone || isShown[buckets].contains(true) { for cell in buckets { isShown[cell] = true } }
            }
        }
        return isShown.indices.filter { isShown[$0] }
    }

    private func metricCells(_ source: GroupedTallies, _ cell: Int) -> [Cell] {
        query.metrics.map { metric in
            metric.measure?.cell { source.tallies[$0]?[cell] ?? 0 } ?? .null
        }
    }

    /// Amounts of several currencies have no sum.
    private func total(_ tallies: [Tally: Int64], _ source: GroupedTallies) -> [Cell] {
        query.dimensions.map { _ in .null }
            + query.metrics.map { metric in
                if metric.measure?.isMoney == true, source.currencies.count > 1 { return .null }
                return metric.measure?.cell { tallies[$0] ?? 0 } ?? .null
            }
    }

    private func row(_ source: GroupedTallies, _ cell: Int) -> [Cell] {
        dimensionCells(source, cell) + metricCells(source, cell)
    }

    private func dimensionCells(_ source: GroupedTallies, _ cell: Int) -> [Cell] {
        let (group, bucket) = (cell / source.labels.count, cell % source.labels.count)
        var next = 0
        return query.dimensions.map { dimension in
            if dimension.timeUnit != nil { return .text(source.labels[bucket]) }
            defer { next += 1 }
            guard let value = source.dimensions[next].text(group) else { return .null }
            return dimension.type == "boolean" ? .bool(value == "true") : .text(value)
        }
    }

    private func passes(_ cells: [Cell]) -> Bool {
        query.metricFilters.allSatisfy { filter in
            guard let place = query.metrics.firstIndex(of: filter.metric), let value = cells[place].magnitude else {
                return false
            }
            return switch filter.operation {
            case .is: filter.values.contains(value)
            case .isNot: !filter.values.contains(value)
            case .gt: value > filter.values[0]
            case .gte: value >= filter.values[0]
            case .lt: value < filter.values[0]
            case .lte: value <= filter.values[0]
            default: value >= filter.values[0] && value <= filter.values[1]
            }
        }
    }

    private func others(_ shown: [Int]) -> [Cell] {
        var isOther = [Bool](repeating: true, count: found.cellCount)
        for cell in shown { isOther[cell] = false }
        return total(found.recount(isOther), found)
    }
}

extension AnswerBuilder {
    /// Time buckets meet as `BucketPairing` says, others by value; a group that the other period lacks is all zero.
    private func compareRows(_ cells: [Int]) -> [[Cell]?]? {
        guard let compared, let pairing else { return nil }
        let matches = groupsCompared(compared)
        return cells.map { cell in
            let group = cell / found.labels.count
            guard let bucket = pairing.partner(of: cell % found.labels.count) else { return nil }
            if let match = matches(group) { return row(compared, match * compared.labels.count + bucket) }
            var dimensions = dimensionCells(found, cell)
            for (index, dimension) in query.dimensions.enumerated() where dimension.timeUnit != nil {
                dimensions[index] = .text(compared.labels[bucket])
            }
            return dimensions + query.metrics.map { $0.measure?.cell { _ in 0 } ?? .null }
        }
    }

    /// What happened in buckets of the compared period that no row stands beside: it is in the totals alone.
    private var unpaired: [String] {
        guard let compared, let pairing else { return [] }
        let alone = pairing.alone.filter { bucket in
            let cells = stride(from: bucket, to: compared.cellCount, by: compared.labels.count)
            return compared.tallies.values.contains { column in cells.contains { column[$0] != 0 } }
        }
        guard let first = alone.first else { return [] }
        let more = alone.count > 1 ? " and \(alone.count - 1) more" : ""
        return [
            "No row stands beside \(compared.labels[first])\(more) of the compared period: `compare_totals` has what was then, "
                + "`compare_rows` do not."
        ]
    }

    /// The change of each metric; nil where there is nothing to compare with.
    private func changes(from base: [Cell]?, to row: [Cell]) -> [Change]? {
        guard let base else { return nil }
        let first = query.dimensions.count
        return query.metrics.indices.map { Change(query.metrics[$0], from: base[first + $0], to: row[first + $0]) }
    }

    /// Finds the group of the other period that has the same values as a group of this one.
    private func groupsCompared(_ compared: GroupedTallies) -> (Int) -> Int? {
        let codes = compared.dimensions.map { dimension in
            Dictionary(dimension.texts.enumerated().map { ($1, UInt32($0)) }, uniquingKeysWith: { $1 })
        }
        var groups: [[UInt32]: Int] = [:]
        for group in 0..<compared.groupCount { groups[compared.dimensions.map { $0.codes[group] }] = group }
        let known = groups
        return { [found] group in
            let key = zip(found.dimensions, codes).compactMap { $1[$0.text(group)] }
            return key.count == found.dimensions.count ? known[key] : nil
        }
    }
}
