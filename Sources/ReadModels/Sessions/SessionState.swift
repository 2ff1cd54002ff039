package import EventModel

/// One visit as an aggregate of its events. Adding and merging use sums, least and greatest places only, so the order
/// in which events arrive, and how they are grouped, cannot show.
package struct SessionState: Sendable, Equatable {
    /// The last known cart or checkout.
    package struct Basket: Sendable, Equatable {
        /// Empty where the event gave none.
        package var token: String
        /// nil where the event gave none.
        package var total: Money?
    }

    /// Facts that any event can turn on, and none off.
    package struct Marks: OptionSet, Sendable, Hashable {
        /// The bits.
        package let rawValue: UInt8
        /// A set of these bits.
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// An event was a program's.
        package static let bot = Marks(rawValue: 1 << 0)
        /// Something was done beyond looking.
        package static let interactive = Marks(rawValue: 1 << 1)
        /// A key event happened.
        package static let key = Marks(rawValue: 1 << 2)
        /// An event named a customer.
        package static let customer = Marks(rawValue: 1 << 3)
    }

    /// Time of the first event.
    package private(set) var start: Int64
    /// Time of the last event.
    package private(set) var end: Int64
    /// Counts by 15 minutes.
    package private(set) var activity = Activity()
    /// Where the events are in the log.
    package private(set) var positions = PositionSet()
    /// What the visitor's id stands for.
    package var visitorKind: VisitorKind
    /// What any event turned on.
    package var marks: Marks = []
    /// Submissions of contact data.
    package var leads: Int64 = 0
    /// Page of the first and the last event that name one.
    package var entryPage: Placed<String>?
    /// Page of the last event that names one.
    package var exitPage: Placed<String>?
    /// What led to the first event that names a page or a referrer.
    package var entryTouch: Placed<Touch>?
    /// Campaign touches of page views, each once at its first place; ascending.
    package var touches: [Placed<Touch>] = []
    /// Of the first event that names one.
    package var agent: Placed<Agent>?
    /// Of the first event that has one.
    package var country: Placed<CountryCode>?
    /// Of the last event that names one.
    package var cart: Placed<Basket>?
    /// Of the last event that names one.
    package var checkout: Placed<Basket>?
    /// Cart lines added minus removed, by currency, of `currenciesMax` at most; the cart's value where no event gave the
    /// cart's total and there is one currency.
    package var lines: [String: Int64] = [:]
    /// The last touch of the visit before; only where this one goes on from it.
    package var inherited: Touch?
    /// The visitor had a visit in this shop before.
    package var isReturning = false
    /// The customer that the visit names, with consent: a keyed hash. Of several the least, so that order cannot show. A
    /// column of its own, not in the packed state: erasure changes it.
    package var customer: Key128?

    /// More campaigns in one visit say nothing more; the earliest are kept.
    static let touchesMax = 50
    /// No visit shops in more currencies; only that there are several shows. The first ones by name are kept, so that
    /// order cannot show: such a one is never crowded out, whatever came before.
    static let currenciesMax = 8

    /// A visit of one event.
    package init(_ event: borrowing EventFacts) {
        self.start = event.order.time
        self.end = event.order.time
        self.visitorKind = event.visitorKind
        add(event)
    }

    init(start: Int64, end: Int64, visitorKind: VisitorKind, activity: Activity, positions: PositionSet) {
        self.start = start
        self.end = end
        self.visitorKind = visitorKind
        self.activity = activity
        self.positions = positions
    }

    /// Takes one event in.
    package mutating func add(_ event: borrowing EventFacts) {
        let place = event.order
        start = min(start, place.time)
        end = max(end, place.time)
        activity.add(event.step, at: place.time)
        positions.insert(event.position)
        if event.visitorKind.rawValue < visitorKind.rawValue { visitorKind = event.visitorKind }
        // Without consent a visitor stays the day's, whoever is logged in.
        let isNamed = event.visitorKind != .daily
        marks.formUnion(Marks(event.traits).subtracting(isNamed ? [] : .customer))
        if isNamed { name(event.customer) }
        if event.traits.contains(.lead) { leads += 1 }
        if !event.page.isEmpty { addPage(event.page, at: place) }
        if let touch = event.touch { addTouch(touch, at: place, isPageView: event.step == .pageView) }
        if let agent = event.agent, isEarlier(place, than: self.agent?.order) { self.agent = Placed(agent, at: place) }
        if event.country != .unknown, isEarlier(place, than: country?.order) {
            country = Placed(event.country, at: place)
        }
        if let commerce = event.commerce { addCommerce(commerce, at: place) }
    }

    private mutating func name(_ other: Key128?) {
        guard let other else { return }
        customer = customer.map { min($0, other) } ?? other
    }

    private mutating func addPage(_ page: String, at place: OrderKey) {
        if isEarlier(place, than: entryPage?.order) { entryPage = Placed(page, at: place) }
        if isLater(place, than: exitPage?.order) { exitPage = Placed(page, at: place) }
    }

    private mutating func addTouch(_ touch: Touch, at place: OrderKey, isPageView: Bool) {
        if isEarlier(place, than: entryTouch?.order) { entryTouch = Placed(touch, at: place) }
        if isPageView, touch.kind == .campaign { keep(Placed(touch, at: place)) }
    }

    private mutating func addCommerce(_ commerce: CommerceFacts, at place: OrderKey) {
        if !commerce.cartToken.isEmpty || commerce.cartTotal != nil, isLater(place, than: cart?.order) {
            cart = Placed(Basket(token: commerce.cartToken, total: commerce.cartTotal), at: place)
        }
        if !commerce.checkoutToken.isEmpty || commerce.checkoutTotal != nil, isLater(place, than: checkout?.order) {
            checkout = Placed(Basket(token: commerce.checkoutToken, total: commerce.checkoutTotal), at: place)
        }
        if let line = commerce.cartLine {
            lines[line.currency, default: 0] &+= line.amount
            limitLines()
        }
    }

    private mutating func limitLines() {
        while lines.count > Self.currenciesMax, let last = lines.keys.max() { lines[last] = nil }
    }

    /// Keeps each touch once, at its first place.
    private mutating func keep(_ touch: Placed<Touch>) {
        if let known = touches.firstIndex(where: { $0.value == touch.value }) {
            guard touch.order < touches[known].order else { return }
            touches.remove(at: known)
        }
        let place = touches.lastIndex { $0.order < touch.order }.map { $0 + 1 } ?? 0
        touches.insert(touch, at: place)
        if touches.count > Self.touchesMax { touches.removeLast() }
    }

    private func isEarlier(_ place: OrderKey, than other: OrderKey?) -> Bool { other.map { place < $0 } ?? true }
    private func isLater(_ place: OrderKey, than other: OrderKey?) -> Bool { other.map { $0 < place } ?? true }
}

extension SessionState {
    /// Takes in all that another visit of the visitor holds.
    package mutating func merge(_ other: SessionState) {
        start = min(start, other.start)
        end = max(end, other.end)
        activity.merge(other.activity)
        positions.merge(other.positions)
        if other.visitorKind.rawValue < visitorKind.rawValue { visitorKind = other.visitorKind }
        marks.formUnion(other.marks)
        name(other.customer)
        leads += other.leads
        entryPage = .earliest(entryPage, other.entryPage)
        exitPage = .latest(exitPage, other.exitPage)
        entryTouch = .earliest(entryTouch, other.entryTouch)
        for touch in other.touches { keep(touch) }
        agent = .earliest(agent, other.agent)
        country = .earliest(country, other.country)
        cart = .latest(cart, other.cart)
        checkout = .latest(checkout, other.checkout)
        lines.merge(other.lines) { $0 &+ $1 }
        limitLines()
    }
}

extension SessionState.Marks {
    init(_ traits: EventFacts.Traits) {
        self = []
        if traits.contains(.bot) { insert(.bot) }
        if traits.contains(.interactive) { insert(.interactive) }
        if traits.contains(.key) { insert(.key) }
        if traits.contains(.customer) { insert(.customer) }
    }
}
