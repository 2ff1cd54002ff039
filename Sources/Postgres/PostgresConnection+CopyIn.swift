internal import CLibPQ

extension PostgresConnection {
    /// Runs `COPY ... FROM STDIN (FORMAT binary)`, lends a writer and returns the number of rows the server took.
    ///
    /// When `write` throws, the server throws the rows away and the error is thrown on.
    package func copyIn(_ sql: String, _ write: (inout PostgresCopyWriter) throws -> Void) throws -> Int {
        try beginCopyIn(sql)
        var writer = unsafe PostgresCopyWriter(session: try session())
        do {
            try write(&writer)
        } catch {
            abandonCopyIn()
            throw error
        }
        writer.checkWhole()
        writer.flush()
        return try endCopyIn()
    }

    /// Begins a COPY whose rows follow by `copyData`; nothing else may run on this connection until `endCopyIn`.
    package func beginCopyIn(_ sql: String) throws(PostgresError) {
        let session = unsafe try session()
        let status = unsafe try take(answer(session, PQsendQuery(session, sql))) { unsafe PQresultStatus($0) }
        guard status == PGRES_COPY_IN else { throw PostgresError(.usage, "no COPY FROM STDIN: \(sql.prefix(80))") }
        _ = unsafe Self.copyHeader.withUnsafeBytes { unsafe PostgresCopyWriter.send($0, to: session) }
    }

    /// Sends the rows a writer has collected.
    package func copyData(_ rows: borrowing PostgresCopyWriter) throws(PostgresError) {
        rows.checkWhole()
        let session = unsafe try session()
        let isTaken = unsafe rows.withBytes { unsafe PostgresCopyWriter.send($0, to: session) }
        if !isTaken { throw endFailedCopy() }
    }

    /// Ends the COPY and returns the number of rows the server took.
    package func endCopyIn() throws(PostgresError) -> Int {
        let session = unsafe try session()
        _ = unsafe Self.copyTrailer.withUnsafeBytes { unsafe PostgresCopyWriter.send($0, to: session) }
        _ = unsafe PQputCopyEnd(session, nil)
        let rows = unsafe try takeLast(session) { unsafe Int(String(cString: PQcmdTuples($0))) ?? 0 }
        return rows
    }

    /// Gives a begun COPY up; the server keeps none of its rows.
    package func abandonCopyIn() {
        guard isConnected else { return }
        do {
            let session = unsafe try session()
            _ = unsafe PQputCopyEnd(session, "given up by the writer")
            _ = unsafe try takeLast(session) { _ in 0 }
        } catch  where error.code == .query {
            // The answer to giving up is this error; the session is fine.
        } catch {
            close()
        }
    }

    private func endFailedCopy() -> PostgresError {
        do {
            _ = try endCopyIn()
            return PostgresError(.protocolViolation, "COPY stopped without an error")
        } catch {
            return error
        }
    }

    /// Reads the results that end a COPY up to the last; the first error counts.
    func takeLast<R>(
        _ session: OpaquePointer, _ read: (OpaquePointer) -> R
    ) throws(PostgresError) -> R {
        var outcome: Result<R, PostgresError>?
        while isConnected, let result = unsafe PQgetResult(session) {
            do {
                let value = unsafe try take(result, read)
                if outcome == nil { outcome = .success(value) }
            } catch {
                outcome = .failure(error)
                if error.isConnectionLost { break }
            }
        }
        guard let outcome else { throw unsafe lost(isConnected ? session : nil) }
        return try outcome.get()
    }

    /// Signature, flags and an empty extension.
    private static let copyHeader: [UInt8] =
        Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0] + [UInt8](repeating: 0, count: 8)
    /// A column count of -1.
    private static let copyTrailer: [UInt8] = [0xFF, 0xFF]
}
