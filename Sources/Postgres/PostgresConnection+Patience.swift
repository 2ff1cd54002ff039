internal import CLibPQ
internal import Glibc

extension PostgresConnection {
    /// What the server answers to a statement that `isSent`: the last result, or the first of a COPY. Nil where it was
    /// not sent or nothing came. Throws, and drops the session, where the answer takes longer than the patience.
    func answer(_ session: OpaquePointer, _ isSent: Int32) throws(PostgresError) -> OpaquePointer? {
        guard isSent == 1 else { return nil }
        var last: OpaquePointer?
        while true {
            do {
                unsafe try awaitResult(session)
            } catch {
                unsafe PQclear(last)
                throw error
            }
            guard let next = unsafe PQgetResult(session) else { return unsafe last }
            unsafe PQclear(last)
            unsafe last = next
            let status = unsafe PQresultStatus(next)
            if status == PGRES_COPY_IN || status == PGRES_COPY_OUT { return unsafe last }
            if unsafe PQstatus(session) == CONNECTION_BAD { return unsafe last }
        }
    }

    /// Returns when a result can be read without waiting, or the session has failed, which reading it will tell. Without
    /// patience it returns at once, and reading waits.
    private func awaitResult(_ session: OpaquePointer) throws(PostgresError) {
        guard let patience = configuration.patienceMillis else { return }
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(patience)
        while unsafe PQisBusy(session) == 1 {
            let left = clock.now.duration(to: end)
            guard left > .zero else {
                close()
                throw PostgresError(.connection, "no answer within \(patience) ms")
            }
            unsafe Self.waitReadable(PQsocket(session), left)
            guard unsafe PQconsumeInput(session) == 1 else { return }
        }
    }
}
