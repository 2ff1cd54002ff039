internal import CLibPQ
internal import Glibc

/// What another session said by NOTIFY.
package struct PostgresNotification: Sendable, Equatable {
    /// The channel.
    package let channel: String
    /// The payload, possibly empty.
    package let payload: String
}

extension PostgresConnection {
    /// Listens on these channels (plain identifiers) from now on, also after the session was lost and made again.
    package func listen(to channels: [String]) throws(PostgresError) {
        let fresh = channels.filter { !self.channels.contains($0) }
        self.channels += fresh
        let wasConnected = isConnected
        try connect()
        guard wasConnected, !fresh.isEmpty else { return }
        try execute(Self.listening(to: fresh))
    }

    /// Waits up to `waitMillis` for notifications and returns all that have come; none after the time.
    ///
    /// Throws once when the session was lost: some may have been missed, so the caller looks for itself. The call after
    /// that connects and listens again.
    package func notifications(waitMillis: Int) throws(PostgresError) -> [PostgresNotification] {
        let session = unsafe try session()
        let deadline = ContinuousClock.now + .milliseconds(waitMillis)
        while true {
            guard unsafe PQconsumeInput(session) == 1 else { throw unsafe lost(session) }
            let received = unsafe Self.received(session)
            if !received.isEmpty { return received }
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { return [] }
            Self.waitReadable(unsafe PQsocket(session), left)
        }
    }

    func listenAgain() throws(PostgresError) {
        if !channels.isEmpty { try execute(Self.listening(to: channels)) }
    }

    private static func listening(to channels: [String]) -> String {
        channels.map { "LISTEN \($0);" }.joined()
    }

    private static func received(_ session: OpaquePointer) -> [PostgresNotification] {
        var all: [PostgresNotification] = []
        while let notify = unsafe PQnotifies(session) {
            unsafe all.append(
                PostgresNotification(channel: text(notify.pointee.relname), payload: text(notify.pointee.extra)))
            unsafe PQfreemem(notify)
        }
        return all
    }

    /// A signal ends the wait early; the caller's loop waits again.
    static func waitReadable(_ socket: Int32, _ limit: Duration) {
        let millis = limit.components.seconds * 1000 + limit.components.attoseconds / 1_000_000_000_000_000
        var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&entry, 1, Int32(clamping: millis + 1))
    }
}
