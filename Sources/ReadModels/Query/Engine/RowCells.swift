/// The cells of some rows: one for all of them, or one for each.
enum RowCells {
    case same(UInt32)
    case each([UInt32])

    /// Those of the rows at these places.
    func gather(_ places: [UInt32]) -> RowCells {
        switch self {
        case .same: self
        case .each(let cells): .each(Kernels.gather(cells, places))
        }
    }

    /// One for each of `count` rows.
    func array(_ count: Int) -> [UInt32] {
        switch self {
        case .same(let cell): Array(repeating: cell, count: count)
        case .each(let cells): cells
        }
    }

    /// Adds to each cell's sum the value of each of its rows.
    func add<T: FixedWidthInteger>(_ values: [T], to sums: inout [Int64]) {
        switch self {
        case .same(let cell): sums[Int(cell)] &+= Kernels.sum(values)
        case .each(let cells): Kernels.add(values, to: &sums, cells)
        }
    }

    /// Adds to each cell's sum the values at its places.
    func add<T: FixedWidthInteger>(_ values: [T], _ places: [UInt32], to sums: inout [Int64]) {
        switch self {
        case .same(let cell): sums[Int(cell)] &+= Kernels.sum(values, places)
        case .each(let cells): Kernels.add(values, places, to: &sums, cells)
        }
    }
}
