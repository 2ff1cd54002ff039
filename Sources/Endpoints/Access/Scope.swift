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

extension Scope {
    /// What a merchant's own session opens: all of the shop, and nothing that is the operator's.
    static let ofMerchants = Set(Scope.allCases).subtracting([.admin])
}

/// Who asks, as far as answers depend on it.
package struct Caller: Sendable, Equatable {
    /// Named in audit logs: `key:<id>` or `session:<staff member>`.
    package var name: String
    /// The one shop the caller is bound to; nil for operators.
    package var shop: Int32?
    package var scopes: Set<Scope>
    /// A member of the shop's staff, in the embedded page.
    package var isMerchant = false

    /// Names a caller.
    package init(name: String, shop: Int32?, scopes: Set<Scope>, isMerchant: Bool = false) {
        self.name = name
        self.shop = shop
        self.scopes = scopes
        self.isMerchant = isMerchant
    }
}

/// Who a session token of Shopify's admin speaks for.
package struct MerchantSession: Sendable, Equatable {
    /// The shop's domain, `{name}.myshopify.com`, lower case.
    package var shop: String
    /// The staff member's id at Shopify; named in audit logs.
    package var user: String

    /// Names a session.
    package init(shop: String, user: String) {
        self.shop = shop
        self.user = user
    }
}

/// Verifies session tokens of the embedded page; conformed to by the Shopify app.
package protocol SessionTokenVerifier: Sendable {
    /// The session of a token whose signature, times, audience, issuer and shop hold now; nil for every other text, also
    /// for the token of a shopper. Whether the shop is one of ours is not asked here.
    func session(of token: String) async throws -> MerchantSession?
}
