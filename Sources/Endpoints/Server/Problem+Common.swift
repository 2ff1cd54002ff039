internal import HTTPTypes

/// Problems that more than one route has.
extension Problem {
    static let noKey = Problem(
        .unauthorized, "Send a valid API key as `Authorization: Bearer ...`.", headers: [.wwwAuthenticate: "Bearer"])
    /// Where only a session of the embedded page is taken.
    static let noSession = Problem(
        .unauthorized, "Send a session token of the embedded page as `Authorization: Bearer ...`.",
        headers: [.wwwAuthenticate: "Bearer"])
    static let noShop = Problem(.notFound, "There is no such shop.")
    /// For keys and sessions of a shop that has uninstalled the app; operators still read what is left.
    static let uninstalled = Problem(.gone, "This shop has uninstalled the app.", slug: "uninstalled")
    static let unavailable = Problem(
        .serviceUnavailable, "The data cannot be reached just now; try again.", headers: [.retryAfter: "1"])

    /// A session token that does not hold now. App Bridge reads the header, makes a fresh token and asks once more.
    /// Source: shopify-app-js.
    static let staleSession = {
        var problem = Problem(
            .unauthorized, "This session token does not hold now; send a fresh one.",
            headers: [.wwwAuthenticate: "Bearer"], slug: "stale-session")
        problem.headers.set("X-Shopify-Retry-Invalid-Session-Request", "1")
        return problem
    }()

    /// A part of the app that this server was started without.
    static func notSetUp(_ part: String) -> Problem {
        Problem(.serviceUnavailable, "\(part) is not set up on this server.", slug: "not-available")
    }

    /// A key that lacks a scope.
    static func missing(_ scope: Scope) -> Problem {
        Problem(.forbidden, "This key lacks the scope `\(scope.rawValue)`.", allowed: [scope.rawValue])
    }
}

extension HTTPFields {
    /// Sets a field whose name has no constant; a name that is none of HTTP's is a mistake of the caller's.
    mutating func set(_ name: String, _ value: String) {
        guard let field = HTTPField.Name(name) else { preconditionFailure("\(name) is no header") }
        self[field] = value
    }
}
