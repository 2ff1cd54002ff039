/// Decides on one visit step by step, and notes the truth of each step as it is decided.
struct JourneyBuilder {
    let world: ShopWorld
    var random: SeededGenerator
    var session: PlannedSession
    var truth: TrueSession
    var visitor: VisitorState
    /// Time of the last event decided on.
    var now: Int64
    var order: PlannedOrder?
    private var seq = 0
    /// The gap before this event came near the limit, so nothing may be added to it.
    private var hasPaused = false

    init(world: ShopWorld, visitor: VisitorState, number: Int, start: Int64) {
        self.world = world
        self.visitor = visitor
        self.now = start
        let stream = 0x5E_0000_0000 &+ UInt64(visitor.number) &* 4096 &+ UInt64(visitor.visits)
        self.random = SeededGenerator(seed: world.options.seed, stream: stream)
        self.session = PlannedSession(
            number: number, visitor: visitor.number,
            clientID: world.uuid(IDKind.client, UInt64(visitor.number)), consent: visitor.consent,
            agent: visitor.agent, place: visitor.place, address: world.address(UInt64(visitor.number)))
        self.session.person = visitor.number
        self.session.showsPersonalData = visitor.showsPersonalData && visitor.consent.allowsAnalytics
        self.session.cartToken = visitor.cartToken
        let kind = visitor.consent.allowsAnalytics ? "client" : "daily"
        self.truth = TrueSession(visitor: visitor.number, kind: kind, isBot: visitor.isBot, start: start)
        if !visitor.consent.allowsAnalytics { self.session.sendsClientID = self.random.chance(0.5) }
        self.session.isReplayed = visitor.consent.allowsAnalytics && self.random.chance(0.03)
    }

    /// How long the shopper waits before the next event.
    enum Gap {
        /// The same millisecond: the events of one page load.
        case none
        /// A click or a keystroke later.
        case short
        /// Reading.
        case reading
    }

    /// Shows a page: a page view, after reading the page before.
    mutating func open(_ path: String, title: String, search: String = "", referrer: String? = nil) {
        let before = self.session.pages.last.map { self.world.origin + $0.path + $0.search }
        self.session.pages.append(
            PlannedPage(
                path: path, reportPath: path.hasPrefix("/checkouts/") ? "/checkouts/…" : path, search: search,
                title: "\(title) – \(self.world.name)", referrer: referrer ?? before ?? ""))
        self.seq = 0
        let isFirst = self.session.pages.count == 1
        if !isFirst { self.advance(.reading) }
        self.append(.pageViewed, isTight: isFirst, variant: -1, cart: -1)
    }

    /// Decides on an event of the page that is open.
    mutating func record(_ kind: PlannedKind, _ gap: Gap, variant: Int = -1, withCart: Bool = false) {
        self.advance(gap)
        if withCart { self.session.carts.append(self.visitor.cart) }
        self.append(kind, isTight: gap == .none, variant: variant, cart: withCart ? self.session.carts.count - 1 : -1)
    }

    private mutating func advance(_ gap: Gap) {
        switch gap {
        case .none: self.hasPaused = false
        case .short:
            self.now += self.random.skewed(300...9_000)
            self.hasPaused = false
        case .reading:
            let isLong = self.random.chance(0.02)
            // Exactly 1,800 s still joins; nothing longer may stand inside a visit.
            let long = self.random.chance(0.2) ? SessionRule.gapMaxMillis : self.random.within(240_000...1_799_999)
            self.now += isLong ? long : self.random.skewed(1_500...150_000)
            self.hasPaused = isLong
        }
    }

    private mutating func append(_ kind: PlannedKind, isTight: Bool, variant: Int, cart: Int) {
        var quirks = self.quirks(of: kind)
        if isTight || self.hasPaused { quirks.remove(.plainOffset) }
        if isTight || kind.isWidget { quirks.remove(.seqMissing) }
        if quirks.contains(.plainOffset) { self.now = (self.now / 1000 + 1) * 1000 }
        let page = self.session.pages.count - 1
        self.session.events.append(
            PlannedEvent(
                time: self.now, kind: kind, page: page, seq: self.seq, quirks: quirks, variant: variant, cart: cart))
        self.seq += 1
        let isNewLead = kind == .widgetLead && !self.visitor.hasLeftLead
        if isNewLead { self.visitor.hasLeftLead = true }
        self.truth.note(kind, at: self.now, path: self.session.pages[page].reportPath, isNewLead: isNewLead)
    }

    private mutating func quirks(of kind: PlannedKind) -> EventQuirks {
        var quirks: EventQuirks = []
        if kind.isWidget { return quirks }
        if self.random.chance(0.02) { quirks.insert(.plainOffset) }
        if self.random.chance(0.03) { quirks.insert(.seqMissing) }
        if self.random.chance(0.03) { quirks.insert(.typeMissing) }
        if kind == .pageViewed && self.random.chance(0.15) { quirks.insert(.dataMissing) }
        if kind.isCustom && self.random.chance(0.3) { quirks.insert(.contextEmpty) }
        if kind.isCustom && self.random.chance(0.4) { quirks.insert(.wideNumbers) }
        return quirks
    }
}

/// The rule that visits are planned by.
enum SessionRule {
    /// The longest gap inside a visit.
    static let gapMaxMillis: Int64 = 1_800_000
    /// No visit lasts longer than this; far below the cap of a day, so the cap never cuts a planned visit.
    static let lengthMaxMillis: Int64 = 10 * 3_600_000
}
