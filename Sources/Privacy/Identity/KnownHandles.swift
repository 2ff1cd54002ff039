internal import EventModel
internal import Pipelines

/// What was hashed for the events of one request, which are mostly of one visitor, so that each of them costs it once.
/// Equal texts of a shop have equal handles for ever. Its storage is used again by the next request, and then nothing of
/// the one before is left.
struct KnownHandles {
    private var shop: ShopContext?
    private var handles: [KnownHandle] = []
    /// What they were made of, as it was written, one behind the other.
    private var written: [UInt8] = []
    /// To normalise in.
    private var normal: [UInt8] = []

    private struct KnownHandle {
        let kind: HandleKind
        let text: Range<Int>
        let handle: Handle?
    }

    /// More than an event of one buyer names.
    private static let handlesMax = 16

    /// Forgets all but what was hashed for the same request. An event without origin is a request of its own.
    mutating func begin(_ origin: RequestOrigin?, _ shop: ShopContext) {
        if let origin, origin.isBegun, self.shop === shop { return }
        origin?.isBegun = true
        self.shop = shop
        self.forget()
    }

    private mutating func forget() {
        guard !self.handles.isEmpty else { return }
        self.handles.removeAll(keepingCapacity: true)
        self.written.removeAll(keepingCapacity: true)
    }

    /// The handle of a string's or number's content, as the shop of `begin` gives it.
    mutating func handle(_ kind: HandleKind, _ body: Span<UInt8>, _ match: JSONMatch) -> Handle? {
        // What is equal as it was written is equal when it is read.
        let text = body.extracting(match.type == .string ? match.start + 1..<match.end - 1 : match.range)
        for known in self.handles where known.kind == kind && known.text.count == text.count {
            if self.written.span.extracting(known.text).isEqual(text) { return known.handle }
        }
        let handle = self.shop?.handle(kind, body, match, normal: &self.normal)
        if self.handles.count == Self.handlesMax { self.forget() }
        let place = self.written.count..<self.written.count + text.count
        self.written.append(text)
        self.handles.append(KnownHandle(kind: kind, text: place, handle: handle))
        return handle
    }
}
