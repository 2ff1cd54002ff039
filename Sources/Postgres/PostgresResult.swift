internal import CLibPQ

/// All rows of one statement, copied out of libpq: a plain value that may go anywhere.
package struct PostgresResult: Sendable {
    /// Number of rows.
    package let count: Int
    /// Rows inserted, updated, deleted or selected, as the server's command tag says.
    package let affectedRows: Int
    private let cells: PostgresCells

    /// Copies everything; the caller still frees `result`.
    init(copying result: OpaquePointer) {
        self.count = unsafe Int(PQntuples(result))
        self.affectedRows = unsafe Int(String(cString: PQcmdTuples(result))) ?? 0
        self.cells = unsafe PostgresCells(copying: result)
    }

    /// Number of columns.
    package var columnCount: Int { cells.types.count }

    /// One row, counted from 0.
    package subscript(row: Int) -> PostgresRow {
        precondition(row >= 0 && row < count, "row \(row) of \(count)")
        return PostgresRow(cells: cells, first: row * columnCount)
    }

    /// The first row, if there is one.
    package var first: PostgresRow? { count > 0 ? self[0] : nil }
}

extension PostgresResult: RandomAccessCollection {
    /// Always 0.
    package var startIndex: Int { 0 }
    /// The number of rows.
    package var endIndex: Int { count }
}

/// The bytes of all cells one after another; immutable, shared by the rows.
final class PostgresCells: Sendable {
    let types: [UInt32]
    let bytes: [UInt8]
    /// Start of each cell, row by row; `-1 - start` for a null. One more at the end.
    let starts: [Int]

    init(copying result: OpaquePointer) {
        let (rows, columns) = unsafe (PQntuples(result), PQnfields(result))
        self.types = (0..<columns).map { unsafe PQftype(result, $0) }
        var bytes: [UInt8] = []
        var starts: [Int] = []
        starts.reserveCapacity(Int(rows) * Int(columns) + 1)
        for row in 0..<rows {
            for column in 0..<columns {
                let isNull = unsafe PQgetisnull(result, row, column) != 0
                starts.append(isNull ? -1 - bytes.count : bytes.count)
                let length = unsafe Int(PQgetlength(result, row, column))
                unsafe bytes.append(
                    contentsOf: UnsafeRawBufferPointer(start: PQgetvalue(result, row, column), count: length))
            }
        }
        starts.append(bytes.count)
        self.bytes = bytes
        self.starts = starts
    }
}
