package import EventModel

/// What became of the events of one shop: received = committed + duplicate + quarantined + refused.
package struct ShopTally: Sendable, Equatable {
    /// Everything that came in, refusals included.
    package var received: Int64 = 0
    /// Appended.
    package var committed: Int64 = 0
    /// In the log already.
    package var duplicate: Int64 = 0
    /// Put aside.
    package var quarantined: Int64 = 0
    /// Refused by the gateway.
    package var refused: Int64 = 0

    /// All zero.
    package init() {}

    /// Zero, or something got lost or was counted twice.
    package var difference: Int64 { received - committed - duplicate - quarantined - refused }

    /// Adds number by number.
    package static func += (left: inout ShopTally, right: ShopTally) {
        left.received += right.received
        left.committed += right.committed
        left.duplicate += right.duplicate
        left.quarantined += right.quarantined
        left.refused += right.refused
    }
}

/// Tallies by shop, as one append counts them and as `log.batch.accounting` stores them.
///
/// Packed, little-endian, by ascending shop: shop i32 · received i32 · committed i32 · duplicate i32 · quarantined i32
/// · refused i32.
package struct TallySheet: Sendable, Equatable {
    /// Only shops that something was counted for.
    package private(set) var shops: [ShopID: ShopTally] = [:]

    /// Nothing counted.
    package init() {}

    /// Changes one shop's tally.
    package mutating func count(_ shop: ShopID, _ change: (inout ShopTally) -> Void) {
        change(&shops[shop, default: ShopTally()])
    }

    /// Adds all of another sheet.
    package mutating func add(_ other: TallySheet) {
        for (shop, tally) in other.shops { shops[shop, default: ShopTally()] += tally }
    }

    /// Over all shops.
    package var total: ShopTally { shops.values.reduce(into: ShopTally()) { $0 += $1 } }

    private static let entryBytes = 24

    /// The stored form.
    package var packed: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(shops.count * Self.entryBytes)
        for (shop, tally) in shops.sorted(by: { $0.key < $1.key }) {
            bytes.appendInteger(shop)
            for count in [tally.received, tally.committed, tally.duplicate, tally.quarantined, tally.refused] {
                bytes.appendInteger(Int32(clamping: count))
            }
        }
        return bytes
    }

    /// Reads the stored form; a rest that is no whole entry is ignored.
    package init(packed bytes: [UInt8]) {
        for start in stride(from: 0, through: bytes.count - Self.entryBytes, by: Self.entryBytes) {
            func number(_ index: Int) -> Int64 { Int64(bytes.integer(at: start + 4 * index, as: Int32.self)) }
            count(bytes.integer(at: start)) { tally in
                tally.received += number(1)
                tally.committed += number(2)
                tally.duplicate += number(3)
                tally.quarantined += number(4)
                tally.refused += number(5)
            }
        }
    }
}
