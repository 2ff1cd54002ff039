package import EventModel
package import Pipelines
internal import Synchronization

/// The handles for which nothing personal is kept any more, as this process knows them; shared by all threads. It only
/// grows: an erasure is never taken back.
///
/// While it is empty a look costs one atomic read. A handle is kept as 64 bits, mixed from its keyed hash, its kind and
/// its shop: a million handles take 17 MB (a set of 2^21 places of 8 bytes), and an event that has nothing to do with
/// them is taken for a fenced one with a probability of 5e-14 for each of its handles.
package final class Fence: Sendable {
    private let marks = Mutex<Set<UInt64>>([])
    private let isUsed = Atomic<Bool>(false)
    private let events = Atomic<Int>(0)

    /// An empty fence.
    package init() {}

    /// Adds handles; those that are never fenced (`isFenceable`) are left out. Every look that begins afterwards sees
    /// them. Nothing is evicted by this: let the keyring `forget` them next.
    package func add(shop: ShopID, _ handles: some Sequence<Handle>) {
        self.marks.withLock { marks in
            for handle in handles where handle.kind.isFenceable { marks.insert(Self.mark(handle, shop)) }
        }
        self.isUsed.store(true, ordering: .releasing)
    }

    /// True when nothing personal of an event with these handles may be kept: one of its orders, customers, e-mails or
    /// phones is fenced, or a checkout is and the event names no customer, e-mail or phone.
    package func holds(shop: ShopID, _ handles: [Handle]) -> Bool {
        if self.isEmpty { return false }
        let namesPerson = handles.contains { [.customer, .email, .phone].contains($0.kind) }
        return self.marks.withLock { marks in
            handles.contains { handle in
                handle.kind.isFenceable && !(handle.kind == .checkout && namesPerson)
                    && marks.contains(Self.mark(handle, shop))
            }
        }
    }

    /// True when this very handle was added.
    package func contains(_ handle: Handle, shop: ShopID) -> Bool {
        if self.isEmpty { return false }
        return self.marks.withLock { $0.contains(Self.mark(handle, shop)) }
    }

    /// Nobody is fenced.
    package var isEmpty: Bool { !self.isUsed.load(ordering: .acquiring) }

    /// Handles in it.
    package var count: Int { self.marks.withLock(\.count) }

    /// Events from which this process removed personal values because of the fence, since it started.
    package var eventCount: Int { self.events.load(ordering: .relaxed) }

    func countEvent() { self.events.add(1, ordering: .relaxed) }

    /// The hash is keyed by shop already; shop and kind are mixed in so that this does not depend on it.
    private static func mark(_ handle: Handle, _ shop: ShopID) -> UInt64 {
        // 2^64 divided by the golden ratio, which spreads small numbers over all bits (Knuth, TAOCP 3, 6.4).
        let salt = (UInt64(UInt32(bitPattern: shop)) << 8 | UInt64(handle.kind.rawValue)) &* 0x9E37_79B9_7F4A_7C15
        return handle.hash.high ^ handle.hash.low &* 0xFF51_AFD7_ED55_8CCD ^ salt
    }
}

extension HandleKind {
    /// True for what names one person or one purchase. Carts and browsers are not fenced: somebody else may use them.
    package var isFenceable: Bool {
        switch self {
        case .customer, .email, .phone, .order, .checkout: true
        case .cart, .client, .event: false
        }
    }
}
