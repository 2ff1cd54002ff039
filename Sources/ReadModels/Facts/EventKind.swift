internal import EventModel

/// What is the same for all events of one source and name.
package struct EventKind: Sendable {
    /// The name, fit for a text column.
    package let name: String
    /// What the reports count it as.
    package let step: EventStep
    /// What its definition says.
    package let traits: EventFacts.Traits
    /// The payload says something; others need not be opened.
    package let needsPayload: Bool
    /// Its facts carry the payload as a document.
    package let needsDocument: Bool
    /// Asks the read models to forget.
    package let isTombstone: Bool
    let isOrder: Bool

    init(_ source: EventSource, _ name: String, _ rules: FactRules) {
        var clean = name
        if clean.unicodeScalars.contains("\0") { clean.unicodeScalars.removeAll { $0 == "\0" } }
        let isVisit = source == .pixel || source == .widget
        self.name = clean
        self.step = source == .pixel ? EventStep(pixelEvent: clean) : .other
        self.traits = rules.traits(source, clean)
        self.isOrder = source == .webhook && (clean == "orders/create" || clean == "orders/paid")
        self.needsDocument = (source == .webhook || source == .history) && rules.hasDocument(source, clean)
        self.isTombstone = source == .system && (clean == Tombstone.personName || clean == Tombstone.shopName)
        self.needsPayload = isVisit || isOrder || needsDocument || isTombstone
    }
}
