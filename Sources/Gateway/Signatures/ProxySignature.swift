internal import Cryptography
internal import EventModel

/// The signature that Shopify's app proxy adds to a query.
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
        return parameters(of: query).contains { $0.name == "signature" }
    }

    /// Verifies a query: digest, one value for each parameter that must be unique, and freshness. Nil when it is
    /// refused.
    package init?(query: String, secrets: [[UInt8]], nowMillis: Int64) {
        let parameters = Self.parameters(of: query)
        guard Self.areUnique(parameters), Self.verifies(parameters, secrets: secrets),
            let stamp = parameters.first(where: { $0.name == "timestamp" })?.value, let seconds = Self.integer(stamp),
            abs(nowMillis.flooredDivision(1000) - seconds) <= Self.maxAgeSeconds,
            let shop = parameters.first(where: { $0.name == "shop" })?.value
        else { return nil }
        self.shop = shop.lowercased()
        self.customerID = parameters.first { $0.name == "logged_in_customer_id" }?.value ?? ""
    }

    /// True when the digest is right, whatever the time.
    package static func verifies(query: String, secrets: [[UInt8]]) -> Bool {
        verifies(parameters(of: query), secrets: secrets)
    }

    /// What is signed: `name=value` of each name, repeated values joined by commas, sorted bytewise, without
    /// separators.
    package static func canonicalText(of query: String) -> [UInt8] { canonicalText(parameters(of: query)) }

    private static func areUnique(_ parameters: [QueryParameter]) -> Bool {
        ["hmac", "shop", "signature", "timestamp"].allSatisfy { name in
            parameters.count { $0.name == name } <= 1
        }
    }

    private static func verifies(_ parameters: [QueryParameter], secrets: [[UInt8]]) -> Bool {
        guard let text = parameters.first(where: { $0.name == "signature" })?.value, let code = Hex.decode(text) else {
            return false
        }
        let canonical = canonicalText(parameters)
        var isValid = false
        for secret in secrets where HMACSHA256(key: secret).isValid(code, for: canonical.span) { isValid = true }
        return isValid
    }

    private static func canonicalText(_ parameters: [QueryParameter]) -> [UInt8] {
        var names: [String] = []
        var values: [String: [String]] = [:]
        for parameter in parameters where parameter.name != "signature" {
            if values[parameter.name] == nil { names.append(parameter.name) }
            values[parameter.name, default: []].append(parameter.value)
        }
        let pairs = names.map { Array("\($0)=\(values[$0, default: []].joined(separator: ","))".utf8) }
        return pairs.sorted { $0.lexicographicallyPrecedes($1) }.flatMap(\.self)
    }

    private static func integer(_ text: String) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
        return Int64(text)
    }

    private static func parameters(of query: String) -> [QueryParameter] { QueryParameter.parse(query) }
}

/// One decoded parameter of a query.
struct QueryParameter: Equatable {
    let name: String
    let value: String

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
        return parse(query).contains { $0.name == name && ["1", "true", ""].contains($0.value) }
    }

    private static func decoded(_ text: Substring.UTF8View) -> String {
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
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hexPair(_ text: Substring.UTF8View.SubSequence) -> UInt8? {
        let pair = text.prefix(2)
        guard pair.count == 2 else { return nil }
        return Hex.decode(String(decoding: Array(pair), as: UTF8.self))?.first
    }
}
