internal import CLibPQ

extension PostgresConnection {
    /// Runs a `COPY ... TO STDOUT` of any format and lends the server's bytes as they come, some rows at a time.
    package func copyOutBytes(_ sql: String, _ take: ([UInt8]) throws -> Void) throws {
        let session = unsafe try session()
        let status = unsafe try self.take(answer(session, PQsendQuery(session, sql))) { unsafe PQresultStatus($0) }
        guard status == PGRES_COPY_OUT else { throw PostgresError(.usage, "no COPY TO STDOUT: \(sql.prefix(80))") }
        do {
            while let message = unsafe try nextMessage(session) {
                defer { unsafe PQfreemem(message.start) }
                unsafe try take([UInt8](UnsafeRawBufferPointer(start: message.start, count: message.count)))
            }
        } catch {
            stop(session: isConnected)
            throw error
        }
        _ = unsafe try takeLast(session) { _ in 0 }
    }

    /// Runs a `COPY ... FROM STDIN` of any format with the bytes that `next` returns until it returns nil; returns the
    /// number of rows the server took. When `next` throws, the server throws the rows away and the error is thrown on.
    package func copyInBytes(_ sql: String, _ next: () throws -> [UInt8]?) throws -> Int {
        let session = unsafe try session()
        let status = unsafe try take(answer(session, PQsendQuery(session, sql))) { unsafe PQresultStatus($0) }
        guard status == PGRES_COPY_IN else { throw PostgresError(.usage, "no COPY FROM STDIN: \(sql.prefix(80))") }
        do {
            while let bytes = try next() {
                // What the server refuses shows at the end.
                _ = unsafe bytes.withUnsafeBytes { unsafe PostgresCopyWriter.send($0, to: session) }
            }
        } catch {
            abandonCopyIn()
            throw error
        }
        _ = unsafe PQputCopyEnd(session, nil)
        return unsafe try takeLast(session) { unsafe Int(String(cString: PQcmdTuples($0))) ?? 0 }
    }
}
