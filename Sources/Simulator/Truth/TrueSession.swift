/// The dimensions that the totals are broken down by; raw values are the names of the queries' dimensions.
package enum TrueDimension: String, CaseIterable, Sendable, Codable {
    /// The name of the site or mailing by the source lists, a host where no list knows it, `(direct)` for none.
    case source = "visit:source"
    case channel = "visit:channel"
    /// The host without `www.`.
    case referrer = "visit:referrer"
    case utmSource = "visit:utm_source"
    case utmMedium = "visit:utm_medium"
    case utmCampaign = "visit:utm_campaign"
    case utmContent = "visit:utm_content"
    case utmTerm = "visit:utm_term"
    /// The path; `/checkouts/…` for every page of a checkout.
    case entryPage = "visit:entry_page"
    case exitPage = "visit:exit_page"
    case device = "visit:device"
    case browser = "visit:browser"
    case os = "visit:os"
    case country = "visit:country"
    case visitorKind = "visit:visitor_kind"
    case returning = "visit:returning"
}

/// The metrics of one grain of events, by the names of the queries' metrics.
package struct TrueActivity: Codable, Sendable, Equatable {
    /// `page_viewed` events.
    package var pageviews = 0
    /// All events of shoppers: pixel and widget.
    package var events = 0
    /// The part of `events` that came by the widget's routes.
    package var widgetEvents = 0
    /// `product_viewed` events.
    package var productViews = 0
    /// `product_added_to_cart` events.
    package var addToCarts = 0
    /// `checkout_started` events.
    package var checkouts = 0
    /// `checkout_completed` events.
    package var purchases = 0
    /// Calls of the lead route that give a handle for the first time (one a handle).
    package var leads = 0
    /// Calls of the lead route, repeats of a handle included.
    package var leadEvents = 0

    /// Adds up.
    package static func += (sum: inout TrueActivity, other: TrueActivity) {
        sum.pageviews += other.pageviews
        sum.events += other.events
        sum.widgetEvents += other.widgetEvents
        sum.productViews += other.productViews
        sum.addToCarts += other.addToCarts
        sum.checkouts += other.checkouts
        sum.purchases += other.purchases
        sum.leads += other.leads
        sum.leadEvents += other.leadEvents
    }

    /// What one event of this kind adds.
    init(of kind: PlannedKind, isNewLead: Bool) {
        self.events = 1
        switch kind {
        case .pageViewed: self.pageviews = 1
        case .productViewed: self.productViews = 1
        case .addedToCart: self.addToCarts = 1
        case .checkoutStarted: self.checkouts = 1
        case .checkoutCompleted: self.purchases = 1
        case .widgetLead:
            self.leadEvents = 1
            self.leads = isNewLead ? 1 : 0
        default: break
        }
        self.widgetEvents = kind.isWidget ? 1 : 0
    }

    /// Nothing.
    package init() {}
}

/// The truth of one visit, noted down while the plan decides on it.
package struct TrueSession: Sendable {
    /// One number a visitor; a visitor without consent has one visit.
    package let visitor: Int
    /// `client`, `daily` or, where an event names a customer, `customer`.
    package var kind: String
    /// Whether a crawler made it.
    package let isBot: Bool
    /// Time of the first event, Unix milliseconds.
    package var start: Int64
    /// Time of the last event.
    package var end: Int64
    /// What happened in it, whole.
    package var activity = TrueActivity()
    /// The same by instant, oldest first.
    package var steps: [(time: Int64, activity: TrueActivity)] = []
    /// Whether an event alone kept it from being a bounce.
    package var isInteractive = false
    /// Page views by path.
    package var pages: [String: Int] = [:]
    /// Events by name.
    package var names: [String: Int] = [:]
    /// Values in the order of `TrueDimension.allCases`, empty where there is none.
    package var dimensions: [String]

    /// Last event minus first, in milliseconds.
    package var durationMillis: Int64 { self.end - self.start }
    /// Fewer than two page views and nothing interactive.
    package var isBounce: Bool { self.activity.pageviews < 2 && !self.isInteractive }
    /// Longer than ten seconds, or two page views, or a purchase or a lead.
    package var isEngaged: Bool {
        self.durationMillis > 10_000 || self.activity.pageviews >= 2 || self.isConverted || self.hasLead
    }
    /// Holds a completed checkout.
    package var isConverted: Bool { self.activity.purchases > 0 }
    /// Holds a lead, new or repeated.
    package var hasLead: Bool { self.activity.leadEvents > 0 }

    /// The value of a dimension, empty where there is none.
    package subscript(dimension: TrueDimension) -> String {
        get { self.dimensions[TrueSession.order[dimension] ?? 0] }
        set { self.dimensions[TrueSession.order[dimension] ?? 0] = newValue }
    }

    init(visitor: Int, kind: String, isBot: Bool, start: Int64) {
        self.visitor = visitor
        self.kind = kind
        self.isBot = isBot
        self.start = start
        self.end = start
        self.dimensions = Array(repeating: "", count: TrueDimension.allCases.count)
    }

    private static let order = Dictionary(
        uniqueKeysWithValues: TrueDimension.allCases.enumerated().map { ($1, $0) })

    mutating func note(_ kind: PlannedKind, at time: Int64, path: String, isNewLead: Bool) {
        let step = TrueActivity(of: kind, isNewLead: isNewLead)
        self.activity += step
        self.steps.append((time, step))
        self.end = time
        self.isInteractive = self.isInteractive || kind.isInteractive
        self.names[kind.name, default: 0] += 1
        if kind == .pageViewed { self.pages[path, default: 0] += 1 }
    }
}
