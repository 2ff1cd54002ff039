internal import CLibPQ

extension PostgresConnection {
    /// Runs `COPY (...) TO STDOUT (FORMAT binary)` and lends each row as it comes; returns their number.
    ///
    /// Rows are read in libpq's own buffer. When `row` throws, the server is asked to stop and the error is thrown on.
    package func copyOut(_ sql: String, _ row: (borrowing PostgresCopyRow) throws -> Void) throws -> Int {
        let session = unsafe try session()
        let status = unsafe try take(answer(session, PQsendQuery(session, sql))) { unsafe PQresultStatus($0) }
        guard status == PGRES_COPY_OUT else { throw PostgresError(.usage, "no COPY TO STDOUT: \(sql.prefix(80))") }
        var parser = CopyParser()
        do {
            while let message = unsafe try nextMessage(session) {
                defer { unsafe PQfreemem(message.start) }
                unsafe try parser.lend(UnsafeRawBufferPointer(start: message.start, count: message.count), row)
            }
        } catch {
            stop(session: isConnected)
            throw error
        }
        _ = unsafe try takeLast(session) { _ in 0 }
        return parser.rowCount
    }

    /// One message of the server, to be freed; nil after the last.
    func nextMessage(
        _ session: OpaquePointer
    ) throws(PostgresError) -> (start: UnsafeMutablePointer<CChar>, count: Int)? {
        var start: UnsafeMutablePointer<CChar>?
        let count = unsafe PQgetCopyData(session, &start, 0)
        if count == -1 { return nil }
        guard count >= 0, let start = unsafe start else { throw unsafe lost(session) }
        return unsafe (start, Int(count))
    }

    /// Cancels the running COPY and reads what is still on its way, so that the session can go on.
    func stop(session isLive: Bool) {
        guard isLive, let session = unsafe try? self.session() else { return }  // a lost session needs no stop
        var reason = [CChar](repeating: 0, count: 256)
        let cancel = unsafe PQgetCancel(session)
        let isSent = unsafe PQcancel(cancel, &reason, Int32(reason.count)) == 1
        unsafe PQfreeCancel(cancel)
        guard isSent else { return close() }
        do {
            while let message = unsafe try nextMessage(session) { unsafe PQfreemem(message.start) }
            _ = unsafe try takeLast(session) { _ in 0 }
        } catch  where error.code == .query {
            // "canceling statement" is what we asked for.
        } catch {
            close()
        }
    }
}

/// Finds the cells of each message. The server sends one row a message, with the header before the first.
private struct CopyParser {
    private static let signatureCount = 11
    var rowCount = 0
    private var isBegun = false
    private var cells: [PostgresCopyRow.Cell] = []

    mutating func lend(_ bytes: UnsafeRawBufferPointer, _ row: (borrowing PostgresCopyRow) throws -> Void) throws {
        var offset = 0
        if !isBegun {
            unsafe offset = try Self.skipHeader(bytes)
            isBegun = true
        }
        guard let base = bytes.baseAddress, offset < bytes.count else { return }
        let columns = unsafe Int(Int16(bigEndian: try Self.load(bytes, offset)))
        if columns < 0 { return }  // the trailer
        unsafe try parse(bytes, columns, offset + 2)
        rowCount += 1
        unsafe try cells.withUnsafeBufferPointer { cells in
            guard let start = cells.baseAddress else { return }
            unsafe try row(PostgresCopyRow(base: UnsafeRawPointer(base), cells: start, columnCount: columns))
        }
    }

    private mutating func parse(_ bytes: UnsafeRawBufferPointer, _ columns: Int, _ first: Int) throws(PostgresError) {
        var offset = first
        if cells.count != columns {
            cells = Array(repeating: PostgresCopyRow.Cell(offset: 0, length: 0), count: columns)
        }
        for column in 0..<columns {
            let length = unsafe Int(Int32(bigEndian: try Self.load(bytes, offset)))
            offset += 4
            cells[column] = PostgresCopyRow.Cell(offset: offset, length: length)
            offset += max(length, 0)
            guard offset <= bytes.count else { throw PostgresError(.protocolViolation, "a COPY row is cut short") }
        }
    }

    private static func skipHeader(_ bytes: UnsafeRawBufferPointer) throws(PostgresError) -> Int {
        let extensionCount: Int32 = unsafe try load(bytes, signatureCount + 4)
        return signatureCount + 8 + Int(Int32(bigEndian: extensionCount))
    }

    private static func load<T: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer, _ offset: Int
    ) throws(PostgresError) -> T {
        guard offset + MemoryLayout<T>.size <= bytes.count else {
            throw PostgresError(.protocolViolation, "a COPY message is cut short")
        }
        return unsafe bytes.loadUnaligned(fromByteOffset: offset, as: T.self)
    }
}
