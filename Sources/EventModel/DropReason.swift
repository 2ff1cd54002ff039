/// Why an event was not committed. A closed list: nothing is dropped without one of these, and each is counted.
///
/// The raw values travel in batches and are stored; they never change meaning.
package enum DropReason: UInt8, Sendable, CaseIterable {
    // Refused at the gateway, never stored.
    case notJSON = 1
    case notShape = 2
    case missingID = 3
    case missingName = 4
    case tooLarge = 5
    case tooOld = 6
    case tooDeep = 7
    case rateLimited = 8
    case uninstalled = 9
    case bufferFull = 10
    case storesUnavailable = 11
    case badSignature = 12
    case unknownTenant = 13
    case badToken = 14
    case badOrigin = 15
    case missingContact = 16
    case badTime = 17
    case tooManyEvents = 18
    case unsupportedMedia = 19
    case nameTooLong = 20

    // Quarantined: stored sealed, apart from the log, and can be replayed.
    case idConflict = 64
    case undecodable = 65
    case badChecksum = 66

    /// The word used in answers, metrics and the quarantine.
    package var name: String {
        switch self {
        case .notJSON: "not_json"
        case .notShape: "not_shape"
        case .missingID: "missing_id"
        case .missingName: "missing_name"
        case .tooLarge: "too_large"
        case .tooOld: "too_old"
        case .tooDeep: "too_deep"
        case .rateLimited: "rate_limited"
        case .uninstalled: "uninstalled"
        case .bufferFull: "buffer_full"
        case .storesUnavailable: "stores_unavailable"
        case .badSignature: "bad_signature"
        case .unknownTenant: "unknown_tenant"
        case .badToken: "bad_token"
        case .badOrigin: "bad_origin"
        case .missingContact: "missing_contact"
        case .badTime: "bad_time"
        case .tooManyEvents: "too_many_events"
        case .unsupportedMedia: "unsupported_media"
        case .nameTooLong: "name_too_long"
        case .idConflict: "id_conflict"
        case .undecodable: "undecodable"
        case .badChecksum: "bad_checksum"
        }
    }

    /// Kept in quarantine rather than refused.
    package var isQuarantine: Bool { rawValue >= 64 }
}
