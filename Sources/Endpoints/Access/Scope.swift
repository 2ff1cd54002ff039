/// What a caller may do.
package enum Scope: String, CaseIterable, Sendable {
    case dataRead = "data:read"
    case analyticsRead = "analytics:read"
    case leadsRead = "leads:read"
    case leadsExport = "leads:export"
    case exportsWrite = "exports:write"
    case privacyExecute = "privacy:execute"
    case admin
}

/// Who asks, as far as answers depend on it.
package struct Caller: Sendable, Equatable {
    /// Named in audit logs: `key:<id>` or the session token's subject.
    package var name: String
    /// The one shop the caller is bound to; nil for operators.
    package var shop: Int32?
    package var scopes: Set<Scope>

    /// Names a caller.
    package init(name: String, shop: Int32?, scopes: Set<Scope>) {
        self.name = name
        self.shop = shop
        self.scopes = scopes
    }
}

/// Turns a session token into a caller; conformed to by the Shopify app.
package protocol SessionTokenVerifier: Sendable {
    /// nil where the token is none of ours or is not valid now.
    func caller(for token: String) async throws -> Caller?
}
