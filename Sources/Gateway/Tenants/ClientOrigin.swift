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
        let hops = request.fields.forwardedFor.map(Self.list) ?? request.fields.forwarded.map(Self.forwardedFor) ?? []
        for hop in hops.reversed() {
            // A hop that cannot be read was written by a proxy we trust about a client that we then cannot name.
            guard let address = ClientAddress(hop) else { return .unknown }
            if !trusts(address) { return address }
        }
        return request.peer
    }

    /// The country that a trusted proxy names, else the database's.
    package func country(of request: IngestRequest) -> CountryCode {
        if let text = request.fields.country, trusts(request.peer) {
            let named = CountryCode(text)
            if named != .unknown { return named }
        }
        return countries?.country(of: address(of: request)) ?? .unknown
    }

    private static func list(_ value: String) -> [Substring] { value.split(separator: ",") }

    /// The `for` parameters of RFC 7239, in order.
    private static func forwardedFor(_ value: String) -> [Substring] {
        value.split(separator: ",").map { element in
            for pair in element.split(separator: ";") {
                let trimmed = pair.drop { $0 == " " || $0 == "\t" }
                guard trimmed.prefix(4).lowercased() == "for=" else { continue }
                return trimmed.dropFirst(4).filter { $0 != "\"" }[...]
            }
            return ""
        }
    }
}
