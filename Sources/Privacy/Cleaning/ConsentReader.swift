package import EventModel
package import Pipelines

/// Reads what the shopper allowed.
package enum ConsentReader {
    private static let purposes: [(EventField, EventFlags)] = [
        (.consentAnalytics, .analyticsConsent), (.consentMarketing, .marketingConsent),
        (.consentPreferences, .preferencesConsent), (.consentSaleOfData, .saleOfDataConsent),
    ]

    /// The consent bits of an event. A purpose that the event does not state is granted: the pixel was loaded.
    package static func flags(_ fields: EventFields, _ body: Span<UInt8>) -> EventFlags {
        var flags = EventFlags.allConsent
        for (field, flag) in self.purposes {
            guard let match = fields[field] else { continue }
            flags.insert(.consentStated)
            if self.isDenial(body, match) { flags.remove(flag) }
        }
        return flags
    }

    /// `false`, and the words that consent banners write for it; anything else that is stated is a yes.
    private static func isDenial(_ body: Span<UInt8>, _ match: JSONMatch) -> Bool {
        switch match.type {
        case .false_: true
        case .number: JSONText.int64(body, match) == 0
        case .string: ["false", "no", "denied", "0", ""].contains(JSONText.string(body, match)?.lowercased())
        default: false
        }
    }
}
