package import EventModel

/// Finds who really sent a request: the peer, or what trusted proxies say about it.
package struct ClientOrigin: Sendable {
    private let trusted: [AddressRange]
    private let countries: CountryDatabase?

    package init(trustedProxies: [AddressRange], countries: CountryDatabase? = nil) {
        self.trusted = trustedProxies
        self.countries = countries
    }

    /// True when the peer's forwarding and country headers may be believed.
    package func trusts(_ peer: ClientAddress) -> Bool {
        !trusted.isEmpty && trusted.contains { $0.contains(peer) }
    }

    /// The peer, unless it is a trusted proxy: then the right-most address of the forwarding header that is none.
    package func address(of request: IngestRequest) -> ClientAddress {
        guard trusts(request.peer) else { return request.peer }
        if let list = request.fields.forwardedFor { return firstStranger(list.utf8Span.span) ?? request.peer }
        guard let list = request.fields.forwarded else { return request.peer }
        return firstStranger(Array(Self.forwardedFor(list).utf8).span) ?? request.peer
    }

    /// From the right, the first of the addresses that is no trusted proxy; nil when all are.
    private func firstStranger(_ list: Span<UInt8>) -> ClientAddress? {
        var end = list.count
        while end > 0 {
            var start = end
            while start > 0, list[start - 1] != UInt8(ascii: ",") { start -= 1 }
            if start < end {
                // A hop that cannot be read was written by a proxy we trust about a client that we then cannot name.
                guard let address = ClientAddress(list.extracting(start..<end)) else { return .unknown }
                if !trusts(address) { return address }
            }
            end = start - 1
        }
        return nil
    }

    /// The country that a trusted proxy names, else the database's.
    ///
    /// `address` is what `address(of:)` says of the request.
    package func country(of request: IngestRequest, from address: ClientAddress) -> CountryCode {
        if let text = request.fields.country, trusts(request.peer) {
            let named = CountryCode(text)
            if named != .unknown { return named }
        }
        return countries?.country(of: address) ?? .unknown
    }

    /// The `for` parameters of RFC 7239 as a list, in order.
    private static func forwardedFor(_ value: String) -> String {
        let hops: [Substring] = value.split(separator: ",").map { element in
            for pair in element.split(separator: ";") {
                let trimmed = pair.drop { $0 == " " || $0 == "\t" }
                guard trimmed.prefix(4).lowercased() == "for=" else { continue }
                return trimmed.dropFirst(4).filter { $0 != "\"" }[...]
            }
            return "-"
        }
        return hops.joined(separator: ",")
    }
}
