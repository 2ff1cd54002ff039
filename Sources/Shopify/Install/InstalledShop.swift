package import EventModel

/// A shop that is installed.
package struct InstalledShop: Sendable, Equatable {
    /// The tenant.
    package let shop: ShopRegistration
    /// What the merchant grants.
    package let granted: Scopes
    /// What the app asked for and did not get.
    package let missingScopes: [String]
    /// True when this call has installed it, also again; false when all was in place.
    package let isNew: Bool
    /// The app's page in the shop's admin, where the merchant goes on.
    package let page: String
}

/// How a shop stands with the app, by our own tables.
package struct ShopStanding: Sendable, Equatable {
    /// A token is there that works, or can be refreshed.
    package let isConnected: Bool
    /// What the merchant grants, as far as we know; empty where the app was never installed.
    package let granted: Scopes
    /// What the app asks for and does not have.
    package let missingScopes: [String]
}
