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
    private var handles: [KnownHandle] = []

    private struct KnownHandle {
        let shop: ShopContext
        let kind: HandleKind
        let text: [UInt8]
        let handle: Handle?
    }

    /// More than an event of one buyer names.
    private static let handlesMax = 16
    /// A user agent has about five.
    private static let slashesUsual = 8

    /// An origin.
    package init(address: Key128, userAgent: String) {
        self.address = address
        self.userAgent = userAgent
    }

    /// The handle of a string's or number's content, as `ShopContext.handle` gives it.
    func handle(_ kind: HandleKind, _ body: Span<UInt8>, _ match: JSONMatch, in shop: ShopContext) -> Handle? {
        // What is equal as it was written is equal when it is read.
        let written = match.type == .string ? match.start + 1..<match.end - 1 : match.range
        let text = body.extracting(written)
        for known in self.handles where known.kind == kind && known.shop === shop && known.text.span.isEqual(text) {
            return known.handle
        }
        let handle = shop.handle(kind, JSONText.content(body, match))
        if self.handles.count == Self.handlesMax { self.handles.removeFirst() }
        self.handles.append(KnownHandle(shop: shop, kind: kind, text: text.array, handle: handle))
        return handle
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
