internal import Cryptography
internal import EventModel

/// The signature that Shopify's app proxy adds to a query (shopify.dev, "Authenticate app proxies"). It covers the query
/// alone, neither path nor body, so it vouches for who asks and not for what is said.
///
/// The same signed query may come again within `maxAgeSeconds`: browsers and the proxy repeat requests whose answer was
/// lost, and what a repeat says is recognised by its event's identity. After that it is refused.
package struct ProxySignature: Sendable, Equatable {
    /// The shop that the proxy speaks for.
    package let shop: String
    /// The customer that is logged in; empty for guests.
    package let customerID: String

    /// Requests older or newer than this are refused: a signed address must not work for ever.
    package static let maxAgeSeconds: Int64 = 90

    /// True when a query claims to come from the proxy.
    package static func isPresent(in query: String?) -> Bool {
        guard let query else { return false }
        return QueryParameter.parse(query).contains { $0.isNamed("signature") }
    }

    /// Verifies a query: digest, one value for each parameter that must be unique, and freshness. Nil when it is
    /// refused.
    package init?(query: String, secrets: [[UInt8]], nowMillis: Int64) {
        let parameters = QueryParameter.parse(query)
        guard Self.areUnique(parameters), Self.verifies(parameters, secrets: secrets),
            let stamp = Self.value("timestamp", parameters), let seconds = Self.integer(stamp),
            Self.isFresh(seconds, nowMillis.flooredDivision(1000)),
            let shop = Self.value("shop", parameters)
        else { return nil }
        self.shop = shop.lowercased()
        self.customerID = Self.value("logged_in_customer_id", parameters) ?? ""
    }

    private static func isFresh(_ seconds: Int64, _ now: Int64) -> Bool {
        (now - maxAgeSeconds...now + maxAgeSeconds).contains(seconds)
    }

    /// True when the digest is right, whatever the time.
    package static func verifies(query: String, secrets: [[UInt8]]) -> Bool {
        verifies(QueryParameter.parse(query), secrets: secrets)
    }

    /// What is signed: `name=value` of each name, repeated values joined by commas, sorted bytewise, without
    /// separators.
    package static func canonicalText(of query: String) -> [UInt8] { canonicalText(QueryParameter.parse(query)) }

    /// What the proxy adds itself. A shopper who adds one more must not be able to speak through it.
    private static let uniqueNames = ["hmac", "shop", "signature", "timestamp", "path_prefix", "logged_in_customer_id"]

    private static func areUnique(_ parameters: [QueryParameter]) -> Bool {
        uniqueNames.allSatisfy { name in parameters.count { $0.isNamed(name) } <= 1 }
    }

    private static func value(_ name: String, _ parameters: [QueryParameter]) -> String? {
        parameters.first { $0.isNamed(name) }.map { String(decoding: $0.value, as: UTF8.self) }
    }

    private static func verifies(_ parameters: [QueryParameter], secrets: [[UInt8]]) -> Bool {
        guard let text = value("signature", parameters), let code = Hex.decode(text) else { return false }
        let canonical = canonicalText(parameters)
        var isValid = false
        for secret in secrets where HMACSHA256(key: secret).isValid(code, for: canonical.span) { isValid = true }
        return isValid
    }

    private static func canonicalText(_ parameters: [QueryParameter]) -> [UInt8] {
        var pairs: [[UInt8]] = []
        var places: [[UInt8]: Int] = [:]
        for parameter in parameters where !parameter.isNamed("signature") {
            if let place = places[parameter.name] {
                pairs[place] += [UInt8(ascii: ",")] + parameter.value
            } else {
                places[parameter.name] = pairs.count
                pairs.append(parameter.name + [UInt8(ascii: "=")] + parameter.value)
            }
        }
        return pairs.sorted { $0.lexicographicallyPrecedes($1) }.flatMap(\.self)
    }

    private static func integer(_ text: String) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
        return Int64(text)
    }
}

/// One decoded parameter of a query, in bytes: what is signed need not be text.
struct QueryParameter: Equatable {
    let name: [UInt8]
    let value: [UInt8]

    func isNamed(_ name: String) -> Bool { self.name.elementsEqual(name.utf8) }

    /// The parameters in their order. Blank values are kept, a name alone has the value "", `+` is a space.
    static func parse(_ query: String) -> [QueryParameter] {
        query.utf8.split(separator: UInt8(ascii: "&")).map { pair in
            let equals = pair.firstIndex(of: UInt8(ascii: "="))
            let name = pair[..<(equals ?? pair.endIndex)]
            let value = equals.map { pair[pair.index(after: $0)...] } ?? pair[pair.endIndex...]
            return QueryParameter(name: decoded(name), value: decoded(value))
        }
    }

    /// True when the query has `name` with one of the values that mean yes.
    static func isOn(_ name: String, in query: String?) -> Bool {
        guard let query else { return false }
        return parse(query).contains { parameter in
            parameter.isNamed(name) && ["1", "true", ""].contains { parameter.value.elementsEqual($0.utf8) }
        }
    }

    private static func decoded(_ text: Substring.UTF8View) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") {
                bytes.append(0x20)
            } else if byte == UInt8(ascii: "%"), let value = hexPair(rest) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    private static func hexPair(_ text: Substring.UTF8View.SubSequence) -> UInt8? {
        let pair = text.prefix(2)
        guard pair.count == 2 else { return nil }
        return Hex.decode(String(decoding: Array(pair), as: UTF8.self))?.first
    }
}
