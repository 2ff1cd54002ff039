package import EventModel
package import Privacy

/// The shop that events are recorded for, with its keys.
package struct RecordedShop: Sendable {
    /// The shop.
    package let id: ShopID
    /// The lane of its events.
    package let lane: Lane
    /// What its personal data are sealed and its identities hashed with.
    package let keys: ShopKeys

    /// A shop.
    package init(id: ShopID, lane: Lane, keys: ShopKeys) {
        self.id = id
        self.lane = lane
        self.keys = keys
    }

    /// A registered shop, its key opened by the vault.
    package init(_ registration: ShopRegistration, vault: Vault) throws(PrivacyError) {
        self.init(
            id: registration.id, lane: registration.lane,
            keys: ShopKeys(shopKey: try vault.unwrap(registration.wrappedKey)))
    }
}
