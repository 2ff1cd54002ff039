package import EventModel
internal import Pipelines

/// Where a request came from. Used to tell visitors without consent apart within a day; never stored.
///
/// It also keeps what was hashed for the request's events, which are mostly of one visitor, so that each of them costs
/// it once. A class of its own for each request, because nothing of it may be left when the request is done.
package final class RequestOrigin {
    /// The client's address, IPv4 in its mapped form.
    package let address: Key128
    /// The `User-Agent` header.
    package let userAgent: String
    /// Its address and user agent as JSON strings may hold them.
    private(set) lazy var texts: [SearchedText] = self.identifyingTexts()
    /// The visitor without consent.
    var daily: (shop: ShopContext, salt: DailySalt, visitor: Visitor)?
    /// Handles of `handleShop`.
    private var handles: [KnownHandle] = []
    /// Most requests have one event and name one handle, which is not asked for again: the first is not kept.
    private var wasAsked = false
    private var handleShop: ShopContext?
    /// What the handles were made of, as it was written, one behind the other.
    private var written: [UInt8] = []

    private struct KnownHandle {
        let kind: HandleKind
        let text: Range<Int>
        let handle: Handle?
    }

    /// More than an event of one buyer names.
    private static let handlesMax = 16
    /// Bytes of a client id and of what a checkout names.
    private static let writtenBytesUsual = 192
    /// A user agent has about five.
    private static let slashesUsual = 8

    /// An origin.
    package init(address: Key128, userAgent: String) {
        self.address = address
        self.userAgent = userAgent
    }

    /// The handle of a string's or number's content, as `ShopContext.handle` gives it; `normal` is storage.
    func handle(
        _ kind: HandleKind, _ body: Span<UInt8>, _ match: JSONMatch, in shop: ShopContext, normal: inout [UInt8]
    ) -> Handle? {
        guard self.wasAsked else {
            self.wasAsked = true
            return shop.handle(kind, body, match, normal: &normal)
        }
        // What is equal as it was written is equal when it is read.
        let text = body.extracting(match.type == .string ? match.start + 1..<match.end - 1 : match.range)
        if self.handleShop !== shop { self.forgetHandles(for: shop) }
        for known in self.handles where known.kind == kind && known.text.count == text.count {
            if self.written.span.extracting(known.text).isEqual(text) { return known.handle }
        }
        let handle = shop.handle(kind, body, match, normal: &normal)
        if self.handles.count == Self.handlesMax { self.forgetHandles(for: shop) }
        let place = self.written.count..<self.written.count + text.count
        self.written.append(text)
        self.handles.append(KnownHandle(kind: kind, text: place, handle: handle))
        return handle
    }

    private func forgetHandles(for shop: ShopContext) {
        self.handleShop = shop
        self.handles.removeAll(keepingCapacity: true)
        self.handles.reserveCapacity(Self.handlesMax)
        self.written.removeAll(keepingCapacity: true)
        self.written.reserveCapacity(Self.writtenBytesUsual)
    }

    private func identifyingTexts() -> [SearchedText] {
        let agent = Array(self.userAgent.utf8)
        // Some encoders escape slashes.
        var escaped: [UInt8] = []
        escaped.reserveCapacity(agent.count + Self.slashesUsual)
        for byte in agent {
            if byte == UInt8(ascii: "/") { escaped.append(UInt8(ascii: "\\")) }
            escaped.append(byte)
        }
        return [agent, escaped, Array(AddressText.text(self.address.bytes).utf8)].compactMap { SearchedText($0) }
    }
}

extension ShopContext {
    /// The handle of a string's or number's content.
    func handle(_ kind: HandleKind, _ body: Span<UInt8>, _ match: JSONMatch, normal: inout [UInt8]) -> Handle? {
        let inner = match.type == .string ? match.start + 1..<match.end - 1 : match.range
        guard
            ByteFinder.first(UInt8(ascii: "\\"), in: body, from: inner.lowerBound, to: inner.upperBound)
                < inner.upperBound
        else { return self.handle(kind, body.extracting(inner), normal: &normal) }
        return self.handle(kind, JSONText.content(body, match).span, normal: &normal)
    }
}
