internal import EventModel
internal import Synchronization

/// The names of the events that shops have made up, as far as this process has met them. Each name becomes a row of the
/// log that is never removed, so a shop has only so many; its other events are kept under one name for all, and say their
/// own in the payload. Any thread.
final class EventNames: Sendable {
    private struct State {
        var names: [ShopID: Set<UInt64>] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    /// Far more than anybody reads in a report.
    static let shopMax = 1_000
    /// Of all shops, 24 MB; then all are forgotten.
    private static let totalMax = 1 << 20
    /// Stands for the names beyond.
    static let other = Array("(other)".utf8)

    /// Whether an event of the shop may be kept under this name.
    func admits(_ name: Span<UInt8>, shop: ShopID) -> Bool {
        let hash = Checksum.xxh64(name)
        return state.withLock { state in
            let known = state.names[shop]
            if known?.contains(hash) == true { return true }
            guard (known?.count ?? 0) < Self.shopMax else { return false }
            if state.count >= Self.totalMax { state = State() }
            state.names[shop, default: []].insert(hash)
            state.count += 1
            return true
        }
    }
}
