/// What a planned event is; the name that it carries when sent.
enum PlannedKind: UInt8, Sendable {
    case pageViewed, productViewed, collectionViewed, searchSubmitted, cartViewed, addedToCart, removedFromCart
    case checkoutStarted, contactSubmitted, addressSubmitted, shippingSubmitted, paymentSubmitted, checkoutCompleted
    case alertDisplayed, clicked, inputChanged, formSubmitted, quizAnswered, loyaltyShown
    case widgetStart, widgetEvent, widgetLead

    var name: String {
        switch self {
        case .pageViewed: "page_viewed"
        case .productViewed: "product_viewed"
        case .collectionViewed: "collection_viewed"
        case .searchSubmitted: "search_submitted"
        case .cartViewed: "cart_viewed"
        case .addedToCart: "product_added_to_cart"
        case .removedFromCart: "product_removed_from_cart"
        case .checkoutStarted: "checkout_started"
        case .contactSubmitted: "checkout_contact_info_submitted"
        case .addressSubmitted: "checkout_address_info_submitted"
        case .shippingSubmitted: "checkout_shipping_info_submitted"
        case .paymentSubmitted: "payment_info_submitted"
        case .checkoutCompleted: "checkout_completed"
        case .alertDisplayed: "alert_displayed"
        case .clicked: "clicked"
        case .inputChanged: "input_changed"
        case .formSubmitted: "form_submitted"
        case .quizAnswered: "sleep_quiz:answered"
        case .loyaltyShown: "loyalty:points_shown"
        case .widgetStart: "widget_session_started"
        case .widgetEvent: "recommendation_clicked"
        case .widgetLead: "lead"
        }
    }

    /// `standard`, `dom` or `custom`.
    var type: String {
        switch self {
        case .clicked, .inputChanged, .formSubmitted: "dom"
        case .quizAnswered, .loyaltyShown: "custom"
        default: "standard"
        }
    }

    var isWidget: Bool { self == .widgetStart || self == .widgetEvent || self == .widgetLead }
    var isCustom: Bool { self == .quizAnswered || self == .loyaltyShown }

    /// Whether it alone keeps a visit from being a bounce.
    var isInteractive: Bool {
        switch self {
        case .pageViewed, .productViewed, .collectionViewed, .cartViewed, .alertDisplayed, .clicked, .inputChanged,
            .quizAnswered, .loyaltyShown:
            false
        default: true
        }
    }
}

/// Ways in which a real pixel's event is odder than its documentation.
struct EventQuirks: OptionSet, Sendable {
    let rawValue: UInt8
    /// `+0000` and whole seconds.
    static let plainOffset = EventQuirks(rawValue: 1)
    static let seqMissing = EventQuirks(rawValue: 2)
    static let typeMissing = EventQuirks(rawValue: 4)
    static let dataMissing = EventQuirks(rawValue: 8)
    /// `"context":{}`.
    static let contextEmpty = EventQuirks(rawValue: 16)
    /// A payload that no Int64 holds, and a number that no double holds.
    static let wideNumbers = EventQuirks(rawValue: 32)
}

/// A page as a browser shows it.
struct PlannedPage: Sendable {
    let path: String
    /// The path as reports show it: a checkout's token is no page.
    let reportPath: String
    /// With its question mark, or empty.
    let search: String
    let title: String
    let referrer: String
}

/// A line of a cart: an index into the catalogue's variants, and how many.
struct CartLine: Sendable, Equatable {
    let variant: Int
    var quantity: Int
}

/// One event that the plan has decided on.
struct PlannedEvent: Sendable {
    /// Unix milliseconds.
    let time: Int64
    let kind: PlannedKind
    /// Index into the session's pages.
    let page: Int
    /// Place within the page visit.
    let seq: Int
    var quirks: EventQuirks
    /// Index into the catalogue's variants, or -1.
    let variant: Int
    /// Index into the session's carts, or -1.
    let cart: Int
}

/// What a shopper allowed, and how the pixel says it.
enum ConsentForm: UInt8, Sendable {
    case unstated, granted, grantedWithoutMarketing, grantedShopifyNames, denied, deniedShopifyNames

    var allowsAnalytics: Bool { self != .denied && self != .deniedShopifyNames }
}

/// One visit that the plan has decided on: who, when, and every step of it.
struct PlannedSession: Sendable {
    let number: Int
    /// One number a visitor, the same in all visits.
    let visitor: Int
    let clientID: String
    /// Whether the events carry `clientID`; without consent some pixels leave it out.
    var sendsClientID = true
    let consent: ConsentForm
    let agent: Agent
    let place: Place
    let address: String
    var pages: [PlannedPage] = []
    var events: [PlannedEvent] = []
    var carts: [[CartLine]] = []
    var cartToken = ""
    var checkoutToken = ""
    var person = 0
    /// Personal fields of the checkout are filled; Shopify's default is null.
    var showsPersonalData = false
    /// Index into the plan's orders, where the visit bought.
    var order: Int?
    /// Named in `checkout_completed`, where the app may see it.
    var customerID: Int64?
    var orderID: Int64?
    var discountPercent = 0
    /// All events arrive in one late burst: consent came after them.
    var isReplayed = false

    /// Webhooks about its checkout name the shopper.
    var hasCheckout: Bool { !self.checkoutToken.isEmpty }
}
