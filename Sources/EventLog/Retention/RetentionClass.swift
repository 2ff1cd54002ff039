package import EventModel

/// What a rule of retention is about, as operators write it.
package enum RetentionClass: Hashable, Sendable, CustomStringConvertible {
    /// All events of shoppers and of Shopify; Footfall's own records only where `system` is named.
    case everything
    /// All events of a source; the history that is read from Shopify counts as its webhooks.
    case source(EventSource)
    /// One event or topic of a source.
    case event(EventSource, String)
    /// Leads without an order, by their last sign.
    case leads
    /// Checkouts that were never finished, by their last activity.
    case checkouts
    /// Events that were put aside.
    case quarantine

    /// Reads `all`, `pixel`, `pixel:page_viewed`, `webhook:orders/create`, `leads`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch parts[0] {
        case "all" where parts.count == 1: self = .everything
        case "leads" where parts.count == 1: self = .leads
        case "checkouts" where parts.count == 1: self = .checkouts
        case "quarantine" where parts.count == 1: self = .quarantine
        default:
            guard let source = Self.sources.first(where: { $0.name == parts[0] }) else { return nil }
            guard parts.count == 2 else {
                self = .source(source)
                return
            }
            guard !parts[1].isEmpty else { return nil }
            self = .event(source, parts[1])
        }
    }

    /// The class of an event.
    package init(event name: String, of source: EventSource) {
        self = .event(source == .history ? .webhook : source, name)
    }

    /// Sources that rules can name.
    package static let sources: [EventSource] = [.pixel, .widget, .webhook, .system]

    /// As it is written.
    package var description: String {
        switch self {
        case .everything: "all"
        case .source(let source): source.name
        case .event(let source, let name): "\(source.name):\(name)"
        case .leads: "leads"
        case .checkouts: "checkouts"
        case .quarantine: "quarantine"
        }
    }

    /// The shortest time that can be asked for. Of the log whole weeks go, and the newest is being written; a lead or a
    /// checkout of yesterday is not over.
    package var daysMin: Int {
        switch self {
        case .everything, .source, .event, .leads, .checkouts: 7
        case .quarantine: 1
        }
    }
}
