/// A way into the shop: what the landing page's address and referrer say, and what they mean.
struct Campaign: Sendable {
    /// How often it is met, as a weight.
    let weight: Int
    /// The channel by the default channel group's rules, decided here and not computed.
    let channel: String
    /// The source as reports name it.
    let reportSource: String
    /// The page before, empty for none.
    var referrer = ""
    var source = ""
    var medium = ""
    var name = ""
    var content = ""
    var term = ""
    /// A click id's parameter name, empty for none; its value is made up per visit.
    var clickID = ""
    /// Ads lead to a product far more often than a search for the brand does.
    var landsOnProduct = false

    /// The referrer's host without `www.`, empty for none.
    var referrerHost: String {
        guard let scheme = self.referrer.firstRange(of: "://") else { return "" }
        let host = self.referrer[scheme.upperBound...].prefix { $0 != "/" }
        return String(host.hasPrefix("www.") ? host.dropFirst(4) : host)
    }

    static let all: [Campaign] = unpaid + paid + sent

    private static let unpaid: [Campaign] = [
        Campaign(weight: 260, channel: "Direct", reportSource: "(direct)"),
        Campaign(weight: 190, channel: "Organic Search", reportSource: "google", referrer: "https://www.google.com/"),
        Campaign(weight: 20, channel: "Organic Search", reportSource: "google", referrer: "https://www.google.de/"),
        Campaign(weight: 28, channel: "Organic Search", reportSource: "bing", referrer: "https://www.bing.com/"),
        Campaign(
            weight: 12, channel: "Organic Search", reportSource: "duckduckgo", referrer: "https://duckduckgo.com/"),
        Campaign(
            weight: 22, channel: "Organic Social", reportSource: "instagram", referrer: "https://l.instagram.com/"),
        Campaign(
            weight: 18, channel: "Organic Social", reportSource: "facebook", referrer: "https://m.facebook.com/",
            clickID: "fbclid"),
        Campaign(
            weight: 9, channel: "Organic Social", reportSource: "pinterest", referrer: "https://www.pinterest.com/"),
        Campaign(weight: 10, channel: "Organic Video", reportSource: "youtube", referrer: "https://www.youtube.com/"),
        Campaign(
            weight: 24, channel: "AI Assistant", reportSource: "chatgpt.com", referrer: "https://chatgpt.com/",
            source: "chatgpt.com"),
        Campaign(
            weight: 8, channel: "AI Assistant", reportSource: "perplexity", referrer: "https://www.perplexity.ai/"),
        Campaign(
            weight: 16, channel: "Referral", reportSource: "sleep-reviews.example",
            referrer: "https://sleep-reviews.example/best-mattress-2026"),
        Campaign(
            weight: 7, channel: "Referral", reportSource: "forum.bedroom-talk.example",
            referrer: "https://forum.bedroom-talk.example/t/4711"),
    ]

    private static let paid: [Campaign] = [
        Campaign(
            weight: 90, channel: "Paid Search", reportSource: "google", referrer: "https://www.google.com/",
            source: "google", medium: "cpc",
            name: "brand-exact", content: "ad-a", term: "memory foam mattress", clickID: "gclid", landsOnProduct: true),
        Campaign(
            weight: 34, channel: "Paid Search", reportSource: "google", referrer: "https://www.google.com/",
            clickID: "gclid",
            landsOnProduct: true),
        Campaign(
            weight: 14, channel: "Paid Search", reportSource: "bing", referrer: "https://www.bing.com/", source: "bing",
            medium: "cpc",
            name: "generic", term: "topper", clickID: "msclkid", landsOnProduct: true),
        Campaign(
            weight: 66, channel: "Paid Social", reportSource: "instagram", source: "instagram", medium: "paid_social",
            name: "autumn-video",
            content: "reel-3", clickID: "fbclid", landsOnProduct: true),
        Campaign(
            weight: 40, channel: "Paid Social", reportSource: "facebook", referrer: "https://l.facebook.com/",
            source: "facebook",
            medium: "paid", name: "retargeting 30d", clickID: "fbclid", landsOnProduct: true),
        Campaign(
            weight: 10, channel: "Display", reportSource: "gdn", referrer: "https://news.example/", source: "gdn",
            medium: "display",
            name: "prospecting"),
    ]

    private static let sent: [Campaign] = [
        Campaign(
            weight: 60, channel: "Email", reportSource: "newsletter", source: "newsletter", medium: "email",
            name: "2026-11 black friday",
            content: "hero"),
        Campaign(
            weight: 22, channel: "Email", reportSource: "klaviyo", source: "klaviyo", medium: "email",
            name: "welcome flow"),
        Campaign(
            weight: 26, channel: "Affiliates", reportSource: "sleepy-home",
            referrer: "https://blog.sleepy-home.example/deals",
            source: "sleepy-home", medium: "affiliate", name: "partner"),
        Campaign(
            weight: 8, channel: "SMS", reportSource: "postscript", source: "postscript", medium: "sms",
            name: "back in stock"),
    ]

    /// Payment pages that send the shopper back in the middle of a visit.
    static let paymentReferrers = [
        "https://www.paypal.com/", "https://pay.shopify.com/", "https://payments.klarna.com/",
    ]
}
