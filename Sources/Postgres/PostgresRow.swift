/// One row of a result. Columns are counted from 0, in the order of the SELECT list.
///
/// A reader of the wrong type, or of a null without `IfPresent`, stops the program: the SQL stands beside its decoding.
/// `numeric`, `date` and other types without a reader of their own are cast in the SQL (`::text`, `::float8`).
package struct PostgresRow: Sendable {
    let cells: PostgresCells
    let first: Int

    /// Number of columns.
    package var columnCount: Int { cells.types.count }

    /// True when the cell is a null.
    package func isNull(_ column: Int) -> Bool { cells.starts[index(column)] < 0 }

    /// An int2, int4 or int8 that fits.
    package func int16(_ column: Int) -> Int16 { Int16(int64(column)) }
    /// An int2, int4 or int8 that fits.
    package func int32(_ column: Int) -> Int32 { Int32(int64(column)) }
    /// An int2, int4 or int8; a `numeric` (as sums of int8 are) is cut to its whole part.
    package func int64(_ column: Int) -> Int64 {
        let type = cells.types[column]
        return read(column) { cell in
            type == PostgresOID.numeric ? PostgresNumeric.integer(cell) : PostgresCell.integer(cell)
        }
    }
    /// A float4, float8, numeric or integer, as the nearest double.
    package func double(_ column: Int) -> Double {
        switch cells.types[column] {
        case PostgresOID.numeric: read(column) { PostgresNumeric.double($0) }
        case PostgresOID.int2, PostgresOID.int4, PostgresOID.int8: Double(int64(column))
        default: read(column) { PostgresCell.double($0) }
        }
    }
    /// A bool.
    package func bool(_ column: Int) -> Bool { read(column) { PostgresCell.bool($0) } }
    /// Text of any kind: text, varchar, name, enum, json, jsonb.
    package func text(_ column: Int) -> String {
        let type = cells.types[column]
        precondition(!PostgresOID.notText.contains(type), "column \(column) has type \(type); cast it to text in SQL")
        return read(column) { cell in
            let skipped = type == PostgresOID.jsonb ? 1 : 0  // a version byte
            return PostgresCell.text(cell.extracting(droppingFirst: skipped))
        }
    }
    /// The cell's bytes as they came.
    package func bytes(_ column: Int) -> [UInt8] { read(column) { PostgresCell.bytes($0) } }
    /// Appends the cell's bytes to the caller's buffer.
    package func append(_ column: Int, to buffer: inout [UInt8]) {
        read(column) { cell in unsafe cell.withUnsafeBytes { unsafe buffer.append(contentsOf: $0) } }
    }
    /// A uuid, high and low half.
    package func uuid(_ column: Int) -> (UInt64, UInt64) { read(column) { PostgresCell.uuid($0) } }
    /// A timestamptz in Unix milliseconds, cut to the millisecond before.
    package func timestampMillis(_ column: Int) -> Int64 { read(column) { PostgresCell.timestampMillis($0) } }
    /// An array of texts without nulls.
    package func textArray(_ column: Int) -> [String] {
        read(column) { PostgresCell.solid($0) { PostgresCell.text($0) } }
    }
    /// An array of texts.
    package func optionalTextArray(_ column: Int) -> [String?] {
        read(column) { PostgresCell.array($0) { PostgresCell.text($0) } }
    }
    /// An array of int2, int4 or int8 without nulls.
    package func int64Array(_ column: Int) -> [Int64] {
        read(column) { PostgresCell.solid($0) { PostgresCell.integer($0) } }
    }
    /// An array of int2, int4 or int8.
    package func optionalInt64Array(_ column: Int) -> [Int64?] {
        read(column) { PostgresCell.array($0) { PostgresCell.integer($0) } }
    }
    /// An array of float4 or float8 without nulls.
    package func doubleArray(_ column: Int) -> [Double] {
        read(column) { PostgresCell.solid($0) { PostgresCell.double($0) } }
    }
    /// An array of bools without nulls.
    package func boolArray(_ column: Int) -> [Bool] {
        read(column) { PostgresCell.solid($0) { PostgresCell.bool($0) } }
    }
    /// An array of byte strings.
    package func bytesArray(_ column: Int) -> [[UInt8]?] {
        read(column) { PostgresCell.array($0) { PostgresCell.bytes($0) } }
    }
    /// An array of uuids without nulls.
    package func uuidArray(_ column: Int) -> [(UInt64, UInt64)] {
        read(column) { PostgresCell.solid($0) { PostgresCell.uuid($0) } }
    }
    /// An array of timestamptz without nulls, in Unix milliseconds.
    package func timestampMillisArray(_ column: Int) -> [Int64] {
        read(column) { PostgresCell.solid($0) { PostgresCell.timestampMillis($0) } }
    }

    private func index(_ column: Int) -> Int {
        precondition(column >= 0 && column < cells.types.count, "column \(column) of \(cells.types.count)")
        return first + column
    }

    private func read<T>(_ column: Int, _ decode: (RawSpan) -> T) -> T {
        let index = index(column)
        let start = cells.starts[index]
        precondition(start >= 0, "column \(column) is null")
        let next = cells.starts[index + 1]
        let end = next >= 0 ? next : -1 - next
        let bytes = cells.bytes  // keeps the span's owner in sight of the compiler
        return unsafe decode(bytes.span.bytes.extracting(start..<end))
    }
}

extension PostgresRow {
    /// nil for a null.
    package func int16IfPresent(_ column: Int) -> Int16? { isNull(column) ? nil : int16(column) }
    /// nil for a null.
    package func int32IfPresent(_ column: Int) -> Int32? { isNull(column) ? nil : int32(column) }
    /// nil for a null.
    package func int64IfPresent(_ column: Int) -> Int64? { isNull(column) ? nil : int64(column) }
    /// nil for a null.
    package func doubleIfPresent(_ column: Int) -> Double? { isNull(column) ? nil : double(column) }
    /// nil for a null.
    package func boolIfPresent(_ column: Int) -> Bool? { isNull(column) ? nil : bool(column) }
    /// nil for a null.
    package func textIfPresent(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
    /// nil for a null.
    package func bytesIfPresent(_ column: Int) -> [UInt8]? { isNull(column) ? nil : bytes(column) }
    /// nil for a null.
    package func uuidIfPresent(_ column: Int) -> (UInt64, UInt64)? { isNull(column) ? nil : uuid(column) }
    /// nil for a null.
    package func timestampMillisIfPresent(_ column: Int) -> Int64? { isNull(column) ? nil : timestampMillis(column) }
}
