package import EventModel

/// A shop's place in the read models.
package struct ShopKey: Hashable, Sendable {
    /// The lane of the shop.
    package let lane: Lane
    /// Its number.
    package let shop: ShopID

    /// Names a shop.
    package init(lane: Lane, shop: ShopID) {
        self.lane = lane
        self.shop = shop
    }
}

/// The columns of one shop in a worker's memory. Belongs to one worker and never leaves it.
final class CachedShop {
    let key: ShopKey
    var columns = ShopColumns()
    /// The state the columns show; nil until they were read.
    var asOf: AsOf?
    /// When it was used last, in uses of the worker.
    var lastUse = 0
    var pulse = ShopPulse()

    init(_ key: ShopKey) {
        self.key = key
    }

    /// Forgets everything; the next refresh reads all sessions.
    func clear() {
        columns = ShopColumns()
        asOf = nil
        pulse = ShopPulse()
    }
}
