internal import EventModel

// The definitions of metrics.md, version "2026-11", one property each.
extension SessionState {
    /// A visit longer than this is engaged (GA4's rule).
    private static let engagedMillis: Int64 = 10_000

    /// Fewer than two page views and no interactive event.
    package var isBounce: Bool { activity.total.pageviews < 2 && !isInteractive }

    /// Something was done beyond looking: cart, search, form, checkout, widget, lead.
    package var isInteractive: Bool { marks.contains(.interactive) || leads > 0 }

    /// Longer than 10 s, or two page views, or a key event.
    package var isEngaged: Bool {
        end - start > Self.engagedMillis || activity.total.pageviews >= 2 || marks.contains(.key) || leads > 0
    }

    /// A `checkout_completed` of the pixel.
    package var isConverted: Bool { activity.total.purchases > 0 }

    /// What the visit is credited to: what led to its first page, or, where that was the shop itself or a payment
    /// gateway, what led to the visit before; direct where nothing came before.
    package var attribution: Touch {
        let entry = entryTouch?.value ?? .direct
        return entry.kind == .continuation ? inherited ?? .direct : entry
    }

    /// What a visit that goes on from this one inherits.
    package var lastTouch: Touch { touches.last?.value ?? attribution }

    /// The first event came from the shop's own pages or a payment gateway.
    package var isContinuation: Bool { entryTouch?.value.kind == .continuation }

    /// The cart's last known value: the last total that an event gave, else lines added less lines removed.
    package var cartValue: Money? {
        if let total = cart?.value.total { return total }
        guard lines.count == 1, let line = lines.first else { return nil }
        return Money(amount: max(0, line.value), currency: line.key)
    }

    /// The checkout's last known total.
    package var checkoutValue: Money? { checkout?.value.total }

    /// How far the visit came.
    package var stage: FunnelStage {
        let total = activity.total
        if total.purchases > 0 { return .purchase }
        if total.checkouts > 0 || checkout != nil { return .checkout }
        if total.addToCarts > 0 { return .cart }
        return total.productViews > 0 ? .product : .visit
    }
}

/// Stages of a shopping visit, in order.
package enum FunnelStage: UInt8, Sendable, Comparable {
    case visit, product, cart, checkout, purchase

    /// By the order described above.
    package static func < (left: FunnelStage, right: FunnelStage) -> Bool { left.rawValue < right.rawValue }
}
