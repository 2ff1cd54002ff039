/// One row of a COPY to us, read where libpq holds it; valid only inside the closure it is lent to.
///
/// COPY names no types: a cell's size decides what an integer is, and a reader of the wrong type stops the program.
/// jsonb, numeric and the like are cast in the SQL.
@safe package struct PostgresCopyRow: ~Copyable {
    /// Where one cell lies; a negative length is a null.
    struct Cell {
        var offset: Int
        var length: Int
    }

    /// Number of columns.
    package let columnCount: Int
    private let base: UnsafeRawPointer
    private let cells: UnsafePointer<Cell>

    init(base: UnsafeRawPointer, cells: UnsafePointer<Cell>, columnCount: Int) {
        unsafe self.base = base
        unsafe self.cells = cells
        self.columnCount = columnCount
    }

    /// True when the cell is a null.
    package borrowing func isNull(_ column: Int) -> Bool {
        precondition(column >= 0 && column < columnCount, "column \(column) of \(columnCount)")
        return unsafe cells[column].length < 0
    }

    /// An int2, int4 or int8 that fits.
    package borrowing func int16(_ column: Int) -> Int16 { Int16(int64(column)) }
    /// An int2, int4 or int8 that fits.
    package borrowing func int32(_ column: Int) -> Int32 { Int32(int64(column)) }
    /// An int2, int4 or int8.
    package borrowing func int64(_ column: Int) -> Int64 { withBytes(column) { PostgresCell.integer($0) } }
    /// A float4 or float8.
    package borrowing func double(_ column: Int) -> Double { withBytes(column) { PostgresCell.double($0) } }
    /// A bool.
    package borrowing func bool(_ column: Int) -> Bool { withBytes(column) { PostgresCell.bool($0) } }
    /// Text.
    package borrowing func text(_ column: Int) -> String { withBytes(column) { PostgresCell.text($0) } }
    /// A copy of the cell's bytes.
    package borrowing func bytes(_ column: Int) -> [UInt8] { withBytes(column) { PostgresCell.bytes($0) } }
    /// The cell's size, 0 for a null.
    package borrowing func byteCount(_ column: Int) -> Int { isNull(column) ? 0 : unsafe cells[column].length }
    /// Two big-endian halves: a uuid, or 16 bytes of bytea.
    package borrowing func uuid(_ column: Int) -> (UInt64, UInt64) { withBytes(column) { PostgresCell.uuid($0) } }
    /// A timestamptz in Unix milliseconds, cut to the millisecond before.
    package borrowing func timestampMillis(_ column: Int) -> Int64 {
        withBytes(column) { PostgresCell.timestampMillis($0) }
    }
    /// An array of int2, int4 or int8 without nulls.
    package borrowing func int64Array(_ column: Int) -> [Int64] {
        withBytes(column) { PostgresCell.solid($0) { PostgresCell.integer($0) } }
    }
    /// An array of texts without nulls.
    package borrowing func textArray(_ column: Int) -> [String] {
        withBytes(column) { PostgresCell.solid($0) { PostgresCell.text($0) } }
    }

    /// Appends the cell's bytes to the caller's buffer.
    package borrowing func append(_ column: Int, to buffer: inout [UInt8]) {
        withBytes(column) { cell in unsafe cell.withUnsafeBytes { unsafe buffer.append(contentsOf: $0) } }
    }

    /// Lends the cell's bytes.
    package borrowing func withBytes<R>(_ column: Int, _ body: (RawSpan) throws -> R) rethrows -> R {
        precondition(!isNull(column), "column \(column) is null")
        let cell = unsafe cells[column]
        return unsafe try body(RawSpan(_unsafeStart: base + cell.offset, byteCount: cell.length))
    }
}

extension PostgresCopyRow {
    /// nil for a null.
    package borrowing func int16IfPresent(_ column: Int) -> Int16? { isNull(column) ? nil : int16(column) }
    /// nil for a null.
    package borrowing func int32IfPresent(_ column: Int) -> Int32? { isNull(column) ? nil : int32(column) }
    /// nil for a null.
    package borrowing func int64IfPresent(_ column: Int) -> Int64? { isNull(column) ? nil : int64(column) }
    /// nil for a null.
    package borrowing func doubleIfPresent(_ column: Int) -> Double? { isNull(column) ? nil : double(column) }
    /// nil for a null.
    package borrowing func boolIfPresent(_ column: Int) -> Bool? { isNull(column) ? nil : bool(column) }
    /// nil for a null.
    package borrowing func textIfPresent(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
    /// nil for a null.
    package borrowing func bytesIfPresent(_ column: Int) -> [UInt8]? { isNull(column) ? nil : bytes(column) }
    /// nil for a null.
    package borrowing func uuidIfPresent(_ column: Int) -> (UInt64, UInt64)? { isNull(column) ? nil : uuid(column) }
    /// nil for a null.
    package borrowing func timestampMillisIfPresent(_ column: Int) -> Int64? {
        isNull(column) ? nil : timestampMillis(column)
    }
}
