internal import Glibc
internal import NIOCore

/// A connection's socket, for answers that leave past its channel: what the channel does for one small write costs as
/// much as making the answer. Only what the socket takes at once goes this way, and only while nothing waits in the
/// channel; all else, errors too, is the channel's.
struct AnswerOutlet {
    /// Something was given to the channel since it was last seen empty.
    var channelIsUsed = false
    /// Found at the first answer; none where the channel is no socket.
    private var socket: NIOBSDSocket.Handle?

    private static let none: NIOBSDSocket.Handle = -1
    /// Without waiting, and without a signal for a client that is gone.
    private static let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)

    /// True when bytes may be sent now: the socket is open, and nothing would be overtaken.
    mutating func isFree(_ channel: any Channel) -> Bool {
        // A channel closes its socket on its event loop only, and is not active from then on.
        guard channel.isActive else { return false }
        if channelIsUsed {
            // A channel that cannot say what it holds may hold something.
            guard (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) == 0 else { return false }
            channelIsUsed = false
        }
        let socket = socket ?? Self.find(channel)
        self.socket = socket
        return socket != Self.none
    }

    /// How many of the bytes the socket took. Call it right after `isFree`.
    func send(_ bytes: Span<UInt8>) -> Int {
        let sent = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.send(socket ?? Self.none, $0.baseAddress, $0.count, Self.flags)
        }
        return max(0, sent)
    }

    private static func find(_ channel: any Channel) -> NIOBSDSocket.Handle {
        // It fails for a socket that is closed, and none of those is active.
        let found = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable {
            (socket: NIOBSDSocket.Handle) in socket
        }
        return (found ?? nil) ?? none
    }
}
