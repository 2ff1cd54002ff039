package import EventModel

/// What retention takes, or would take, and what stays although something in it is past its time.
package struct RetentionReport: Sendable, Equatable {
    /// What becomes of a week of the log.
    package enum Fate: Sendable, Equatable {
        /// It goes whole; so many events of each class.
        case goes([Share])
        /// These events are kept until then (Unix milliseconds) and hold up the others.
        case keeps(shop: ShopID, RetentionClass, until: Int64)
        /// A reader of the log has not taken all of it in.
        case unread(lane: Lane, by: Position, of: Position)
        /// It holds Footfall's own records (tombstones among them), which outlast all events before them.
        case records(before: String)
        /// Events came in while it was counted, or somebody holds on to it; the next run tries again.
        case busy
    }

    /// Events of one shop and class.
    package struct Share: Sendable, Equatable {
        /// Whose.
        package let shop: ShopID
        /// Which.
        package let subject: RetentionClass
        /// How many.
        package let events: Int64
    }

    /// One week of the log.
    package struct Week: Sendable, Equatable {
        /// The table's name, which holds the week's Monday.
        package let partition: String
        /// Nil where it was not counted, because it stays for certain.
        package let events: Int64?
        /// What becomes of it.
        package let fate: Fate

        /// It is gone, or would be.
        package var goes: Bool {
            if case .goes = fate { true } else { false }
        }
    }

    /// What goes of one shop beside events.
    package struct ShopCounts: Sendable, Equatable {
        /// Whose; 0 for what cannot be told.
        package let shop: ShopID
        /// Keys of data subjects that seal only what is past its time.
        package var keys: Int64 = 0
        /// Events that were put aside.
        package var quarantined: Int64 = 0
        /// Leads without an order that gave no sign any more.
        package var leads: Int64 = 0
        /// Checkouts that were never finished.
        package var checkouts: Int64 = 0

        /// Nothing.
        package init(shop: ShopID) { self.shop = shop }
        /// Nothing goes.
        package var isEmpty: Bool { keys == 0 && quarantined == 0 && leads == 0 && checkouts == 0 }
    }

    /// Unix milliseconds: what was past its time then.
    package let at: Int64
    /// Names what was applied; nil of a plan.
    package let run: Key128?
    /// The weeks that ended longer ago than the shortest time that anything is kept, oldest first.
    package internal(set) var weeks: [Week] = []
    /// By shop.
    package internal(set) var shops: [ShopCounts] = []

    init(at: Int64, run: Key128? = nil) {
        self.at = at
        self.run = run
    }

    mutating func change(_ shop: ShopID, _ body: (inout ShopCounts) -> Void) {
        if let index = shops.firstIndex(where: { $0.shop == shop }) {
            body(&shops[index])
        } else {
            var counts = ShopCounts(shop: shop)
            body(&counts)
            if !counts.isEmpty {
                shops.append(counts)
                shops.sort { $0.shop < $1.shop }
            }
        }
    }

    /// Adds what aged out of the read models.
    package mutating func add(_ aged: [ShopCounts]) {
        for one in aged {
            change(one.shop) { counts in
                counts.keys += one.keys
                counts.leads += one.leads
                counts.checkouts += one.checkouts
            }
        }
    }

    /// Events in the weeks that go.
    package var events: Int64 { weeks.filter(\.goes).reduce(0) { $0 + ($1.events ?? 0) } }
    /// Weeks that go.
    package var weeksGone: Int { weeks.count { $0.goes } }
    /// All shops' counts.
    package var total: ShopCounts {
        shops.reduce(into: ShopCounts(shop: 0)) { sum, one in
            sum.keys += one.keys
            sum.quarantined += one.quarantined
            sum.leads += one.leads
            sum.checkouts += one.checkouts
        }
    }
}

/// What a run took from one shop, waiting to be told in the log as `retention.applied`.
package struct RetentionResult: Sendable, Equatable {
    /// The run.
    package let run: Key128
    /// The shop.
    package let shop: ShopID
    /// Unix milliseconds of the run's begin.
    package let begunAt: Int64
    /// `{"run","partitions","events","keys","quarantined","leads","checkouts"}`.
    package let payload: [UInt8]

    /// What makes the event one and the same.
    package var identity: String { "retention:\(run.uuid)" }
}
