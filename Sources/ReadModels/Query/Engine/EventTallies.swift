internal import Postgres

/// What a scan of events found: entries of a value, a bucket, and the set of values that the events have.
struct EventTallies {
    private struct Entry {
        let group: Int
        let bucket: Int
        /// Entries of one number are the same events; 0 where each event has one value.
        let number: Int64
        /// In the order of `Tally.activity`.
        let counts: [Int64]
    }

    private var entries: [Entry] = []
    private var values: [String?]
    private let isGrouped: Bool
    private let isOfMany: Bool

    /// Rows of value, bucket, number and counts; those of no events are left out.
    init(_ rows: PostgresResult, isGrouped: Bool, isOfMany: Bool) {
        self.isGrouped = isGrouped
        self.isOfMany = isOfMany && isGrouped
        var groups: [String: Int] = isGrouped ? [:] : ["": 0]
        values = isGrouped ? [] : [nil]
        for row in rows {
            let counts = Tally.activity.indices.map { row.int64(3 + $0) }
            guard counts.contains(where: { $0 != 0 }) else { continue }
            let value = row.text(0)
            let group = groups[value] ?? values.count
            if group == values.count {
                groups[value] = group
                values.append(value.isEmpty ? nil : value)
            }
            entries.append(Entry(group: group, bucket: Int(row.int32(1)), number: row.int64(2), counts: counts))
        }
    }

    func grouped(_ wanted: Set<Tally>, _ labels: [String]) -> GroupedTallies {
        let places = Tally.activity.indices.filter { wanted.contains(Tally.activity[$0]) }
        var cells = places.map { _ in [Int64](repeating: 0, count: values.count * labels.count) }
        for entry in entries {
            let cell = entry.group * labels.count + entry.bucket
            for (column, place) in places.enumerated() { cells[column][cell] += entry.counts[place] }
        }
        let known = values
        let dimension = GroupDimension(known.indices.map { UInt32($0) }) { known[$0] }
        func named(_ counts: [Int64]) -> [Tally: Int64] {
            Dictionary(uniqueKeysWithValues: places.map { (Tally.activity[$0], counts[$0]) })
        }
        let width = labels.count
        return GroupedTallies(
            dimensions: isGrouped ? [dimension] : [], groupCount: known.count, labels: labels,
            tallies: Dictionary(uniqueKeysWithValues: zip(places.map { Tally.activity[$0] }, cells)),
            totals: named(total { _ in true }),
            recount: { kept in named(total { kept[$0.group * width + $0.bucket] }) })
    }

    /// Sums over entries, each event once.
    private func total(_ isKept: (Entry) -> Bool) -> [Int64] {
        var sums = Tally.activity.map { _ in Int64(0) }
        var counted: Set<Int64> = []
        for entry in entries where isKept(entry) {
            if isOfMany, !counted.insert(entry.number).inserted { continue }
            for place in sums.indices { sums[place] += entry.counts[place] }
        }
        return sums
    }
}
