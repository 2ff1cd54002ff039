internal import EventModel

/// The entity tag of an answer: the same tag means the same answer, but for the times of its state.
package enum QueryTag {
    /// Of a query's answer at a state.
    static func tag(_ query: AnalyticsQuery, _ shop: ShopKey, _ asOf: AsOf) -> String {
        tag(Array(MetricCatalog.version.utf8) + query.normalForm, shop, asOf)
    }

    /// Of anything that depends on `content`, the shop and the state of a read model only.
    package static func tag(_ content: [UInt8], _ shop: ShopKey, _ asOf: AsOf) -> String {
        let circumstances = "\n\(shop.lane)/\(shop.shop)/\(asOf.generation)/\(asOf.changedAt)"
        let hash = Checksum.xxh64((content + Array(circumstances.utf8)).span)
        return "\"\(asOf.changedAt)-\(String(hash, radix: 36))\""
    }
}
