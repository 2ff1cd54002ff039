internal import EventModel

/// What the program itself needs to find in an event; a pipeline file says where it stands (`fields:`).
@usableFromInline package enum EventField: Int, Sendable, CaseIterable {
    case id, name, time, seq, type
    case clientID, customerID, userAgent, url, referrer
    case consentAnalytics, consentMarketing, consentPreferences, consentSaleOfData
    case sessionID, token, tenant, email, phone
    /// What holds the four purposes.
    case consent

    /// The key under `fields:` in a pipeline file.
    package var key: String {
        switch self {
        case .id: "id"
        case .name: "name"
        case .time: "time"
        case .seq: "seq"
        case .type: "type"
        case .clientID: "client_id"
        case .customerID: "customer_id"
        case .userAgent: "user_agent"
        case .url: "url"
        case .referrer: "referrer"
        case .consentAnalytics: "consent_analytics"
        case .consentMarketing: "consent_marketing"
        case .consentPreferences: "consent_preferences"
        case .consentSaleOfData: "consent_sale_of_data"
        case .sessionID: "session_id"
        case .token: "token"
        case .tenant: "tenant"
        case .email: "email"
        case .phone: "phone"
        case .consent: "consent"
        }
    }

    /// A purpose whose value is null was asked for and not answered, which is no yes; elsewhere null is as good as
    /// missing.
    var countsNull: Bool {
        switch self {
        case .consentAnalytics, .consentMarketing, .consentPreferences, .consentSaleOfData: true
        default: false
        }
    }
}

/// A pointer's part in finding one field.
package struct EventFieldRole: Sendable, Equatable {
    /// The field.
    package let field: EventField
    /// The pointer's place in the field's list; the first one that has a value wins.
    package let rank: Int
}

/// A pointer's part in a list of attributes: `[{"name": ..., "value": ...}]`, where `key` may stand for `name`.
package enum AttributeRole: UInt8, Sendable {
    case item, name, value
}
