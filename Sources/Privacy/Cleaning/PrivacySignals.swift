internal import EventModel

/// What a browser asks for on behalf of its user, by headers that it sends with every request. They are set by the browser
/// itself, not by the page, so they need no preflight (Fetch standard, forbidden request-headers).
package struct PrivacySignals: OptionSet, Sendable {
    /// The stored bits of the set; not stored with events.
    package let rawValue: UInt8

    /// A set of signals.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A set of these; the library's own goes through generic code at every request.
    package init(arrayLiteral elements: PrivacySignals...) {
        self.init(rawValue: elements.reduce(0) { $0 | $1.rawValue })
    }

    /// `Sec-GPC: 1` (W3C Global Privacy Control): do not sell or share. Denies marketing and the sale of data, and leaves
    /// the shop's own analytics as they are, which the signal is not about.
    package static let globalPrivacyControl = PrivacySignals(rawValue: 1 << 0)
    /// `DNT: 1` (W3C Tracking Preference Expression): do not track. Denies analytics as well: it is an objection in the
    /// sense of GDPR article 21(5) (LG Berlin, 24 August 2023, 16 O 420/19), and a client id that lasts is tracking.
    package static let doNotTrack = PrivacySignals(rawValue: 1 << 1)

    /// The purposes that the signals deny, whatever the event states: a banner's default is no answer of the shopper's.
    var denied: EventFlags {
        var flags: EventFlags = []
        if self.contains(.globalPrivacyControl) { flags.formUnion([.marketingConsent, .saleOfDataConsent]) }
        if self.contains(.doNotTrack) {
            flags.formUnion([.analyticsConsent, .marketingConsent, .saleOfDataConsent])
        }
        return flags
    }
}
