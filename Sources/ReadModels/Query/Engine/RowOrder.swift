/// Puts rows into a query's order: by its keys, then by the dimensions, so that equal rows always stand in the same order.
/// What has no value is last in both directions.
struct RowOrder {
    private let query: AnalyticsQuery
    private let found: GroupedTallies
    private let keys: [QueryOrder]

    init(_ query: AnalyticsQuery, _ found: GroupedTallies) {
        self.query = query
        self.found = found
        self.keys = query.order + query.dimensions.indices.map { QueryOrder(column: $0, isDescending: false) }
    }

    /// The first `limit` of the cells. Most are ruled out by the first key alone.
    func first(_ limit: Int, of cells: [Int]) -> [Int] {
        guard let key = keys.first else { return Array(cells.prefix(limit)) }
        let weights = weights(cells, key)
        var places = Array(cells.indices)
        if places.count > limit {
            let last = weights.sorted()[limit - 1]
            places = places.filter { weights[$0] <= last }
        }
        let rest = keys.dropFirst().map { self.weights(places.map { cells[$0] }, $0) }
        let sorted = places.indices.sorted { left, right in
            let (one, two) = (weights[places[left]], weights[places[right]])
            if one != two { return one < two }
            for key in rest where key[left] != key[right] { return key[left] < key[right] }
            return places[left] < places[right]
        }
        return sorted.prefix(limit).map { cells[places[$0]] }
    }

    /// A number for each cell, the lower the earlier.
    private func weights(_ cells: [Int], _ key: QueryOrder) -> [Double] {
        let sign: Double = key.isDescending ? -1 : 1
        let width = found.labels.count
        guard key.column < query.dimensions.count else {
            guard let measure = query.metrics[key.column - query.dimensions.count].measure else {
                return cells.map { _ in 0 }
            }
            let columns = measure.tallies.map { ($0, found.tallies[$0] ?? []) }
            return cells.map { cell in
                let value = measure.cell { tally in columns.first { $0.0 == tally }?.1[cell] ?? 0 }.magnitude
                return value.map { $0 * sign } ?? .infinity
            }
        }
        if query.dimensions[key.column].timeUnit != nil { return cells.map { Double($0 % width) * sign } }
        let dimension = found.dimensions[query.dimensions[..<key.column].count { $0.timeUnit == nil }]
        return cells.map { cell in
            let code = Int(dimension.codes[cell / width])
            return dimension.texts[code] == nil ? .infinity : Double(dimension.ranks[code]) * sign
        }
    }
}
