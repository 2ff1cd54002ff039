/// GA4's default channel group, with `AI Assistant` and our own name for orders that no pixel saw.
package enum Channel: String, Sendable, CaseIterable {
    case direct = "Direct"
    case crossNetwork = "Cross-network"
    case paidShopping = "Paid Shopping"
    case paidSearch = "Paid Search"
    case paidSocial = "Paid Social"
    case paidVideo = "Paid Video"
    case display = "Display"
    case paidOther = "Paid Other"
    case aiAssistant = "AI Assistant"
    case organicShopping = "Organic Shopping"
    case organicSocial = "Organic Social"
    case organicVideo = "Organic Video"
    case organicSearch = "Organic Search"
    case referral = "Referral"
    case email = "Email"
    case affiliates = "Affiliates"
    case audio = "Audio"
    case sms = "SMS"
    case mobilePush = "Mobile Push Notifications"
    case unassigned = "Unassigned"
    /// Only for orders: no journey of a pixel is known.
    case noPixelJourney = "No Pixel Journey"
}

/// How a page view came about, as attribution sees it.
package struct Touch: Sendable, Equatable {
    /// What told where the visitor came from.
    package enum Origin: String, Sendable {
        /// UTM parameters.
        case campaign
        /// A click id alone.
        case clickID
        /// Another site's link.
        case referrer
        /// Nothing: typed, bookmarked, or hidden.
        case direct
        /// A page of the shop itself, or a payment gateway on the way back: no touch.
        case `internal`
    }

    /// What told it.
    package var origin: Origin
    /// The channel.
    package var channel: Channel
    /// Where from, in lower case; `(direct)` for direct.
    package var source: String
    /// By what means, in lower case; `(none)` for direct, `(not set)` where a campaign does not say.
    package var medium: String
    /// `utm_campaign` as it is written; empty where missing.
    package var campaign = ""
    /// `utm_content` as it is written; empty where missing.
    package var content = ""
    /// `utm_term` as it is written; empty where missing.
    package var term = ""
    /// The click id's parameter (`gclid`), empty where there is none.
    package var clickID = ""
    /// The referring host without `www.`, empty for none and for the shop's own.
    package var referrer = ""

    /// True for everything that is a touch by itself; a direct entry is one only where nothing came before.
    package var isTouch: Bool { self.origin != .direct && self.origin != .internal }
}
