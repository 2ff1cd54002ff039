/// One text column: a code a row, in as few bytes as the number of different values needs.
struct CodeColumn {
    private(set) var values = ValueDictionary()
    /// Only the one of the current width is in use.
    private(set) var narrow: [UInt8] = []
    private(set) var middle: [UInt16] = []
    private(set) var wide: [UInt32] = []
    private(set) var width = 1

    /// Bytes it holds on to.
    var byteCount: Int { values.byteCount + narrow.capacity + 2 * middle.capacity + 4 * wide.capacity }

    /// A column without rows.
    init() {}

    /// A column with one of two values in each row.
    init(_ rows: [Bool], _ value: String, else other: String) {
        let codes = unsafe (values.code(for: value.utf8.span.bytes), values.code(for: other.utf8.span.bytes))
        narrow = rows.map { UInt8(truncatingIfNeeded: $0 ? codes.0 : codes.1) }
    }

    /// Sets the value of a row; `row` is at most the number of rows, which adds one.
    mutating func set(_ row: Int, _ value: RawSpan) {
        let code = values.code(for: value)
        if code > 0xFF, width == 1 { widen(to: 2) }
        if code > 0xFFFF, width == 2 { widen(to: 4) }
        switch width {
        case 1: Self.put(&narrow, row, UInt8(truncatingIfNeeded: code))
        case 2: Self.put(&middle, row, UInt16(truncatingIfNeeded: code))
        default: Self.put(&wide, row, code)
        }
    }

    /// The code of a row.
    func code(_ row: Int) -> Int {
        switch width {
        case 1: Int(narrow[row])
        case 2: Int(middle[row])
        default: Int(wide[row])
        }
    }

    /// The value of a row; nil where it is unknown.
    func text(_ row: Int) -> String? {
        let code = code(row)
        return code == 0 ? nil : values.text(code)
    }

    /// Makes room without the doubling that appending would do.
    mutating func reserve(_ rows: Int) {
        switch width {
        case 1: narrow.reserveCapacity(rows)
        case 2: middle.reserveCapacity(rows)
        default: wide.reserveCapacity(rows)
        }
    }

    /// Puts the rows into another order; see `Kernels.reorder`.
    mutating func reorder(_ order: [UInt32]) {
        switch width {
        case 1: Kernels.reorder(&narrow, order)
        case 2: Kernels.reorder(&middle, order)
        default: Kernels.reorder(&wide, order)
        }
    }

    private mutating func widen(to next: Int) {
        if next == 2 {
            middle.reserveCapacity(narrow.capacity)
            middle.append(contentsOf: narrow.lazy.map(UInt16.init))
            narrow = []
        } else {
            wide.reserveCapacity(middle.capacity)
            wide.append(contentsOf: middle.lazy.map(UInt32.init))
            middle = []
        }
        width = next
    }

    private static func put<T>(_ codes: inout [T], _ row: Int, _ code: T) {
        if row == codes.count { Growth.append(&codes, code) } else { codes[row] = code }
    }
}
