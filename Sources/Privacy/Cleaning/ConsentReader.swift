package import EventModel
package import Pipelines

/// Reads what the shopper allowed.
package enum ConsentReader {
    private static let purposes: [(EventField, EventFlags)] = [
        (.consentAnalytics, .analyticsConsent), (.consentMarketing, .marketingConsent),
        (.consentPreferences, .preferencesConsent), (.consentSaleOfData, .saleOfDataConsent),
    ]

    /// The consent bits of an event. A purpose that the event does not state is granted: the pixel was loaded. Where the
    /// event does say something of consent (a member that is not null) but nothing of it can be understood, all is
    /// denied, and a purpose that is stated and no clear yes is denied too. What the browser's signals deny is denied,
    /// whatever the event states.
    package static func flags(
        _ fields: EventFields, _ body: Span<UInt8>, signals: PrivacySignals = []
    ) -> EventFlags {
        var flags = EventFlags.allConsent
        for (field, flag) in self.purposes {
            guard let match = fields[field] else { continue }
            flags.insert(.consentStated)
            if !self.isGrant(body, match) { flags.remove(flag) }
        }
        let namesPurpose = flags.contains(.consentStated)
        if let whole = fields[.consent], whole.type != .object || !namesPurpose { return .consentStated }
        guard !signals.isEmpty else { return flags }
        flags.insert(.consentStated)
        return flags.subtracting(signals.denied)
    }

    /// `true`, and the words that consent banners write for it; whatever else is stated is a no.
    package static func isGrant(_ body: Span<UInt8>, _ match: JSONMatch) -> Bool {
        switch match.type {
        case .true_: true
        case .number: JSONText.int64(body, match).map { $0 != 0 } ?? false
        case .string: self.grants.contains(JSONText.string(body, match)?.lowercased() ?? "")
        default: false
        }
    }

    private static let grants: Set<String> = ["true", "yes", "granted", "allowed", "accepted", "1", "on"]
}
