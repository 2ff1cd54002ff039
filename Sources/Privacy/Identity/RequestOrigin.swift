package import EventModel
internal import Pipelines

/// Where a request came from. Used to tell visitors without consent apart within a day; never stored.
///
/// It also keeps the visitor that its events without consent are of, so that each of them costs it once. A class of its own
/// for each request, because nothing of it may be left when the request is done.
package final class RequestOrigin {
    /// The client's address, IPv4 in its mapped form.
    package let address: Key128
    /// The `User-Agent` header.
    package let userAgent: String
    /// Its address and user agent as JSON strings may hold them.
    private(set) lazy var texts: [SearchedText] = self.identifyingTexts()
    /// The visitor without consent.
    var daily: (shop: ShopContext, salt: DailySalt, visitor: Visitor)?
    /// Its first event came by (`KnownHandles`).
    var isBegun = false

    /// A user agent has about five.
    private static let slashesUsual = 8

    /// An origin.
    package init(address: Key128, userAgent: String) {
        self.address = address
        self.userAgent = userAgent
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
