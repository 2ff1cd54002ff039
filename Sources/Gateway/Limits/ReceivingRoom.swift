internal import Synchronization

/// Room for bodies that are on their way, over all connections and for each sender. What has arrived counts, not what a
/// head announces: announcing costs nothing. So those who only announce, and one who sends slowly, keep nobody out.
///
/// A body's first bytes need no room, and so the usual body is always read: they are bounded by the number of
/// connections.
final class ReceivingRoom: Sendable {
    private struct State {
        var bytes = 0
        /// Those who have large bodies on the way now; few, since each takes some of `bytesMax`.
        var senders: [ClientAddress: Int] = [:]
    }

    /// What one body has taken, and for whom.
    struct Share {
        fileprivate(set) var bytes = 0
        fileprivate var sender = ClientAddress.unknown
    }

    private let state = Mutex(State())
    private let bytesMax: Int
    private let metrics: GatewayMetrics

    /// Bytes of a body that need no room; a head may have twice as many.
    static let freeBytes = 16 << 10
    /// One sender gets this part of the room. Shopify's largest webhook fits into a quarter.
    private static let partOfSender = 4

    init(limits: GatewayLimits, metrics: GatewayMetrics) {
        self.bytesMax = limits.receivingBytesMax
        self.metrics = metrics
    }

    /// True when a body of which so much has arrived needs more room than it has.
    static func isShort(_ share: Share, arrived: Int) -> Bool { arrived - freeBytes > share.bytes }

    /// Takes room for what has arrived of a body; false, and nothing taken, when there is none. Whoever is on this
    /// machine is the operator's own program and may take all there is.
    func grow(_ share: inout Share, arrived: Int, from sender: ClientAddress) -> Bool {
        let more = arrived - Self.freeBytes - share.bytes
        guard more > 0 else { return true }
        let isOwn = sender.isLoopback || sender == .unknown
        let senderMax = isOwn ? bytesMax : bytesMax / Self.partOfSender
        let isTaken = state.withLock { state in
            guard state.bytes + more <= bytesMax, state.senders[sender, default: 0] + more <= senderMax else {
                return false
            }
            state.bytes += more
            state.senders[sender, default: 0] += more
            return true
        }
        guard isTaken else { return false }
        share.bytes += more
        share.sender = sender
        metrics.changeReceiving(more)
        return true
    }

    /// Gives back all that a body has taken.
    func release(_ share: inout Share) {
        guard share.bytes > 0 else { return }
        let (bytes, sender) = (share.bytes, share.sender)
        state.withLock { state in
            state.bytes -= bytes
            let left = state.senders[sender, default: bytes] - bytes
            state.senders[sender] = left > 0 ? left : nil
        }
        share = Share()
        metrics.changeReceiving(-bytes)
    }
}
