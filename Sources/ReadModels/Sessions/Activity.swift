internal import EventModel

/// The six counts of events that reports add up.
package struct EventCounts: Sendable, Equatable {
    /// Pixel and widget events of the visitor.
    package var events: Int64 = 0
    /// `page_viewed`.
    package var pageviews: Int64 = 0
    /// `product_viewed`.
    package var productViews: Int64 = 0
    /// `product_added_to_cart`.
    package var addToCarts: Int64 = 0
    /// `checkout_started`.
    package var checkouts: Int64 = 0
    /// `checkout_completed`.
    package var purchases: Int64 = 0

    /// All zero.
    package init() {}

    /// One event of this kind.
    package init(_ step: EventStep) {
        add(step)
    }

    /// Counts one event more.
    package mutating func add(_ step: EventStep) {
        events += 1
        switch step {
        case .pageView: pageviews += 1
        case .productView: productViews += 1
        case .addToCart: addToCarts += 1
        case .checkout: checkouts += 1
        case .purchase: purchases += 1
        case .other: break
        }
    }

    /// Adds the other's counts.
    package static func += (left: inout EventCounts, right: EventCounts) {
        left.events += right.events
        left.pageviews += right.pageviews
        left.productViews += right.productViews
        left.addToCarts += right.addToCarts
        left.checkouts += right.checkouts
        left.purchases += right.purchases
    }
}

/// What of an event's kind the reports count.
package enum EventStep: UInt8, Sendable {
    case other, pageView, productView, addToCart, checkout, purchase

    /// The step of a pixel event's name.
    package init(pixelEvent name: String) {
        switch name {
        case "page_viewed": self = .pageView
        case "product_viewed": self = .productView
        case "product_added_to_cart": self = .addToCart
        case "checkout_started": self = .checkout
        case "checkout_completed": self = .purchase
        default: self = .other
        }
    }
}

/// Counts by 15-minute bucket (UTC) of the events' own time, as `session.activity` holds them.
///
/// Bytes: an entry a bucket, ascending; the bucket number (Unix milliseconds / 900,000; after the first entry the
/// difference to the one before) and the six counts in the order of `EventCounts`, each as `ByteWriter.unsigned`.
package struct Activity: Sendable, Equatable {
    /// Counts of one bucket.
    package struct Bucket: Sendable, Equatable {
        /// Unix milliseconds divided by `Activity.bucketMillis`.
        package var number: Int64
        /// What happened in it.
        package var counts: EventCounts
    }

    /// A quarter of an hour: every time zone's hours and days begin at a bucket's edge.
    package static let bucketMillis: Int64 = 900_000

    /// Ascending by number, no number twice.
    package private(set) var buckets: [Bucket] = []

    /// No events.
    package init() {}

    /// The bucket that holds an instant.
    package static func bucket(of millis: Int64) -> Int64 { millis.flooredDivision(bucketMillis) }

    /// Counts one event at `millis`.
    package mutating func add(_ step: EventStep, at millis: Int64) {
        var one = EventCounts()
        one.add(step)
        add(one, bucket: Self.bucket(of: millis))
    }

    /// Adds all counts of the other.
    package mutating func merge(_ other: Activity) {
        for bucket in other.buckets { add(bucket.counts, bucket: bucket.number) }
    }

    /// The sum over all buckets.
    package var total: EventCounts {
        buckets.reduce(into: EventCounts()) { $0 += $1.counts }
    }

    private mutating func add(_ counts: EventCounts, bucket number: Int64) {
        // Events mostly come in time order, so the place is nearly always at the end.
        var index = buckets.count
        while index > 0, buckets[index - 1].number >= number {
            index -= 1
            if buckets[index].number == number {
                buckets[index].counts += counts
                return
            }
        }
        buckets.insert(Bucket(number: number, counts: counts), at: index)
    }
}

extension Activity {
    /// The packed bytes.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        var previous: Int64 = 0
        for bucket in buckets {
            writer.unsigned(UInt64(clamping: bucket.number - previous))
            previous = bucket.number
            let counts = bucket.counts
            for count in [
                counts.events, counts.pageviews, counts.productViews, counts.addToCarts, counts.checkouts,
                counts.purchases,
            ] { writer.unsigned(UInt64(clamping: count)) }
        }
        return writer.bytes
    }

    /// Reads packed bytes.
    package init(decoding bytes: [UInt8]) throws(ByteReader.Damaged) {
        var reader = ByteReader(bytes)
        var number: Int64 = 0
        while !reader.isAtEnd {
            number += try reader.integer(Int64.self)
            var counts = EventCounts()
            counts.events = try reader.integer()
            counts.pageviews = try reader.integer()
            counts.productViews = try reader.integer()
            counts.addToCarts = try reader.integer()
            counts.checkouts = try reader.integer()
            counts.purchases = try reader.integer()
            buckets.append(Bucket(number: number, counts: counts))
        }
    }
}
