package import EventModel
internal import Postgres

/// A visit as its row shows it. Everything but `version` and `positions` follows from the visit's events alone.
struct VisitRow {
    let lane: Lane
    let key: VisitorKey
    let state: SessionState

    /// In the order in which `write` gives them.
    static let columns = """
        lane, shop_id, visitor, started_at, ended_at, version, visitor_kind, customer, flags, pageviews, events, \
        product_views, add_to_carts, checkouts, purchases, leads, entry_page, exit_page, source, medium, channel, referrer, utm_source, \
        utm_medium, utm_campaign, utm_content, utm_term, device, browser, os, country, cart_token, checkout_token, \
        cart_value, checkout_value, currency, activity, state, positions
        """
    private static let columnCount = 39

    func write(version: Position, to writer: inout PostgresCopyWriter) {
        writer.startRow(columns: Self.columnCount)
        writer.int2(lane)
        writer.int4(key.shop)
        writer.uuid(key.visitor.high, key.visitor.low)
        writer.timestamp(state.start)
        writer.timestamp(state.end)
        writer.int8(version)
        writer.int2(Int16(state.marks.contains(.customer) ? VisitorKind.customer.rawValue : state.visitorKind.rawValue))
        if let customer = state.customer { writer.uuid(customer.high, customer.low) } else { writer.null() }
        writer.int4(SessionFlags(state).rawValue)
        writeCounts(to: &writer)
        writeEntry(to: &writer)
        writeBasket(to: &writer)
        writer.bytes(state.activity.encoded())
        writer.bytes(state.encoded())
        writer.bytes(state.positions.encoded())
    }

    private func writeCounts(to writer: inout PostgresCopyWriter) {
        let total = state.activity.total
        writer.int4(Int32(clamping: total.pageviews))
        writer.int4(Int32(clamping: total.events))
        writer.int4(Int32(clamping: total.productViews))
        writer.int4(Int32(clamping: total.addToCarts))
        writer.int4(Int32(clamping: total.checkouts))
        writer.int4(Int32(clamping: total.purchases))
        writer.int4(Int32(clamping: state.leads))
    }

    private func writeEntry(to writer: inout PostgresCopyWriter) {
        let touch = state.attribution
        writer.text(state.entryPage?.value ?? "")
        writer.text(state.exitPage?.value ?? "")
        writer.text(touch.source)
        writer.text(touch.medium)
        writer.text(touch.channel)
        writer.text(touch.referrer)
        writer.text(touch.utm.source)
        writer.text(touch.utm.medium)
        writer.text(touch.utm.campaign)
        writer.text(touch.utm.content)
        writer.text(touch.utm.term)
        writer.text(state.agent?.value.device ?? "")
        writer.text(state.agent?.value.browser ?? "")
        writer.text(state.agent?.value.os ?? "")
        writer.text(state.country?.value.text ?? "")
    }

    /// Both values in the checkout's currency, else the cart's; amounts of two currencies never stand in one row.
    private func writeBasket(to writer: inout PostgresCopyWriter) {
        let checkout = state.checkoutValue
        var cart = state.cartValue
        if let checkout, checkout.currency != cart?.currency { cart = nil }
        writer.text(state.cart?.value.token ?? "")
        writer.text(state.checkout?.value.token ?? "")
        if let cart { writer.int8(cart.amount) } else { writer.null() }
        if let checkout { writer.int8(checkout.amount) } else { writer.null() }
        writer.text(checkout?.currency ?? cart?.currency ?? "")
    }
}

/// Bits of `session.flags`. The raw values are stored.
package struct SessionFlags: OptionSet, Sendable, Hashable {
    /// The bits.
    package let rawValue: Int32
    /// A set of these bits.
    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// Sent by a program.
    package static let bot = SessionFlags(rawValue: 1)
    /// Fewer than two page views and no act.
    package static let bounced = SessionFlags(rawValue: 2)
    /// GA4's engaged session.
    package static let engaged = SessionFlags(rawValue: 4)
    /// A completed checkout.
    package static let converted = SessionFlags(rawValue: 8)
    /// Contact data was left.
    package static let lead = SessionFlags(rawValue: 16)
    /// Not the visitor's first visit.
    package static let returning = SessionFlags(rawValue: 32)
    /// A customer was named.
    package static let customer = SessionFlags(rawValue: 64)
    /// Something was done beyond looking.
    package static let interactive = SessionFlags(rawValue: 128)

    /// What a visit's row says.
    package init(_ state: SessionState) {
        self = []
        if state.marks.contains(.bot) { insert(.bot) }
        if state.isBounce { insert(.bounced) }
        if state.isEngaged { insert(.engaged) }
        if state.isConverted { insert(.converted) }
        if state.leads > 0 { insert(.lead) }
        if state.isReturning { insert(.returning) }
        if state.marks.contains(.customer) { insert(.customer) }
        if state.isInteractive { insert(.interactive) }
    }
}

/// A public id that follows from what it names, so that every rebuild gives the same.
package enum SessionID {
    /// A hash of shop, visitor (or another handle) and start.
    package static func make(shop: ShopID, visitor: Key128, start: Int64) -> Key128 {
        var bytes: [UInt8] = []
        bytes.appendInteger(shop)
        bytes.appendInteger(visitor.high)
        bytes.appendInteger(visitor.low)
        bytes.appendInteger(start)
        let high = Checksum.xxh64(bytes.span)
        bytes.append(1)
        return Key128(high: high, low: Checksum.xxh64(bytes.span))
    }
}
