internal import Cryptography
internal import HTTPTypes
internal import Hummingbird

/// Binds a grant to the browser that began it: a cookie with hashes of the states given to it. A callback is refused
/// where the browser has such a cookie and its state is none of them; where it has none (an embedded frame keeps no
/// cookies, and Shopify may begin elsewhere) the state in Redis decides alone.
enum GrantCookie {
    private static let name = "footfall_grant"
    /// As long as a state lives.
    private static let seconds = 600
    /// Grants of one browser at a time: tabs.
    private static let statesMax = 4
    private static let attributes = "; Path=/api/auth/shopify; HttpOnly; Secure; SameSite=Lax"

    /// The cookie after another grant began with this address at the shop.
    static func setting(_ address: String, _ request: Request) -> String {
        let before = hashes(request) ?? []
        let now = address.split(separator: "?").last.flatMap { state(in: String($0)) }.map { [hash($0)] } ?? []
        let value = (now + before).prefix(statesMax).joined(separator: ".")
        return "\(name)=\(value); Max-Age=\(seconds)" + attributes
    }

    /// Takes the cookie away.
    static let cleared = "\(name)=; Max-Age=0" + attributes

    /// Throws where this browser began grants, and not this one.
    static func check(_ request: Request) throws {
        guard let known = hashes(request), let state = state(in: request.uri.query ?? "") else { return }
        guard known.contains(hash(state)) else { throw AppRefusal.badState }
    }

    /// Nil without a cookie of ours.
    private static func hashes(_ request: Request) -> [String]? {
        let cookies = request.headers[values: .cookie].flatMap { $0.split(separator: ";") }
        for cookie in cookies.map({ $0.drop { $0 == " " } }) where cookie.hasPrefix(name + "=") {
            let hashes = cookie.dropFirst(name.count + 1).split(separator: ".").map(String.init)
            if !hashes.isEmpty { return hashes }
        }
        return nil
    }

    private static func state(in query: String) -> String? {
        FormText.pairs(query).first { $0.name == "state" }?.value
    }

    private static func hash(_ state: String) -> String {
        Base64.encode(SHA256.hash(Array("footfall grant \(state)".utf8)), .url)
    }
}
