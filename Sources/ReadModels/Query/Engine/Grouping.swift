/// Groups rows by the values of visit dimensions: a small number a group, and the way back to the values.
struct Grouping {
    /// The group of each row; `Kernels.none` for rows that do not count.
    private(set) var groupOfRow: [UInt32]
    /// Number of groups.
    private(set) var count = 1
    /// For each dimension and group, the code of its value.
    private(set) var codes: [[UInt32]] = []

    /// Up to this many (group, code) pairs are numbered by a plain table; more by a dictionary.
    private static let tableMax = 1 << 22

    /// Groups the rows of a mask by columns of the visit, in this order.
    init(_ mask: [UInt8], by dimensions: [VisitColumn], _ columns: ShopColumns) throws(QueryProblem) {
        self.groupOfRow = Kernels.oneGroup(mask)
        for column in dimensions {
            let codes = columns.texts[column.rawValue]
            switch codes.width {
            case 1: split(codes.narrow, codeCount: codes.values.count)
            case 2: split(codes.middle, codeCount: codes.values.count)
            default: split(codes.wide, codeCount: codes.values.count)
            }
            guard count <= QueryLimits.cellsMax else { throw Self.tooMany }
        }
    }

    static let tooMany = QueryProblem(
        at: "/dimensions", "These dimensions have too many different values; use fewer, or a filter.")

    /// Divides every group by the row's code.
    private mutating func split<T: FixedWidthInteger>(_ column: [T], codeCount: Int) {
        if count * codeCount <= Self.tableMax {
            splitByTable(column, codeCount)
        } else {
            splitByDictionary(column)
        }
    }

    private mutating func splitByTable<T: FixedWidthInteger>(_ column: [T], _ codeCount: Int) {
        var numbers = [UInt32](repeating: Kernels.none, count: count * codeCount)
        var pairs: [UInt32] = []
        unsafe groupOfRow.withUnsafeMutableBufferPointer { groups in
            unsafe column.withUnsafeBufferPointer { column in
                unsafe numbers.withUnsafeMutableBufferPointer { numbers in
                    for row in 0..<groups.count {
                        let group = unsafe groups[row]
                        guard group != Kernels.none else { continue }
                        let pair = unsafe Int(group) &* codeCount &+ Int(column[row])
                        if unsafe numbers[pair] == Kernels.none {
                            unsafe numbers[pair] = UInt32(pairs.count)
                            pairs.append(UInt32(pair))
                        }
                        unsafe groups[row] = numbers[pair]
                    }
                }
            }
        }
        descend(pairs.map { ($0 / UInt32(codeCount), $0 % UInt32(codeCount)) })
    }

    private mutating func splitByDictionary<T: FixedWidthInteger>(_ column: [T]) {
        var numbers: [UInt64: UInt32] = [:]
        var pairs: [(UInt32, UInt32)] = []
        for row in groupOfRow.indices where groupOfRow[row] != Kernels.none {
            let (group, code) = (groupOfRow[row], UInt32(truncatingIfNeeded: column[row]))
            let pair = UInt64(group) << 32 | UInt64(code)
            let number = numbers[pair] ?? UInt32(pairs.count)
            if Int(number) == pairs.count {
                numbers[pair] = number
                pairs.append((group, code))
            }
            groupOfRow[row] = number
        }
        descend(pairs)
    }

    /// Makes the pairs (group before, code) the new groups.
    private mutating func descend(_ pairs: [(UInt32, UInt32)]) {
        codes = codes.map { before in pairs.map { before[Int($0.0)] } }
        codes.append(pairs.map(\.1))
        count = pairs.count
    }
}
