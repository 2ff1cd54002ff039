/// Groups rows by the values of visit dimensions: a small number a group, and the way back to the values. Numbers are
/// given as values are met, and stay.
struct Grouping {
    /// One dimension: divides the groups of the dimensions before it.
    private struct Level {
        /// Up to this many (group, code) pairs are numbered by a plain table; more by a dictionary.
        private static let tableMax = 1 << 22

        let column: CodeColumn
        /// The number of the pair `group * codeCount + code`; `none` for one that was not met.
        private var table: [UInt32] = []
        /// The same once the table would be too large.
        private var dictionary: [UInt64: UInt32]?
        /// The group before and the code of each group.
        private(set) var pairs: [(group: UInt32, code: UInt32)] = []

        private static let none = UInt32.max

        init(_ column: CodeColumn) { self.column = column }

        /// Makes the groups of rows, of which there are `count`, those of this level.
        mutating func divide(_ groups: inout [UInt32], of rows: [UInt32], count: Int) {
            switch column.width {
            case 1: divide(&groups, Kernels.gather(column.narrow, rows), count)
            case 2: divide(&groups, Kernels.gather(column.middle, rows), count)
            default: divide(&groups, Kernels.gather(column.wide, rows), count)
            }
        }

        private mutating func divide<T: FixedWidthInteger>(_ groups: inout [UInt32], _ codes: [T], _ count: Int) {
            let size = count * column.values.count
            if size > Self.tableMax, dictionary == nil {
                dictionary = Dictionary(
                    uniqueKeysWithValues: pairs.enumerated().map { (Self.key($1.group, $1.code), UInt32($0)) })
                table = []
            }
            guard dictionary == nil else { return divideByDictionary(&groups, codes) }
            if table.count < size { table += [UInt32](repeating: Self.none, count: size - table.count) }
            divideByTable(&groups, codes)
        }

        private mutating func divideByTable<T: FixedWidthInteger>(_ groups: inout [UInt32], _ codes: [T]) {
            let codeCount = column.values.count
            var pairs = self.pairs
            self.pairs = []
            unsafe groups.withUnsafeMutableBufferPointer { groups in
                unsafe codes.withUnsafeBufferPointer { codes in
                    unsafe table.withUnsafeMutableBufferPointer { table in
                        for index in 0..<groups.count {
                            let pair = unsafe Int(groups[index]) &* codeCount &+ Int(codes[index])
                            if unsafe table[pair] == Self.none {
                                unsafe table[pair] = UInt32(pairs.count)
                                unsafe pairs.append((groups[index], UInt32(truncatingIfNeeded: codes[index])))
                            }
                            unsafe groups[index] = table[pair]
                        }
                    }
                }
            }
            self.pairs = pairs
        }

        private mutating func divideByDictionary<T: FixedWidthInteger>(_ groups: inout [UInt32], _ codes: [T]) {
            for index in groups.indices {
                let pair = (groups[index], UInt32(truncatingIfNeeded: codes[index]))
                let number = dictionary?[Self.key(pair.0, pair.1)] ?? UInt32(pairs.count)
                if Int(number) == pairs.count {
                    dictionary?[Self.key(pair.0, pair.1)] = number
                    pairs.append(pair)
                }
                groups[index] = number
            }
        }

        private static func key(_ group: UInt32, _ code: UInt32) -> UInt64 { UInt64(group) << 32 | UInt64(code) }
    }

    private var levels: [Level]

    static let tooMany = QueryProblem(
        at: "/dimensions", "These dimensions have too many different values; use fewer, or a filter.")

    /// Groups rows by columns of the visit, in this order.
    init(by dimensions: [VisitColumn], _ columns: ShopColumns) {
        levels = dimensions.map { Level(columns.texts[$0.rawValue]) }
    }

    /// Number of groups that were met; without dimensions there is one.
    var count: Int { levels.last?.pairs.count ?? 1 }

    /// True where all rows are in one group.
    var isTrivial: Bool { levels.isEmpty }

    /// The group of each of the rows.
    mutating func groups(of rows: [UInt32]) throws(QueryProblem) -> [UInt32] {
        var groups = [UInt32](repeating: 0, count: rows.count)
        var count = 1
        for index in levels.indices {
            levels[index].divide(&groups, of: rows, count: count)
            count = levels[index].pairs.count
            guard count <= QueryLimits.cellsMax else { throw Self.tooMany }
        }
        return groups
    }

    /// For each dimension and group, the code of its value.
    var codes: [[UInt32]] {
        var groups = (0..<count).map { UInt32($0) }
        var codes: [[UInt32]] = []
        for level in levels.reversed() {
            codes.append(groups.map { level.pairs[Int($0)].code })
            groups = groups.map { level.pairs[Int($0)].group }
        }
        return codes.reversed()
    }
}
