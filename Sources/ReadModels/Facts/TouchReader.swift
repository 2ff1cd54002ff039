internal import EventModel
internal import Pipelines

/// Works out page and touch from an address and a referrer, and remembers them by their bytes.
struct TouchReader {
    private var addresses = ByteCache<PageAddress>()
    private var referrers = ByteCache<String>()
    private var touches = ByteCache<Touch>()
    private var key: [UInt8] = []

    /// Page and touch of an event whose payload has an address, a referrer or both.
    mutating func read(
        _ payload: Span<UInt8>, url: JSONMatch?, referrer: JSONMatch?, shop: ShopID, _ rules: FactRules
    ) -> (page: String, touch: Touch?) {
        var host = ""
        let referrer = referrer.flatMap { $0.type == .string && $0.end - $0.start > 2 ? $0 : nil }
        if let referrer {
            host = referrers.value(for: payload.extracting(referrer.range)) { WebAddress(Self.string($0)).host }
        }
        guard let url, url.type == .string else {
            // A referrer alone is evidence; no referrer alone is none.
            guard let referrer, !host.isEmpty else { return ("", nil) }
            return ("", touch(payload, nil, referrer, hosts: ("", host), shop, rules))
        }
        let address = addresses.value(for: payload.extracting(url.range)) {
            PageAddress(Self.string($0), clickIDs: rules.clickIDs)
        }
        if !address.isMarked {
            if host.isEmpty { return (address.page, .direct) }
            if host == address.host { return (address.page, .continuation) }
        }
        return (
            address.page,
            touch(payload, url, referrer, hosts: address.isMarked ? nil : (address.host, host), shop, rules)
        )
    }

    /// Page and touch of an address that had to be put together.
    func read(address text: String, shop: ShopID, _ rules: FactRules) -> (page: String, touch: Touch?) {
        (PageAddress(text, clickIDs: rules.clickIDs).page, rules.touch(shop, text, ""))
    }

    /// Where the address says nothing of a campaign, all is told by the `hosts` of address and referrer.
    private mutating func touch(
        _ payload: Span<UInt8>, _ url: JSONMatch?, _ referrer: JSONMatch?, hosts: (String, String)?, _ shop: ShopID,
        _ rules: FactRules
    ) -> Touch {
        // Moved out and back, so that its bytes can be lent while the cache changes.
        var key: [UInt8] = []
        swap(&key, &self.key)
        defer { swap(&key, &self.key) }
        key.removeAll(keepingCapacity: true)
        key.appendInteger(shop)
        if let hosts {
            // Like no address, which is a text of JSON with its quotes.
            key.append(0)
            key += hosts.0.utf8
            key.append(0)
            key += hosts.1.utf8
        } else {
            if let url { key.append(payload.extracting(url.range)) }
            if let referrer { key.append(payload.extracting(referrer.range)) }
        }
        return touches.value(for: key.span) { _ in
            rules.touch(
                shop, url.map { Self.string(payload.extracting($0.range)) } ?? "",
                referrer.map { Self.string(payload.extracting($0.range)) } ?? "")
        }
    }

    private static func string(_ bytes: Span<UInt8>) -> String {
        JSONText.string(bytes, JSONMatch(pointer: 0, start: 0, end: bytes.count, type: .string)) ?? ""
    }
}
